"""Every byte at each place where bytes of more than one kind may stand: tables of generate.py.

SPDX-License-Identifier: MIT
"""
from wirelib import Case, Response

# The classes of RFC 9110, 5.6.2 and 5.5, RFC 9112, 3, and RFC 3986, 2.3.
DIGIT = set(b"0123456789")
HEX = DIGIT | set(b"abcdefABCDEF")
ALPHA = set(range(0x41, 0x5b)) | set(range(0x61, 0x7b))
TOKEN = ALPHA | DIGIT | set(b"!#$%&'*+-.^_`|~")
VISIBLE = set(range(0x21, 0x7f))
TARGET = VISIBLE - set(b"#\\")
TEXT = (set(range(0x20, 0x100)) - {0x7f}) | {0x09}
HOST = ALPHA | DIGIT | set(b"-._~")
SPACE = set(b" \t")
CR, LF, SP = 0x0d, 0x0a, 0x20

BAD = Response(400)
NO_METHOD = Response(501)
OK = Response(200, True, b"hello")
EMPTY = Response(200, True, b"")


def echoed(body):
    return Response(200, True, body)


def told(query=b"", field=b"", path=b"", host=b"a"):
    return echoed(b"GET /tell/%s?%s [%s] http://%s" % (path, query, field, host))


# What parsers have fallen over: controls, delimiters, and of the rest one or two of each kind.
TELLING = sorted(set(b"\0\x01\x08\t\n\x0b\x0c\r\x1f \x7f\x80\x85\xa0\xff") | set(b"!\"#%'(*+,-./:;<=>?@[\\]^_`{|}~") |
                 set(b"0189AFafgGxXzZ"))


# What may be meant to stand between two parts: white space, or what looks like it, and signs.
BETWEEN = sorted(set(b"\0\t\n\x0b\x0c\r \"',5;=a\\\x7f\x85\xa0"))


def bytes_at(place, request, judge, which=range(256)):
    """A case for each byte: `request` makes the message, `judge` says what must come back."""
    for byte in which:
        response = judge(byte)
        verdict = "taken" if response.status < 400 else "refused"
        yield Case(f"{place}: 0x{byte:02x} {verdict}", request(bytes([byte])), [response])


def telling_at(place, request, judge):
    return bytes_at(place, request, judge, TELLING)


def among(allowed, good, bad=BAD):
    """Bytes of a class are taken, with one response or one made of the byte; others refused."""
    return lambda byte: (good(byte) if callable(good) else good) if byte in allowed else bad


def one(byte):
    return bytes([byte])


# --- The request line (RFC 9112, 3) ---------------------------------------------------------

END = b"Host: a\r\n\r\n"


def in_method(byte):
    if byte == ord("E"):
        return OK
    return NO_METHOD if byte in TOKEN else BAD


def in_path(byte):
    if byte == ord("%"):
        return Response(400, True)  # a malformed escape is no matter of the connection
    if byte == ord("?"):
        return told(query=b"zz", path=b"a")
    return told(path=b"a%szz" % one(byte)) if byte in TARGET else BAD


def in_major(byte):
    if byte == ord("1"):
        return OK
    return Response(505) if byte in DIGIT - {ord("0")} else BAD


def in_minor(byte):
    if byte == ord("0"):
        return Response(200, False, b"hello")
    return OK if byte in DIGIT else BAD


def request_line():
    r"""Every byte in the request line. RFC 9112, 3: method SP request-target SP HTTP-version; RFC 9110, 9.1: a
    method is a token; a target holds visible ASCII (RFC 3986), here without '#', which is not sent, and without
    '\', which some take for '/'."""

    yield from telling_at("first byte of a request", lambda b: b + b"GET / HTTP/1.1\r\n" + END, among(TOKEN,
                                                                                                      NO_METHOD))
    yield from bytes_at("inside a method", lambda b: b"G" + b + b"T / HTTP/1.1\r\n" + END, in_method)
    yield from telling_at("between method and target", lambda b: b"GET" + b + b"/ HTTP/1.1\r\n" + END, among({SP}, OK))
    yield from bytes_at("inside a path", lambda b: b"GET /tell/a" + b + b"zz HTTP/1.1\r\n" + END, in_path)
    yield from bytes_at("inside a query", lambda b: b"GET /tell/?a" + b + b"z HTTP/1.1\r\n" + END,
                        among(TARGET, lambda byte: told(query=b"a%sz" % one(byte))))
    yield from telling_at("between target and version", lambda b: b"GET /" + b + b"HTTP/1.1\r\n" + END, among({SP},
                                                                                                              OK))


