"""Count the test cases of one `meson test` run.

    tally.py BUILD TESTLOG STATUS

TESTLOG is meson's testlog.json of the run, STATUS what `meson test` returned.  Prints three
numbers, passed, failed and skipped, on stdout, and the names of the failed cases on stderr.

A TAP program counts once for each of its cases, any other once.  A program that fails without
a failed case (it crashed, or a sanitizer spoke after the last) counts as one failed case more,
and so does a run that failed without any, or that ran nothing.

SPDX-License-Identifier: MIT
"""
import json
import pathlib
import re
import sys

CASE = re.compile(r"^(not )?ok\b[ \d]*-?\s*(.*)$")
GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}


def cases_of(test):
    """The (outcome, name) of each case of one program; outcome is passed, failed or skipped."""
    name = test["name"]
    output = test.get("stdout", "")
    cases = []
    if "TAP version" in output or re.search(r"^1\.\.\d+", output, re.M):
        for line in output.splitlines():
            match = CASE.match(line)
            if match:
                skipped = re.search(r"#\s*skip", match[2], re.I)
                outcome = "skipped" if skipped else "failed" if match[1] else "passed"
                cases.append((outcome, f"{name}: {match[2]}"))
    good = test["result"] in GOOD
    if not cases and good:
        cases.append(("skipped" if test["result"] == "SKIP" else "passed", name))
    if not good and not any(outcome == "failed" for outcome, _ in cases):
        cases.append(("failed", f"{name}: {test['result']}"))
    return cases


def tally(log, status):
    cases = [case for line in log.splitlines() for case in cases_of(json.loads(line))]
    if not cases:
        cases.append(("failed", "no test ran"))
    elif status and not any(outcome == "failed" for outcome, _ in cases):
        cases.append(("failed", f"meson test returned {status}"))
    return cases


def main(build, path, status):
    path = pathlib.Path(path)
    cases = tally(path.read_text() if path.exists() else "", int(status))
    for outcome, name in cases:
        if outcome == "failed":
            print(f"FAILED ({build}) {name}", file=sys.stderr)
    print(*(sum(outcome == kind for outcome, _ in cases) for kind in ("passed", "failed", "skipped")))


if __name__ == "__main__":
    main(*sys.argv[1:])
