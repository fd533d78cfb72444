"""httpbin, endpoint by endpoint: what each answers, and what it refuses.

Real clients are in httpbin_clients_test.py.
"""
import base64
import gzip
import hashlib
import http.client
import json
import re
import socket
import sys
import time
import uuid
import xml.dom.minidom
import zlib
from urllib.parse import quote

from harness import Program, SLOW, Skip, case, read_all, run

JSON = "application/json"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def origin(p):
    return f"http://127.0.0.1:{p.port}"


# --- Requests, told back ---


@case
def tells_a_request_back():
    with Program() as p:
        r = p.ask("GET", "/get?a=1&b=x%20y&a=2&e=", headers={"X-Colour": "blue", "x-low-case": "Z"})
        assert r.status == 200 and r.headers["Content-Type"] == JSON, r
        assert set(r.json) == {"args", "headers", "origin", "url"}, r.json
        assert r.json["args"] == {"a": ["1", "2"], "b": "x y", "e": ""}
        assert r.json["headers"]["X-Colour"] == "blue" and r.json["headers"]["X-Low-Case"] == "Z"
        assert r.json["origin"] == "127.0.0.1"
        assert r.json["url"] == origin(p) + "/get?a=1&b=x%20y&a=2&e="


@case
def writes_json_for_people():
    with Program() as p:
        for path in "/get?a=1&a=2", "/anything", "/headers", "/ip", "/uuid", "/cookies", "/cache", "/response-headers?b=ü":
            r = p.ask("GET", quote(path, safe="/?&="))
            assert r.headers["Content-Type"] == JSON, r
            assert r.body.decode() == json.dumps(r.json, indent=2, ensure_ascii=False) + "\n", r
        assert list(p.ask("GET", "/anything").json) == [
            "args", "data", "files", "form", "headers", "json", "method", "origin", "url"]
        real = p.ask("POST", "/post", '{"b": 0.1, "a": 12}').json["json"]
        assert real == {"b": 0.1, "a": 12} and list(real) == ["b", "a"], real


@case
def lets_pages_of_all_origins_in():
    with Program() as p:
        for path, status in ("/get", 200), ("/status/404", 404), ("/nowhere", 404), ("/stream/2", 200):
            r = p.ask("GET", path)
            assert (r.status, r.headers["Access-Control-Allow-Origin"]) == (status, "*"), r
            r = p.ask("GET", path, headers={"Origin": "https://a.example"})
            assert r.headers["Access-Control-Allow-Origin"] == "https://a.example", r
            assert r.headers["Access-Control-Allow-Credentials"] == "true" and "Origin" in r.headers["Vary"], r
            assert "Access-Control-Allow-Methods" not in r.headers
        for path in "/status/404", "/redirect-to?url=/get", "/delay/10", "/digest-auth/auth/ada/loom", "/basic-auth/a/b":
            r = p.ask("OPTIONS", path, headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
            assert r.status == 200 and "GET" in r.headers["Allow"], r  # before what it lets in
        r = p.ask("OPTIONS", "/put", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "PUT",
                                              "Access-Control-Request-Headers": "X-Thread"})
        assert r.status in (200, 204) and r.headers["Access-Control-Allow-Headers"] == "X-Thread", r
        assert "PATCH" in r.headers["Access-Control-Allow-Methods"] and r.headers["Access-Control-Max-Age"] == "3600", r


@case
def each_method_has_its_path():
    with Program() as p:
        for method in "GET", "POST", "PUT", "PATCH", "DELETE":
            for path in "/get", "/post", "/put", "/patch", "/delete":
                r = p.ask(method, path)
                assert r.status == (200 if path == "/" + method.lower() else 405), (method, path, r)
                if r.status == 405:
                    assert path[1:].upper() in r.headers["Allow"], r
        head = p.ask("HEAD", "/get")
        assert (head.status, head.body) == (200, b"") and int(head.headers["Content-Length"]) > 0, head


