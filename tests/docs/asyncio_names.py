"""Every public name of this Python's asyncio stands in the table of counterparts.

    asyncio_names.py docs/guide/asyncio.md

Names that a later Python has added are told, and are no failure: the table follows them.

SPDX-License-Identifier: MIT
"""
import asyncio
import asyncio.subprocess
import inspect
import pathlib
import re
import sys

LAST_KNOWN = (3, 14)
CLASSES = ("Task", "Future", "AbstractEventLoop", "AbstractServer", "Server", "StreamReader", "StreamWriter", "Queue",
           "Lock", "Event", "Condition", "Semaphore", "Barrier", "Runner", "Timeout", "Transport")


def names():
    """(where, name) of each."""
    for name in getattr(asyncio, "__all__"):
        yield "asyncio", name
    classes = [getattr(asyncio, name, None) for name in CLASSES] + [asyncio.subprocess.Process]
    for owner in filter(None, classes):
        for name, _ in inspect.getmembers(owner):
            if not name.startswith("_"):
                yield owner.__name__, name


def main(page):
    text = pathlib.Path(page).read_text(encoding="utf-8")
    known = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]*`", text))))
    missing = sorted({f"{where}.{name}" for where, name in names() if name not in known})
    for name in missing:
        print(f"{page}: {name} has no line")
    return 1 if missing and sys.version_info[:2] <= LAST_KNOWN else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
