"""The ceiling of a process's memory, under floods of connections that each make the server take
much: large bodies that handlers hold on to, heads that do not end, answers that nobody reads.

WEFT_FLOOD says how many connections (default 300; `./dev test slow`: 2,000).
"""
import contextlib
import os
import re
import resource
import select
import socket
import sys
import time
from collections import Counter

from harness import SLOW, Program, Skip, case, run, until

CONNECTIONS = int(os.environ.get("WEFT_FLOOD", "300"))
MIB = 1 << 20
SLACK_MIB = 32  # what handlers' stacks and the system's books take before the next measurement
HOLD = f"POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: {MIB}\r\n\r\n".encode() + b"x" * MIB
CGROUPS = "/sys/fs/cgroup/memory"


def peak(program):
    with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024


class Flood:
    """Clients that each send `wire`, and read nothing for `silent` seconds; what they were answered
    is in `statuses`."""

    def __init__(self, program, wire, silent):
        self.statuses = []
        self.bad = []
        self.lost = 0
        self.poll = select.epoll()
        self.program = program
        self.reads = time.monotonic() + silent
        self.open = {}
        for _ in range(CONNECTIONS):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", program.port))
            self.open[client.fileno()] = [client, memoryview(wire), b""]
            self.poll.register(client, select.EPOLLOUT | (0 if silent else select.EPOLLIN))

    def take_log(self):
        """A line for each refusal: with the pipe full the program would wait for it to be read."""
        while select.select([self.program.process.stderr], [], [], 0)[0]:
            piece = os.read(self.program.process.stderr.fileno(), 65536)
            if not piece:
                break
            self.program.log += piece

    def end(self, fd):
        client, _, answer = self.open.pop(fd)
        match = re.match(rb"HTTP/1\.1 (\d+) ", answer)
        if match:
            self.statuses.append(int(match.group(1)))
            if match.group(1) == b"503" and b"\r\nRetry-After: " not in answer:
                self.bad.append(answer)
        else:
            self.lost += 1
        self.poll.unregister(client)
        client.close()

    def step(self, fd, events):
        entry = self.open[fd]
        try:
            if events & select.EPOLLIN:
                piece = entry[0].recv(65536)
                entry[2] += piece
                if not piece or b"\r\n\r\n" in entry[2]:
                    return self.end(fd)
            if events & select.EPOLLOUT and entry[1]:
                entry[1] = entry[1][entry[0].send(entry[1][:65536]):]
                if not entry[1]:
                    self.poll.modify(fd, select.EPOLLIN if self.reads == 0 else 0)
        except BlockingIOError:
            pass
        except OSError:
            return self.end(fd)
        if events & (select.EPOLLHUP | select.EPOLLERR) and not events & select.EPOLLIN:
            self.end(fd)
        return None

    def run(self, seconds):
        end = time.monotonic() + seconds
        while self.open:
            self.take_log()
            now = time.monotonic()
            assert now < end, f"{len(self.open)} clients wait still"
            if self.reads != 0 and now >= self.reads:
                self.reads = 0
                for fd, entry in self.open.items():
                    self.poll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if entry[1] else 0))
            for fd, events in self.poll.poll(1):
                if fd in self.open:
                    self.step(fd, events)


def flood(program, ceiling, wire=HOLD, statuses=(200, 503), silent=0, may_lose=0.1, waiting=()):
    clients = Flood(program, wire, silent)
    clients.run(60 * SLOW)
    over = (peak(program) - ceiling) / MIB
    print(f"# {Counter(clients.statuses)}, {clients.lost} lost, {over:.1f} MiB above the ceiling")
    assert not clients.bad, clients.bad[0]
    assert set(clients.statuses) <= set(statuses), set(clients.statuses)
    assert 503 in clients.statuses or clients.lost, "the ceiling was not reached"
    assert clients.lost <= CONNECTIONS * may_lose, f"{clients.lost} without an answer"
    assert over <= SLACK_MIB
    until(lambda: program.ask("POST", "/echo", b"well").body == b"well", what="recovery")
    for client in waiting:  # a drain would give them the time that is left for their heads
        client.close()
    program.stop()


def flood_with_room(room, *options, **how):
    if SLOW > 1:
        raise Skip("a sanitizer's own memory would be all there is")
    with Program() as program:
        ceiling = program.rss_kib() * 1024 + room
    with Program("--limit-memory", str(ceiling), *options) as program:
        flood(program, ceiling, **how)


@case
def bodies_above_the_ceiling_are_answered_503():
    flood_with_room(64 * MIB)


@case
def heads_above_the_ceiling_are_answered_503():
    """Of 200 KiB each, and never complete."""
    flood_with_room(16 * MIB, "--limit-head", "262144", "--timeout-head", "3", statuses=(408, 503),
                    wire=b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200 * 1024)


@case
def answers_above_the_ceiling_are_cut_off():
    """Nobody reads them; a queue of 64 KiB and more waits for each.  All begin at once, and what
    has begun can only be reset."""
    flood_with_room(8 * MIB, may_lose=1, wire=b"GET /stream/16 HTTP/1.1\r\nHost: a\r\n\r\n", silent=2)


@contextlib.contextmanager
def in_group(limit):
    """A program in a control group of its own, which may take `limit` bytes."""
    if SLOW > 1:
        raise Skip("a sanitizer's own memory would be all there is")
    group = f"{CGROUPS}/weft-test-{os.getpid()}"
    try:
        os.mkdir(group)
    except OSError as why:
        raise Skip(f"no control group can be made: {why.strerror}") from why
    try:
        with open(f"{group}/memory.limit_in_bytes", "w", encoding="ascii") as file:
            file.write(str(limit))
        enter = f"echo $$ > {group}/cgroup.procs && exec \"$0\" \"$@\""
        executable = Program.executable
        Program.executable = "/bin/sh"
        try:
            program = Program("-c", enter, executable)
        finally:
            Program.executable = executable
        with program:
            yield program
    finally:
        until(lambda: not open(f"{group}/cgroup.procs", encoding="ascii").read())
        os.rmdir(group)


@case
def a_control_group_never_kills():
    """In a group whose limit is far below what the bodies come to."""
    limit = 128 * MIB
    with in_group(limit) as program:
        flood(program, limit * 3 // 4)


@case
def a_small_control_group_full_of_connections_never_kills():
    """What the system keeps for each of them is charged to the group, too."""
    limit = 64 * MIB
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - CONNECTIONS - 100
    with in_group(limit) as program:
        waiting = []
        for number in range(min(7000, room)):
            client = socket.socket()
            waiting.append(client)
            client.bind((f"127.0.0.{2 + number // 5000}", 0))
            client.connect(("127.0.0.1", program.port))
            client.send(b"G")
        flood(program, limit * 3 // 4, waiting=waiting)


run(sys.argv)