@case
def tells_a_body_back():
    with Program() as p:
        for method in "POST", "PUT", "PATCH", "DELETE":
            r = p.ask(method, "/" + method.lower(), '{"a": [1, null]}', {"Content-Type": JSON})
            assert set(r.json) == {"args", "headers", "origin", "url", "data", "files", "form", "json"}, r
            assert r.json["data"] == '{"a": [1, null]}' and r.json["json"] == {"a": [1, None]}, r.json
            assert r.json["files"] == {} and r.json["form"] == {}
        text = p.ask("POST", "/post", "not JSON, ü".encode(), {"Content-Type": "text/plain"}).json
        assert (text["data"], text["json"]) == ("not JSON, ü", None), text
        binary = p.ask("POST", "/post", b"\xff\x00\xfe", {"Content-Type": "application/octet-stream"}).json
        assert binary["data"] == "data:application/octet-stream;base64,/wD+", binary
        empty = p.ask("POST", "/post").json
        assert (empty["data"], empty["json"]) == ("", None), empty
        with_nul = p.ask("POST", "/post", b"a\x00b").json
        assert with_nul["data"] == "a\x00b", with_nul
        assert p.ask("POST", "/post", b"x" * (8 << 20)).status == 200
        connection = p.connect()  # refused by its length, before any of it is sent
        connection.sendall(b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 8388609\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"


FORM = "application/x-www-form-urlencoded"


@case
def tells_forms_back():
    with Program() as p:
        for method in "POST", "PUT", "PATCH", "DELETE":
            got = p.ask(method, "/" + method.lower(), "a=1&b=x+y%21&a=2&e=&f&%C3%BC=%C3%A4", {"Content-Type": FORM}).json
            assert got["form"] == {"a": ["1", "2"], "b": "x y!", "e": "", "f": "", "ü": "ä"}, got
            assert (got["data"], got["json"], got["files"]) == ("", None, {}), got
        for wrong in b"a=%ff", b"a=%zz", b"\x89PNG\r\n\x1a\n&=\xff", b"a=1&" * 1001, b"a=\x00":
            r = p.ask("POST", "/post", wrong, {"Content-Type": FORM})
            assert r.status == 200 and r.json["form"] == {}, r
            try:
                assert r.json["data"] == wrong.decode(), r
            except UnicodeDecodeError:
                assert r.json["data"] == "data:application/octet-stream;base64," + base64.b64encode(wrong).decode(), r
        for media_type in FORM + "; charset=UTF-8", FORM.upper():
            assert p.ask("POST", "/post", "a=1", {"Content-Type": media_type}).json["form"] == {"a": "1"}, media_type
        assert p.ask("POST", "/anything", "a=1", {"Content-Type": FORM}).json["form"] == {"a": "1"}
        assert p.ask("POST", "/post", "a=1", {"Content-Type": FORM + "-not"}).json["data"] == "a=1"
        assert p.ask("POST", "/post", "", {"Content-Type": FORM}).json["form"] == {}


def multipart(*parts):
    """(body, headers) of parts, each (name, filename or None, media type or None, content)."""
    lines = []
    for name, filename, media_type, content in parts:
        lines += [b"--cut", f'Content-Disposition: form-data; name="{name}"'.encode()
                  + (f'; filename="{filename}"'.encode() if filename is not None else b"")]
        lines += [f"Content-Type: {media_type}".encode()] if media_type else []
        lines += [b"", content]
    return b"\r\n".join([*lines, b"--cut--", b""]), {"Content-Type": "multipart/form-data; boundary=cut"}


@case
def tells_files_back():
    with Program() as p:
        body, headers = multipart(
            ("a", None, None, b"1"), ("a", None, None, b"2"), ("text", "t.txt", "text/plain", "Fäden\r\n".encode()),
            ("bytes", "b.bin", "image/png", b"\x89PNG\xff"), ("bytes", "c.bin", None, b"\xff"), ("empty", "e", None, b""))
        got = p.ask("POST", "/post", body, headers).json
        assert got["form"] == {"a": ["1", "2"]} and (got["data"], got["json"]) == ("", None), got
        assert got["files"]["text"] == "Fäden\r\n" and got["files"]["empty"] == "", got
        assert got["files"]["bytes"] == ["data:image/png;base64,iVBOR/8=", "data:application/octet-stream;base64,/w=="], got
        body, headers = multipart(("a", None, None, b"\xff"), ("a", None, "image/png", b"\x89"), ("", None, None, b"x"),
                                  ("none", "", "application/octet-stream", b""))
        got = p.ask("POST", "/post", body, headers).json
        assert got["form"]["a"] == ["data:application/octet-stream;base64,/w==", "data:image/png;base64,iQ=="], got
        assert got["form"][""] == "x" and got["files"] == {"none": ""}, got
        large = b"thread " * 500_000
        body, headers = multipart(("large", "l", "text/plain", large), ("after", None, None, b"x"))
        got = p.ask("PUT", "/anything", body, headers).json
        assert got["files"]["large"] == large.decode() and got["form"] == {"after": "x"}
        for wrong in b"", b"--cut\r\n", b"no boundary", body[:-10], body[:100]:
            assert p.ask("POST", "/post", wrong, headers).status == 400, wrong[:50]
        assert p.ask("POST", "/post", body, {"Content-Type": "multipart/form-data"}).status == 400


@case
def deeply_nested_json_is_data():
    with Program() as p:
        for body, is_json in ((b"[" * 200_000, False), (b"[" * 2000 + b"]" * 2000, False), (b"[" * 65 + b"]" * 65, False),
                              (b"[" * 64 + b"]" * 64, True), (b'{"a":' * 64 + b"1" + b"}" * 64, True),
                              (b'["' + b"[" * 100 + b'\\""]', True), (b'["' + b"[" * 100 + b'\\\\"]', True),
                              (b'{"a": 1, "a": 2}', False), (b"NaN", False)):
            r = p.ask("POST", "/post", body, {"Content-Type": JSON})
            assert r.status == 200 and (r.json["json"] is not None) == is_json, (body[:100], r)
            assert r.json["data"] == body.decode()


@case
def anything_takes_every_method():
    with Program() as p:
        for method in "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "PROPFIND":
            for path in "/anything", "/anything/", "/anything/a/b%20c":
                r = p.ask(method, path + "?q=1", "x")
                assert r.status == 200 and r.json["method"] == method, (method, path, r)
                assert r.json["data"] == "x" and r.json["url"] == origin(p) + path + "?q=1", r.json
        assert p.ask("HEAD", "/anything").body == b""


@case
def tells_single_facts():
    with Program() as p:
        got = p.ask("GET", "/headers", headers={"X-A": "1"}).json
        assert set(got) == {"headers"} and got["headers"]["X-A"] == "1", got
        assert p.ask("GET", "/ip").json == {"origin": "127.0.0.1"}
        assert p.ask("GET", "/user-agent", headers={"User-Agent": "thread/1"}).json == {"user-agent": "thread/1"}
        assert p.ask("GET", "/user-agent").json == {"user-agent": None}


@case
def tells_clients_of_both_families_by_their_own_addresses():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as why:
        raise Skip("there is no IPv6") from why
    with Program("--host", "::") as p:
        for host in "127.0.0.1", "::1":
            assert p.ask("GET", "/ip", host=host).json == {"origin": host}


@case
def repeated_and_odd_fields():
    with Program() as p:
        connection = p.connect()
        connection.sendall(b"GET /headers HTTP/1.1\r\nHost: a\r\nX-Twice: 1\r\nx-twice: 2\r\nX-Latin: caf\xe9\r\n"
                           b"X-Utf: caf\xc3\xa9\r\nConnection: close\r\n\r\n")
        got = json.loads(read_all(connection).split(b"\r\n\r\n", 1)[1])["headers"]
        assert (got["X-Twice"], got["X-Latin"], got["X-Utf"]) == ("1,2", "café", "café"), got


@case
def believes_trusted_proxies_only():
    proxied = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "a.example"}
    with Program("--proxy-headers") as p:
        got = p.ask("GET", "/get", headers=proxied).json
        assert (got["origin"], got["url"]) == ("192.0.2.7", "https://a.example/get"), got
    with Program() as p:
        got = p.ask("GET", "/get", headers=proxied).json
        assert (got["origin"], got["url"]) == ("127.0.0.1", origin(p) + "/get"), got


@case
def takes_uploads_of_any_size():
    with Program() as p:
        for size in 0, 1, 65536, 5_000_000:
            data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
            got = p.ask("PUT", "/upload", data).json
            assert got == {"length": size, "sha256": hashlib.sha256(data).hexdigest()}, got
        chunks = [b"a" * 100_000 for _ in range(30)]
        got = p.ask("POST", "/upload", iter(chunks)).json
        assert got == {"length": 3_000_000, "sha256": hashlib.sha256(b"".join(chunks)).hexdigest()}, got
        assert p.ask("GET", "/upload").status == 405


# --- Status, fields, redirects ---


@case
def answers_with_the_status_asked_for():
    with Program() as p:
        for status in 200, 201, 202, 204, 206, 304, 400, 404, 410, 429, 500, 503, 599:
            for method in "GET", "POST", "DELETE":
                r = p.ask(method, f"/status/{status}")
                assert (r.status, r.body) == (status, b""), r
        for status in 301, 302, 303, 305, 307, 308:
            assert p.ask("GET", f"/status/{status}").headers["Location"] == "/redirect/1"
        assert p.ask("GET", "/status/401").headers["WWW-Authenticate"].startswith("Basic realm=")
        assert p.ask("GET", "/status/407").headers["Proxy-Authenticate"].startswith("Basic realm=")
        for path, field in ("/status/401", "WWW-Authenticate"), ("/status/407", "Proxy-Authenticate"):
            assert p.ask("GET", path).headers[field] == 'Basic realm="Fake Realm"', path
        assert "image/png" in p.ask("GET", "/status/406").json["accept"]
        for status in 402, 418:
            r = p.ask("GET", f"/status/{status}")
            assert r.status == status and r.body and r.headers["X-More-Info"].startswith("http://"), r
        assert "teapot" in r.body.decode(), r
        assert p.ask("PUT", "/status/201", "a body").status == 201


