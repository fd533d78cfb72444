"""The example of a blocking library: its queries run beside the loop, and the endless one ends."""
import subprocess
import sys

from harness import Program, SLOW, case, run


@case
def runs_queries_beside_the_loop():
    done = subprocess.run([Program.executable], capture_output=True, text=True, timeout=30 * SLOW)
    assert done.returncode == 0, done
    assert done.stdout.splitlines() == [
        "sum 5050",
        "sum 500500",
        "sum 5000050000",
        "the endless query was cut short",
        "the loop went on meanwhile",
    ], done


if __name__ == "__main__":
    run(sys.argv)
