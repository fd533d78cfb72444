"""Resident memory: of idle connections, and over many requests.

SPDX-License-Identifier: MIT
"""
from . import Failure, client, load
from .server import Server, raise_file_limit

SOURCES = 8           # 127.0.0.1 to .8: ephemeral ports are per source address
SPARE_FILES = 256
SOAK_SLACK = 256 * 1024


def _ask(server, count):
    """Open `count` connections that each make one request; they stay open."""
    peers = []
    for i in range(count):
        peer = client.Connection(server, f"127.0.0.{1 + i % SOURCES}")
        peers.append(peer)
        peer.send(client.request("/"))
        peer.receive()
    return peers


def idle(command, count, cpu):
    """Bytes by which the server has grown for each of `count` idle connections."""
    raise_file_limit(count + SPARE_FILES)
    with Server(command, cpu) as server:
        for peer in _ask(server, 64):  # so that pools and libraries are warm
            peer.close()
        before = server.rss_bytes()
        peers = _ask(server, count)
        after = server.rss_bytes()
        lost = sum(not peer.is_open() for peer in peers)
        for peer in peers:
            peer.close()
    if lost:
        raise Failure(f"{lost} of {count} idle connections were closed")
    return (after - before) / count


def soak(command, total, cpu, report):
    """Make about `total` requests; resident bytes after the first half and after all."""
    scenario = load.SCENARIOS["plain"]
    done, half = 0, None
    with Server(command, cpu) as server:
        while done < total:
            done += load.wrk(server, scenario, 1)
            if half is None and done >= total / 2:
                half = server.rss_bytes()
            report(done, server.rss_bytes())
        return half, server.rss_bytes()


def is_steady(half, end):
    """Within one per cent or 256 KiB, whichever is more."""
    return end - half <= max(half / 100, SOAK_SLACK)
