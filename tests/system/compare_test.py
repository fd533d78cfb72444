"""The requests of tests/wire/ over real sockets, and whether docs/conformance/servers.md still tells what becomes of them.

To Weft all are sent but those of every byte at each place, which wire_test plays; it takes some seconds, since that an
answer is the last one is known by waiting.  To nginx and Node, where they are installed, those that the page names.
"""
import asyncio
import pathlib
import re
import sys
import tempfile

from harness import Program, Skip, case, run

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/conformance/servers.md"
sys.path.append(str(ROOT / "tests/wire"))

import compare  # noqa: E402, found by the line before
import suites  # noqa: E402


def page_rows():
    """(file, name of a case, {server: outcome}) for each case that the page names."""
    servers = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line[2:-2].split(" | ") if line.startswith("| ") else []
        if line.startswith("## "):
            file = line[3:].lower().replace(" ", "_")
        elif cells[:1] == ["requests"]:
            servers = cells[1:]
        elif cells and cells[0] != "---":
            names = re.sub(r" and \d+ more$", "", cells[0])[1:-1].split("`; `")
            yield from ((file, name, dict(zip(servers, cells[1:]))) for name in names)


def named_cases():
    """The same, each with its case; all must still be there."""
    known = {(file, compare.cell(case.name)): case for file, case in compare.corpus()}
    rows = list(page_rows())
    lost = [row[:2] for row in rows if row[:2] not in known]
    assert rows and not lost, lost
    return [(file, known[file, name], outcomes) for file, name, outcomes in rows]


def check_server(name):
    """Every request that the page names has the outcome that it tells, where this is the version of which it does."""
    start, executable, named = compare.installed(name)
    if executable is None:
        raise Skip(f"{name} is not installed")
    rows = named_cases()
    same = named in rows[0][2]
    cases = [(file, found) for file, found, _ in rows]
    told = [outcomes.get(named) for _, _, outcomes in rows]
    got = asyncio.run(compare.serve_and_play(start, executable, cases,
                                             lambda number, outcome: same and outcome != told[number]))
    if not same:
        raise Skip(f"the page is not about {named}; it ran")
    other = [f"{file}, {found.name}: {now}, not {then}" for (file, found), now, then in zip(cases, got, told)
             if now != then]
    assert not other, "\n".join(other)


@case
def weft_does_what_the_cases_say():
    cases = [(file, found) for file, found in compare.corpus() if not file.startswith("bytes_")]
    asyncio.run(compare.play_weft(Program.executable, cases))


@case
def the_page_tells_what_weft_does():
    other = [f"{file}, {found.name}: {outcomes['Weft']}" for file, found, outcomes in named_cases()
             if outcomes["Weft"] != compare.expected(found)]
    assert not other, "\n".join(other)


@case
def the_page_has_a_reason_for_each_file():
    assert {file for file, _ in compare.corpus()} <= set(compare.reasons())


@case
def the_page_tells_what_nginx_does():
    check_server("nginx")


@case
def the_page_tells_what_node_does():
    check_server("Node")


# One case that is taken and one that is not, as each of the other projects writes them.
FOREIGN = {
    "llhttp": {"test/request/a.md": r"""## One
<!-- meta={"type": "request"} -->
```http
GET / HTTP/1.1
A: b\
c


```
```log
off=0 message begin
```
## Two
<!-- meta={"type": "request"} -->
```http
GET / HTTP/1.1
A: \x01


```
```log
off=1 error code=10 reason="Invalid header value char"
```
"""},
    "gunicorn": {"tests/requests/valid/1.http": "POST / HTTP/1.1\\r\\n\nContent-Length: 2\\r\\n\n\\r\\n\nab",
                 "tests/requests/valid/1.py": "", "tests/requests/invalid/2.py": "",
                 "tests/requests/invalid/2.http": "GET / HTTP/x\\r\\n\n\\r\\n\n"},
    "go": {"src/net/http/readrequest_test.go": r"""var reqTests = []reqTest{
	{
		"GET / HTTP/1.1\r\n" +
			"Host: a\r\n\r\n",
		noError,
	},
}
func TestReadRequest(t *testing.T) {}
var badRequestTests = []struct{}{
	{"bad", []byte("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n")},
}
"""},
    "h1spec": {"http_test.ts": r"""[
    { request: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", description: "good", expectedStatus: [[200, 299]] },
    { request: "GET /hello HTTP/1.1\r\n\r\n", description: "bad", expectedStatus: [[400, 499]] },
]
"""},
}


@case
def other_suites_are_read_in_the_form_they_have():
    for name, files in FOREIGN.items():
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                path = pathlib.Path(folder, path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            cases, other = suites.play(Program.executable, name, folder)
        assert sorted(one.taken for one in cases) == [False, True], (name, cases)
        assert not other, (name, other)


if __name__ == "__main__":
    run(sys.argv)
