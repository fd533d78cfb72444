"""Files over real sockets: ranges, conditions, curl, tricks with paths, large files in little memory."""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from harness import FREED_IS_FREE, Program, case, read_all, run, until

MIB = 1024 * 1024
LARGE = 4096 * MIB if "--slow" in sys.argv else 96 * MIB


def raw(p, request):
    """What a server answers to bytes that no client library would send."""
    with p.connect() as connection:
        connection.sendall(request)
        return read_all(connection)


def get(path, *fields):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def curl(p, path, *args):
    return subprocess.run(["curl", "-s", "-S", "--path-as-is", *args, f"{p.url}{path}"],
                          capture_output=True, timeout=60)


@case
def serves_the_site():
    with Program() as p:
        page = p.ask("GET", "/")
        assert page.status == 200 and b"<h1>static</h1>" in page.body, page
        asset = p.ask("GET", "/assets/site.js")
        assert asset.headers["Content-Type"] == "text/javascript; charset=utf-8", asset
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable", asset
        zipped = p.ask("GET", "/assets/site.css", headers={"Accept-Encoding": "gzip"})
        assert zipped.headers["Content-Encoding"] == "gzip" and zipped.body[:2] == b"\x1f\x8b", zipped
        plain = p.ask("GET", "/assets/site.css")
        assert plain.headers["Content-Encoding"] is None and plain.body.startswith(b":root"), plain
        assert plain.headers["ETag"] != zipped.headers["ETag"]
        listing = p.ask("GET", "/downloads/")
        assert b'href="./notes.txt"' in listing.body and b'href="./older/"' in listing.body, listing.body
        saved = p.ask("GET", "/notes")
        assert "filename*=UTF-8''R%C3%A9sum%C3%A9%202026.txt" in saved.headers["Content-Disposition"], saved
        assert p.ask("GET", "/users/12", headers={"Accept": "text/html"}).body == page.body
        assert p.ask("GET", "/users/12").status == 404
        assert p.ask("POST", "/assets/site.js", body="x").status == 405
        p.stop()


@case
def hints_come_first():
    with Program() as p:
        answer = raw(p, get("/", "Sec-Fetch-Mode: navigate"))
        assert answer.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </assets/site.css>;"), answer[:200]
        assert b"\r\n\r\nHTTP/1.1 200 OK\r\n" in answer, answer[:400]
        p.stop()


@case
def lets_nobody_out():
    secret = os.path.basename(__file__).encode()
    paths = ["/../main.c", "/..%2fmain.c", "/%2e%2e/main.c", "/%2e%2e%2fmain.c", "/..%5cmain.c",
             "/%252e%252e/main.c", "//etc/passwd", "/%2fetc/passwd", "/..%00/main.c", "/%00",
             "/./notes.txt", "/../../../../../../../etc/passwd", "/older/../../main.c", "/..;/main.c",
             "/%c0%ae%c0%ae/main.c", "/..%c0%afmain.c", "/.%2e/main.c", "/\\..\\main.c"]
    with Program() as p:
        for base in ["/downloads", "/assets", ""]:
            for path in paths:
                answer = raw(p, get(base + path))
                status = answer.split(b" ")[1]
                assert status in (b"400", b"404"), (base + path, answer)
                assert b"weft_app_new" not in answer and b"root:" not in answer, (path, answer)
                assert secret not in answer
        p.stop()


@case
def curl_agrees():
    if shutil.which("curl") is None:
        return
    with Program() as p, tempfile.TemporaryDirectory() as here:
        one = curl(p, "/downloads/notes.txt", "-r", "2-4")
        assert one.stdout == b"234", one
        several = curl(p, "/downloads/notes.txt", "-r", "0-1,4-5", "-i").stdout
        assert b" 206 " in several and several.count(b"Content-Range: bytes ") == 2, several
        tail = curl(p, "/downloads/notes.txt", "-r", "-4")
        assert tail.stdout == b"eye.\n"[-4:], tail
        etags = os.path.join(here, "etag")
        first = curl(p, "/downloads/notes.txt", "--etag-save", etags)
        again = curl(p, "/downloads/notes.txt", "--etag-compare", etags, "-w", "%{http_code}")
        assert first.stdout.startswith(b"0123456789") and again.stdout == b"304", again
        part = os.path.join(here, "part")
        with open(part, "wb") as file:
            file.write(first.stdout[:5])
        assert curl(p, "/downloads/notes.txt", "-C", "-", "-o", part).returncode == 0
        with open(part, "rb") as file:
            assert file.read() == first.stdout
        named = subprocess.run(["curl", "-s", "-OJ", f"{p.url}/notes"], cwd=here, timeout=60)
        assert named.returncode == 0 and "R_sum_ 2026.txt" in os.listdir(here), os.listdir(here)
        gone = curl(p, "/downloads/notes.txt", "-r", "9999-", "-i").stdout
        assert b" 416 " in gone and b"Content-Range: bytes */" in gone, gone
        p.stop()


@case
def answers_pipelined_requests_in_order():
    with tempfile.TemporaryDirectory() as folder:
        content = bytes(range(256)) * 20000
        with open(f"{folder}/large.bin", "wb") as file:
            file.write(content)
        with Program(env={"DOWNLOADS": folder}) as p, p.connect() as connection:
            ask = b"GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n"
            connection.sendall(ask % (b"/assets/site.js", b"") + ask % (b"/downloads/large.bin", b"") +
                               ask % (b"/downloads/large.bin", b"Range: bytes=1000-300000,0-9\r\n") +
                               b"HEAD /downloads/large.bin HTTP/1.1\r\nHost: a\r\n\r\n" +
                               ask % (b"/assets/site.js", b"Connection: close\r\n"))
            answer = read_all(connection)
            small = p.ask("GET", "/assets/site.js").body
            order = [answer.index(small), answer.index(content), answer.index(content[1000:300001] + b"\r\n--"),
                     answer.rindex(small)]
            assert order == sorted(order) and answer.endswith(small), order
            assert answer.count(b"HTTP/1.1 ") == 5, answer.count(b"HTTP/1.1 ")
            p.stop()