def version():
    """Every byte in the version. RFC 9112, 2.3: "HTTP/" DIGIT "." DIGIT; RFC 9110, 2.5: a later minor version
    is processed as 1.1; another major version is 505 (RFC 9110, 15.6.6)."""

    yield from telling_at("major version", lambda b: b"GET / HTTP/" + b + b".1\r\n" + END, in_major)
    yield from bytes_at("minor version", lambda b: b"GET / HTTP/1." + b + b"\r\n" + END, in_minor)
    yield from telling_at("behind the version", lambda b: b"GET / HTTP/1.1" + b + b"\r\n" + END, among(set(), OK))
    yield from telling_at("LF of the request line", lambda b: b"GET / HTTP/1.1\r" + b + END, among({LF}, OK))


# --- Fields (RFC 9112, 5; RFC 9110, 5) -------------------------------------------------------

LINE = b"GET / HTTP/1.1\r\nHost: a\r\n"
TELL = b"GET /tell/ HTTP/1.1\r\nHost: a\r\n"


def fields():
    """Every byte in a field name. RFC 9112, 5.1: no white space before the colon; RFC 9110, 5.1: a name is a
    token. A line that begins with white space would be obs-fold (RFC 9112, 5.2)."""

    yield from telling_at("first byte of a field name", lambda b: LINE + b + b"-Field: a\r\n\r\n", among(TOKEN, OK))
    yield from bytes_at("inside a field name", lambda b: LINE + b"X" + b + b"Field: a\r\n\r\n",
                        among(TOKEN | {ord(":")}, OK))
    yield from bytes_at("before the colon", lambda b: LINE + b"X-Field" + b + b": a\r\n\r\n",
                        among(TOKEN | {ord(":")}, OK))


def values():
    """Every byte in a field value. RFC 9110, 5.5: visible characters, SP, HTAB, and obs-text; CR, LF and NUL
    are dangerous, and like the other control characters refused."""

    yield from telling_at("first byte of a value", lambda b: TELL + b"X-Field:" + b + b"c\r\n\r\n",
                        among(TEXT, lambda byte: told(field=b"c" if byte in SPACE else one(byte) + b"c")))
    yield from bytes_at("inside a value", lambda b: TELL + b"X-Field: a" + b + b"c\r\n\r\n",
                        among(TEXT, lambda byte: told(field=b"a%sc" % one(byte))))


def line_ends():
    """Every byte in the place of a CR or LF of the head. RFC 9112, 2.2: lines end with CRLF; a bare CR is
    invalid, and a recipient may, so does not have to, take a bare LF."""

    yield from bytes_at("LF of a field line", lambda b: LINE + b"X-Field: a\r" + b + b"X: y\r\n\r\n", among({LF}, OK))
    yield from telling_at("CR of the empty line", lambda b: LINE + b + b"\n", among({CR}, OK))
    yield from telling_at("LF of the empty line", lambda b: LINE + b"\r" + b, among({LF}, OK))


# --- Host, Content-Length, Transfer-Encoding (RFC 9112, 3.2 and 6; RFC 3986, 3.2) ------------

POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


def host():
    """Every byte in a host. RFC 9112, 3.2: an invalid Host is 400. Names hold unreserved characters only: RFC
    3986, 3.2.2 has more, but nobody's host is named like that, and each of them has been used to confuse
    somebody."""

    request = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n"
    yield from bytes_at("inside a host name", lambda b: request % (b"a" + b + b"b"), among(HOST, OK))
    yield from telling_at("inside a port", lambda b: request % (b"a:8" + b + b"0"), among(DIGIT, OK))
    yield from telling_at("inside an address in brackets", lambda b: request % (b"[::1" + b + b"]"), among(HEX, OK))
    yield from telling_at("inside the host of an absolute-form target",
                        lambda b: b"GET http://a%sb/ HTTP/1.1\r\nHost: a%sb\r\n\r\n" % (b, b), among(HOST, OK))


