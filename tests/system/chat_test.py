"""The chat server: who is told what, who is dropped, how it ends."""
import select
import signal
import socket
import subprocess
import sys

from harness import SLOW, Program, case, read_all, run, until


class Client:
    def __init__(self, program, name):
        self.socket = program.connect()
        self.lines = self.socket.makefile("rb")
        self.expect("* Your name?")
        self.say(name)

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def expect(self, text):
        line = self.lines.readline()
        assert line == text.encode() + b"\n", (line, text)

    def close(self):
        self.lines.close()
        self.socket.close()


@case
def tells_everybody_else():
    with Program() as p:
        ann = Client(p, "ann")
        ben = Client(p, "ben\r")  # as telnet ends its lines
        ann.expect("* ben has come")
        cid = Client(p, "cid")
        ann.expect("* cid has come")
        ben.expect("* cid has come")
        ann.say("hello")
        ben.expect("ann: hello")
        cid.expect("ann: hello")
        ben.say("hi")
        ann.expect("ben: hi")  # and not what it said itself
        cid.expect("ben: hi")
        cid.say("/quit")
        assert read_all(cid.socket) == b""
        ann.expect("* cid has left")
        ben.close()
        ann.expect("* ben has left")
        ann.say("/who")
        ann.expect("* ann")
        p.stop()
        assert read_all(ann.socket) == b""


@case
def takes_lines_in_any_pieces():
    with Program() as p:
        ann = Client(p, "ann")
        ben = Client(p, "ben")
        ann.expect("* ben has come")
        for byte in b"one\ntwo\nthr":
            ben.socket.sendall(bytes([byte]))
        ann.expect("ben: one")
        ann.expect("ben: two")
        ben.socket.shutdown(socket.SHUT_WR)  # the last line lacks its end
        ann.expect("ben: thr")
        ann.expect("* ben has left")


@case
def refuses_a_line_that_is_too_long():
    with Program() as p:
        ann = Client(p, "ann")
        ann.socket.sendall(b"x" * 2000)
        assert b"too long" in read_all(ann.socket)
        Client(p, "a" * 100)
        ben = Client(p, "ben")
        ben.say("/who")
        ben.expect("* ben")


@case
def drops_who_does_not_read():
    with Program() as p:
        slow = Client(p, "slow")
        ann = Client(p, "ann")
        ben = Client(p, "ben")
        ann.expect("* ben has come")
        line = "x" * 1000
        left = None
        for _ in range(20000):  # 20 MB: more than the system and the server keep for one
            ann.say(line)
            heard = ben.lines.readline()
            if b"has left" in heard:
                left = heard
                break
            assert heard == f"ann: {line}\n".encode(), heard
        assert left == b"* slow has left\n", left
        try:
            while slow.socket.recv(65536):
                pass
            raise AssertionError("it was not reset")
        except ConnectionResetError:
            pass


@case
def outlives_clients_that_vanish():
    with Program() as p:
        for _ in range(50):
            client = p.connect()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(b"me\nhello\n")
            client.close()  # with a reset
        ann = Client(p, "ann")
        ann.say("/who")
        until(lambda: select.select([ann.socket], [], [], 0)[0], what="an answer")
        p.stop()


@case
def ends_with_a_signal_and_refuses_a_port_in_use():
    with Program() as p:
        second = subprocess.run([Program.executable, "--port", str(p.port)], capture_output=True, timeout=10 * SLOW)
        assert second.returncode == 1 and b"address already in use" in second.stderr, second
        p.signal(signal.SIGINT)
        assert p.wait() == 0
    for args in (["--port"], ["--port", "x"], ["x"]):
        assert subprocess.run([Program.executable, *args], stderr=subprocess.DEVNULL).returncode == 2


if __name__ == "__main__":
    run(sys.argv)
