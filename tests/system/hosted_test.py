"""An app in a libuv loop that the program runs itself."""
import concurrent.futures
import signal
import sys

from harness import Program, case, run


@case
def callbacks_and_handlers_share_the_loop():
    with Program() as p:
        first = p.ask("GET", "/ticks/next").json["ticks"]
        assert first >= 1
        assert p.ask("GET", "/ticks/next").json["ticks"] > first
        assert p.ask("GET", "/ticks").json["ticks"] > first


@case
def many_wait_for_one_callback():
    with Program() as p, concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: p.ask("GET", "/ticks/next").json["ticks"], range(40)))
        assert all(ticks >= 1 for ticks in got), got


@case
def a_callback_ends_it():
    for number in signal.SIGTERM, signal.SIGINT:
        with Program() as p:
            p.ask("GET", "/ticks").json
            p.signal(number)
            assert p.wait() == 0, p.log


@case
def a_port_that_is_taken_ends_it():
    with Program() as p:
        other = Program(port=str(p.port), wait=False)
        assert other.wait() == 1
        assert b"cannot listen" in other.log, other.log
        assert p.ask("GET", "/ticks").json["ticks"] >= 0


if __name__ == "__main__":
    run(sys.argv)
