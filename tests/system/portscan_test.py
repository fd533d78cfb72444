"""The port scanner: what it finds, and how it fails."""
import contextlib
import socket
import subprocess
import sys

from harness import SLOW, Program, case, run


def scan(*args):
    return subprocess.run([Program.executable, *map(str, args)], capture_output=True, text=True, timeout=60 * SLOW)


@contextlib.contextmanager
def sockets(count):
    """Bound to free ports; nobody else can take these meanwhile."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        yield sorted(found, key=lambda one: one.getsockname()[1])


@case
def finds_the_open_ports():
    with sockets(6) as bound:
        for one in bound[::2]:
            one.listen(16)
        ports = [one.getsockname()[1] for one in bound]
        first, last = ports[0], min(ports[-1], ports[0] + 3000)
        done = scan("127.0.0.1", first, last)
        found = [int(line) for line in done.stdout.split()]
        assert done.returncode == 0, done
        assert found == sorted(found)
        for number, port in enumerate(ports):
            if port <= last:
                assert (port in found) == (number % 2 == 0), (port, found)
        assert f"of {last - first + 1} ports" in done.stderr


@case
def finds_one_by_name():
    with sockets(1) as (one,):
        one.listen(16)
        port = one.getsockname()[1]
        done = scan("localhost", port, port)
        # The name may mean ::1 first, where nobody listens.
        assert done.returncode == 0 and done.stdout in (f"{port}\n", ""), done


@case
def refuses_wrong_usage():
    for args in ((), ("localhost",), ("localhost", 1), ("localhost", 2, 1), ("localhost", 0, 1), ("localhost", 1, 65536),
                 ("localhost", "x", 1), ("localhost", 1, "1x")):
        assert scan(*args).returncode == 2, args


if __name__ == "__main__":
    run(sys.argv)