@case
def chooses_by_weight():
    with Program() as p:
        connection = http.client.HTTPConnection("127.0.0.1", p.port)

        def count(path, times=400):
            found = {}
            for _ in range(times):
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                found[response.status] = found.get(response.status, 0) + 1
            return found

        three_to_one = count("/status/200:3,500:1")
        assert set(three_to_one) == {200, 500} and 240 < three_to_one[200] < 360, three_to_one
        assert count("/status/200:0,404:0.5", 20) == {404: 20}
        assert set(count("/status/200,201,202", 200)) == {200, 201, 202}


@case
def refuses_what_is_no_status():
    with Program() as p:
        for codes in "abc", "20", "2000", "200,", ",200", "200:", "200:x", "200:-1", "200:0", "99", "100", "600", "200;201":
            assert p.ask("GET", f"/status/{codes}").status == 400, codes
        assert p.ask("GET", "/status/").status == 404


@case
def sets_fields_of_the_response():
    with Program() as p:
        for method in "GET", "POST":
            r = p.ask(method, "/response-headers?X-A=1&X-B=2&x-b=3&X-A=4")
            assert r.status == 200 and r.headers.get_all("X-A") == ["1", "4"], r
            assert r.json["X-A"] == ["1", "4"] and r.headers.get_all("x-b") == ["2", "3"], r
            assert r.json["Content-Type"] == JSON and r.json["Content-Length"] == str(len(r.body)), r
        r = p.ask("GET", "/response-headers?Content-Type=text/plain;%20charset=UTF-8")
        assert r.headers.get_all("Content-Type") == ["text/plain; charset=UTF-8"], r
        assert r.json["Content-Length"] == r.headers["Content-Length"] == str(len(r.body))
        assert p.ask("PUT", "/response-headers").status == 405


@case
def splits_no_response():
    with Program() as p:
        for query in "X=a%0d%0aY:b", "X=a%0aY:b", "X%0d%0a=b", "a%20b=c", "=x", "Content-Length=3", \
                "Transfer-Encoding=chunked", "Connection=close":
            r = p.ask("GET", "/response-headers?" + query)
            assert r.status == 400 and "Y" not in r.headers, (query, r)


@case
def redirects_n_times():
    with Program() as p:
        def location(path):
            r = p.ask("GET", path)
            assert r.status == 302, r
            return r.headers["Location"]

        assert location("/redirect/1") == "/get"
        assert location("/redirect/5") == "/relative-redirect/4"
        assert location("/redirect/5?absolute=true") == origin(p) + "/absolute-redirect/4"
        assert location("/relative-redirect/2") == "/relative-redirect/1"
        assert location("/relative-redirect/1") == "/get"
        assert location("/absolute-redirect/2") == origin(p) + "/absolute-redirect/1"
        assert location("/absolute-redirect/1") == origin(p) + "/get"
        assert location("/redirect/1?absolute=True") == origin(p) + "/get"
        assert location("/redirect/5?absolute=1") == "/relative-redirect/4"
        assert location("/redirect/9223372036854775807") == "/relative-redirect/9223372036854775806"
        for kind in "", "relative-", "absolute-":
            for n, status in (0, 400), (-1, 404), ("x", 404):
                assert p.ask("GET", f"/{kind}redirect/{n}").status == status, (kind, n)


@case
def redirects_anywhere():
    with Program() as p:
        for method in "GET", "POST", "PUT", "PATCH", "DELETE":
            r = p.ask(method, "/redirect-to?url=http://a.example/b%3Fc%3Dd")
            assert (r.status, r.headers["Location"]) == (302, "http://a.example/b?c=d"), r
        for data in "url=/get&status_code=303", "status_code=303&url=%2Fget":
            r = p.ask("POST", "/redirect-to", data, {"Content-Type": FORM})
            assert (r.status, r.headers["Location"]) == (303, "/get"), r
        for status, got in (300, 300), (301, 301), (303, 303), (307, 307), (308, 308), (200, 302), (404, 302):
            assert p.ask("GET", f"/redirect-to?url=/get&status_code={status}").status == got
        r = p.ask("GET", "/redirect-to?URL=/get&Status_Code=307")
        assert (r.status, r.headers["Location"]) == (307, "/get"), r
        for query in "", "?url=", "?url=/a%0d%0aX:y", "?url=/get&status_code=x":
            assert p.ask("GET", "/redirect-to" + query).status == 400, query


@case
def links_to_itself():
    with Program() as p:
        assert p.ask("GET", "/links/3").headers["Location"] == "/links/3/0"
        r = p.ask("GET", "/links/3/1")
        assert r.headers["Content-Type"].startswith("text/html")
        page = r.body.decode()
        assert re.findall(r'<a href="(/links[^"]*)">', page) == ["/links/3/0", "/links/3/2"], page
        assert p.ask("GET", "/links/1000/0").body.count(b"/links/200/") == 199
        assert "Page 0" in p.ask("GET", "/links/0/0").body.decode()
        for path in "/links/-1", "/links/3/-1", "/links/3/x", "/links/x":
            assert p.ask("GET", path).status == 404, path


# --- Cookies ---


@case
def keeps_cookies():
    with Program() as p:
        assert p.ask("GET", "/cookies").json == {"cookies": {}}
        got = p.ask("GET", "/cookies", headers={"Cookie": "a=1; b=2; a=3; c="}).json
        assert got == {"cookies": {"a": "1", "b": "2", "c": ""}}, got
        r = p.ask("GET", "/cookies/set?a=1&b=2")
        assert (r.status, r.headers["Location"]) == (302, "/cookies"), r
        assert [c.split(";")[0] for c in r.headers.get_all("Set-Cookie")] == ["a=1", "b=2"], r
        assert "Path=/" in r.headers["Set-Cookie"]
        assert p.ask("GET", "/cookies/set?a=1&a=2").headers.get_all("Set-Cookie") == [
            "a=1; Path=/; HttpOnly; SameSite=Lax"]
        r = p.ask("GET", "/cookies/set/thread/warp")
        assert r.status == 302 and r.headers["Set-Cookie"].startswith("thread=warp;"), r
        r = p.ask("GET", "/cookies/delete?a&b=")
        assert r.status == 302 and len(r.headers.get_all("Set-Cookie")) == 2, r
        for cookie in r.headers.get_all("Set-Cookie"):
            assert re.match(r"[ab]=;", cookie) and re.search(r"Max-Age=0|expires=Thu, 01 Jan 1970", cookie, re.I), cookie


