"""Write files as C arrays: embed.py OUTPUT FILE...

Each becomes an entry of `assets` (assets.h), with its media type by its name's end and an
entity-tag by its bytes.

SPDX-License-Identifier: MIT
"""
import hashlib
import pathlib
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "application/xml",
}


def main(output, *names):
    arrays, entries = [], []
    for number, path in enumerate(map(pathlib.Path, names)):
        data = path.read_bytes()
        tag = hashlib.sha256(data).hexdigest()[:16]
        values = ",".join(map(str, data))
        arrays.append(f"static const unsigned char file{number}[] = {{{values}}};\n")
        entries.append(f'    {{"{path.name}", "{TYPES[path.suffix]}", "\\"{tag}\\"", '
                       f"file{number}, sizeof(file{number})}},\n")
    pathlib.Path(output).write_text("".join([
        "/* Written by embed.py. */\n",
        '#include "assets.h"\n\n', *arrays, "\nconst struct asset assets[] = {\n", *entries,
        "    {0},\n};\n"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
