"""Check rules of the house that no compiler knows.

    sources.py ROOT

- no call of a function in banned.txt outside of the tests, whose input is their own;
- the framework takes memory by base/alloc.h, where a test can have it fail, not from libc;
- every C file but the tests says its licence in an SPDX line, and none has // comments;
- no file is longer than 800 lines;
- tests use WEFT_TEST, since a bare Criterion Test() passes although it leaks.

SPDX-License-Identifier: MIT
"""
import pathlib
import re
import sys

SOURCES = ("framework", "middleware", "examples", "bench", "tests")
MAX_LINES = 800
ALLOCATING = ("malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "strdup", "strndup")
ALLOCATOR = "framework/src/base/alloc.h"
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/) | (?P<line>//[^\n]*) | (?P<text>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')""",
    re.S | re.X,
)


def blank(match):
    """The same number of lines, without the words."""
    return " " + "\n" * match[0].count("\n")


def calls_of(names, code):
    return re.finditer(r"\b(%s)\s*\(" % "|".join(map(re.escape, names)), code)


def complaints_of(where, text, banned):
    """(line, complaint) for one file."""
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield lines, f"{lines} lines; {MAX_LINES} is the limit"
    if not where.startswith("tests/") and "SPDX-License-Identifier: MIT" not in text:
        yield 1, "no SPDX-License-Identifier line"
    for match in TOKEN.finditer(text):
        if match["line"]:
            yield text.count("\n", 0, match.start()) + 1, "a // comment; write /* */"
    code = TOKEN.sub(blank, text)
    for match in () if where.startswith("tests/") else calls_of(banned, code):
        yield code.count("\n", 0, match.start()) + 1, f"{match[1]}() is banned"
    if where.startswith("framework/src/") and where != ALLOCATOR:
        for match in calls_of(ALLOCATING, code):
            yield code.count("\n", 0, match.start()) + 1, f"{match[1]}() is libc's; base/alloc.h has its like"
    if where.startswith("tests/") and not where.startswith("tests/support/"):
        for match in re.finditer(r"^Test\(", code, re.M):
            yield code.count("\n", 0, match.start()) + 1, "Test() does not see leaks; use WEFT_TEST()"


def main(root):
    root = pathlib.Path(root)
    listed = (root / "tests/lint/banned.txt").read_text().splitlines()
    banned = [name for name in listed if name and not name.startswith("#")]
    status = 0
    for file in sorted(f for folder in SOURCES for f in (root / folder).rglob("*.[chS]")):
        where = file.relative_to(root).as_posix()
        for line, complaint in complaints_of(where, file.read_text(), banned):
            print(f"{where}:{line}: {complaint}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
