"""Check that includes point downwards only, by the table in layers.ini.

    layers.py ROOT

SPDX-License-Identifier: MIT
"""
import configparser
import pathlib
import re
import sys

SOURCES = ("framework", "middleware", "examples", "bench")
SEARCHED = ("framework/include", "framework/src", "middleware/include")
PUBLIC = ("framework/include", "middleware/include")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)


class Layers:
    """The table: which layer a file lies in, and what each may include."""

    def __init__(self, text):
        table = configparser.ConfigParser()
        table.read_string(text)
        self.holds, self.rests, self.libraries, self.public = {}, {}, {}, set()
        for name in table.sections():
            row = table[name]
            for place in row["holds"].split():
                self.holds[place] = name
            self.rests[name] = set(row["rests"].split())
            self.libraries[name] = set(row.get("libraries", "").split())
            if row.getboolean("public", False):
                self.public.add(name)
        self.restricted = set().union(*self.libraries.values()) - {"*"}

    def of(self, path):
        """The layer of `path` (relative to the root); None where no layer holds it."""
        path = path.removeprefix("framework/include/")
        places = [p for p in self.holds if path == p or path.startswith(p + "/")]
        return self.holds[max(places, key=len)] if places else None

    def reaches(self, upper, lower):
        return upper == lower or any(self.reaches(name, lower) for name in self.rests[upper])

    def takes_library(self, layer, header):
        return header not in self.restricted or self.libraries[layer] & {header, "*"}


def find(root, file, name):
    """The project's file that `#include "name"` in `file` means; None for one from outside."""
    for folder in (file.parent, *(root / place for place in SEARCHED)):
        if (folder / name).is_file():
            return (folder / name).resolve().relative_to(root).as_posix()
    return None


def complaint(layers, root, file, name):
    """What is wrong with `#include "name"` in `file`; None when it may stand."""
    own = layers.of(file.relative_to(root).as_posix())
    target = find(root, file, name)
    if target is None:
        if layers.takes_library(own, name):
            return None
        return f"layer {own} may not include <{name}>"
    seen = layers.of(target)
    if seen is None or layers.reaches(own, seen):
        if own in layers.public and seen != own and not target.startswith(PUBLIC):
            return f"layer {own} sees public headers only, not {name}"
        return None
    return f"layer {own} may not include {name} of layer {seen}"


def complaints(root, text):
    layers = Layers(text)
    for folder in SOURCES:
        for file in sorted((root / folder).rglob("*.[chS]")):
            where = file.relative_to(root).as_posix()
            if layers.of(where) is None:
                yield f"{where}: lies in no layer; add it to tests/lint/layers.ini"
                continue
            for name in INCLUDE.findall(file.read_text()):
                found = complaint(layers, root, file, name)
                if found:
                    yield f"{where}: {found}"


def main(root):
    root = pathlib.Path(root).resolve()
    found = list(complaints(root, (root / "tests/lint/layers.ini").read_text()))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
