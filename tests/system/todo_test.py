"""The to-do example as its users see it: its contract, its file, its end."""
import signal
import sys
import tempfile

from harness import Program, case, run


def todo(directory, **options):
    return Program(env={"TODO_DB": f"{directory}/todo.db"}, **options)


@case
def keeps_its_contract():
    with tempfile.TemporaryDirectory() as directory, todo(directory) as p:
        assert p.ask("GET", "/").json == []

        added = p.ask("POST", "/", {"title": "walk the dog"})
        assert added.status == 201, added
        item = added.json
        assert item["title"] == "walk the dog"
        assert item["completed"] is False
        assert item["order"] is None
        assert item["url"].startswith(f"http://127.0.0.1:{p.port}/"), item
        assert added.headers["Location"] == item["url"]
        path = item["url"].split(str(p.port), 1)[1]
        assert p.ask("GET", path).json == item
        assert p.ask("GET", "/").json == [item]

        changed = p.ask("PATCH", path, {"completed": True, "order": 7})
        assert changed.status == 200, changed
        assert changed.json == {**item, "completed": True, "order": 7}
        assert p.ask("PATCH", path, {"order": None}).json["order"] is None
        assert p.ask("GET", path).json["completed"] is True

        second = p.ask("POST", "/", {"title": "ü\u0000"[:1], "order": -5, "completed": True}).json
        assert (second["title"], second["order"], second["completed"]) == ("ü", -5, True)
        assert [each["title"] for each in p.ask("GET", "/").json] == ["walk the dog", "ü"]

        assert p.ask("DELETE", path).status == 204
        assert p.ask("GET", path).status == 404
        assert p.ask("DELETE", path).status == 404
        assert p.ask("PATCH", path, {"title": "x"}).status == 404
        assert p.ask("DELETE", "/").status == 204
        assert p.ask("GET", "/").json == []
        p.stop()


@case
def refuses_what_is_wrong():
    with tempfile.TemporaryDirectory() as directory, todo(directory) as p:
        json_type = {"Content-Type": "application/json"}
        for body, status in [
            (b"{", 400), (b"", 400), (b'{"title": "a",}', 400), (b'{"title": "a"} x', 400),
            (b"[]", 422), (b"{}", 422), (b'{"title": 1}', 422), (b'{"title": null}', 422),
            (b'{"title": ""}', 422), (b'{"title": "a", "completed": 1}', 422),
            (b'{"title": "a", "order": 1.5}', 422), (b'{"title": "a", "order": "1"}', 422),
            (b"[" * 1000, 400),
        ]:
            reply = p.ask("POST", "/", body, json_type)
            assert reply.status == status, (body, reply)
            assert reply.headers["Content-Type"] == "application/problem+json", reply
            assert reply.json["status"] == status
        wrong = p.ask("POST", "/", b"title=a", {"Content-Type": "application/x-www-form-urlencoded"})
        assert wrong.status == 415, wrong
        assert p.ask("POST", "/", b'{"title": "' + b"x" * (1 << 20) + b'"}', json_type).status == 413
        item = p.ask("POST", "/", {"title": "a"}).json
        path = "/" + item["url"].rsplit("/", 1)[1]
        for body in ({"title": 5}, {"title": ""}, {"completed": "no"}, {"order": []}):
            assert p.ask("PATCH", path, body).status == 422, body
        assert p.ask("PATCH", path, b"nonsense", json_type).status == 400
        assert p.ask("GET", path).json == item
        assert p.ask("GET", "/4711").status == 404
        assert p.ask("GET", "/no-number").status == 404
        assert p.ask("PUT", "/").status == 405
        assert "POST" in p.ask("PUT", "/").headers["Allow"]


@case
def may_be_used_by_any_web_page():
    with tempfile.TemporaryDirectory() as directory, todo(directory) as p:
        origin = {"Origin": "https://example.org"}
        assert p.ask("GET", "/", headers=origin).headers["Access-Control-Allow-Origin"] == "*"
        assert p.ask("GET", "/77", headers=origin).headers["Access-Control-Allow-Origin"] == "*"
        for method in ("GET", "POST", "PATCH", "DELETE"):
            preflight = p.ask("OPTIONS", "/1", headers={
                **origin, "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "content-type"})
            assert preflight.status in (200, 204), preflight
            assert preflight.headers["Access-Control-Allow-Origin"] == "*"
            assert method in preflight.headers["Access-Control-Allow-Methods"], preflight
            assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()


@case
def survives_sigkill():
    with tempfile.TemporaryDirectory() as directory:
        with todo(directory) as p:
            for n in range(20):
                assert p.ask("POST", "/", {"title": f"number {n}"}).status == 201
            before = [{**each, "url": None} for each in p.ask("GET", "/").json]
            p.signal(signal.SIGKILL)
            p.wait()
        with todo(directory) as p:
            after = [{**each, "url": None} for each in p.ask("GET", "/").json]
            assert after == before and len(after) == 20


@case
def url_follows_the_host_that_was_asked():
    with tempfile.TemporaryDirectory() as directory, todo(directory) as p:
        url = p.ask("POST", "/", {"title": "a"}, {"Host": "todo.example:8443"}).json["url"]
        assert url.startswith("http://todo.example:8443/"), url


@case
def url_behind_a_proxy_is_the_proxys():
    with tempfile.TemporaryDirectory() as directory:
        p = Program("--proxy-headers", "--root-path", "/api", env={"TODO_DB": f"{directory}/t.db"})
        url = p.ask("POST", "/", {"title": "a"}, {
            "X-Forwarded-Proto": "https", "X-Forwarded-Host": "todo.example"}).json["url"]
        assert url.startswith("https://todo.example/api/"), url


@case
def says_why_it_cannot_start():
    p = Program(env={"TODO_DB": "/nonexistent/folder/todo.db"}, wait=False)
    assert p.wait() == 1
    assert b"/nonexistent/folder/todo.db" in p.log, p.log
    assert b"listening" not in p.log


@case
def an_empty_name_of_the_file_is_none():
    with tempfile.TemporaryDirectory() as directory:
        with Program(env={"TODO_DB": ""}, cwd=directory) as p:
            assert p.ask("POST", "/", {"title": "a"}).status == 201
        with Program(env={"TODO_DB": ""}, cwd=directory) as p:
            assert [item["title"] for item in p.ask("GET", "/").json] == ["a"]


if __name__ == "__main__":
    run(sys.argv)
