"""A server under measurement: started on a free port, watched through /proc, ended by its id.

SPDX-License-Identifier: MIT
"""
import collections
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading

from . import Failure

LISTENING = re.compile(r"listening on http://([0-9.]+):(\d+)")
START_SECONDS = 30  # valgrind takes some


def raise_file_limit(wanted):
    """Let this process, and those it starts, open that many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, PermissionError):
        raise Failure(f"needs {wanted} open files, and the limit is {hard}") from None


class Server:
    """A context manager; the command gets `--port 0` and is pinned to one CPU."""

    def __init__(self, command, cpu=None):
        self.command = [*map(str, command), "--port", "0"]
        self.cpu = cpu
        self.host = self.port = None
        self.process = None
        self._said = collections.deque(maxlen=20)
        self._listening = threading.Event()
        self._reader = None

    def __enter__(self):
        pin = (lambda: os.sched_setaffinity(0, {self.cpu})) if self.cpu is not None else None
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        preexec_fn=pin, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listening.wait(START_SECONDS) or self.port is None:
            self.stop()
            raise Failure(f"{self.command[0]} does not listen:\n" + "".join(self._said))
        return self

    def __exit__(self, *_):
        self.stop()

    def _read(self):
        """Take what the server says, so that it never waits for a reader."""
        for line in self.process.stderr:
            self._said.append(line)
            found = LISTENING.search(line)
            if found and self.port is None:
                self.host, self.port = found[1], int(found[2])
                self._listening.set()
        self._listening.set()  # it has ended

    def stop(self):
        """SIGTERM, and SIGKILL when that does not end it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=5)
        self.process.stderr.close()

    def url(self, path="/"):
        return f"http://{self.host}:{self.port}{path}"

    def alive(self):
        return self.process.poll() is None

    def _proc(self, *names):
        return pathlib.Path("/proc", str(self.process.pid), *names)

    def cpu_ns(self):
        """Time on a CPU so far, all threads, kernel and user."""
        total = 0
        for task in self._proc("task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total

    def rss_bytes(self):
        found = re.search(r"^VmRSS:\s+(\d+) kB", self._proc("status").read_text(), re.M)
        return int(found[1]) * 1024
