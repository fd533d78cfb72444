"""The three measurements of weft.c, for the tasks of asyncio.

    asyncio_tasks.py switch|spawn|sleep N

SPDX-License-Identifier: MIT
"""
import asyncio
import os
import sys
import time

YIELDERS = 100
SLEEP_SECONDS = 3600


def show(what, count, total):
    print(f"{what} {count} {total / count:.1f}")


def resident():
    """Resident memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


async def yield_often(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def switch(count):
    each = count // YIELDERS
    begun = time.perf_counter_ns()
    await asyncio.gather(*(yield_often(each) for _ in range(YIELDERS)))
    show("switch", each * YIELDERS, time.perf_counter_ns() - begun)


async def nothing():
    pass


async def spawn(count):
    begun = time.perf_counter_ns()
    for _ in range(count):
        await asyncio.create_task(nothing())
    show("spawn", count, time.perf_counter_ns() - begun)


async def sleep(count):
    before = resident()
    tasks = [asyncio.create_task(asyncio.sleep(SLEEP_SECONDS)) for _ in range(count)]
    await asyncio.sleep(0.001)  # until all of them have begun
    show("sleep", len(tasks), resident() - before)


def main(arguments):
    measures = {"switch": switch, "spawn": spawn, "sleep": sleep}
    if len(arguments) != 3 or arguments[1] not in measures or not arguments[2].isdigit():
        sys.exit(f"usage: {arguments[0]} switch|spawn|sleep N")
    asyncio.run(measures[arguments[1]](int(arguments[2])))


if __name__ == "__main__":
    main(sys.argv)
