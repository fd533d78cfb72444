"""Real clients against httpbin: curl, Python's own, Node's (clients.mjs), wrk, Chromium.

curl is installed by ./dev for the tests; a case whose client is not installed is skipped.
"""
import hashlib
import http.client
import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from harness import Program, SLOW, Skip, case, run


def need(*names):
    """The path of the first that is installed; none: the case is skipped."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise Skip(f"{names[0]} is not installed")


def run_program(command, data=None, status=0, cwd=None):
    done = subprocess.run(command, input=data, capture_output=True, timeout=60 * SLOW, cwd=cwd)
    assert done.returncode == status, (command, done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done


def curl(p, *args, data=None, status=0, cwd=None):
    """What curl prints; words that begin with / become URLs of the program, so files are in `cwd`."""
    args = [f"http://127.0.0.1:{p.port}{arg}" if arg.startswith("/") and arg != os.devnull else arg
            for arg in args]
    return run_program([need("curl"), "-sS", "-q", "--noproxy", "*", *args], data, status, cwd).stdout


def status_of(p, *args, **kwargs):
    return int(curl(p, "-o", os.devnull, "-w", "%{http_code}", *args, **kwargs))


# --- curl ---


@case
def curl_decodes_what_it_accepts():
    with Program() as p:
        features = run_program([need("curl"), "--version"]).stdout.decode()
        for path, member, feature in ("/gzip", "gzipped", "libz"), ("/deflate", "deflated", "libz"), \
                ("/brotli", "brotli", "brotli"), ("/zstd", "zstd", "zstd"):
            if feature in features.split("Features:")[1]:
                assert json.loads(curl(p, "--compressed", path))[member] is True


@case
def curl_authenticates():
    with Program() as p:
        welcome = {"authenticated": True, "user": "ada"}
        assert json.loads(curl(p, "-u", "ada:loom", "/basic-auth/ada/loom")) == welcome
        assert json.loads(curl(p, "--anyauth", "-u", "ada:loom", "/basic-auth/ada/loom")) == welcome
        assert status_of(p, "-u", "ada:wrong", "/basic-auth/ada/loom") == 401
        assert json.loads(curl(p, "--oauth2-bearer", "t0ken", "/bearer"))["token"] == "t0ken"
        for rest in "", "/MD5", "/SHA-256", "/MD5/never":
            for qop in "auth", "auth-int", "either":
                for how in "--digest", "--anyauth":
                    path = f"/digest-auth/{qop}/ada/loom{rest}"
                    assert json.loads(curl(p, how, "-u", "ada:loom", path)) == welcome, (how, path)
        assert status_of(p, "--digest", "-u", "ada:wrong", "/digest-auth/auth/ada/loom") == 401
        assert status_of(p, "--digest", "-u", "ada:loom", "-d", "a body", "/digest-auth/auth/ada/loom/SHA-256") == 200


@case
def curl_gets_a_fresh_nonce_for_a_stale_one():
    with Program() as p:
        path = "/digest-auth/auth/ada/loom/SHA-256/1"
        got = curl(p, "--digest", "-u", "ada:loom", "-o", os.devnull, "-w", "%{http_code} ",
                   *[path, "-o", os.devnull] * 3, path).split()
        assert got == [b"200"] * 4, got


@case
def curl_uploads():
    data = os.urandom(3_000_000)
    wanted = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "data").write_bytes(data)
        assert json.loads(curl(p, "-T", "data", "/upload", cwd=directory)) == wanted
        assert json.loads(curl(p, "-T", "-", "/upload", data=data)) == wanted  # chunked
        assert json.loads(curl(p, "-T", ".", "/upload", data=data)) == wanted  # chunked, as it comes
        assert json.loads(curl(p, "--data-binary", "@data", "/upload", cwd=directory)) == wanted
        assert json.loads(curl(p, "-0", "-T", "data", "/upload", cwd=directory)) == wanted
        assert json.loads(curl(p, "--limit-rate", "8M", "-T", "data", "/upload", cwd=directory)) == wanted


@case
def curl_sends_forms_and_files():
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "cloth.png").write_bytes(b"\x89PNG\xff")
        pathlib.Path(directory, "note.txt").write_text("fünf Ellen")
        got = json.loads(curl(p, "-F", "colour=indigo", "-F", "colour=madder", "-F", "sample=@cloth.png",
                              "-F", "note=@note.txt", "-F", "note=@note.txt;type=text/x-note", "/post", cwd=directory))
        assert got["form"] == {"colour": ["indigo", "madder"]}, got
        assert got["files"] == {"sample": "data:image/png;base64,iVBOR/8=", "note": ["fünf Ellen"] * 2}, got
        got = json.loads(curl(p, "-d", "a=1", "--data-urlencode", "b=x y&z", "/post"))
        assert got["form"] == {"a": "1", "b": "x y&z"}, got
        assert json.loads(curl(p, "-G", "-d", "a=1", "/get"))["args"] == {"a": "1"}
        assert json.loads(curl(p, "--json", '{"a": 1}', "/post"))["json"] == {"a": 1}


@case
def curl_gets_ranges_and_goes_on():
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        assert curl(p, "--range", "0-4", "/range/26") == b"abcde"
        assert curl(p, "--range", "-3", "/range/26") == b"xyz"
        assert curl(p, "--range", "24-", "/range/26") == b"yz"
        assert status_of(p, "--range", "26-", "/range/26") == 416
        path = pathlib.Path(directory, "letters")
        path.write_bytes(b"abcdefghij")
        curl(p, "-C", "-", "-o", path.name, "/range/26", cwd=directory)
        assert path.read_bytes() == b"abcdefghijklmnopqrstuvwxyz"


@case
def curl_follows_redirects():
    with Program() as p:
        for path in "/redirect/10", "/relative-redirect/10", "/absolute-redirect/10", "/redirect/9?absolute=true":
            assert json.loads(curl(p, "-L", path))["url"].endswith("/get"), path
        curl(p, "-L", "--max-redirs", "3", "/redirect/4", status=47)
        kept = json.loads(curl(p, "-L", "-d", "a body", "/redirect-to?url=/anything&status_code=307"))
        assert (kept["method"], kept["form"]) == ("POST", {"a body": ""}), kept
        changed = json.loads(curl(p, "-L", "-d", "a body", "/redirect-to?url=/anything&status_code=303"))
        assert (changed["method"], changed["data"]) == ("GET", ""), changed


@case
def curl_keeps_cookies():
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        jar = ["-c", "jar", "-b", "jar"]

        def cookies(*args):
            return json.loads(curl(p, *jar, *args, cwd=directory))["cookies"]

        assert cookies("-L", "/cookies/set?a=1&b=2") == {"a": "1", "b": "2"}
        assert cookies("/cookies") == {"a": "1", "b": "2"}
        assert cookies("-L", "/cookies/set/c/3")["c"] == "3"
        assert cookies("-L", "/cookies/delete?a") == {"b": "2", "c": "3"}
        assert cookies("-L", "/cookies/set?d=x%20y%3Bz%C3%BC")["d"] == "x y;zü"


@case
def curl_expects_100_continue():
    with Program() as p:
        seen = curl(p, "-D", "-", "-o", os.devnull, "-H", "Expect: 100-continue", "-d", "a body", "/post")
        assert re.match(rb"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", seen), seen
        # Refused by its length, before any of it was sent.
        seen = curl(p, "-D", "-", "-o", os.devnull, "-w", "%{size_upload}", "-H", "Expect: 100-continue",
                    "--data-binary", "@-", "/post", data=b"x" * 50_000_000)
        assert seen.startswith(b"HTTP/1.1 413") and seen.endswith(b"\r\n0"), seen
        assert b"100 Continue" not in seen, seen


@case
def curl_speaks_http_1_0():
    with Program() as p:
        seen = curl(p, "-0", "-i", "/stream/3")
        assert b"chunked" not in seen and seen.count(b'"id":') == 3, seen
        assert json.loads(curl(p, "-0", "-d", "x=1", "/post"))["url"].endswith("/post")
        assert len(curl(p, "-0", "/stream-bytes/100000")) == 100_000


@case
def curl_takes_trailers():
    with Program() as p:
        seen = curl(p, "-D", "-", "-o", os.devnull, "-H", "TE: trailers", "/trailers?X-Thread=weft")
        assert b"X-Thread: weft\r\n" in seen and b"Content-Digest: sha-256=:" in seen, seen


@case
def curl_skips_early_hints():
    with Program() as p:
        assert json.loads(curl(p, "/early-hints?delay=0.1"))["url"].endswith("/early-hints?delay=0.1")
        seen = curl(p, "-i", "/early-hints", "/get")
        assert seen.startswith(b"HTTP/1.1 103 ") and seen.count(b"HTTP/1.1 200 OK") == 2, seen


@case
def curl_asks_caches_questions():
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        assert status_of(p, "--etag-save", "tag", "/etag/v1", cwd=directory) == 200
        assert status_of(p, "--etag-compare", "tag", "/etag/v1", cwd=directory) == 304
        assert status_of(p, "--etag-compare", "tag", "/etag/v2", cwd=directory) == 200
        assert status_of(p, "-z", "1 Jan 2024", "/cache") == 304


@case
def curl_uses_one_connection_for_all():
    """After errors, HEAD, and statuses that have no body, the next request must be answered by its own response."""
    paths = ["/status/404", "/get", "/status/500", "/bytes/x", "/status/204", "/get", "/status/304", "/stream/3",
             "/status/205", "/etag/a%22", "/range/5", "/drip?duration=0", "/redirect/1", "/image/png", "/get"]
    expected = [404, 200, 500, 404, 204, 200, 304, 200, 205, 400, 200, 200, 302, 200, 200]
    with Program() as p:
        for head in [], ["-I"], ["-d", "body"]:
            args = []
            for path in paths:
                args += ["--next"] * bool(args) + [
                    *head, "-sS", "--noproxy", "*", "-o", os.devnull, "-w", "%{http_code} %{num_connects}\n", path]
            got = [tuple(map(int, line.split())) for line in curl(p, *args).splitlines()]
            assert sum(connects for _, connects in got) == 1, (head, got)
            if head != ["-d", "body"]:
                assert [status for status, _ in got] == expected, (head, got)
        got = curl(p, "-H", 'If-None-Match: "v"', "/etag/v", "/get").decode()
        assert json.loads(got)["url"].endswith("/get"), got


@case
def curl_sends_large_headers():
    with Program() as p:
        got = json.loads(curl(p, "-H", "X-Large: " + "x" * 12_000, "/headers"))
        assert got["headers"]["X-Large"] == "x" * 12_000
        assert status_of(p, "-H", "X-Large: " + "x" * 20_000, "/headers") == 431
        assert status_of(p, "/get?" + "x" * 12_000) == 200
        assert status_of(p, "/get?" + "x" * 20_000) in (414, 431)


@case
def curl_asks_for_much_at_once():
    with Program() as p:
        got = curl(p, "--parallel", "--parallel-max", "50", "-o", os.devnull, "-w", "%{http_code}\n",
                   *["/delay/0.2", "-o", os.devnull] * 99, "/delay/0.2")
        assert got.split() == [b"200"] * 100, got


@case
def curl_reads_events_as_they_come():
    with Program() as p:
        got = curl(p, "-N", "/sse?count=3&duration=0.1")
        assert got.count(b"event: ping\n") == 3, got


# --- Python ---


def opener(*handlers):
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


def passwords(p, path):
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, p.url + path, "ada", "loom")
    return manager


@case
def urllib_does_what_it_can():
    with Program() as p:
        plain = opener()
        assert json.load(plain.open(p.url + "/redirect/5"))["url"] == p.url + "/get"
        posted = json.load(plain.open(p.url + "/post", data=b"a body"))
        assert posted["form"] == {"a body": ""}
        assert posted["headers"]["Content-Type"] == "application/x-www-form-urlencoded", posted
        for status in 304, 404, 418, 500:
            try:
                plain.open(f"{p.url}/status/{status}")
                raise AssertionError(status)
            except urllib.error.HTTPError as error:
                assert error.code == status
        jar = http.cookiejar.CookieJar()
        kept = opener(urllib.request.HTTPCookieProcessor(jar))
        assert json.load(kept.open(p.url + "/cookies/set?a=1&b=2"))["cookies"] == {"a": "1", "b": "2"}
        assert json.load(kept.open(p.url + "/cookies/delete?a"))["cookies"] == {"b": "2"}
        path = "/basic-auth/ada/loom"
        assert json.load(opener(urllib.request.HTTPBasicAuthHandler(passwords(p, path))).open(p.url + path))["user"] == "ada"
        path = "/digest-auth/auth/ada/loom/MD5"
        digest = opener(urllib.request.HTTPDigestAuthHandler(passwords(p, path)))
        for _ in range(3):
            assert json.load(digest.open(p.url + path))["user"] == "ada"


@case
def http_client_keeps_its_connection():
    with Program() as p:
        connection = http.client.HTTPConnection("127.0.0.1", p.port, timeout=10 * SLOW)
        connection.connect()
        used = connection.sock
        for method, path, body, status in (
                ("GET", "/status/404", None, 404), ("HEAD", "/get", None, 200), ("GET", "/status/204", None, 204),
                ("POST", "/upload", iter([b"a" * 1000] * 50), 200), ("GET", "/status/304", None, 304),
                ("PUT", "/status/500", b"unread" * 100, 500), ("GET", "/stream-bytes/100000", None, 200),
                ("HEAD", "/stream-bytes/100000", None, 200), ("OPTIONS", "/get", None, 200), ("GET", "/uuid", None, 200)):
            connection.request(method, path, body, encode_chunked=True)
            response = connection.getresponse()
            data = response.read()
            assert response.status == status, (method, path, response.status, data[:100])
            assert connection.sock is used, (method, path)
        assert json.loads(data)["uuid"]


# --- Others ---


@case
def node_does_what_it_can():
    script = pathlib.Path(__file__).with_name("clients.mjs")
    with Program() as p:
        done = run_program([need("node", "nodejs"), str(script), p.url])
        results = json.loads(done.stdout)
        failed = {name: error for name, error in results.items() if error is not None}
        assert len(results) > 10 and not failed, failed


@case
def wrk_finds_no_error():
    with Program() as p:
        for path in "/get?a=b", "/image", "/stream/5", "/status/204":
            out = run_program([need("wrk"), "-t", "1", "-c", "32", "-d", "1s", p.url + path]).stdout.decode()
            assert "Socket errors" not in out and "Non-2xx" not in out, out
            assert int(re.search(r"(\d+) requests in", out)[1]) > 100, out


# A page of another origin, which CORS lets in.
FETCHING = """<!DOCTYPE html><meta charset="utf-8"><p id="told"></p><script type="module">
const form = new FormData();
form.set('thread', 'warp');
form.set('sample', new File(['cloth'], 'cloth.txt', { type: 'text/plain' }));
const sent = await (await fetch('URL/post', { method: 'POST', body: form })).json();
const put = await (await fetch('URL/put', { method: 'PUT', body: '{}', headers: { 'X-Thread': 'thread' } })).json();
const missing = await fetch('URL/status/404', { method: 'DELETE', headers: { 'X-Thread': 'thread' } });
document.querySelector('#told').textContent =
  `form: ${sent.form.thread}, files: ${sent.files.sample}, field: ${put.headers['X-Thread']}, status: ${missing.status}`;
</script>"""


@case
def chromium_shows_the_pages():
    browser = need("chromium", "chromium-browser", "google-chrome")
    with Program() as p, tempfile.TemporaryDirectory() as directory:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                   f"--user-data-dir={directory}", "--virtual-time-budget=10000", "--dump-dom"]

        def dom(path):
            return run_program([*command, p.url + path]).stdout.decode()

        assert "<h1>httpbin</h1>" in dom("/")
        assert "A pizza, please" in dom("/forms/post")
        assert dom("/links/4").count("/links/4/") == 3  # after its redirect
        assert "gzipped" in dom("/gzip") and "brotli" in dom("/brotli")
        assert "ткань" in dom("/encoding/utf8")
        assert "<img" in dom("/image/webp")
        pathlib.Path(directory, "page.html").write_text(FETCHING.replace("URL", p.url))
        got = run_program([*command, f"file://{directory}/page.html"]).stdout.decode()
        assert "form: warp, files: cloth, field: thread, status: 404" in got, got


if __name__ == "__main__":
    run(sys.argv)