@case
def sets_no_impossible_cookie():
    with Program() as p:
        for path in "/cookies/set?a%20b=c", "/cookies/set?=c", "/cookies/set?a%0d%0ab=c", "/cookies/set/a%3Bb/c", \
                "/cookies/set?a=" + "x" * 4096, "/cookies/delete?a%3Bb":
            assert p.ask("GET", path).status == 400, path


@case
def cookies_carry_any_text():
    with Program() as p:
        for value, sent in (("x y", "x%20y"), ("a;b,c\"d\\e", "a%3Bb%2Cc%22d%5Ce"), ("50%", "50%25"), ("%20", "%2520"),
                            ("\r\nX: y", "%0D%0AX:%20y"), ("ü", "%C3%BC"), ("a=b/c", "a=b/c"), ("", "")):
            for path in ("/cookies/set?a=" + quote(value), "/cookies/set/a/" + quote(value, safe=""))[:2 if value else 1]:
                r = p.ask("GET", path)
                assert r.status == 302 and "X" not in r.headers, (path, r)
                assert r.headers["Set-Cookie"].split(";")[0] == "a=" + sent, (path, r)
            assert p.ask("GET", "/cookies", headers={"Cookie": "a=" + sent}).json == {"cookies": {"a": value}}, value
        foreign = p.ask("GET", "/cookies", headers={"Cookie": 'a=%41; b=%; c=%2; d=%zz; e="f"; g=%00'}).json["cookies"]
        assert foreign == {"a": "%41", "b": "%", "c": "%2", "d": "%zz", "e": '"f"', "g": "%00"}, foreign


@case
def cookies_of_tls_stay_there():
    with Program("--proxy-headers") as p:
        assert "Secure" not in p.ask("GET", "/cookies/set?a=1").headers["Set-Cookie"]
        for path in "/cookies/set?a=1", "/cookies/set/a/1", "/cookies/set?__Host-a=1", "/cookies/delete?__Secure-a":
            r = p.ask("GET", path, headers={"X-Forwarded-Proto": "https"})
            assert r.status == 302 and "; Secure" in r.headers["Set-Cookie"], r


# --- Who is asking ---


@case
def asks_for_basic_credentials():
    with Program() as p:
        for headers in {}, basic("ada", "wrong"), basic("eve", "loom"), basic("ada", ""), basic("ada", "loom2"), \
                {"Authorization": "Basic"}, {"Authorization": "Basic !!"}, {"Authorization": "Bearer YWRhOmxvb20="}:
            r = p.ask("GET", "/basic-auth/ada/loom", headers=headers)
            assert r.status == 401 and r.headers["WWW-Authenticate"].startswith('Basic realm="'), (headers, r)
            r = p.ask("GET", "/hidden-basic-auth/ada/loom", headers=headers)
            assert r.status == 404 and "WWW-Authenticate" not in r.headers, (headers, r)
            assert r.body == p.ask("GET", "/nowhere").body, r
        welcome = {"authenticated": True, "user": "ada"}
        assert p.ask("GET", "/basic-auth/ada/loom", headers=basic("ada", "loom")).json == welcome
        assert p.ask("GET", "/hidden-basic-auth/ada/loom", headers=basic("ada", "loom")).json == welcome
        lower = {"Authorization": basic("ada", "loom")["Authorization"].replace("Basic", "bAsIc")}
        assert p.ask("GET", "/basic-auth/ada/loom", headers=lower).status == 200
        assert p.ask("GET", "/basic-auth/%C3%A4/a:b", headers=basic("ä", "a:b")).json["user"] == "ä"


@case
def asks_for_a_bearer_token():
    with Program() as p:
        for headers in {}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}, basic("a", "b"):
            r = p.ask("GET", "/bearer", headers=headers)
            assert r.status == 401 and r.headers["WWW-Authenticate"].startswith("Bearer"), r
        got = p.ask("GET", "/bearer", headers={"Authorization": "bearer a.b-c"}).json
        assert got == {"authenticated": True, "token": "a.b-c"}, got


HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512": hashlib.sha512,
          "SHA-512-256": lambda data: hashlib.new("sha512_256", data)}


def challenge_of(reply):
    assert reply.status == 401, reply
    kind, rest = reply.headers["WWW-Authenticate"].split(" ", 1)
    assert kind == "Digest", reply
    return {name: quoted or token for name, quoted, token in re.findall(r'([\w-]+)=(?:"([^"]*)"|([^\s,]+))', rest)}


def digest(challenge, path, user="ada", password="loom", method="GET", qop="auth", body=b"", count=1, **change):
    """Authorization for a challenge (RFC 7616, 3.4); `change` replaces parameters after they were signed."""
    def h(text):
        return HASHES[challenge["algorithm"]](text.encode()).hexdigest()

    fields = {"username": user, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": path, "qop": qop,
              "algorithm": challenge["algorithm"], "nc": f"{count:08x}", "cnonce": "0a4f113b",
              "opaque": challenge["opaque"]}
    what = f"{method}:{path}" + (f":{HASHES[challenge['algorithm']](body).hexdigest()}" if qop == "auth-int" else "")
    signed = [h(f"{user}:{challenge['realm']}:{password}"), fields["nonce"], fields["nc"], fields["cnonce"], qop, h(what)]
    fields["response"] = h(":".join(signed))
    fields.update(change)
    bare = {"qop", "algorithm", "nc"}
    return {"Authorization": "Digest " + ", ".join(
        f"{name}={value}" if name in bare else f'{name}="{value}"' for name, value in fields.items() if value is not None)}


@case
def asks_for_digest_credentials():
    with Program() as p:
        for algorithm in HASHES:
            for qop in "auth", "auth-int":
                path = f"/digest-auth/{qop}/ada/loom/{algorithm}"
                c = challenge_of(p.ask("GET", path))
                assert (c["qop"], c["algorithm"], c["stale"]) == (qop, algorithm, "false"), c
                r = p.ask("GET", path, headers=digest(c, path, qop=qop))
                assert r.status == 200 and r.json == {"authenticated": True, "user": "ada"}, r
                assert "rspauth=" in r.headers["Authentication-Info"], r
        assert challenge_of(p.ask("GET", "/digest-auth/auth/ada/loom"))["algorithm"] == "MD5"
        c = challenge_of(p.ask("GET", "/digest-auth/other/ada/loom/other"))
        assert (c["qop"], c["algorithm"]) == ("auth,auth-int", "MD5"), c


@case
def proves_that_it_knows_the_password():
    with Program() as p:
        for qop in "auth", "auth-int":
            path = f"/digest-auth/{qop}/ada/loom/SHA-256"
            c = challenge_of(p.ask("GET", path))
            r = p.ask("GET", path, headers=digest(c, path, qop=qop))
            as_sent = digest(c, path, qop=qop, method="", body=r.body)["Authorization"]
            assert re.search(r'response="(\w+)"', as_sent)[1] in r.headers["Authentication-Info"], r


