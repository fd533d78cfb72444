"""Load by wrk, on the server's own CPU.

SPDX-License-Identifier: MIT
"""
import dataclasses
import os
import pathlib
import re
import subprocess

from . import Failure

PIPELINE = pathlib.Path(__file__).resolve().parent.parent / "pipeline.lua"
REQUESTS = re.compile(r"(\d+) requests in")
TROUBLE = re.compile(r"^\s*(Non-2xx.*|Socket errors.*)$", re.M)


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    path: str
    pipelined: int = 1


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("plain", "/"),
        Scenario("pipelined", "/", pipelined=16),
        Scenario("json", "/json"),
        Scenario("param", "/users/4242"),
    )
}


@dataclasses.dataclass
class Run:
    requests: int
    server_ns: int
    seconds: float

    @property
    def us_each(self):
        return self.server_ns / self.requests / 1000

    @property
    def per_second(self):
        return self.requests / self.seconds


def wrk(server, scenario, seconds, connections=64, cpu=None):
    """Run wrk once; how many requests it counted."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    if scenario.pipelined > 1:
        command += ["-s", str(PIPELINE)]
    command.append(server.url(scenario.path))
    pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=pin,
                          timeout=seconds + 30, check=False)
    found = REQUESTS.search(done.stdout)
    if done.returncode != 0 or not found or int(found[1]) == 0:
        raise Failure(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    trouble = TROUBLE.search(done.stdout)
    if trouble:
        raise Failure(f"{server.command[0]}, {scenario.name}: {trouble[1].strip()}")
    return int(found[1])


def run(server, scenario, seconds, connections, cpu):
    before = server.cpu_ns()
    requests = wrk(server, scenario, seconds, connections, cpu)
    return Run(requests, server.cpu_ns() - before, seconds)
