"""The ceiling of a process's memory: a flood of large bodies that their handlers hold on to."""
import os
import re
import select
import socket
import sys
import time

from harness import SLOW, Program, Skip, case, run, until

CONNECTIONS = int(os.environ.get("WEFT_FLOOD", "300"))
BODY = 1 << 20
MIB = 1 << 20
CGROUPS = "/sys/fs/cgroup/memory"


def peak(program):
    with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024


class Flood:
    """Clients that each send a body of 1 MiB; what they were answered is in `statuses`."""

    def __init__(self, program, count):
        body = b"x" * BODY
        head = f"POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY}\r\n\r\n".encode()
        self.statuses = []
        self.bad = []
        self.lost = 0
        self.poll = select.epoll()
        self.open = {}
        for _ in range(count):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", program.port))
            self.open[client.fileno()] = [client, memoryview(head + body), b""]
            self.poll.register(client, select.EPOLLIN | select.EPOLLOUT)

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
                    self.poll.modify(fd, select.EPOLLIN)
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
            assert time.monotonic() < end, f"{len(self.open)} clients wait still"
            for fd, events in self.poll.poll(1):
                if fd in self.open:
                    self.step(fd, events)


def flood(program, ceiling):
    clients = Flood(program, CONNECTIONS)
    clients.run(60 * SLOW)
    assert not clients.bad, clients.bad[0]
    assert set(clients.statuses) == {200, 503}, set(clients.statuses)
    assert clients.lost <= CONNECTIONS // 10, f"{clients.lost} without an answer"
    assert peak(program) <= ceiling + 32 * MIB, f"{peak(program) / MIB} MiB"
    until(lambda: program.ask("POST", "/echo", b"well").body == b"well", what="recovery")
    program.stop()


@case
def above_the_ceiling_there_is_503_and_no_growth():
    if SLOW > 1:
        raise Skip("a sanitizer's own memory would be all there is")
    with Program(env={"MALLOC_PERTURB_": "0"}) as program:
        base = program.rss_kib() * 1024
    ceiling = base + 64 * MIB
    with Program("--limit-memory", str(ceiling)) as program:
        flood(program, ceiling)


@case
def a_control_group_never_kills():
    """In a group whose limit is far below what the bodies come to."""
    if SLOW > 1:
        raise Skip("a sanitizer's own memory would be all there is")
    group = f"{CGROUPS}/weft-test-{os.getpid()}"
    try:
        os.mkdir(group)
    except OSError as why:
        raise Skip(f"no control group can be made: {why.strerror}") from why
    try:
        limit = 128 * MIB
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
            flood(program, limit * 3 // 4)
    finally:
        until(lambda: not open(f"{group}/cgroup.procs", encoding="ascii").read())
        os.rmdir(group)


run(sys.argv)