def length(b, tens=0):
    """What the digit stands for behind others; of another byte something."""
    return tens + int(b) if b[0] in DIGIT else 1


def after_one(byte):
    if byte in DIGIT:
        return echoed(b"x" * (10 + byte - 0x30))
    return echoed(b"x") if byte in SPACE else BAD


def behind_chunked(byte):
    if byte in SPACE:
        return EMPTY
    return Response(501) if byte in TOKEN else BAD


def framing():
    """Every byte in Content-Length (RFC 9110, 8.6: 1*DIGIT) and around the one coding of Transfer-Encoding (RFC
    9112, 6.1). White space around a value is no part of it; a well-formed coding that is not known is 501,
    malformed ones are 400."""

    yield from bytes_at("a Content-Length of one character",
                        lambda b: POST + b"Content-Length: " + b + b"\r\n\r\n" + b"x" * length(b),
                        among(DIGIT, lambda byte: echoed(b"x" * (byte - 0x30))))
    yield from telling_at("behind the digit of a Content-Length",
                        lambda b: POST + b"Content-Length: 1" + b + b"\r\n\r\n" + b"x" * length(b, 10),
                        after_one)
    yield from telling_at("before the coding",
                          lambda b: POST + b"Transfer-Encoding:" + b + b"chunked\r\n\r\n0\r\n\r\n",
                        behind_chunked)
    yield from bytes_at("behind the coding", lambda b: POST + b"Transfer-Encoding: chunked" + b + b"\r\n\r\n0\r\n\r\n",
                        behind_chunked)


# --- Chunks (RFC 9112, 7.1) ------------------------------------------------------------------

CHUNKED = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk_of(size):
    """The rest of a body behind the CRLF of the size line; the last chunk needs no data."""
    return b"x" * size + b"\r\n" + LAST if size > 0 else b"\r\n"


def hex_value(b):
    return int(b, 16) if b[0] in HEX else 5


def sized(byte):
    """For the last digit of a chunk's size."""
    return echoed(b"x" * int(chr(byte), 16)) if byte in HEX else BAD


def chunk_sizes():
    """Every byte in a chunk's size line and behind its data. RFC 9112, 7.1: chunk-size [ chunk-ext ] CRLF
    chunk-data CRLF. White space behind the size is refused where no extension follows."""

    yield from bytes_at("a chunk size of one character",
                        lambda b: CHUNKED + b + b"\r\n" + chunk_of(hex_value(b)), sized)
    yield from telling_at("behind the first digit of a chunk size",
                        lambda b: CHUNKED + b"0" + b + b"\r\n" + chunk_of(hex_value(b)), sized)
    yield from bytes_at("LF of a chunk size", lambda b: CHUNKED + b"1\r" + b + b"x\r\n" + LAST,
                        among({LF}, echoed(b"x")))
    yield from bytes_at("CR behind chunk data", lambda b: CHUNKED + b"1\r\nx" + b + b"\n" + LAST,
                        among({CR}, echoed(b"x")))
    yield from telling_at("LF behind chunk data", lambda b: CHUNKED + b"1\r\nx\r" + b + LAST, among({LF},
                                                                                                    echoed(b"x")))


