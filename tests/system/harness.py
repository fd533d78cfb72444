"""Tests of programs over real sockets: starts them on free ports, speaks HTTP, prints TAP.

A test is a function marked @case that gets a Program class bound to the executable; run(argv)
at the end of a file runs all of them.  Whatever a test started is ended by its process id.
"""
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

cases = []
SLOW = 5 if os.environ.get("WEFT_SLOW_BUILD") else 1  # sanitized or emulated builds take longer


# For tests of memory: what was freed is not to be kept by AddressSanitizer.
FREED_IS_FREE = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
                                 ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}


def case(function):
    cases.append(function)
    return function


class Program:
    """A server program, running; `with Program("todo", ...) as p:` ends it with SIGKILL."""

    executable = None
    started = []

    def __init__(self, *args, env=None, cwd=None, port="0", wait=True):
        self.port = None
        self.log = b""
        args = [self.executable, *args] + (["--port", port] if port is not None else [])
        self.process = subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})}, cwd=cwd)
        os.set_blocking(self.process.stdout.fileno(), False)
        Program.started.append(self)
        if wait:
            self.wait_for_line()

    def wait_for_line(self, seconds=10 * SLOW):
        """Wait for the line that says it accepts connections."""
        end = time.monotonic() + seconds
        found = None
        while not found:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stderr], [], [], left)[0]:
                raise AssertionError(f"not listening after {seconds} s: {self.log!r}")
            piece = os.read(self.process.stderr.fileno(), 65536)
            if not piece:
                raise AssertionError(f"ended: {self.process.wait()}: {self.log!r}")
            self.log += piece
            found = re.search(rb"^listening on (\S+)$", self.log, re.M)
        self.url = found.group(1).decode()
        port = re.search(r":(\d+)$", self.url)
        self.port = int(port.group(1)) if port else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=10):
        """The exit status; what it still said goes to self.log and self.out."""
        self.out, rest = self.process.communicate(timeout=seconds * SLOW)
        self.log += rest
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdout and not self.process.stdout.closed:
            self.process.communicate()

    def stop(self):
        """SIGTERM; it must exit with 0."""
        self.signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, f"exit status {status}: {self.log.decode(errors='replace')}"

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    # --- HTTP ---

    def ask(self, method, path, body=None, headers=None, host="127.0.0.1"):
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(host, self.port, timeout=10 * SLOW)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return Reply(response.status, response.headers, data)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10 * SLOW)


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:200]!r}>"


class Skip(Exception):
    """Raised by a case that cannot be tried here; says why."""


def read_all(connection):
    """Everything until the peer closes; a reset ends it too."""
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def until(condition, seconds=10, what="it"):
    """Poll a condition, for what can only be seen from outside."""
    end = time.monotonic() + seconds * SLOW
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


def run(argv):
    Program.executable = os.path.abspath(argv[1])
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for number, function in enumerate(cases, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:  # whatever it is, the test has failed
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
        for program in Program.started:
            program.kill()
        Program.started.clear()
    sys.exit(1 if failed else 0)
