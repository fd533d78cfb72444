"""The pipeline of queues: it ends in order, at the first bad line, and holds back what comes too fast."""
import subprocess
import sys

from harness import Program, SLOW, case, run


def pipeline(text):
    return subprocess.run([Program.executable], input=text, capture_output=True, text=True, timeout=30 * SLOW)


def start():
    return subprocess.Popen([Program.executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


@case
def adds_up_the_squares():
    for count in 0, 1, 3, 17, 5000:
        done = pipeline("".join(f"{n}\n" for n in range(1, count + 1)))
        assert done.returncode == 0, done
        assert int(done.stdout) == sum(n * n for n in range(1, count + 1)), done


@case
def takes_a_last_line_without_its_end():
    done = pipeline("2\n3")
    assert (done.returncode, done.stdout) == (0, "13\n"), done


@case
def refuses_what_is_no_number():
    for bad in "x", "", "1x", "-1", "4000000000", "9" * 25, "9" * 100:
        done = pipeline(f"1\n{bad}\n" + "2\n" * 100)
        assert done.returncode == 1, (bad, done)
        assert "pipeline: line 2" in done.stderr and done.stdout == "", (bad, done)


@case
def ends_at_a_bad_line_though_more_may_come():
    process = start()
    try:
        process.stdin.write(b"1\nx\n")
        process.stdin.flush()
        assert process.wait(timeout=30 * SLOW) == 1
        assert b"pipeline: line 2" in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


@case
def tells_how_far_it_is():
    process = start()
    try:
        process.stdin.write(b"3\n4\n")
        process.stdin.flush()
        assert process.stderr.readline() == b"pipeline: 25 so far\n"
        out, _ = process.communicate(b"5\n", timeout=30 * SLOW)
        assert (process.returncode, out) == (0, b"50\n")
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    run(sys.argv)
