"""User-space instructions of a request, counted by callgrind.

Two runs that differ only in the number of requests; what start-up, connections and shutdown
take is in both, and falls out of the difference.

SPDX-License-Identifier: MIT
"""
import pathlib
import re
import tempfile

from . import Failure, client
from .server import Server

FEW, MANY = 2_000, 12_000


def _count(command, scenario, requests):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "callgrind.out")
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command]
        with Server(valgrind) as server:
            sent = client.send_exactly(server, scenario, requests)
        found = out.exists() and re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)
        if not found:
            raise Failure(f"callgrind counted nothing for {command[0]}")
        return sent, int(found[1])


def count(command, scenario):
    """Instructions of one request."""
    few, base = _count(command, scenario, FEW)
    many, total = _count(command, scenario, MANY)
    return (total - base) / (many - few)
