"""What the server makes of requests, told by the probe; and a suite of raw requests, where there is one.

WEFT_H1_SUITE names a folder with h1run.py, which takes a port, judges the server on it, and says at its end how many
undisputed MUSTs failed.
"""
import http.client
import os
import pathlib
import re
import subprocess
import sys

from harness import Program, SLOW, case, run


@case
def says_what_it_was_sent():
    with Program() as p:
        assert p.ask("GET", "/").body == b"OK"
        assert p.ask("POST", "/", "a body").body == b"a body"
        assert p.ask("PATCH", "/", "a body").status == 405


@case
def lists_header_fields_of_any_method():
    with Program() as p:
        for method in "GET", "POST", "DELETE", "BREW":
            connection = http.client.HTTPConnection("127.0.0.1", p.port, timeout=10 * SLOW)
            connection.putrequest(method, "/echo", skip_host=True, skip_accept_encoding=True)
            for name, value in ("Host", "a"), ("X-Colour", "blue"), ("x-colour", "red"), ("X-Empty", ""):
                connection.putheader(name, value)
            connection.endheaders()
            body = connection.getresponse().read()
            connection.close()
            assert body == b"Host: a\nX-Colour: blue\nx-colour: red\nX-Empty: \n", body


@case
def lists_very_many_header_fields():
    with Program() as p:
        sent = {f"X-Field-{n}": "v" * (n % 50) for n in range(90)}
        lines = p.ask("GET", "/echo", headers=sent).body.decode().splitlines()
        got = dict(line.split(": ", 1) for line in lines)
        assert all(got[name] == value for name, value in sent.items()), got


@case
def lists_cookies():
    with Program() as p:
        assert p.ask("GET", "/cookie").body == b""
        sent = {"Cookie": "a=1; b=2; a=3; empty="}
        assert p.ask("GET", "/cookie", headers=sent).body == b"a=1\nb=2\na=3\nempty=\n"
        many = p.ask("GET", "/cookie", headers={"Cookie": "; ".join(["a=" + "x" * 80] * 180)})
        assert many.body == (b"a=" + b"x" * 80 + b"\n") * 180, many


@case
def a_suite_of_raw_requests_finds_no_undisputed_failure():
    suite = os.environ.get("WEFT_H1_SUITE")
    if suite is None:
        print("# WEFT_H1_SUITE is not set: no suite was run")
        return
    with Program() as p:
        done = subprocess.run([sys.executable, pathlib.Path(suite) / "h1run.py", str(p.port), "--jobs", "2", "-v"],
                              capture_output=True, text=True, timeout=300 * SLOW)
        found = re.search(r"undisputed MUST failures: (\d+)", done.stdout)
        assert found and found.group(1) == "0", done


if __name__ == "__main__":
    run(sys.argv)
