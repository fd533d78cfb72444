"""A program's life over real sockets: command line, keep-alive, slow clients, its end."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from harness import Program, case, read_all, run, until


def ask_on(connection, request):
    connection.sendall(request)
    data = b""
    while b"Hello, World!" not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


HELLO = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@case
def prints_one_line_and_answers():
    with Program() as p:
        reply = p.ask("GET", "/")
        assert (reply.status, reply.body) == (200, b"Hello, World!"), reply
        assert p.log.count(b"\n") == 1, p.log
        p.stop()


@case
def tells_its_tasks_on_sigquit_and_goes_on():
    with Program() as p:
        for _ in range(2):
            p.signal(signal.SIGQUIT)
            reply = p.ask("GET", "/")
            assert reply.status == 200, reply
        p.stop()
        assert p.log.count(b"weft: tasks of process") >= 1, p.log
        assert b'"main"' in p.log and b" for signal" in p.log, p.log


@case
def serves_on_a_unix_socket():
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/socket"
        with Program("--uds", path, port=None) as p:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            ask_on(connection, HELLO)
            connection.close()
            p.signal(signal.SIGKILL)
            p.wait()
        with Program("--uds", path, port=None) as p:  # the socket file was left behind
            p.stop()
        assert not os.path.exists(path)


@case
def refuses_a_port_in_use():
    with Program() as first:
        second = Program(port=str(first.port), wait=False)
        assert second.wait() == 1
        assert str(first.port).encode() in second.log, second.log


@case
def takes_its_port_from_the_environment():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Program(port=None, env={"PORT": str(port)}) as p:
        assert p.port == port
        health = subprocess.run([Program.executable, "health"], env={**os.environ, "PORT": str(port)},
                                stdout=subprocess.DEVNULL)
        assert health.returncode == 0
        p.stop()
    health = subprocess.run([Program.executable, "health"], env={**os.environ, "PORT": str(port)},
                            stderr=subprocess.DEVNULL)
    assert health.returncode == 1


@case
def refuses_wrong_usage():
    for args in (["--port", "x"], ["--port", "70000"], ["--no-such-option"], ["nonsense"], ["--port"]):
        done = subprocess.run([Program.executable, *args], capture_output=True, timeout=10)
        assert done.returncode == 2, (args, done)
        assert done.stderr, args
    assert subprocess.run([Program.executable, "--help"], capture_output=True).returncode == 0
    assert subprocess.run([Program.executable, "--version"], capture_output=True).returncode == 0
    routes = subprocess.run([Program.executable, "routes"], capture_output=True)
    assert routes.returncode == 0 and b"/" in routes.stdout
    assert subprocess.run([Program.executable, "check"], capture_output=True).returncode == 0


@case
def closes_a_head_that_comes_too_slowly():
    with Program("--timeout-head", "1") as p:
        connection = p.connect()
        began = time.monotonic()
        for byte in HELLO:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.2)
            if time.monotonic() - began > 8:
                raise AssertionError("still open")
        assert b" 408 " in read_all(connection)
        assert p.ask("GET", "/").status == 200


@case
def closes_idle_connections():
    with Program("--timeout-keep-alive", "1") as p:
        connection = p.connect()
        ask_on(connection, HELLO)
        assert read_all(connection) == b""


@case
def ends_at_once_when_idle():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Program() as p:
            connection = p.connect()
            ask_on(connection, HELLO)
            began = time.monotonic()
            p.signal(number)
            assert p.wait() == 0
            assert time.monotonic() - began < 2
            assert read_all(connection) == b""


@case
def outlives_rubbish():
    with Program() as p:
        for rubbish in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\r\n\r\n\r\n\r\n\r\n\r\n", b"\0" * 1000,
                        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 1000, b"GET /" + b"A" * 20000,
                        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"):
            connection = p.connect()
            connection.sendall(rubbish)
            data = read_all(connection)
            assert data.startswith(b"HTTP/1.1 4"), (rubbish[:40], data[:200])
            assert data.count(b"HTTP/1.1") == 1, data
        assert p.ask("GET", "/").status == 200


@case
def answers_many_clients_at_once():
    with Program() as p:
        connections = [p.connect() for _ in range(200)]
        for connection in connections:
            connection.sendall(HELLO * 10)
        for connection in connections:
            data = b""
            while data.count(b"Hello, World!") < 10:
                piece = connection.recv(65536)
                assert piece
                data += piece
        p.stop()


@case
def tells_those_over_the_limit():
    with Program("--limit-concurrency", "2") as p:
        held = [p.connect() for _ in range(2)]
        for connection in held:
            ask_on(connection, HELLO)
        third = p.connect()
        third.sendall(HELLO)
        data = read_all(third)
        assert data.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in data, data
        held[0].close()
        until(lambda: p.ask("GET", "/").status == 200, what="a free place")


@case
def refuses_a_root_path_that_names_a_host():
    p = Program("--root-path", "//a", wait=False)
    assert p.wait() == 1
    assert b"root path" in p.log, p.log


def answers_on(path):
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
        return b"Hello" in ask_on(connection, HELLO)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    finally:
        connection.close()


@case
def ends_well_without_standard_descriptors():
    for closed in ({0}, {1}, {2}, {0, 1, 2}):
        with tempfile.TemporaryDirectory() as directory:
            path = f"{directory}/socket"
            process = subprocess.Popen([Program.executable, "--uds", path],
                                       preexec_fn=lambda fds=closed: [os.close(fd) for fd in fds])
            try:
                until(lambda where=path: answers_on(where), what=f"an answer without {closed}")
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0, (closed, process.returncode)
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    run(sys.argv)
