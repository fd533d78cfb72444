"""The uploads example: forms, files of any size straight to disk, and what must not work."""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from harness import FREED_IS_FREE, Program, Skip, case, read_all, run, until

MIB = 1024 * 1024
GROWTH_MIB = 8


def boundary_form(*files):
    """A form with files, given as (name, content)."""
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() +
        b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + content + b"\r\n"
        for name, content in files)
    return parts + b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}


class Uploads(Program):
    def __init__(self, folder, **options):
        super().__init__(env={"UPLOADS": f"{folder}/files", "WEFT_TMPDIR": folder, **FREED_IS_FREE},
                         **options)
        self.folder = f"{folder}/files"

    def peak_kib(self):
        """The most memory that the process has ever had resident."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


def piece_of(number):
    return number.to_bytes(8, "little") * (MIB // 8)


def put(program, name, mebibytes, sums=None):
    """PUT a file of that size; the answer's status line."""
    digest = hashlib.sha256()
    with program.connect() as connection:
        connection.settimeout(600)
        connection.sendall(f"PUT /files/{name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                           f"Content-Length: {mebibytes * MIB}\r\n\r\n".encode())
        for number in range(mebibytes):
            piece = piece_of(number)
            digest.update(piece)
            connection.sendall(piece)
        answer = read_all(connection)
    if sums is not None:
        sums[name] = digest.hexdigest()
    return answer.split(b"\r\n", 1)[0]


def sum_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(MIB):
            digest.update(piece)
    return digest.hexdigest()


def upload_within_bounds(mebibytes):
    with tempfile.TemporaryDirectory(dir=os.environ.get("WEFT_TEST_DISK")) as folder, \
            Uploads(folder) as p:
        if shutil.disk_usage(folder).free < (mebibytes + 1024) * MIB:
            raise Skip("the disk is too full")
        sums = {}
        assert put(p, "first", 1, sums) == b"HTTP/1.1 201 Created"
        before = p.peak_kib()
        assert put(p, "large", mebibytes, sums) == b"HTTP/1.1 201 Created"
        growth = p.peak_kib() - before
        print(f"# {mebibytes} MiB: {growth} KiB more")
        assert os.path.getsize(f"{p.folder}/large") == mebibytes * MIB
        assert sum_of(f"{p.folder}/large") == sums["large"]
        assert growth < GROWTH_MIB * 1024, f"{growth} KiB"
        p.stop()


@case
def a_large_upload_takes_little_memory():
    upload_within_bounds(64)


def four_gibibytes_take_little_memory():
    upload_within_bounds(4096)


@case
def a_large_file_in_a_form_goes_to_disk():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        assert p.ask("GET", "/").status == 200
        before = p.peak_kib()
        content = b"".join(piece_of(n) for n in range(64))
        body, headers = boundary_form(("large", content), ("small", b"abc"))
        reply = p.ask("POST", "/", body, headers)
        assert reply.status == 303, reply
        growth = p.peak_kib() - before
        assert sum_of(f"{p.folder}/large") == hashlib.sha256(content).hexdigest()
        with open(f"{p.folder}/small", "rb") as file:
            assert file.read() == b"abc"
        assert growth < GROWTH_MIB * 1024, f"{growth} KiB"
        assert sorted(os.listdir(folder)) == ["files"], "a temporary file has a name"
        p.stop()


@case
def files_are_listed_and_given_back():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        body, headers = boundary_form(("a & b.txt", b"one"), ("../../etc/passwd", b"two"),
                                      ("C:\\dir\\<b>.html", b"three"), ("", b""),
                                      ("x'onclick='y", b"four"))
        assert p.ask("POST", "/", body, headers).status == 303
        assert sorted(os.listdir(p.folder)) == ["<b>.html", "a & b.txt", "passwd", "x'onclick='y"]
        page = p.ask("GET", "/").body.decode()
        assert "a &#38; b.txt" in page and "&#60;b&#62;.html" in page and "3 bytes" in page
        assert "<b>" not in page and "onclick='" not in page
        reply = p.ask("GET", "/files/a%20&%20b.txt")
        assert (reply.status, reply.body) == (200, b"one")
        assert reply.headers["Content-Disposition"].startswith("attachment"), reply
        assert p.ask("DELETE", "/files/passwd").status == 204
        assert p.ask("DELETE", "/files/passwd").status == 404
        assert p.ask("GET", "/files/passwd").status == 404
        for name in ("..%2fx", ".hidden", "%2e%2e", "a%00b", "a%5cb", "a:b"):
            assert p.ask("PUT", f"/files/{name}", b"x").status in (400, 404), name
            assert p.ask("GET", f"/files/{name}").status in (400, 404), name
        p.stop()


@case
def a_folder_of_the_name_is_a_conflict():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        os.mkdir(os.path.join(p.folder, "sub"))
        assert p.ask("PUT", "/files/sub", b"x").status == 409
        assert p.ask("DELETE", "/files/sub").status == 409
        assert p.ask("GET", "/files/sub").status == 404
        body, headers = boundary_form(("sub", b"one"))
        assert p.ask("POST", "/", body, headers).status == 409
        assert os.listdir(p.folder) == ["sub"]
        p.stop()


@case
def files_are_replaced_as_the_client_wants():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        assert p.ask("PUT", "/files/a", b"one", {"If-Match": "*"}).status == 412
        assert os.listdir(p.folder) == []
        assert p.ask("PUT", "/files/a", b"one", {"If-None-Match": "*"}).status == 201
        assert p.ask("PUT", "/files/a", b"two", {"If-None-Match": "*"}).status == 412
        assert p.ask("GET", "/files/a").body == b"one"
        os.utime(f"{p.folder}/a", (784111777, 784111777))  # its tag is a strong one
        tag = p.ask("GET", "/files/a").headers["ETag"]
        assert p.ask("PUT", "/files/a", b"three", {"If-Match": '"other"'}).status == 412
        assert p.ask("PUT", "/files/a", b"part", {"Content-Range": "bytes 0-3/9"}).status == 400
        assert p.ask("PUT", "/files/b", b"part", {"Content-Range": "bytes 0-3/9"}).status == 400
        assert p.ask("GET", "/files/a").body == b"one"
        reply = p.ask("PUT", "/files/a", b"three", {"If-Match": tag})
        assert (reply.status, reply.body) == (200, b"5 bytes\n"), reply
        assert p.ask("PUT", "/files/a", b"four", {"If-Match": tag}).status == 412
        assert p.ask("DELETE", "/files/a", headers={"If-Match": tag}).status == 412
        assert p.ask("GET", "/files/a").body == b"three"
        os.utime(f"{p.folder}/a", (784111777, 784111777))
        old = {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"}
        assert p.ask("DELETE", "/files/a", headers=old).status == 412
        tag = p.ask("GET", "/files/a").headers["ETag"]
        assert p.ask("DELETE", "/files/a", headers={"If-Match": tag}).status == 204
        assert os.listdir(p.folder) == []
        p.stop()


@case
def what_is_cut_off_leaves_nothing():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        assert p.ask("PUT", "/files/kept", b"old").status == 201
        for head in (b"PUT /files/kept HTTP/1.1\r\n",
                     b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"):
            body = boundary_form(("kept", piece_of(1) * 4))[0][:3 * MIB]
            with p.connect() as connection:
                connection.sendall(head + b"Host: a\r\nContent-Length: 9000000\r\n\r\n" + body)
        until(lambda: sorted(os.listdir(p.folder)) == ["kept"], what="clearing up")
        with open(f"{p.folder}/kept", "rb") as file:
            assert file.read() == b"old"
        assert os.listdir(folder) == ["files"]
        until(lambda: not any("(deleted)" in os.readlink(f"/proc/{p.process.pid}/fd/{fd}")
                              for fd in os.listdir(f"/proc/{p.process.pid}/fd")),
              what="closing of the temporary file")
        p.stop()


@case
def a_process_that_is_killed_leaves_no_temporary_file():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        body = boundary_form(("large", piece_of(1) * 8))[0][:5 * MIB]
        with p.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                               b"Host: a\r\nContent-Length: 9000000\r\n\r\n" + body)
            until(lambda: any("(deleted)" in os.readlink(f"/proc/{p.process.pid}/fd/{fd}")
                              for fd in os.listdir(f"/proc/{p.process.pid}/fd")),
                  what="a temporary file")
            p.signal(signal.SIGKILL)
            p.wait()
        assert sorted(os.listdir(folder)) == ["files"]
        assert os.listdir(p.folder) == []


@case
def two_hundred_at_once_take_little_memory_each():
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        assert put(p, "first", 1) == b"HTTP/1.1 201 Created"
        before = p.peak_kib()
        answers = []

        def upload(number):
            answers.append(put(p, f"file{number}", 2))

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        growth = p.peak_kib() - before
        print(f"# 200 uploads: {growth} KiB more")
        assert answers == [b"HTTP/1.1 201 Created"] * 200, set(answers)
        assert growth < 200 * 1024, f"{growth} KiB, which is more than 1 MiB each"
        p.stop()


@case
def curl_sends_forms_and_files():
    if shutil.which("curl") is None:
        raise Skip("there is no curl")
    with tempfile.TemporaryDirectory() as folder, Uploads(folder) as p:
        content = piece_of(7) * 3
        with open(f"{folder}/source", "wb") as file:
            file.write(content)
        base = f"http://127.0.0.1:{p.port}"
        for arguments in (["-T", f"{folder}/source", f"{base}/files/put"],
                          ["-F", f"file=@{folder}/source;filename=\"fo\\\"rm\"", f"{base}/"],
                          ["-T", "-", "-H", "Expect: 100-continue", f"{base}/files/chunked"]):
            with open(f"{folder}/source", "rb") as source:
                done = subprocess.run(["curl", "-sSf", *arguments], stdin=source,
                                      capture_output=True, timeout=100)
            assert done.returncode == 0, done
        for name in ("put", "fo\"rm", "chunked"):
            with open(f"{p.folder}/{name}", "rb") as file:
                assert file.read() == content, name
        p.stop()


if "--slow" in sys.argv:
    import harness
    harness.cases[:] = [four_gibibytes_take_little_memory]
run(sys.argv)
