"""Sends the cases of other projects' suites to Weft, and tells where its verdict is another.

    suites.py PROBE SUITE FOLDER     PROBE: the executable of examples/probe
                                     SUITE: llhttp, gunicorn, go or h1spec; FOLDER: a checkout of that project

Nothing of them is kept here: they are read from where they were checked out.  These are parsers' suites: a verdict is
whether a message is taken or refused.  Where theirs leave out the Host that HTTP/1.1 wants, it is added, and targets
that ask for methods or paths that the probe lacks are `POST /`, so that only what a case is about decides.
docs/conformance/suites.md has what came out, and why.

SPDX-License-Identifier: MIT
"""
import ast
import asyncio
import collections
import pathlib
import re
import sys

import compare

AT_ONCE = 50
Case = collections.namedtuple("Case", "name request taken")


def unescaped(text):
    """Bytes, of text in which some are written as escapes."""
    named = {"r": "\r", "n": "\n", "t": "\t", "f": "\f", "0": "\0"}

    def one(match):
        return chr(int(match[1], 16)) if match[1] else named[match[2]]
    return re.sub(r"\\(?:x([0-9a-fA-F]{2})|([rntf0]))", one, text).encode("latin-1", "replace")


def llhttp(folder):
    """test/request/*.md: a request and what the parser logs of it, in code blocks; `\\` joins lines."""
    block = re.compile(r"<!-- meta=(.*?) -->\s*```http\n(.*?)```\s*```log\n(.*?)```", re.S)
    for path in sorted((folder / "test/request").glob("*.md")):
        text = path.read_text()
        for match in block.finditer(text):
            meta, request, log = match.groups()
            if '"type": "request"' not in meta:
                continue
            title = re.findall(r"^#+ (.*)$", text[:match.start()], re.M)[-1]
            lines = re.sub(r"\\\n", "", request.removesuffix("\n")).replace("\n", "\r\n")
            yield Case(f"{path.stem}: {title}", unescaped(lines), "error code=" not in log)


def gunicorn(folder):
    """tests/requests/{valid,invalid}/*.http: line ends are written as escapes.

    Cases whose settings make gunicorn take what it refuses by default are no cases for others.
    """
    for path in sorted((folder / "tests/requests").glob("*/*.http")):
        beside = path.with_suffix(".py").read_text()
        if re.search(r"cfg\.set\(.(?!forwarded_allow_ips|proxy_allow_ips)", beside):
            continue
        request = path.read_bytes().replace(b"\r\n", b"").replace(b"\n", b"").decode("latin-1")
        yield Case(f"{path.parent.name}/{path.stem}", unescaped(request), path.parent.name == "valid")


def go(folder):
    """src/net/http/readrequest_test.go: tables of string literals."""
    literal = r'"(?:[^"\\]|\\.)*"'
    joined = f"(?:{literal}(?:\\s*\\+\\s*)?)+"
    text = (folder / "src/net/http/readrequest_test.go").read_text()

    def of(literals):
        return "".join(ast.literal_eval(one) for one in re.findall(literal, literals)).encode("latin-1", "replace")
    good = text[text.index("var reqTests"):text.index("func TestReadRequest(")]
    for match in re.finditer(r"\{\n\t\t(" + joined + r"),\n(.*?)\n\t\},", good, re.S):
        request = of(match[1])
        yield Case(request.split(b"\r\n")[0].decode("latin-1"), request, "noError" in match[2])
    bad = text[text.index("var badRequestTests"):]
    for match in re.finditer(r"\{\"(\w+)\", reqBytes\(`(.*?)`\)\}", bad, re.S):
        yield Case(match[1], match[2].strip().replace("\n", "\r\n").encode() + b"\r\n\r\n", False)
    for match in re.finditer(r"\{\"(\w+)\",\s*\[\]byte\((" + joined + r")\)\}", bad):
        yield Case(match[1], of(match[2]), False)


def h1spec(folder):
    """http_test.ts: objects of a request and the statuses that may come; -1: none, for more is awaited."""
    text = (folder / "http_test.ts").read_text()
    pattern = r'request: ("(?:[^"\\]|\\.)*"),\s*description: "(.*?)",\s*expectedStatus: \[\[(-?\d+)'
    for match in re.finditer(pattern, text):
        yield Case(match[2], unescaped(match[1][1:-1]), int(match[3]) < 400)


SUITES = {"llhttp": llhttp, "gunicorn": gunicorn, "go": go, "h1spec": h1spec}
NEEDS_NO_HOST = re.compile(rb"\r\nhost|HTTP/1\.0", re.I)


def adapted(name, case):
    """The request as the probe understands what it is about."""
    request = case.request
    if name == "h1spec":
        return request.replace(b" /hello", b" /")
    if not NEEDS_NO_HOST.search(request):
        authority = re.search(rb"^\S+ http://([^/?@ ]+)[/? ]", request)
        host = authority[1] if authority else b"a"
        request = re.sub(rb"( HTTP/1\.1\r\n)", lambda line: line[1] + b"Host: " + host + b"\r\n", request)
    if re.search(rb"\r\n(transfer-encoding|content-length)\s*:", request, re.I):
        request = re.sub(rb"^[A-Z]+ /\S* ", rb"POST / ", request)
    return request


async def verdicts(port, name, cases):
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(case):
        async with limit:
            return compare.outcome(*await compare.exchange(port, adapted(name, case), compare.IDLE_SECONDS))
    return await asyncio.gather(*(one(case) for case in cases))


def is_refused(outcome):
    return re.search(r"\b[45]\d\d\b", outcome) is not None


def play(probe, name, folder):
    """All cases of a suite, and those of another verdict here, each with what became of it."""
    cases = list(SUITES[name](pathlib.Path(folder)))
    process, port = compare.start_weft(probe, None)
    try:
        outcomes = asyncio.run(verdicts(port, name, cases))
    finally:
        process.kill()
        process.wait()
    return cases, [(case, outcome) for case, outcome in zip(cases, outcomes) if is_refused(outcome) == case.taken]


def main(probe, name, folder):
    cases, differ = play(probe, name, folder)
    for case, outcome in differ:
        print(f"{case.name}: {'taken' if case.taken else 'refused'} there; here: {outcome}")
        print(f"    {adapted(name, case)[:300]}")
    print(f"{len(cases) - len(differ)} of {len(cases)} alike")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[2] not in SUITES:
        sys.exit(__doc__)
    main(*sys.argv[1:])
