"""Every test that the pages of docs/conformance name is there.

    conformance.py ROOT

SPDX-License-Identifier: MIT
"""
import pathlib
import re
import sys

C_TEST = re.compile(r"^WEFT_TEST\((\w+),\s*(\w+)", re.MULTILINE)
WIRE_CASE = re.compile(r"^=== (.+)$", re.MULTILINE)
SYSTEM_CASE = re.compile(r"^@case\ndef (\w+)", re.MULTILINE)
NAMED = re.compile(r"`(\w+\.(?:txt|py): [^`]+|[a-z0-9_]+\.[a-z0-9_]+)`")
NOT_A_TEST = re.compile(r"\.(?:c|h|md|txt|py)$")


def tests_of(root):
    found = set()
    for path in (root / "tests").rglob("*"):
        if path.suffix == ".c":
            found.update(f"{suite}.{name}" for suite, name in C_TEST.findall(path.read_text(encoding="utf-8")))
        elif path.suffix == ".txt" and path.parent.name == "wire":
            found.update(f"{path.name}: {name.strip()}" for name in WIRE_CASE.findall(path.read_text(encoding="latin-1")))
        elif path.suffix == ".py" and path.parent.name == "system":
            found.update(f"{path.name}: {name}" for name in SYSTEM_CASE.findall(path.read_text(encoding="utf-8")))
    return found


def main(root):
    root = pathlib.Path(root)
    found = tests_of(root)
    missing = 0
    named = 0
    for page in sorted((root / "docs/conformance").glob("*.md")):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            if not line.startswith("| "):
                continue
            for name in NAMED.findall(line):
                if NOT_A_TEST.search(name):
                    continue
                named += 1
                if name not in found:
                    missing += 1
                    print(f"{page.relative_to(root)}:{number}: there is no test {name}")
    print(f"{named} tests are named, {missing} of them are missing")
    return 1 if missing or named < 100 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