@case
def digest_covers_the_body():
    with Program() as p:
        path = "/digest-auth/auth-int/ada/loom/SHA-256"
        c = challenge_of(p.ask("POST", path, b"an order"))
        good = digest(c, path, method="POST", qop="auth-int", body=b"an order")
        assert p.ask("POST", path, b"another", good).status == 401
        assert p.ask("POST", path, b"an order", good).status == 200


@case
def refuses_wrong_digests():
    with Program() as p:
        path = "/digest-auth/auth/ada/loom/SHA-256"
        c = challenge_of(p.ask("GET", path))
        for change in {"user": "eve"}, {"password": "wrong"}, {"method": "POST"}, {"response": "0" * 64}, \
                {"response": ""}, {"realm": "other"}, {"algorithm": "MD5"}, {"algorithm": None}, {"opaque": "other"}, \
                {"opaque": None}, {"qop": "auth-int"}, {"nc": "00000002"}, {"cnonce": "other"}, {"username": "eve"}:
            assert challenge_of(p.ask("GET", path, headers=digest(c, path, **change)))["stale"] == "false", change
        for change in {"uri": "/get"}, {"uri": None}, {"nc": "1"}, {"nc": "00000000"}, {"nc": "0000000g"}, \
                {"nonce": None}, {"username": None}, {"cnonce": None}, {"response": None}:
            assert p.ask("GET", path, headers=digest(c, path, **change)).status == 400, change
        without_qop = digest(c, path)["Authorization"].replace("qop=auth, ", "")
        assert p.ask("GET", path, headers={"Authorization": without_qop}).status == 400
        for field in "Digest username", 'Digest username="a', 'Digest nc=1 nc=2', 'Digest a="b"c', \
                'Digest uri="/a", uri="/b"', 'Digest "a"=b', 'Digest username="a\\':
            assert p.ask("GET", path, headers={"Authorization": field}).status == 400, field
        assert p.ask("GET", path + "?q=1", headers=digest(c, path)).status == 400
        assert p.ask("GET", path + "?q=1", headers=digest(c, path + "?q=1")).status == 200


@case
def digest_is_for_one_uri_with_or_without_the_root_path():
    with Program("--root-path", "/api") as p:
        path = "/digest-auth/auth/ada/loom/SHA-256"
        c = challenge_of(p.ask("GET", path))
        for count, (uri, status) in enumerate([(path, 200), ("/api" + path, 200), (f"{origin(p)}/api{path}", 200),
                                               ("/other" + path, 400), (path + "?", 400), ("", 400), ("*", 400)], 1):
            assert p.ask("GET", path, headers=digest(c, uri, count=count)).status == status, uri


@case
def nonces_are_checked():
    with Program() as p:
        path = "/digest-auth/auth/ada/loom/MD5"
        c = challenge_of(p.ask("GET", path))
        assert p.ask("GET", path, headers=digest(c, path, count=1)).status == 200
        replayed = challenge_of(p.ask("GET", path, headers=digest(c, path, count=1)))
        assert replayed["stale"] == "true" and replayed["nonce"] != c["nonce"], replayed
        assert p.ask("GET", path, headers=digest(c, path, count=7)).status == 200
        assert challenge_of(p.ask("GET", path, headers=digest(c, path, count=6)))["stale"] == "true"
        for nonce in "0" * 32, "", "zzzz" + "0" * 28, "f" * 200:
            foreign = challenge_of(p.ask("GET", path, headers=digest({**c, "nonce": nonce}, path)))
            assert foreign["stale"] == "true", nonce


@case
def nonces_grow_stale():
    with Program() as p:
        path = "/digest-auth/auth/ada/loom/MD5/2"
        c = challenge_of(p.ask("GET", path))
        for count, status in (1, 200), (2, 200), (3, 401), (4, 401):
            r = p.ask("GET", path, headers=digest(c, path, count=count))
            assert r.status == status, (count, r)
        fresh = challenge_of(r)
        assert fresh["stale"] == "true"
        assert p.ask("GET", path, headers=digest(fresh, path)).status == 200
        path = "/digest-auth/auth/ada/loom/MD5/0"
        c = challenge_of(p.ask("GET", path))
        assert challenge_of(p.ask("GET", path, headers=digest(c, path)))["stale"] == "true"
        path = "/digest-auth/auth/ada/loom/MD5/never"
        c = challenge_of(p.ask("GET", path))
        for count in range(1, 20):
            assert p.ask("GET", path, headers=digest(c, path, count=count)).status == 200


# --- Bytes, at once and over time ---


@case
def makes_values():
    with Program() as p:
        made = {p.ask("GET", "/uuid").json["uuid"] for _ in range(5)}
        assert len(made) == 5 and all(uuid.UUID(each).version == 4 for each in made), made
        for path in "/base64/", "/base64/decode/":
            assert p.ask("GET", path).status == 404, path
        for data in b"w", b"we", b"wef", b"weft", "kätzchen?>".encode(), b"w\xff\xfe?>>":
            for encoded in base64.b64encode(data), base64.urlsafe_b64encode(data), base64.b64encode(data).rstrip(b"="):
                for path in "/base64/", "/base64/decode/":
                    r = p.ask("GET", path + encoded.decode())
                    assert (r.status, r.body) == (200, data), (encoded, r)
                    assert "html" not in r.headers["Content-Type"], r
        for wrong in "a", "ab=", "a=b=", "abc%21", "ab==c", "%3D", "abcd=":
            assert p.ask("GET", "/base64/" + wrong).status == 400, wrong
        assert p.ask("GET", "/base64/encode/weft%20%C3%BC").body == base64.b64encode("weft ü".encode())


