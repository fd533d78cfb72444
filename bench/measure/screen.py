"""What the reader sees: how far it is, and the table.

SPDX-License-Identifier: MIT
"""
import sys


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def table(rows, columns, labels):
    """Print a line for each row, a dictionary.  `columns` are (key, title, form), of which those
    are left out that no row has; the first `labels` are texts."""
    heads = [(key, title, form, labels > i) for i, (key, title, form) in enumerate(columns)
             if any(key in row for row in rows)]
    widths = [int("".join(c for c in form.split(".")[0] if c.isdigit())) for _, _, form, _ in heads]
    print("  ".join(title.ljust(width) if label else title.rjust(width)
                    for (_, title, _, label), width in zip(heads, widths)))
    for row in rows:
        print("  ".join(form.format(row[key]) if key in row else "-".rjust(width)
                        for (key, _, form, _), width in zip(heads, widths)))
