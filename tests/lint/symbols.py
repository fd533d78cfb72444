"""Check that a shared library exports weft_* and nothing else.

    symbols.py LIBRARY [SANITIZERS]

A sanitizer (meson's b_sanitize) brings symbols of its own, and there is nothing to check then.

SPDX-License-Identifier: MIT
"""
import subprocess
import sys


SKIPPED = 77  # to meson


def main(library, sanitizers="none"):
    if sanitizers != "none":
        return SKIPPED
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", "--format=posix", library],
        check=True, capture_output=True, text=True,
    ).stdout
    names = [line.split()[0] for line in listing.splitlines()]
    strangers = [name for name in names if not name.startswith("weft_") or name.startswith("weft__")]
    for name in strangers:
        print(f"{library}: exports {name}")
    if not names:
        print(f"{library}: exports nothing")
    return 1 if strangers or not names else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
