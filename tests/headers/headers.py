"""Compile every public header alone, as the first and only include, in C17 and C++17.

    headers.py ROOT FLAGS C_COMPILER[,...] CXX_COMPILER[,...]

FLAGS is one word list: what the headers' own dependencies need (pkg-config --cflags).  Each
header is included twice, so that a missing include guard shows.  Compilers that are not here
are passed over.

SPDX-License-Identifier: MIT
"""
import pathlib
import shutil
import subprocess
import sys

PLACES = ("framework/include", "middleware/include")
STRICT = ["-fsyntax-only", "-pedantic-errors", "-Wall", "-Wextra", "-Werror"]


def headers(root):
    for place in PLACES:
        for file in sorted((root / place).rglob("*.h")):
            # It declares tests with Criterion's macros, which are C with extensions.
            if file.name != "test_criterion.h":
                yield file.relative_to(root / place).as_posix()


def compiles(root, command, header):
    source = f"#include <{header}>\n#include <{header}>\n"
    run = subprocess.run(
        [*command, *STRICT, *(f"-I{root / place}" for place in PLACES), "-"],
        input=source, text=True, capture_output=True,
    )
    if run.returncode:
        print(f"{header} alone with {' '.join(command[:3])}:\n{run.stderr}")
    return run.returncode == 0


def main(root, flags, c_compilers, cxx_compilers):
    root = pathlib.Path(root).resolve()
    # The dependencies' own headers need not be pedantic.
    system = flags.replace("-I", "-isystem ").split()
    commands = [[name, "-xc", "-std=c17", *system] for name in c_compilers.split(",")]
    commands += [[name, "-xc++", "-std=c++17", *system] for name in cxx_compilers.split(",")]
    good = True
    for command in (c for c in commands if shutil.which(c[0])):
        for header in headers(root):
            good = compiles(root, command, header) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