@case
def makes_random_bytes():
    with Program() as p:
        for path, most in ("/bytes/", 100 * 1024), ("/stream-bytes/", None):
            for n in 0, 1, 1000, 102_400, 102_401:
                r = p.ask("GET", f"{path}{n}")
                assert r.headers["Content-Type"] == "application/octet-stream"
                assert len(r.body) == (min(n, most) if most else n), (path, n)
            assert p.ask("GET", f"{path}64").body != p.ask("GET", f"{path}64").body
            assert p.ask("GET", f"{path}-1").status == 404 and p.ask("GET", f"{path}x").status == 404
            assert p.ask("GET", f"{path}5?seed=x").status == 400
            assert p.ask("GET", f"{path}64?SEED=-7").body == p.ask("GET", f"{path}64?seed=-7").body
        seeded = p.ask("GET", "/bytes/5000?seed=7").body
        assert seeded != p.ask("GET", "/bytes/5000?seed=8").body
        for chunk in 1, 7, 8, 4999, 5000, 100_000:
            assert p.ask("GET", f"/stream-bytes/5000?seed=7&chunk_size={chunk}").body == seeded
        for query in "chunk_size=0", "chunk_size=-5", "Chunk_Size=1":
            connection = p.connect()
            connection.sendall(f"GET /stream-bytes/3?{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            assert re.search(rb"\r\n\r\n(1\r\n.\r\n){3}0\r\n\r\n$", read_all(connection), re.S), query
        assert p.ask("GET", "/stream-bytes/5?chunk_size=x").status == 400


@case
def streams_1_gib_in_little_memory():
    """All that may be asked for where that takes seconds; sanitized, 64 MiB of it."""
    asked, expected = ((1 << 30) + 1, 1 << 30) if SLOW == 1 else (64 << 20, 64 << 20)
    with Program() as p:
        p.ask("GET", "/stream-bytes/100000")
        before = p.rss_kib()
        connection = http.client.HTTPConnection("127.0.0.1", p.port, timeout=60)
        connection.request("GET", f"/stream-bytes/{asked}?seed=1&chunk_size=65536")
        response = connection.getresponse()
        assert response.headers["Transfer-Encoding"] == "chunked"
        total = 0
        while piece := response.read(1 << 20):
            total += len(piece)
        assert total == expected
        assert p.rss_kib() - before < 4096, (before, p.rss_kib())


@case
def streams_lines():
    with Program() as p:
        r = p.ask("GET", "/stream/3?a=b")
        lines = [json.loads(line) for line in r.body.decode().splitlines()]
        assert [line["id"] for line in lines] == [0, 1, 2] and lines[2]["args"] == {"a": "b"}, lines
        assert set(lines[0]) == {"id", "args", "headers", "origin", "url"}
        assert r.headers["Transfer-Encoding"] == "chunked"
        assert len(p.ask("GET", "/stream/1000").body.splitlines()) == 100
        assert p.ask("GET", "/stream/0").body == b""
        assert p.ask("GET", "/stream/-1").status == 404


@case
def gives_ranges():
    letters = bytes(ord("a") + i % 26 for i in range(100))
    with Program() as p:
        whole = p.ask("GET", "/range/100")
        assert (whole.status, whole.body) == (200, letters), whole
        assert (whole.headers["ETag"], whole.headers["Accept-Ranges"]) == ('"range100"', "bytes"), whole
        for given, first, last in ("0-9", 0, 9), ("90-", 90, 99), ("-5", 95, 99), ("99-99", 99, 99), ("50-999", 50, 99), \
                ("-1000", 0, 99), ("0-0", 0, 0), ("0-99", 0, 99), ("0-99999999999999999999", 0, 99):
            r = p.ask("GET", "/range/100", headers={"Range": f"bytes={given}"})
            assert (r.status, r.body) == (206, letters[first:last + 1]), (given, r)
            assert r.headers["Content-Range"] == f"bytes {first}-{last}/100", (given, r)
            assert int(r.headers["Content-Length"]) == last - first + 1
        for given in "100-", "100-200", "-0", "99999999999999999999-":
            r = p.ask("GET", "/range/100", headers={"Range": f"bytes={given}"})
            assert r.status == 416 and r.headers["Content-Range"] == "bytes */100", (given, r)
        for given in "bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "lines=0-1", "bytes 0-1", "bytes=0-1x", \
                "bytes=9-0", "bytes=200-100":
            r = p.ask("GET", "/range/100", headers={"Range": given})
            assert (r.status, r.body) == (200, letters), (given, r)
        head = p.ask("HEAD", "/range/100", headers={"Range": "bytes=0-9"})
        assert head.status == 200 and head.headers["Content-Length"] == "100", head
        for n in "0", "-1", "102401":
            assert p.ask("GET", "/range/" + n).status == 404, n
        assert len(p.ask("GET", "/range/102400").body) == 102_400


@case
def ranges_of_the_same_version_only():
    with Program() as p:
        for condition, status in ('"range50"', 206), ('"other"', 200), ('W/"range50"', 200), ("nonsense", 200), \
                ("Mon, 01 Jan 2024 00:00:00 GMT", 200):
            r = p.ask("GET", "/range/50", headers={"Range": "bytes=0-4", "If-Range": condition})
            assert r.status == status, (condition, r)
        assert p.ask("GET", "/range/50", headers={"If-None-Match": '"range50"'}).status == 304
        assert p.ask("GET", "/range/50", headers={"If-Match": '"other"', "Range": "bytes=0-4"}).status == 412


def seconds_of(p, *args, **kwargs):
    """How long it took, rounded up by the step of the loop's clock, and the reply."""
    start = time.monotonic()
    reply = p.ask(*args, **kwargs)
    return time.monotonic() - start + 0.002, reply


@case
def takes_its_time():
    with Program() as p:
        for method in "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE":
            took, r = seconds_of(p, method, "/delay/0.1?a=b", "x=1")
            assert took >= 0.1 and r.status == 200 and r.json["args"] == {"a": "b"}, (took, r)
        assert p.ask("GET", "/delay/-1").status == 400 and p.ask("GET", "/delay/x").status == 404
        took, r = seconds_of(p, "GET", "/drip?duration=0.3&numbytes=7&delay=0.1&code=418")
        assert took >= 0.4 and (r.status, r.body) == (418, b"*" * 7), (took, r)
        assert r.headers["Content-Length"] == "7" and r.headers["Content-Type"] == "application/octet-stream", r
        took, r = seconds_of(p, "GET", "/drip?duration=0.2&numbytes=1000000")
        assert took >= 0.2 and r.body == b"*" * 1_000_000, took
        took, r = seconds_of(p, "GET", "/range/100?duration=0.2&chunk_size=10")
        assert took >= 0.2 and len(r.body) == 100, took
        r = p.ask("GET", "/drip?Duration=0&NumBytes=3&CODE=201")
        assert (r.status, r.body) == (201, b"***"), r
        for query in "duration=-1", "duration=x", "duration=nan", "numbytes=0", "numbytes=x", "delay=-1", "code=99", \
                "code=600", "code=x", "delay=":
            assert p.ask("GET", "/drip?" + query).status == 400, query
        for code in 204, 304:
            assert p.ask("GET", f"/drip?duration=0&code={code}").body == b""


@case
def delays_ten_seconds_at_most():
    with Program() as p:
        took, r = seconds_of(p, "GET", "/delay/3600")
        assert 10 <= took < 15 and r.status == 200, took


@case
def serves_others_meanwhile():
    with Program() as p:
        slow = [p.connect() for _ in range(200)]
        for connection in slow:
            connection.sendall(b"GET /delay/0.5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert p.ask("GET", "/get").status == 200
        start = time.monotonic()
        assert all(read_all(connection).startswith(b"HTTP/1.1 200") for connection in slow)
        assert time.monotonic() - start < 10


def events_of(body):
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in body.decode().strip().split("\n\n")]


@case
def sends_events():
    with Program() as p:
        took, r = seconds_of(p, "GET", "/sse?count=3&duration=0.3")
        assert took >= 0.2 and r.headers["Content-Type"] == "text/event-stream", r
        assert r.headers["Cache-Control"] == "no-cache"
        retry, *events = events_of(r.body)
        assert int(retry["retry"]) > 0, retry
        assert [json.loads(event["data"])["id"] for event in events] == [0, 1, 2], events
        assert all(event["event"] == "ping" for event in events)
        r = p.ask("GET", "/sse?count=3&duration=0", headers={"Last-Event-ID": "1"})
        assert [event["id"] for event in events_of(r.body)[1:]] == ["2"], r
        for query in "count=0", "count=x", "duration=-1", "delay=x":
            assert p.ask("GET", "/sse?" + query).status == 400, query


def last_lines(raw):
    """The trailer section of a chunked response, as a list of (name, value)."""
    head, body = raw.split(b"\r\n\r\n", 1)
    assert b"Transfer-Encoding: chunked" in head, raw
    return head, [tuple(line.decode().split(": ", 1)) for line in body.split(b"\r\n0\r\n", 1)[1].split(b"\r\n") if line]


@case
def sends_trailers():
    with Program() as p:
        connection = p.connect()
        connection.sendall(b"GET /trailers?X-A=1&X-B=two%20words&X-A=3 HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n"
                           b"Connection: close, TE\r\n\r\n")
        head, trailers = last_lines(read_all(connection))
        assert trailers[:3] == [("X-A", "1"), ("X-B", "two words"), ("X-A", "3")], trailers
        announced = b",".join(re.findall(rb"\r\nTrailer: ([^\r]*)", head)).decode()
        assert {name.strip() for name in announced.split(",")} == {"X-A", "X-B", "Content-Digest"}, head
        r = p.ask("GET", "/trailers?a=b")
        assert r.json["trailers"] == {} and r.json["args"] == {"a": "b"}, r
        connection = p.connect()
        connection.sendall(b"GET /trailers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        raw = read_all(connection)
        text = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")[1]
        digest_of_it = base64.b64encode(hashlib.sha256(text).digest()).decode()
        assert last_lines(raw)[1] == [("Content-Digest", f"sha-256=:{digest_of_it}:")], raw
        for query in "Content-Length=1", "Transfer-Encoding=x", "Host=a", "Set-Cookie=a=b", "a%20b=c", "a=%0d%0ab", "=":
            assert p.ask("GET", "/trailers?" + query).status == 400, query
        old = p.connect()
        old.sendall(b"GET /trailers?X-A=1 HTTP/1.0\r\n\r\n")
        assert b"chunked" not in (raw := read_all(old)) and raw.endswith(b"}"), raw


@case
def tells_trailers_of_the_request():
    with Program() as p:
        connection = p.connect()
        connection.sendall(b"POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"
                           b"Connection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\nX-Sum: 7\r\n\r\n")
        got = read_all(connection)
        assert b'"trailers":{"X-Sum":["6","7"]}' in got, got
        assert b"X-Sum: 6" not in got


# --- Codings, caches, formats ---


@case
def compresses():
    with Program() as p:
        for path, coding, member, decode in (
                ("/gzip", "gzip", "gzipped", gzip.decompress), ("/deflate", "deflate", "deflated", zlib.decompress),
                ("/brotli", "br", "brotli", None), ("/zstd", "zstd", "zstd", None)):
            r = p.ask("GET", path, headers={"X-Thread": "warp"})
            assert r.status == 200 and r.headers["Content-Encoding"] == coding, r
            assert r.headers["Content-Type"] == JSON
            if decode:
                got = json.loads(decode(r.body))
                assert got[member] is True and got["headers"]["X-Thread"] == "warp", got
                assert set(got) == {member, "headers", "method", "origin"} and got["method"] == "GET", got
            back = p.ask("POST", "/decoded", r.body, {"Content-Encoding": coding, "Content-Type": JSON})
            assert back.json["json"][member] is True and back.json["json"]["headers"]["X-Thread"] == "warp", back


@case
def decodes_bodies():
    with Program() as p:
        plain = b'{"thread": "warp"}'
        for coding, data in ("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain)), ("identity", plain):
            got = p.ask("POST", "/decoded", data, {"Content-Encoding": coding, "Content-Type": JSON})
            assert got.status == 200 and got.json["json"] == {"thread": "warp"}, (coding, got)
        form = p.ask("POST", "/decoded", gzip.compress(b"a=1"), {"Content-Encoding": "gzip", "Content-Type": FORM})
        assert form.json["form"] == {"a": "1"}, form
        for coding, data, status in ("gzip", plain, 400), ("gzip", gzip.compress(plain)[:-4], 400), ("rot13", plain, 415), \
                ("gzip", gzip.compress(b"x" * 1_000_000), 413):
            r = p.ask("POST", "/decoded", data, {"Content-Encoding": coding})
            assert r.status == status, (coding, r)
        raw = p.ask("POST", "/post", gzip.compress(plain, mtime=0), {"Content-Encoding": "gzip"}).json
        assert raw["data"].startswith("data:application/octet-stream;base64,H4sI"), raw


@case
def hints_early():
    with Program() as p:
        connection = p.connect()
        connection.sendall(b"GET /early-hints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        first, second, _ = read_all(connection).split(b"\r\n\r\n", 2)
        assert first.startswith(b"HTTP/1.1 103 ") and b"Link: </style.css>; rel=preload; as=style" in first, first
        assert second.startswith(b"HTTP/1.1 200 ") and b"Link: </style.css>" in second, second
        old = p.connect()
        old.sendall(b"GET /early-hints HTTP/1.0\r\n\r\n")
        assert read_all(old).startswith(b"HTTP/1.1 200 ")
        assert p.ask("GET", "/early-hints?delay=-1").status == 400


@case
def keeps_caches_fresh():
    with Program() as p:
        r = p.ask("GET", "/cache?a=b")
        assert r.status == 200 and r.json["args"] == {"a": "b"} and r.headers["ETag"], r
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", r.headers["Last-Modified"]), r
        for headers in {"If-None-Match": '"any"'}, {"If-Modified-Since": r.headers["Last-Modified"]}:
            assert p.ask("GET", "/cache", headers=headers).status == 304
        r = p.ask("GET", "/cache/60")
        assert r.headers["Cache-Control"] == "public, max-age=60" and r.json["url"].endswith("/cache/60"), r
        assert p.ask("GET", "/cache/-1").status == 404 and p.ask("GET", "/cache/x").status == 404


@case
def judges_entity_tags():
    with Program() as p:
        for headers, status in (
                ({}, 200),
                ({"If-None-Match": '"v1"'}, 304), ({"If-None-Match": 'W/"v1"'}, 304), ({"If-None-Match": "*"}, 304),
                ({"If-None-Match": '"v0", "v1"'}, 304), ({"If-None-Match": '"v0"'}, 200),
                ({"If-Match": '"v1"'}, 200), ({"If-Match": "*"}, 200), ({"If-Match": '"v0", "v1"'}, 200),
                ({"If-Match": '"v0"'}, 412), ({"If-Match": 'W/"v1"'}, 412),
                ({"If-None-Match": "v1"}, 304), ({"If-None-Match": "v0, v1"}, 304), ({"If-None-Match": "v0"}, 200),
                ({"If-Match": "v1"}, 200), ({"If-Match": "v0,v1"}, 200), ({"If-Match": "v"}, 412), ({"If-Match": "v12"}, 412),
                ({"If-Match": '"v0"', "If-None-Match": '"v1"'}, 412), ({"If-Match": '"v1"', "If-None-Match": '"v1"'}, 304)):
            r = p.ask("GET", "/etag/v1", headers=headers)
            assert r.status == status and r.headers["ETag"] == '"v1"', (headers, r)
            assert status == 200 or r.body == b"", r
        assert p.ask("GET", "/etag/a%22b").status == 400 and p.ask("GET", "/etag/a%0ab").status == 400
        assert p.ask("GET", "/etag/a%20b").status == 400


SIGNATURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF", "image/svg+xml": b"<svg"}


@case
def negotiates_images():
    with Program() as p:
        for accept, media_type in (
                (None, "image/png"), ("*/*", "image/png"), ("image/*", "image/png"), ("image/webp", "image/webp"),
                ("image/jpeg", "image/jpeg"), ("image/svg+xml", "image/svg+xml"), ("image/png", "image/png"),
                ("image/webp;q=0.5, image/jpeg", "image/jpeg"), ("text/html, image/jpeg;q=0.1", "image/jpeg")):
            r = p.ask("GET", "/image", headers={"Accept": accept} if accept else {})
            assert r.status == 200 and r.headers["Content-Type"] == media_type, (accept, r)
            assert r.body.startswith(SIGNATURES[media_type]) and "Accept" in r.headers["Vary"], (accept, r)
        for accept in "text/html", "image/gif", "image/png;q=0":
            r = p.ask("GET", "/image", headers={"Accept": accept})
            assert r.status == 406 and "image/webp" in r.json["accept"] and r.json["message"], r
        for media_type, signature in SIGNATURES.items():
            name = media_type.split("/")[1].split("+")[0]
            r = p.ask("GET", "/image/" + name, headers={"Accept": "text/html"})
            assert r.headers["Content-Type"] == media_type and r.body.startswith(signature), r
        assert p.ask("GET", "/image/gif").status == 404


@case
def has_documents():
    with Program() as p:
        assert p.ask("GET", "/html").headers["Content-Type"] == "text/html; charset=utf-8"
        slideshow = p.ask("GET", "/json").json["slideshow"]
        assert set(slideshow) == {"author", "date", "slides", "title"}, slideshow
        xml_reply = p.ask("GET", "/xml")
        assert xml_reply.headers["Content-Type"] == "application/xml"
        assert xml.dom.minidom.parseString(xml_reply.body).documentElement.tagName == "slideshow"
        assert p.ask("GET", "/robots.txt").body == b"User-agent: *\nDisallow: /deny\n"
        assert p.ask("GET", "/deny").headers["Content-Type"].startswith("text/plain")
        utf8 = p.ask("GET", "/encoding/utf8")
        assert utf8.headers["Content-Type"] == "text/html; charset=utf-8" and "∀x ∈ ℝ" in utf8.body.decode()
        again = p.ask("GET", "/html", headers={"If-None-Match": p.ask("GET", "/html").headers["ETag"]})
        assert (again.status, again.body) == (304, b"")


@case
def has_pages_for_people():
    with Program() as p:
        for path in "/", "/forms/post":
            r = p.ask("GET", path)
            assert r.status == 200 and r.headers["Content-Type"] == "text/html; charset=utf-8", r
            assert "style-src 'self'" in r.headers["Content-Security-Policy"], r
        form = p.ask("GET", "/forms/post").body.decode()
        assert 'method="post" action="/post"' in form
        assert set(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', form)) == {"custname", "custtel", "custemail", "size", "topping",
                                                          "delivery", "comments"}
        assert p.ask("GET", "/legacy").body == p.ask("GET", "/").body
        assert "prefers-color-scheme: dark" in p.ask("GET", "/style.css").body.decode()


@case
def the_front_page_names_every_route():
    program = Program("routes", port=None, wait=False)
    program.wait()
    templates = [line.split()[1] for line in program.out.decode().splitlines()[1:]]
    assert len(templates) > 50, program.out
    with Program() as p:
        page = p.ask("GET", "/").body.decode().replace("<wbr>", "")
        for template in templates:
            shown = re.sub(r":\w+}", "}", template)
            assert shown in ("/", "/style.css") or f">{shown}<" in page or f"</b>{shown}<" in page, shown
        for link in re.findall(r'href="([^"]*)"', page):
            if not re.match(r"/(delay|drip|sse|early-hints)", link):
                status = p.ask("GET", link.replace("&amp;", "&")).status
                assert status in (200, 302, 307, 401, 404, 418), (link, status)


@case
def ends_in_order():
    """With nothing left: a sanitized build looks for leaks at its end."""
    body, headers = multipart(("a", None, None, b"1"), ("f", "f", "image/png", b"\xff" * 100), ("g", "g", None, b"x" * 2_000_000))
    with Program() as p:
        for path in ("/", "/get?a=1&a=2&b=%ff", "/headers", "/status/200:3,500", "/status/x", "/response-headers?a=1&a=2",
                     "/response-headers?a=%0a", "/redirect/2", "/redirect/0", "/redirect-to", "/links/5/2", "/cookies",
                     "/cookies/set?a=1&b=%0a", "/basic-auth/a/b", "/bearer", "/digest-auth/auth/a/b", "/uuid", "/bytes/9",
                     "/base64/d2VmdA==", "/base64/!", "/stream/5", "/stream/-1", "/stream-bytes/100000", "/range/100",
                     "/range/0", "/delay/0", "/drip?duration=0", "/drip?code=x", "/sse?duration=0", "/trailers?X-A=1",
                     "/trailers?Host=1", "/gzip", "/deflate", "/brotli", "/zstd", "/cache", "/etag/v", "/image", "/json"):
            for method in "GET", "HEAD", "POST":
                p.ask(method, path, headers={"Accept": "image/png", "Cookie": "a=1; a=2"})
        for path in "/post", "/anything", "/upload", "/delay/0", "/trailers":
            for data, fields in ((body, headers), (body[:500], headers), (b'{"a": [1]}', {"Content-Type": JSON}),
                                 (b"a=1&a=2", {"Content-Type": FORM}), (b"a=%zz", {"Content-Type": FORM}), (b"\xff", {})):
                p.ask("POST", path, data, fields)
        for path in "/delay/5", "/drip?duration=5", "/stream-bytes/1000000000", "/sse", "/range/1000?duration=5&chunk_size=1":
            connection = p.connect()
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            connection.close()  # a client that leaves
        p.stop()


if __name__ == "__main__":
    run(sys.argv)
