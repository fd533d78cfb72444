"""What a server does under load, with slow clients, and at its end."""
import http.client
import os
import signal
import socket
import sys
import threading
import time

from harness import SLOW, Program, case, read_all, run, until

EXACT_MEMORY = SLOW == 1  # sanitizers keep freed memory for a while


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def read_reply(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


def begin(program, path):
    """A connection whose request is being served: the answer to the one before it has come."""
    connection = program.connect()
    connection.sendall(get("/sleep/0") + get(path))
    read_reply(connection)
    return connection


def await_log(program, text):
    """Read what the program says until it has said `text`."""
    while text not in program.log:
        piece = os.read(program.process.stderr.fileno(), 65536)
        assert piece, program.log
        program.log += piece


@case
def tells_who_holds_the_loop_while_he_does():
    with Program("--held-limit", "20") as p:
        connection = p.connect()
        connection.sendall(get("/hold/5000"))
        await_log(p, b"held for 20 ms and still is")
        await_log(p, b"incident 1")
        connection.settimeout(0)
        try:
            assert not connection.recv(1), "the report came after the answer"
        except BlockingIOError:
            pass
        assert b"GET /hold/5000, route /hold/{ms:int}" in p.log, p.log


@case
def a_body_may_take_longer_than_its_handler_may():
    with Program() as p:
        for ms, status in (0, b"200"), (60000, b"504"):
            with p.connect() as connection:
                connection.sendall(f"POST /soon/{ms} HTTP/1.1\r\nHost: a\r\n"
                                   "Content-Length: 4\r\n\r\n".encode())
                for _ in range(4):  # a second in all; the handler has 400 ms
                    time.sleep(0.25)
                    connection.sendall(b"x")
                assert read_reply(connection).startswith(b"HTTP/1.1 " + status), ms
        p.stop()


@case
def a_stack_overflow_names_task_route_and_setting():
    with Program("--stack-size", "131072") as p:
        connection = p.connect()
        connection.sendall(get("/overflow/me"))
        assert read_all(connection) == b""
        assert p.wait() != 0
        assert (b'task "digger" (GET /overflow/me, route /overflow/{why}) has overflowed its stack of 131072 bytes; '
                b"raise the setting --stack-size\n") in p.log, p.log


@case
def debug_mode_tells_how_deep_the_stacks_of_routes_are():
    line = b"route GET /sleep/{ms:int}: stack at most "
    for args, env, expected in ((["--debug"], {}, True), ([], {"WEFT_DEBUG": "1"}, True), ([], {}, False),
                                (["--debug=0"], {"WEFT_DEBUG": "1"}, False)):
        with Program(*args, env={"WEFT_DEBUG": "", **env}) as p:
            assert p.ask("GET", "/sleep/0").status == 200
            p.signal(signal.SIGQUIT)
            await_log(p, b"weft: tasks: ")
            assert (b"weft: " + line in p.log) == expected, p.log
            p.log = b""
            p.stop()
            assert (line in p.log) == expected, p.log


@case
def running_requests_finish_after_sigterm():
    with Program() as p:
        idle = p.connect()
        busy = begin(p, "/sleep/1000")
        p.signal(signal.SIGTERM)
        assert read_all(idle) == b""
        data = read_all(busy)
        assert data.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in data, data
        assert p.wait() == 0
        refused = socket.socket()
        assert refused.connect_ex(("127.0.0.1", p.port)) != 0


@case
def a_second_signal_cuts_requests_short():
    with Program() as p:
        busy, idle = begin(p, "/sleep/60000"), p.connect()
        p.signal(signal.SIGTERM)
        assert read_all(idle) == b""  # the signal was seen
        p.signal(signal.SIGTERM)
        assert read_all(busy).startswith(b"HTTP/1.1 503 ")
        assert p.wait() == 0


@case
def the_bound_of_a_shutdown_holds():
    with Program("--timeout-graceful-shutdown", "1") as p:
        busy = begin(p, "/sleep/60000")
        p.signal(signal.SIGINT)
        assert read_all(busy).startswith(b"HTTP/1.1 503 ")
        assert p.wait() == 0


@case
def a_blocking_call_cannot_hold_the_process():
    with Program() as p:
        busy, idle = begin(p, "/block/60000"), p.connect()
        await_log(p, b"a thread is blocked")
        p.signal(signal.SIGTERM)
        assert read_all(idle) == b""
        p.signal(signal.SIGTERM)
        assert p.wait(30) == 0
        assert b"left behind" in p.log, p.log
        busy.close()


@case
def a_client_that_never_reads_costs_little():
    with Program() as p:
        p.ask("GET", "/sleep/0")
        before = p.rss_kib()
        connection = p.connect()
        connection.sendall(get("/stream/100"))
        connection.recv(100)
        grown, end = 0, time.monotonic() + 1
        while time.monotonic() < end:
            grown = max(grown, p.rss_kib() - before)
        assert not EXACT_MEMORY or grown < 1024, f"{grown} KiB"
        assert p.ask("GET", "/sleep/0").status == 200
        connection.close()
        until(lambda: p.ask("GET", "/sleep/0").status == 200)


@case
def a_client_that_reads_gets_it_all():
    with Program() as p:
        reply = p.ask("GET", "/stream/64")
        assert len(reply.body) == 64 << 20 and not any(reply.body[:: 1 << 16])


@case
def uploads_are_held_to_a_bound():
    with Program() as p:
        before = p.rss_kib()
        block = b"x" * (1 << 20)
        connection = http.client.HTTPConnection("127.0.0.1", p.port, timeout=60)
        connection.request("POST", "/count", body=(block for _ in range(64)), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        assert connection.getresponse().read() == str(64 << 20).encode()
        assert not EXACT_MEMORY or p.rss_kib() - before < 2048
        assert p.ask("POST", "/echo", block).body == block
        assert p.ask("POST", "/echo", block + b"x").status == 413


@case
def slow_handlers_hold_two_hundred_uploads_back():
    """A slow reader costs what it has not read yet, and TCP keeps the rest at the client."""
    with Program() as p:
        assert p.ask("POST", "/dawdle/0", b"x").body == b"1"
        before = p.rss_kib()
        most = before
        answers = []

        def upload():
            answers.append(p.ask("POST", "/dawdle/30", bytes(2_000_000)).body)

        threads = [threading.Thread(target=upload) for _ in range(200)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            most = max(most, p.rss_kib())
            time.sleep(0.02)
        for thread in threads:
            thread.join()
        assert answers == [b"2000000"] * 200, set(answers)
        growth = most - before
        print(f"# 200 uploads: {growth} KiB more")
        if EXACT_MEMORY:
            assert growth < 200 * 512, f"{growth} KiB, which is more than 512 KiB each"
        p.stop()


@case
def a_client_that_leaves_ends_its_get():
    with Program("--timeout-graceful-shutdown", "60") as p:
        begin(p, "/sleep/60000").close()
        p.signal(signal.SIGTERM)  # nothing runs any more, so this ends at once
        assert p.wait(5) == 0


@case
def memory_is_given_back_after_a_peak():
    count = 2000
    with Program() as p:
        p.ask("GET", "/sleep/0")
        connections = [p.connect() for _ in range(count)]
        for connection in connections:
            connection.sendall(get("/sleep/0"))
            read_reply(connection)
        idle = p.rss_kib()
        for connection in connections:
            connection.sendall(get("/sleep/1500"))
        if EXACT_MEMORY:
            until(lambda: p.rss_kib() > idle + count * 4, what="a peak")
        peak = p.rss_kib()
        for connection in connections:
            read_reply(connection)
        if EXACT_MEMORY:
            until(lambda: p.rss_kib() < idle + (peak - idle) // 8, 10, f"trimming to {idle} KiB")


@case
def an_idle_connection_costs_less_than_1_kib():
    count = 2000
    with Program() as p:
        p.ask("GET", "/sleep/0")
        before = p.rss_kib()
        connections = []
        for _ in range(count):
            connection = p.connect()
            connection.sendall(get("/sleep/0"))
            read_reply(connection)
            connections.append(connection)
        each = (p.rss_kib() - before) * 1024 / count
        assert not EXACT_MEMORY or each < 1024, f"{each} bytes"


@case
def many_clients_come_and_go_at_random():
    with Program() as p:
        def client(seed):
            for n in range(40):
                connection = p.connect()
                connection.sendall(get(f"/sleep/{(seed * 7 + n) % 5}") * (1 + n % 3))
                if n % 3 == 0:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                elif n % 3 == 1:
                    read_reply(connection)
                connection.close()
        threads = [threading.Thread(target=client, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert p.ask("GET", "/sleep/0").status == 200
        p.stop()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    run(sys.argv)
