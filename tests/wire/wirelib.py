"""The form of the case files (README.md), for the scripts beside it: writing cases and reading them.

SPDX-License-Identifier: MIT
"""
import re

RUN = 24  # bytes of one kind in a row that are written as \\{COUNT:C}


def escape(data):
    """Bytes as the text of a `>` or `<|` line."""
    text = ""
    at = 0
    while at < len(data):
        byte = data[at]
        run = len(data) - at - len(data[at:].lstrip(bytes([byte])))
        if run >= RUN and chr(byte).isalnum():
            text += f"\\{{{run}:{chr(byte)}}}"
            at += run
            continue
        if byte == 0x5c:
            text += "\\\\"
        elif byte in b"\r\n\t\0":
            text += {13: "\\r", 10: "\\n", 9: "\\t", 0: "\\0"}[byte]
        elif 0x20 <= byte < 0x7f:
            text += chr(byte)
        else:
            text += f"\\x{byte:02x}"
        at += 1
    return re.sub(" $", r"\\x20", text)  # no white space at the end of a line


def request_lines(data):
    """The `>` lines of a request."""
    pieces = data.split(b"\r\n")
    lines = []
    for piece in pieces[:-1]:
        line = ("> " + escape(piece)).rstrip()
        if lines and lines[-1][0] == line and len(line) > 2:
            lines[-1] = (line, lines[-1][1] + 1)
        else:
            lines.append((line, 1))
    out = [line if count == 1 else f">{{{count}}}{line[1:]}" for line, count in lines]
    if pieces[-1]:
        out.append(">| " + escape(pieces[-1]))
    return out


class Response:
    """What has to come back: a status, and what else is said about it; None is not looked at."""

    def __init__(self, status, keep=False, body=None, fields=(), head=False):
        self.status, self.keep, self.body, self.fields, self.head = status, keep, body, fields, head

    def lines(self, last):
        words = ["<", str(self.status)]
        if last:
            words.append("keep" if self.keep else "close")
        if self.head:
            words.append("head")
        out = [" ".join(words)]
        for name, value in self.fields:
            out.append(f"<! {name}" if value is None else f"< {name}: {value}")
        if self.body is not None:
            out.append(("<| " + escape(self.body)).rstrip())
        return out


class Case:
    def __init__(self, name, request, responses, why="", once=False, end=False):
        self.name, self.request, self.responses = name, request, responses
        self.why, self.once, self.end = why, once, end

    @property
    def keep(self):
        return bool(self.responses) and self.responses[-1].keep

    def text(self):
        out = [f"=== {self.name}"]
        if self.why:
            out.append(f"# {self.why}")
        out += request_lines(self.request)
        for number, response in enumerate(self.responses, 1):
            out += response.lines(number == len(self.responses))
        return "\n".join(out) + "\n"


NAMED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescape(text):
    def one(match):
        name = match.group(1)
        if name in NAMED:
            return NAMED[name].decode("latin-1")
        if name[0] == "x":
            return chr(int(name[1:], 16))
        count, _, char = name[1:-1].partition(":")
        return int(count) * char
    return re.sub(r"\\([rnt0\\]|x[0-9a-fA-F]{2}|\{\d+:.\})", one, text).encode("latin-1")


def read_cases(path):
    """The cases of a file."""
    cases = []
    for line in path.read_text().splitlines():
        if line.startswith("=== "):
            cases.append(Case(line[4:], b"", []))
        elif line.startswith(">"):
            add_request(cases[-1], line[1:])
        elif line.startswith("<"):
            add_response(cases[-1], line[1:])
        elif line.startswith("@ "):
            setattr(cases[-1], line[2:], True)
        elif line.startswith("#") and cases and not cases[-1].request:
            cases[-1].why = (cases[-1].why + " " + line[1:].strip()).strip()
    return cases


def add_request(case, text):
    whole = not text.startswith("|")
    count = re.match(r"\{(\d+)\}", text)
    if count:
        text = text[count.end():]
    elif not whole:
        text = text[1:]
    text = text[1:] if text.startswith(" ") else text
    case.request += int(count.group(1) if count else 1) * (unescape(text) + (b"\r\n" if whole else b""))


def add_response(case, text):
    if text.startswith("|"):
        case.responses[-1].body = unescape(text[2:])
    elif text.startswith("!"):
        case.responses[-1].fields = (*case.responses[-1].fields, (text[1:].strip(), None))
    elif ": " in text:
        name, value = text.strip().split(": ", 1)
        case.responses[-1].fields = (*case.responses[-1].fields, (name, value))
    elif text.strip() != "none":
        words = text.split()
        case.responses.append(Response(int(words[0]), "keep" in words, head="head" in words))
