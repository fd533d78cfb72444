"""Programs that measure tasks: weft's, and the same for asyncio and Go.

Each is called `switch N`, `spawn N` or `sleep N`, and prints what it did, how often, and
nanoseconds or bytes for each.

SPDX-License-Identifier: MIT
"""
import dataclasses
import os
import re
import shutil
import subprocess
import sys

from . import Failure

SWITCHES, SPAWNS, SLEEPERS = 10_000_000, 1_000_000, 100_000
SLEEPERS_BY_MPROTECT = 20_000  # what vm.max_map_count lets stand, see framework/src/task/stack.h
SECONDS = 300


@dataclasses.dataclass
class Program:
    name: str
    command: list
    cpus: set  # that it may run on
    environment: dict = dataclasses.field(default_factory=dict)
    divisor: int = 1  # it does so much less of what is timed

    def run(self, what, count):
        """The figure for each, and all that was said."""
        done = subprocess.run([*map(str, self.command), what, str(count)], text=True,
                              capture_output=True, timeout=SECONDS, check=False,
                              env={**os.environ, **self.environment},
                              preexec_fn=lambda: os.sched_setaffinity(0, self.cpus))
        found = re.match(rf"{what} \d+ ([\d.]+)$", done.stdout, re.M)
        if done.returncode != 0 or not found:
            raise Failure(f"{self.name}, {what} {count:,}: "
                          f"{done.stderr.strip() or done.stdout.strip()}")
        return float(found[1]), done.stdout

    def switch(self):
        return self.run("switch", SWITCHES // self.divisor)[0]

    def spawn(self):
        return self.run("spawn", SPAWNS // self.divisor)[0]


def weft(build, cpu):
    path = build / "bench" / "bench-runtime"
    if not path.exists():
        raise Failure(f"{path} is not built")
    return Program("weft", [path], {cpu})


def asyncio(folder, cpu):
    return Program("asyncio", [sys.executable, folder / "asyncio_tasks.py"], {cpu}, divisor=10)


def _build_go(folder, target):
    environment = {**os.environ, "GOCACHE": str(target.parent / "cache"), "GOTOOLCHAIN": "local",
                   "GOPROXY": "off", "GOFLAGS": "", "GO111MODULE": "auto"}
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "build", "-o", target, folder / "goroutines.go"], text=True,
                          capture_output=True, env=environment, check=False)
    if done.returncode != 0:
        raise Failure(f"goroutines.go was not built: {done.stderr.strip()}")


def go(folder, target, cpu):
    """On one CPU like the others, and as Go would run by itself; Failure where there is no Go."""
    if shutil.which("go") is None:
        raise Failure("there is no Go here")
    _build_go(folder, target)
    return [Program("Go", [target], {cpu}, {"GOMAXPROCS": "1"}),
            Program("Go, all CPUs", [target], os.sched_getaffinity(0))]


def sleepers(program):
    """Bytes of a sleeping task, what was said, and how many slept."""
    try:
        return *program.run("sleep", SLEEPERS), SLEEPERS
    except Failure:  # before Linux 6.13 stacks are guarded by mprotect()
        return *program.run("sleep", SLEEPERS_BY_MPROTECT), SLEEPERS_BY_MPROTECT


def guards(said, count):
    """How weft's stacks are guarded: a guard by mprotect() is a mapping of its own."""
    more = int(re.search(r"^mappings (\d+)$", said, re.M)[1])
    kind = "MADV_GUARD_INSTALL" if more < count else "mprotect"
    return f"weft: {count:,} asleep at once, guarded by {kind}, {more:,} mappings"
