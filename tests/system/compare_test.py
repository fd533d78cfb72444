"""The requests of tests/wire/ over real sockets, and whether docs/conformance/servers.md still tells what becomes of them.

All of them are sent to Weft, which takes some seconds: that an answer is the last one is known by waiting.  To nginx
and Node, where they are installed, those that the page names.
"""
import asyncio
import pathlib
import re
import sys

from harness import Program, Skip, case, run

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/conformance/servers.md"
sys.path.append(str(ROOT / "tests/wire"))

import compare  # noqa: E402, found by the line before


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
    asyncio.run(compare.play_weft(Program.executable, list(compare.corpus())))


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


if __name__ == "__main__":
    run(sys.argv)
