"""Sends the cases of this folder to Weft, nginx and Node, and tells where they differ.

    compare.py PROBE [--write FILE]     PROBE: the executable of examples/probe

Each server does the same: it answers a body with that body.  Of nginx a proxy is asked, since nginx reads bodies only
for somebody; who is behind it answers everything with 200.  Both run with their distribution's defaults.  A server
that is not installed is left out, with a note.  Limits, and clients that stop, are not played: they say more of sizes
and clocks than of what is understood.

What counts is what became of the bytes: how many answers, which of them are refusals, and whether the connection is
then open.  404 and 405 are answers like 200: the message was understood.

tests/system/compare_test.py sees to it that this runs and that the page still says what the servers do.

SPDX-License-Identifier: MIT
"""
import asyncio
import collections
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from wirelib import read_cases

HERE = pathlib.Path(__file__).parent
BY_HAND = ["heads", "refused_heads", "targets", "bodies", "refused_bodies", "connections"]
LEFT_OUT = {"limits"}
INTRODUCTION = """{count} requests from `tests/wire/`, sent as they are to each server, on a connection of its own. Made by
`tests/wire/compare.py`, which says how the servers run; run it again with other versions.

`ok`: an answer to a message that was understood (2xx, 404, 405). A number: that refusal. Several: several answers on
the connection, which for one message means that it was taken for more. Only what differs is listed; of requests with
the same outcomes one or two are named, with how many there are.
"""
AT_ONCE = 300
IDLE_SECONDS = 1.5  # without a byte: the server has said what it has to say
UNDERSTOOD = {404, 405}
APP_METHODS = {b"LINK", b"Link", b"PRI", b"M-SEARCH", b"!#$%&'+-.^_`|~"}

NODE = """
const server = require('http').createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => response.end(Buffer.concat(pieces)));
  request.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""

NGINX = """
daemon off;
master_process off;
error_log stderr crit;
pid nginx.pid;
events {{ worker_connections 1000; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{behind}; }}
    }}
}}
"""


def is_about_the_app(case):
    """Whether a case is about the app that it is written for, which takes bodies of 100 bytes, unlike the probe, and
    has routes for other methods."""
    statuses = [response.status for response in case.responses]
    method = case.request.lstrip(b"\r\n").split(b" ")[0]
    if 413 in statuses:
        return not re.search(rb"[0-9a-f]{9}", case.request)  # a size that nobody takes
    return method in APP_METHODS and statuses[0] in (200, 405)


def corpus():
    """(file, case) for each case that is played; those that put every byte at each place come last."""
    tables = sorted((path.stem for path in (HERE / "generated").glob("*.txt")),
                    key=lambda name: (name.startswith("bytes_"), name))
    files = [(name, HERE / f"{name}.txt") for name in BY_HAND]
    files += [(name, HERE / "generated" / f"{name}.txt") for name in tables if name not in LEFT_OUT]
    for name, path in files:
        yield from ((name, case) for case in read_cases(path)
                    if not (case.once or case.end or is_about_the_app(case)))


# --- Servers ---------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_weft(executable, folder):
    process = subprocess.Popen([executable, "--port", "0"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               text=True)
    for line in process.stderr:
        found = re.match(r"listening on .*:(\d+)$", line)
        if found:
            return process, int(found.group(1))
    raise RuntimeError("the probe did not start")


def start_node(executable, folder):
    process = subprocess.Popen([executable, "-e", NODE], stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


async def answer(reader, writer):
    """Whoever is behind nginx: 200 and the body, and the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        body = await reader.readexactly(int(length.group(1))) if length else b""
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body),
                                                                           b"" if head.startswith(b"HEAD") else body))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    writer.close()


async def start_nginx(executable, folder):
    behind = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = free_port()
    config = pathlib.Path(folder) / "nginx.conf"
    config.write_text(NGINX.format(port=port, behind=behind.sockets[0].getsockname()[1]))
    process = subprocess.Popen([executable, "-p", folder, "-e", "stderr", "-c", config])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            await asyncio.sleep(0.05)
    raise RuntimeError("nginx did not start")


# --- Playing ---------------------------------------------------------------------------------


