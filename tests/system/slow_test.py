"""Slow attacks, while another client is timed: its p99 stays under ten times its quiet value, or
20 ms, whichever is larger, and it loses nothing.

WEFT_ATTACKERS says with how many connections (default 300; `./dev test slow`: 2,000), and
WEFT_SLOW that slowhttptest's modes are run, too.  Sanitized builds are held to the same.
"""
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import sys
import time

from harness import SLOW, Program, Skip, case, run

ATTACKERS = int(os.environ.get("WEFT_ATTACKERS", "300"))
SECONDS = 20 if "WEFT_SLOW" in os.environ else 2
FLOOR = 0.020

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def p99(program, seconds):
    """Of requests one after the other, on one connection; each must be answered 200."""
    times = []
    end = time.monotonic() + seconds
    with program.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < end:
            begin = time.monotonic()
            client.sendall(b"GET /sleep/0 HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = b""
            while not answer.endswith(b"slept"):
                piece = client.recv(1000)
                assert piece, "the connection was lost"
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            times.append(time.monotonic() - begin)
            time.sleep(0.001)
    times.sort()
    return times[len(times) * 99 // 100]


class Attack:
    """Connections of which each sends `text`, then goes on in its slow way: it sends `drip`, or reads
    `read` bytes, once a second.  One that the server has ended is replaced.  In a process of its
    own, or it would slow down the client that is timed."""

    def __init__(self, program, text, drip=b"", read=0):
        self.address = ("127.0.0.1", program.port)
        self.text, self.drip, self.read = text, drip, read
        self.told, end = multiprocessing.Pipe(False)
        self.process = multiprocessing.get_context("fork").Process(target=self.run, args=(end,),
                                                                   daemon=True)
        self.process.start()
        end.close()

    def report(self, seconds):
        """What the attack says next; where it fails, that."""
        assert self.told.poll(seconds), "the attack says nothing"
        what = self.told.recv()
        assert not isinstance(what, str), what
        return what

    def end(self):
        self.process.terminate()
        self.process.join()

    # --- In the other process

    def connect(self):
        client = socket.socket()
        if self.read:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(self.address)
        client.setblocking(False)
        client.send(self.text)
        return client

    def crawl(self, client):
        """One step; False: the server has ended the connection."""
        try:
            if self.drip:
                client.send(self.drip)
            piece = client.recv(self.read or 1)
            return bool(self.read) and piece != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def rounds(self, end):
        clients = [self.connect() for _ in range(ATTACKERS)]
        end.send(0)  # all are there
        begin = time.monotonic()
        number = replaced = 0
        while True:
            number += 1
            for at, client in enumerate(clients):
                if not self.crawl(client):
                    client.close()
                    clients[at] = self.connect()
                    replaced += 1
                ahead = begin + number - 1 + at / ATTACKERS - time.monotonic()
                if ahead > 0.002:
                    time.sleep(ahead)
            end.send((number, time.monotonic() - begin, replaced))

    def run(self, end):
        try:
            self.rounds(end)
        except Exception as failure:  # told by the test
            end.send(f"{type(failure).__name__}: {failure}")


def survives(**attack):
    with Program() as program:
        quiet = p99(program, 2)
        attackers = Attack(program, **attack)
        attackers.report(60 * SLOW)
        under = p99(program, SECONDS)
        rounds, seconds, replaced = attackers.report(20)
        while attackers.told.poll():
            rounds, seconds, replaced = attackers.report(0)
        attackers.end()
        quiet = max(quiet, p99(program, 2))  # whatever else the machine has begun to do
        limit = max(10 * quiet, FLOOR)
        print(f"# p99 {quiet * 1000:.1f} ms quiet, {under * 1000:.1f} ms under attack; "
              f"{rounds} steps in {seconds:.0f} s, {replaced} connections were replaced", flush=True)
        assert under <= limit, f"p99 is {under * 1000:.1f} ms, {quiet * 1000:.1f} ms when quiet"
        assert rounds >= 0.8 * seconds - 1, "the attackers have not kept up"
        assert program.ask("GET", "/sleep/0").status == 200
        program.kill()


@case
def slow_heads():
    survives(text=b"GET /sleep/0 HTTP/1.1\r\nHost: a\r\nX-", drip=b"a")


@case
def slow_bodies():
    survives(text=b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", drip=b"a")


@case
def slow_readers():
    survives(text=b"GET /stream/64 HTTP/1.1\r\nHost: a\r\n\r\n", read=1)


def slowhttptest(program, *mode):
    """Whether the service was there throughout; slowhttptest asks for it each second."""
    url = f"http://127.0.0.1:{program.port}"
    report = subprocess.run(
        ["slowhttptest", "-c", str(ATTACKERS), "-r", "400", "-l", "30", "-p", "3", *mode,
         "-u", url + ("/stream/8" if "-X" in mode else "/sleep/0")],
        capture_output=True, text=True, timeout=120, check=False).stdout
    states = [line for line in report.splitlines() if "service available" in line]
    assert states, report[-2000:]
    assert not any("NO" in line for line in states), report[-2000:]
    assert program.ask("GET", "/sleep/0").status == 200


def with_slowhttptest(*mode):
    if "WEFT_SLOW" not in os.environ:
        raise Skip("takes minutes: a part of ./dev test slow")
    assert shutil.which("slowhttptest"), "slowhttptest is not installed"
    with Program() as program:
        slowhttptest(program, *mode)


@case
def slowhttptest_slowloris():
    with_slowhttptest("-H", "-i", "5", "-t", "GET")


@case
def slowhttptest_slow_body():
    with_slowhttptest("-B", "-i", "5", "-s", "8192", "-t", "POST")


@case
def slowhttptest_slow_read():
    with_slowhttptest("-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3")


run(sys.argv)
