"""Compile the complete programs in the guide: C blocks that include something.

    complete_blocks.py ROOT COMPILER [FLAG...]

Prints TAP, a line for each block.

SPDX-License-Identifier: MIT
"""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```c\n(.*?)^```", re.M | re.S)


def complete_blocks(root):
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for page in pages:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            if "#include" in match.group(1):
                yield page.relative_to(root), text.count("\n", 0, match.start()) + 1, match.group(1)


def main(root, *command):
    failed = 0
    count = 0
    flags = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]
    for page, line, code in complete_blocks(pathlib.Path(root)):
        count += 1
        done = subprocess.run([*command, *flags], input=code, text=True, capture_output=True)
        failed += done.returncode != 0
        print(f"{'ok' if done.returncode == 0 else 'not ok'} {count} - {page}:{line}")
        print("".join(f"# {text}\n" for text in done.stderr.splitlines()), end="")
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