async def exchange(port, data, idle_seconds):
    """What comes back, and whether the connection is then closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    closed = False
    try:
        writer.write(data)
        await writer.drain()
        while not closed:
            piece = await asyncio.wait_for(reader.read(65536), idle_seconds)
            got += piece
            closed = not piece
    except asyncio.TimeoutError:
        pass
    except OSError:
        closed = True
    writer.close()
    return got, closed


def outcome(got, closed):
    """In a few words: the answers, and the connection."""
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", got)]
    if not any(status >= 200 for status in statuses):
        return "closed without an answer" if closed else "waits for more"
    return in_words(statuses, closed)


def in_words(statuses, closed):
    final = [status for status in statuses if status >= 200]
    words = [str(status) if status >= 400 and status not in UNDERSTOOD else "ok" for status in final]
    return ", ".join(words) + (", closed" if closed else "")


def expected(case):
    return in_words([response.status for response in case.responses], not case.keep)


def played(case):
    """The bytes of a case, for servers that echo at `/`."""
    return case.request.replace(b" /echo ", b" / ")


async def play(port, cases, at_once=AT_ONCE, idle_seconds=IDLE_SECONDS):
    """The outcome of each."""
    limit = asyncio.Semaphore(at_once)

    async def one(case):
        async with limit:
            return outcome(*await exchange(port, played(case), idle_seconds))
    return await asyncio.gather(*(one(case) for _, case in cases))


def installed(name):
    """How nginx or Node is started, its executable or None, and its name with its version."""
    start, executable, flag = {
        "nginx": (start_nginx, shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-v"),
        "Node": (start_node, shutil.which("node"), "--version")}[name]
    if executable is None:
        return start, None, name
    said = subprocess.run([executable, flag], capture_output=True, text=True)
    return start, executable, name + " " + re.search(r"\d+(\.\d+)+", said.stdout + said.stderr).group(0)


async def serve_and_play(start, executable, cases, doubt=None):
    """The outcomes of a server.  Those that `doubt` names are played again, with more time and no other at once: on a
    machine that is busy they can be a matter of time."""
    with tempfile.TemporaryDirectory() as folder:
        started = start(executable, folder)
        process, port = await started if asyncio.iscoroutine(started) else started
        try:
            outcomes = await play(port, cases)
            again = [number for number in range(len(cases)) if doubt and doubt(number, outcomes[number])][:AT_ONCE]
            for number, new in zip(again, await play(port, [cases[number] for number in again], 8, 4 * IDLE_SECONDS)):
                outcomes[number] = new
            return outcomes
        finally:
            process.kill()
            process.wait()


async def play_weft(probe, cases):
    """The outcomes of Weft; they must be what the cases say."""
    columns = await serve_and_play(start_weft, probe, cases, lambda number, got: got != expected(cases[number][1]))
    wrong = [f"{file}, {case.name}: {got}, not {expected(case)}" for (file, case), got in zip(cases, columns)
             if got != expected(case)]
    if wrong:
        raise RuntimeError("\n".join(["Weft does not do what the cases say:", *wrong]))
    return columns


async def compare(probe):
    """The cases, and by the servers' names, with versions, the outcomes of each."""
    cases = list(corpus())
    columns = {"Weft": await play_weft(probe, cases)}
    for name in "nginx", "Node":
        start, executable, name = installed(name)
        if executable is None:
            print(f"# {name} is not installed: left out", file=sys.stderr)
            continue
        columns[name] = await serve_and_play(start, executable, cases)
    return cases, columns


# --- Telling ---------------------------------------------------------------------------------


def rows(cases, columns):
    """Group by file, then by outcomes: {file: {outcomes: [names]}}."""
    groups = collections.defaultdict(lambda: collections.defaultdict(list))
    for number, (file, case) in enumerate(cases):
        groups[file][tuple(column[number] for column in columns.values())].append(case.name)
    return groups


def reasons():
    """Why Weft does as it does, by file."""
    sections = (HERE / "reasons.md").read_text().split("\n## ")[1:]
    return {name: " ".join(text.split()) for name, text in (section.split("\n", 1) for section in sections)}


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def describe(cases, columns):
    names = list(columns)
    why = reasons()
    groups = rows(cases, columns)
    differing = {name: sum(column[n] != columns["Weft"][n] for n in range(len(cases))) for name,
                 column in columns.items()}
    yield "# The same requests to Weft, nginx and Node"
    yield ""
    yield INTRODUCTION.format(count=len(cases))
    for name in names[1:]:
        yield f"- {name} differs from Weft in {differing[name]} of {len(cases)}."
    for file, outcomes in groups.items():
        total = sum(len(cases) for cases in outcomes.values())
        unlike = {key: value for key, value in outcomes.items() if len(set(key)) > 1}
        yield ""
        yield f"## {file.replace('_', ' ').capitalize()}"
        yield ""
        yield why[file]
        yield ""
        if not unlike:
            yield f"All {total} alike."
            continue
        yield f"{total - sum(map(len, unlike.values()))} of {total} alike."
        yield ""
        yield "| requests | " + " | ".join(names) + " |"
        yield "| --- |" + " --- |" * len(names)
        for key, found in sorted(unlike.items(), key=lambda item: -len(item[1])):
            some = "; ".join(f"`{cell(name)}`" for name in found[:2])
            more = f" and {len(found) - 2} more" if len(found) > 2 else ""
            yield f"| {some}{more} | " + " | ".join(key) + " |"


def main(arguments):
    cases, columns = asyncio.run(compare(arguments[0]))
    text = "\n".join(describe(cases, columns)) + "\n"
    if len(arguments) > 2 and arguments[1] == "--write":
        pathlib.Path(arguments[2]).write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
