"""A client that sends exact numbers of requests, for what is counted and not timed.

SPDX-License-Identifier: MIT
"""
import re
import socket

from . import Failure

LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.I)


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


class Connection:
    """One keep-alive connection.  Replies must carry a Content-Length."""

    def __init__(self, server, source=None):
        self.pending = b""
        self.socket = socket.create_connection((server.host, server.port), timeout=30,
                                               source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Wait for the next reply; its body."""
        while True:
            head, found, rest = self.pending.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            if found and not length:
                raise Failure(f"a reply without Content-Length: {head!r}")
            if found and len(rest) >= int(length[1]):
                self.pending = rest[int(length[1]):]
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise Failure(f"unexpected reply: {head!r}")
                return rest[:int(length[1])]
            data = self.socket.recv(65536)
            if not data:
                raise Failure("the server has closed a connection")
            self.pending += data

    def is_open(self):
        """Whether the server has neither closed it nor said anything unasked."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def close(self):
        self.socket.close()


def send_exactly(server, scenario, total, connections=64):
    """Send `total` requests over connections that take turns: write on all, then read on all.

    Returns how many were sent: a multiple of what one turn sends.
    """
    batch = request(scenario.path) * scenario.pipelined
    peers = [Connection(server) for _ in range(connections)]
    sent = 0
    while sent < total:
        for peer in peers:
            peer.send(batch)
        for peer in peers:
            for _ in range(scenario.pipelined):
                peer.receive()
        sent += connections * scenario.pipelined
    for peer in peers:
        peer.close()
    return sent