def chunk_extensions():
    """Every byte in a chunk extension. RFC 9112, 7.1.1: ";" chunk-ext-name [ "=" chunk-ext-val ], a token or a
    quoted string; before and behind the ';' and the '=' there may be bad white space."""

    one_byte = b"\r\nx\r\n" + LAST
    good = echoed(b"x")
    yield from telling_at("first byte of a chunk extension", lambda b: CHUNKED + b"1;" + b + one_byte,
                          among(TOKEN, good))
    yield from bytes_at("inside the name of a chunk extension", lambda b: CHUNKED + b"1;a" + b + b"c" + one_byte,
                        among(TOKEN | set(b";="), good))
    yield from telling_at("inside the value of a chunk extension", lambda b: CHUNKED + b"1;a=b" + b + b"c" + one_byte,
                        among(TOKEN | {ord(";")}, good))
    yield from bytes_at("inside a quoted chunk extension", lambda b: CHUNKED + b'1;a="b' + b + b'c"' + one_byte,
                        among(TEXT - {ord('"')}, good))
    yield from telling_at("behind a backslash in a quoted chunk extension",
                        lambda b: CHUNKED + b'1;a="\\' + b + b'"' + one_byte, among(TEXT, good))
    yield from bytes_at("between a chunk size and its extension",
                        lambda b: CHUNKED + b"0" + b + b";a\r\n" + chunk_of(hex_value(b) if b[0] in HEX else 0),
                        lambda byte: EMPTY if byte in SPACE else sized(byte), BETWEEN)
    for place, before, behind, allowed in (
            ("before the name of a chunk extension", b"1;", b"a", TOKEN | SPACE),
            ("before the '=' of a chunk extension", b"1;a", b"=c", TOKEN | SPACE),
            ("before the value of a chunk extension", b"1;a=", b"c", TOKEN | SPACE),
            ("between a chunk extension and the next", b"1;a", b";c", TOKEN | SPACE),
            ("between the value of a chunk extension and the next", b"1;a=b", b";c", TOKEN | SPACE),
            ("between a quoted chunk extension and the next", b'1;a="b"', b";c", SPACE),
            ("behind white space before the '=' of a chunk extension", b"1;a ", b"=c", SPACE),
            ("behind a chunk extension", b"1;a=b", b"", TOKEN),
            ("behind a quoted chunk extension", b'1;a="b"', b"", set())):
        yield from bytes_at(place, lambda b, before=before, behind=behind: CHUNKED + before + b + behind + one_byte,
                            among(allowed, good), BETWEEN)


def trailers():
    """Every byte in a trailer field. RFC 9112, 7.1.2: trailers are field lines, and obey the rules of these."""

    yield from telling_at("first byte of a trailer", lambda b: CHUNKED + b"0\r\n" + b + b"-T: a\r\n\r\n",
                          among(TOKEN, EMPTY))
    yield from bytes_at("inside a trailer name", lambda b: CHUNKED + b"0\r\nX" + b + b"T: a\r\n\r\n",
                        among(TOKEN | {ord(":")}, EMPTY))
    yield from telling_at("before the colon of a trailer", lambda b: CHUNKED + b"0\r\nX-T" + b + b": a\r\n\r\n",
                        among(TOKEN | {ord(":")}, EMPTY))
    yield from bytes_at("inside a trailer value", lambda b: CHUNKED + b"0\r\nX-T: a" + b + b"c\r\n\r\n",
                        among(TEXT, EMPTY))


def body_ends():
    """Every byte in the place of the last CR or LF of a chunked body (RFC 9112, 7.1)."""

    yield from telling_at("LF of a trailer", lambda b: CHUNKED + b"0\r\nX-T: a\r" + b + b"\r\n", among({LF}, EMPTY))
    yield from telling_at("CR of the last line", lambda b: CHUNKED + b"0\r\n" + b + b"\n", among({CR}, EMPTY))
    yield from bytes_at("LF of the last line", lambda b: CHUNKED + b"0\r\n\r" + b, among({LF}, EMPTY))


# --- Escapes in a path (RFC 3986, 2.1) -------------------------------------------------------


def escapes():
    """Every byte, escaped, in a path. RFC 3986, 2.1; what is no UTF-8 and NUL are refused, as no C string or
    JSON text could carry them. The connection survives that."""

    for byte in range(256):
        good = 0 < byte < 0x80
        response = told(path=b"a" + one(byte)) if good else Response(400, True)
        yield Case(f"escaped in a path: 0x{byte:02x} {'decoded' if good else 'refused'}",
                   b"GET /tell/a%%%02X HTTP/1.1\r\nHost: a\r\n\r\n" % byte, [response])


FILES = [
    request_line,
    version,
    fields,
    values,
    line_ends,
    host,
    framing,
    chunk_sizes,
    chunk_extensions,
    trailers,
    body_ends,
    escapes,
]