def download(p, path, size, growth):
    """Read a file of zeros; calls growth() on the way."""
    zeros = bytes(MIB)
    with p.connect() as connection:
        connection.sendall(get(path))
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, data = data.split(b"\r\n\r\n", 1)
        assert f"Content-Length: {size}".encode() in head, head
        got = len(data)
        room = bytearray(MIB)
        next_look = 0
        while count := connection.recv_into(room):
            got += count
            if got >= next_look:
                assert room[:count] == zeros[:count]
                growth()
                next_look = got + size // 64
        assert got == size, (got, size)


@case
def a_large_file_takes_little_memory():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        with open(f"{folder}/large.bin", "wb") as file:
            file.truncate(LARGE)
        with Program(env={"DOWNLOADS": folder, **FREED_IS_FREE}) as p:
            p.ask("GET", "/downloads/")
            p.ask("GET", "/downloads/large.bin", headers={"Range": "bytes=0-9"})
            before = p.rss_kib()
            most = before

            def growth():
                nonlocal most
                most = max(most, p.rss_kib())

            download(p, "/downloads/large.bin", LARGE, growth)
            print(f"# {LARGE // MIB} MiB: {most - before} KiB more")
            assert most - before < 8 * 1024, f"{most - before} KiB more"
            p.stop()


@case
def slow_readers_hold_nobody_up():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/large.bin", "wb") as file:
            file.truncate(256 * MIB)
        with Program(env={"DOWNLOADS": folder}) as p:
            p.ask("GET", "/assets/site.js")
            before = p.rss_kib()
            slow = [p.connect() for _ in range(20)]
            for connection in slow:
                connection.sendall(get("/downloads/large.bin"))
            for connection in slow:
                assert connection.recv(100).startswith(b"HTTP/1.1 200"), "no answer"
            fast = threading.Thread(target=download, args=(p, "/downloads/large.bin", 256 * MIB,
                                                           lambda: None))
            fast.start()
            longest = 0
            while fast.is_alive():
                begun = time.monotonic()
                assert p.ask("GET", "/assets/site.js").status == 200
                longest = max(longest, time.monotonic() - begun)
            fast.join()
            assert longest < 2, f"{longest} s"
            assert p.rss_kib() - before < 16 * 1024, p.rss_kib() - before
            for connection in slow:
                connection.close()
            p.stop()


@case
def a_file_that_is_cut_cuts_the_connection():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/large.bin", "wb") as file:
            file.truncate(256 * MIB)
        with Program(env={"DOWNLOADS": folder}) as p:
            with p.connect() as connection:
                connection.sendall(get("/downloads/large.bin"))
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
                os.truncate(f"{folder}/large.bin", MIB)
                assert len(read_all(connection)) < 256 * MIB
            until(lambda: p.ask("GET", "/assets/site.js").status == 200)
            p.signal(15)
            assert p.wait() == 0 and b"shorter" in p.log, p.log


@case
def clients_that_leave_leave_nothing_open():
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/large.bin", "wb") as file:
            file.truncate(64 * MIB)
        with Program(env={"DOWNLOADS": folder}) as p:
            def descriptors():
                return len(os.listdir(f"/proc/{p.process.pid}/fd"))

            p.ask("GET", "/downloads/")
            before = descriptors()
            for number in range(100):
                connection = p.connect()
                connection.sendall(get("/downloads/large.bin" if number % 4 else "/downloads/"))
                if number % 3:
                    connection.recv(random.choice([1, 1000, 300000]))
                if number % 2:  # RST, else FIN, perhaps with bytes unread
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            until(lambda: descriptors() <= before, what="closing of what was open")
            assert p.ask("GET", "/assets/site.js").status == 200
            p.stop()


@case
def clients_that_leave_at_each_point_of_a_file():
    """Before its head, at its ends, around what is read or sent at once, between ranges; by FIN, by RST, half closed."""
    kib = 1024
    points = [0, 1, 100, 16 * kib - 1, 16 * kib, 64 * kib, 64 * kib + 1, 256 * kib, 300 * kib, 1024 * kib, 2048 * kib]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/large.bin", "wb") as file:
            file.truncate(16 * MIB)
        with Program(env={"DOWNLOADS": folder}) as p:
            def descriptors():
                return len(os.listdir(f"/proc/{p.process.pid}/fd"))

            def leave(point, how, *fields):
                connection = socket.socket()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that sending waits
                connection.connect(("127.0.0.1", p.port))
                connection.sendall(get("/downloads/large.bin", *fields))
                if how == "half":
                    connection.shutdown(socket.SHUT_WR)
                while point > 0 and (piece := connection.recv(min(point, 65536))):
                    point -= len(piece)
                if how == "RST":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

            p.ask("GET", "/downloads/large.bin", headers={"Range": "bytes=0-0"})
            before = descriptors()
            for how in ("FIN", "RST", "half"):
                for point in points:
                    leave(point, how)
                    leave(point, how, "Range: bytes=0-99,200-70000,100000-")
            until(lambda: descriptors() <= before, what="closing of what was open")
            assert p.ask("GET", "/assets/site.js").status == 200
            p.stop()


if "--slow" in sys.argv:
    import harness
    harness.cases[:] = [a_large_file_takes_little_memory]
run(sys.argv)
