"""User-space instructions of a request or of a step, counted by callgrind.

Two runs that differ only in how many there are; what start-up, connections and shutdown take is
in both, and falls out of the difference.

SPDX-License-Identifier: MIT
"""
import contextlib
import pathlib
import re
import subprocess
import tempfile

from . import Failure, client
from .server import Server

FEW, MANY = 2_000, 12_000


class _Counted:
    """A command under callgrind, and what was counted once it has ended."""

    def __init__(self, command, out):
        self.command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command]
        self._out = out

    def total(self):
        found = self._out.exists() and re.search(r"^(?:summary|totals): (\d+)",
                                                 self._out.read_text(), re.M)
        if not found:
            raise Failure(f"callgrind counted nothing for {self.command[3]}")
        return int(found[1])


@contextlib.contextmanager
def _counted(command):
    with tempfile.TemporaryDirectory() as folder:
        yield _Counted(command, pathlib.Path(folder, "callgrind.out"))


def _count(command, scenario, requests):
    with _counted(command) as counted:
        with Server(counted.command) as server:
            sent = client.send_exactly(server, scenario, requests)
        return sent, counted.total()


def count(command, scenario):
    """Instructions of one request."""
    few, base = _count(command, scenario, FEW)
    many, total = _count(command, scenario, MANY)
    return (total - base) / (many - few)


def _run(command):
    with _counted(command) as counted:
        subprocess.run(counted.command, capture_output=True, check=False)
        return counted.total()


def count_steps(command, few, many):
    """Instructions of one step of a program whose last argument is how many to do."""
    return (_run([*command, str(many)]) - _run([*command, str(few)])) / (many - few)
