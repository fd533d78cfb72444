"""Requests of known kinds of trouble, in all combinations: tables of generate.py.

SPDX-License-Identifier: MIT
"""
import itertools

from generate_bytes import CHUNKED, EMPTY, LAST, NO_METHOD, OK, TOKEN, echoed, told
from wirelib import Case, Response

BAD = Response(400)
TOO_LARGE = Response(413)
UNKNOWN = Response(501)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def shown(value):
    """A value in a case's name."""
    text = "".join(chr(byte) if 0x20 < byte < 0x7f else f"\\x{byte:02x}" if byte != 0x20 else " " for byte in value)
    return f"'{text}'" if text.strip() != text or not text else text


def verdict(response):
    return "taken" if response.status < 400 else "refused"


def named(rule, value, request, response):
    return Case(f"{rule}: {shown(value)} {verdict(response)}", request, [response])


# --- The request line ------------------------------------------------------------------------

REGISTERED = """ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LOCK MERGE MKACTIVITY MKCALENDAR MKCOL
MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK
UPDATE UPDATEREDIRECTREF VERSION-CONTROL""".split()
OTHERS = """PURGE SUBSCRIBE UNSUBSCRIBE NOTIFY SOURCE DESCRIBE SETUP PLAY PAUSE TEARDOWN ANNOUNCE RECORD FLUSH get Get
gET GETT GE G head post OPTION optionS trace connect CONNECTS ConNect HTTP HTTP1.1 0 00 !""".split()


def methods():
    """Method tokens. RFC 9110, 9.1: any token is a method, and its case counts; one that is not implemented is 501,
    one that is known but not allowed 405 with Allow. Names as of the registry of methods, of other protocols, and
    near misses. CONNECT is for proxies."""
    head = b"%s %s HTTP/1.1\r\nHost: a\r\n\r\n"
    for method in REGISTERED + OTHERS:
        yield named("an unknown method", method.encode(), head % (method.encode(), b"/"), NO_METHOD)
    for method in b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"LINK", b"PRI", b"M-SEARCH":
        yield named("a known method that the path does not have", method, head % (method, b"/"),
                    Response(405, True, fields=[("Allow", "GET, HEAD, OPTIONS")]))
    for method in b"LINK", b"Link", b"PRI", b"M-SEARCH", b"!#$%&'+-.^_`|~":
        yield named("a route for any token", method, head % (method, b"/named/"),
                    echoed(method + b" /named/? [] http://a"))
    yield named("a method for proxies", b"CONNECT", b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", NO_METHOD)
    for length in 1, 2, 63, 64, 65, 200:
        yield Case(f"a method of {length} characters: refused", head % (b"X" * length, b"/"), [NO_METHOD])


def versions():
    """Versions. RFC 9112, 2.3 and RFC 9110, 2.5: a version of another major number is 505, a later minor one is
    served as 1.1. What is no version at all, HTTP/0.9 included, is 400."""
    line = b"GET / %s\r\nHost: a\r\n\r\n"
    for major, minor in itertools.product(range(10), repeat=2):
        text = b"HTTP/%d.%d" % (major, minor)
        response = BAD if major == 0 else Response(505) if major > 1 else Response(200, minor > 0, b"hello")
        yield named("a version", text, line % text, response)
    for text in (b"", b"HTTP", b"HTTP/", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"HTTP/1.1.1", b"HTTP/01.1",
                 b"HTTP/1.01", b"HTTP/1.10", b"HTTP/10.1", b"HTTP/ 1.1", b"HTTP /1.1", b"HTTP/1 .1", b"HTTP/1. 1",
                 b"HTTP/1,1", b"HTTP\\1.1", b"HTTP-1.1", b"http/1.1", b"Http/1.1", b"HTTPS/1.1", b"HTP/1.1",
                 b"XHTTP/1.1",
                 b"ICE/1.0", b"RTSP/1.0", b"SIP/2.0", b"HTTP/1.1x", b"HTTP/+1.1", b"HTTP/-1.1", b"HTTP/1.-1", b"1.1",
                 b"HTTP/x.1", b"HTTP/1.x", b"HTTP/0x1.1", b"HTTP/1e0", b"HTTP/\xef\xbc\x91.1", b"HTTP/1.1\0",
                 b"HTTP/1.1 ",
                 b"HTTP/1.1 HTTP/1.1", b"\tHTTP/1.1", b"HTTP/1.1\t", b" HTTP/1.1", b"HTTP/1.1\x0b", b"HTTP/one.one"):
        yield named("a malformed version", text, line % text, BAD)


def spaces():
    """White space in the request line. RFC 9112, 3: single spaces; a recipient may, so does not have to, take other
    white space, and those that do have been smuggled past."""
    fine = (b" ", b" ")
    for first, second in itertools.product((b" ", b"  ", b"   ", b"\t", b" \t", b"\t ", b"\x0b", b"\x0c", b"\xa0",
                                            b""), repeat=2):
        request = b"GET%s/%sHTTP/1.1\r\nHost: a\r\n\r\n" % (first, second)
        response = OK if (first, second) == fine else BAD
        yield named("between the parts of a request line", first + b"/" + second, request, response)
    for before in b" ", b"\t", b"  ", b"\x0b", b"\xef\xbb\xbf", b"\0":
        yield named("before the method", before, before + GET, BAD)
    for line in (b"GET", b"GET ", b"GET /", b"GET / ", b"GET  HTTP/1.1", b" / HTTP/1.1", b"/ HTTP/1.1",
                 b"GET / / HTTP/1.1",
                 b"GET / HTTP/1.1 /", b"GET/HTTP/1.1", b"GET /a b c HTTP/1.1", b"GET HTTP/1.1 /", b"HTTP/1.1 200 OK",
                 b"HTTP/1.1 GET /", b"hello", b"Host: a"):
        yield named("a request line with other parts", line, line + b"\r\nHost: a\r\n\r\n", BAD)


def empty_lines():
    """Empty lines before a request. RFC 9112, 2.2: at least one should be ignored; here two are, and no other
    bytes."""
    for count in 0, 1, 2:
        yield Case(f"{count} empty lines before a request: taken", b"\r\n" * count + GET, [OK])
        yield Case(f"{count} empty lines between two requests: taken", GET + b"\r\n" * count + GET,
                   [Response(200, body=b"hello"), OK])
        yield Case(f"{count} empty lines behind a body: taken",
                   b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx" + b"\r\n" * count + GET,
                   [Response(200, body=b"x"), OK])
    for before in (b"\r\n\r\n\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\n", b" \r\n", b"\t\r\n", b"\0\r\n",
                   b"\x0b\r\n"):
        yield named("before a request", before, before + GET, BAD)


# --- Targets and hosts -----------------------------------------------------------------------

GOOD_HOSTS = """a A test 1.2.3.4 a:0 a:80 a:65535 a: a.b.c a. a-b a_b ~ localhost:8080 xn--bcher-kva.example 256.256.256.256
1.2.3 999 [::1] [::] [::1]:80 [::1]: [2001:db8::1] [::ffff:1.2.3.4] [1:2:3:4:5:6:7:8] [1:2:3:4:5:6:1.2.3.4] [1::8]
[fE80::1]""".split()
BAD_HOSTS = [text.encode() for text in """:80 : a:65536 a:99999 a:000080 a:-1 a:+1 a:0x50 a:80:80 a:: a,b a/b a/ a?b a#b a@b u:p@a @a a@ http://a
//a a\\b [ ] [] [::1 ::1 [::1]x x[::1] [::1]:x [::1]80 [[::1]] [::1%25eth0] [fe80::1%eth0] [v1.a] [:::] [1:2] [1:2:3:4:5:6:7:8:9]
[1.2.3.4] [::1.2.3.256] [::1.2.3] [::01.2.3.4] [g::] [12345::] [1::2::3] a%41 a%00 a%2e a;b a=b a|b a<b> a"b a'b a!b a$b a&b a(b) a*b
a+b a^b a`b a{b}""".split()] + [b"", b"a b", b"a:8 0", b"a :80", b"a: 80", b"a\tb", b"a\x01b", b"a\x7fb",
                                b"a\xc3\xa9", b"\xff", b"a, a",
                             b"\"a\"", b"a\\\\b"]


def hosts():
    """Host. RFC 9112, 3.2: missing, repeated or invalid is 400; RFC 3986, 3.2.2 and 3.2.3 say what a host and a
    port are. User information is no part of it (RFC 9110, 4.2.4). An absolute-form target with the same authority
    must be judged alike, and the same in HTTP/1.0."""
    for host in [text.encode() for text in GOOD_HOSTS] + BAD_HOSTS:
        good = host.decode("latin-1") in GOOD_HOSTS
        yield named("a host", host, b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host, OK if good else BAD)
        yield named("a host in HTTP/1.0", host, b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % host,
                    Response(200, False, b"hello") if good else BAD)
        yield named("an authority", host, b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host),
                    OK if good else BAD)


def repeated_hosts():
    """Host more than once. RFC 9112, 3.2: more than one field line is 400, whatever they say and wherever they
    stand."""
    for first, second in itertools.product((b"a", b"A", b"b", b"", b"a:80", b"a, b"), repeat=2):
        for between in (), (b"X-Field: a",):
            lines = [b"Host: " + first, *between, b"host:" + second]
            where = "apart" if between else "together"
            yield Case(f"two hosts {where}: {shown(first)} and {shown(second)} refused",
                       b"GET / HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n", [BAD])
    for version in b"1.1", b"1.2":
        yield named("no host in version", version, b"GET / HTTP/%s\r\nX-Host: a\r\n\r\n" % version, BAD)
    for name in b"X-Host", b"Host_", b"Hos", b"Hostt", b":Host", b"Host\0":
        yield named("a host by another name", name, b"GET / HTTP/1.1\r\n%s: a\r\n\r\n" % name, BAD)


SAME = [(b"http://a/", b"a"), (b"http://A/", b"a"), (b"http://a/", b"A"), (b"HTTP://a/", b"a"), (b"http://a:80/",
                                                                                                 b"a"),
        (b"http://a/", b"a:80"), (b"http://a:/", b"a"), (b"http://a:8080/", b"a:8080"), (b"http://[::1]/", b"[::1]"),
        (b"http://a", b"a"), (b"http://a?x", b"a"), (b"http://a:80", b"a"), (b"http://[::1]:80/", b"[::1]")]
OTHER = [(b"http://a/", b"b"), (b"http://a/", b"a:81"), (b"http://a:81/", b"a"), (b"http://a:81/", b"a:82"),
         (b"http://a/", b"a."),
         (b"http://a.b/", b"b.a"), (b"http://aa/", b"a"), (b"http://a/", b"aa"), (b"http://[::1]/", b"[::2]"),
         (b"http://a/", b""),
         (b"http:///", b"a"), (b"http://", b"a"), (b"http:/a/", b"a"), (b"http:a", b"a"), (b"http//a/", b"a"),
         (b"://a/", b"a"),
         (b"//a/x", None), (b"ftp://a/", b"a"), (b"ws://a/", b"a"), (b"file:///a", b"a"), (b"httpx://a/", b"a"),
         (b"http ://a/", b"a"),
         (b"http://u@a/", b"a"), (b"http://u:p@a/", b"a"), (b"http://a@b/", b"b"), (b"http://a\\b/", b"a"),
         (b"http://a#b/", b"a"),
         (b"a:80", b"a"), (b"a", b"a"), (b"a/b", b"a"), (b"?x", b"a"), (b"#x", b"a"), (b".", b"a"), (b"..", b"a"),
         (b"\\", b"a"),
         (b"%2f", b"a"), (b"mailto:a@b", b"a"), (b"urn:a", b"a"), (b"\"/\"", b"a"), (b"<http://a/>", b"a")]


def absolute_targets():
    """Absolute-form, and what is none of the four forms. RFC 9112, 3.2.2: a server must take absolute-form; a Host
    that differs from it is refused, as two servers in a row could take the request for different sites (7.2 and 3.3
    there)."""
    for target, host in SAME:
        yield Case(f"absolute-form {shown(target)} and Host {shown(host)}: taken",
                   b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host), [OK])
    for target, host in OTHER:
        if host is None:
            continue
        yield Case(f"target {shown(target)} and Host {shown(host)}: refused",
                   b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host), [BAD])
    yield named("absolute-form in HTTP/1.0 without Host", b"http://a/", b"GET http://a/ HTTP/1.0\r\n\r\n",
                Response(200, False, b"hello"))
    yield named("absolute-form in HTTP/1.0 with another Host", b"http://a/",
                b"GET http://a/ HTTP/1.0\r\nHost: b\r\n\r\n", BAD)
    yield named("absolute-form without Host", b"http://a/", b"GET http://a/ HTTP/1.1\r\n\r\n", BAD)
    yield named("absolute-form of a path", b"http://a/tell/x?y", b"GET http://a/tell/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
                told(query=b"y", path=b"x"))


def asterisks():
    """Asterisk-form. RFC 9112, 3.2.4: for OPTIONS only; an absolute-form target of OPTIONS without path and query
    means the same."""
    for method in b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"LINK", b"PRI", b"BREW":
        yield named("* with a method that is not OPTIONS", method, method + b" * HTTP/1.1\r\nHost: a\r\n\r\n",
                    Response(400, head=True) if method == b"HEAD" else BAD)
    for target in b"*", b"http://a":
        yield named("OPTIONS of the whole server", target, b"OPTIONS %s HTTP/1.1\r\nHost: a\r\n\r\n" % target,
                    Response(200, True))
    for target in b"**", b"*/", b"*?", b"*x", b"*?x":
        yield named("near * with OPTIONS", target, b"OPTIONS %s HTTP/1.1\r\nHost: a\r\n\r\n" % target, BAD)


GOOD_TEXTS = [b"%C3%A9", b"%E2%82%AC", b"%F0%9F%98%80", b"%EF%BF%BD", b"%7f", b"%41", b"a%2Fb", b"%25", b"%5C", b"+",
              b"%2b",
              b"%C2%80", b"%DF%BF", b"%E0%A0%80", b"%ED%9F%BF", b"%F4%8F%BF%BF", b"%61%62"]
BAD_TEXTS = [b"%", b"%4", b"%zz", b"%4g", b"%g4", b"%%41", b"%u0041", b"% 41", b"%00", b"a%00b", b"%C3", b"%C3%28",
             b"%A9", b"%C0%80", b"%C0%AF",
             b"%C1%BF", b"%E0%80%80", b"%E0%9F%BF", b"%ED%A0%80", b"%ED%BF%BF", b"%F0%80%80%80", b"%F4%90%80%80",
             b"%F5%80%80%80", b"%FF",
             b"%E2%82", b"%F0%9F%98", b"%C3%C3%A9", b"%x41", b"%-1"]


def unescaped(text):
    out = bytearray()
    at = 0
    while at < len(text):
        if text[at] == ord("%"):
            out.append(int(text[at + 1:at + 3], 16))
            at += 3
        else:
            out.append(text[at])
            at += 1
    return bytes(out)


def escaped_texts():
    """Escapes in a path, several together. RFC 3986, 2.1: % and two hexadecimal digits; what comes out must be
    UTF-8 by RFC 3629, 3: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off."""
    for text in GOOD_TEXTS:
        yield named("an escaped text", text, b"GET /tell/%s HTTP/1.1\r\nHost: a\r\n\r\n" % text,
                    told(path=unescaped(text)))
    for text in BAD_TEXTS:
        if b" " in text:
            continue
        yield named("an escaped text", text, b"GET /tell/%s HTTP/1.1\r\nHost: a\r\n\r\n" % text, Response(400, True))


# --- Framing ---------------------------------------------------------------------------------

POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
BAD_LENGTHS = [b"+5", b"-5", b"-0", b"+0", b"5,5", b"5, 5", b"5;5", b"5 5", b"0x5", b"0X5", b"5x", b"x", b"", b"5.0",
               b"5e0", b"05", b"0005", b"00",
               b"1_0", b"0b1", b"0o5", b"\"5\"", b"'5'", b"5,", b",5", b",", b"5;", b"5\0", b"\x005", b"5\x0b",
               b"\x0b5", b"5\x0c", b"\xa05",
               b"5\xa0", b"5\x85", b"\xd9\xa5", b"\xef\xbc\x95", b"five", b"NaN", b"inf", b"null", b"true", b"(5)",
               b"5 bytes", b"5\\r",
               b"9223372036854775808", b"18446744073709551615", b"18446744073709551616", b"18446744073709551621",
               b"99999999999999999999",
               b"115792089237316195423570985008687907853269984665640564039457584007913129639941", b"1" * 100,
               b"-18446744073709551611", b"5/5", b"5-5", b"=5", b"5=", b"5%", b"%35", b"&#53;", b"5 chunked",
               b"chunked"]


def lengths():
    """Content-Length. RFC 9110, 8.6: 1*DIGIT, and recipients must anticipate large numbers; RFC 9112, 6.3: an
    invalid one is unrecoverable, 400 and close. Zeros in front, which the grammar has, are refused, as some read
    them as octal. Names that are near it do not count."""
    for text in BAD_LENGTHS:
        yield named("a malformed length", text, POST + b"Content-Length: %s\r\n\r\nhello" % text, BAD)
    for text in b"101", b"65541", b"4294967301", b"1099511627781", b"9223372036854775807":
        yield named("a length over the limit", text, POST + b"Content-Length: %s\r\n\r\nhello" % text, TOO_LARGE)
    for text in b" 5", b"5 ", b"\t5", b"5\t", b"  5  ", b" \t 5 \t ":
        yield named("a length with white space around it", text, POST + b"Content-Length:%s\r\n\r\nhello" % text,
                    echoed(b"hello"))
    for first, second in itertools.product((b"5", b"6", b"0", b"", b"x", b"5 ", b"05"), repeat=2):
        for between in b"", b"X-Field: a\r\n":
            where = "apart" if between else "together"
            yield Case(f"two lengths {where}: {shown(first)} and {shown(second)} refused",
                       POST + b"Content-Length: %s\r\n%scontent-length: %s\r\n\r\nhello!" % (first, between, second),
                       [BAD])
    for name in (b"Content_Length", b"ContentLength", b"X-Content-Length", b"Content-Length-", b"Content-Lengt",
                 b"Content-Lengths"):
        yield named("no length but a field", name, POST + b"%s: 5\r\n\r\n" % name, EMPTY)
    for name in b"content-length", b"CONTENT-LENGTH", b"cOnTeNt-LeNgTh":
        yield named("a length by its name in any case", name, POST + b"%s: 5\r\n\r\nhello" % name, echoed(b"hello"))
    for name in (b"Content-Length ", b"Content-Length\t", b"Content Length", b" Content-Length", b"Content-Length\0",
                 b"Content-Length\xc2\xa0"):
        yield named("a length by a malformed name", name, POST + b"%s: 5\r\n\r\nhello" % name, BAD)


CODINGS = [(b"chunked", 200), (b"Chunked", 200), (b"CHUNKED", 200), (b"cHuNkEd", 200),
           (b"gzip", 501), (b"identity", 501), (b"deflate", 501), (b"xchunked", 501), (b"chunkedx", 501), (b"chunk",
                                                                                                           501),
           (b"x-chunked", 501),
           (b"cow", 501), (b"gzip, chunked", 501), (b"gzip,chunked", 501), (b"gzip ,\t chunked", 501),
           (b"identity, chunked", 501),
           (b"a, b, c", 501), (b"gzip;q=1", 501), (b"gzip ; q=\"a,b\"; z=\"\\\"\"", 501), (b"gzip;q=1, chunked", 501),
           (b"0", 501),
           (b"true", 501), (b"trailers", 501), (b"chunked-", 501), (b"chunked.", 501), (b"Transfer-Encoding", 501),
           (b"", 400), (b",", 400), (b",,", 400), (b"chunked,", 400), (b",chunked", 400), (b", chunked", 400),
           (b"gzip,,chunked", 400),
           (b"chunked, chunked", 400), (b"chunked,chunked", 400), (b"chunked, gzip", 400), (b"chunked, identity", 400),
           (b"chunked;a=b", 400), (b"chunked;", 400), (b"chunked ;a=b", 400), (b"chunked chunked", 400),
           (b"chunked gzip", 400),
           (b"\"chunked\"", 400), (b"'chunked", 501), (b"chunked\0", 400), (b"\0chunked", 400), (b"\x0bchunked", 400),
           (b"chunked\x0b", 400),
           (b"\x0cchunked", 400), (b"chunked\x0c", 400), (b"chunked\x7f", 400), (b"chunked\xff", 400),
           (b"\xffchunked", 400), (b"\xa0chunked", 400),
           (b"ch\xc3\xbcnked", 400), (b"chun\rked", 400), (b"chun\nked", 400), (b"chunked\r", 400), (b"chun ked",
                                                                                                     400),
           (b"(chunked)", 400),
           (b"chunked/1.0", 400), (b"chunked:", 400), (b"=chunked", 400), (b"[chunked]", 400), (b"{chunked}", 400),
           (b"gzip;q = 1", 501), (b"gzip ;\tq\t=\t\"1\" ; z = 2 , chunked", 501), (b"gzip;q = ", 400), (b"gzip; = 1", 400),
           (b"gzip;q = 1 1", 400), (b"gzip;q=1;;z=2", 400), (b"gzip;q=1 z=2", 400), (b"gzip;q=\"\"", 501),
           (b"gzip;", 400), (b"gzip;q", 400),
           (b"gzip;=1", 400), (b"gzip;q=", 400), (b"gzip;q=\"1", 400), (b";q=1", 400), (b"gzip q=1", 400),
           (b"gzip;q=1;", 400)]


def codings():
    """Transfer-Encoding. The one coding that is taken is chunked, alone, in any case (RFC 9112, 7); others that are
    well formed are 501 (6.1), and what is malformed, or has chunked anywhere but at the end or twice, is 400, as
    nobody can know where that ends (6.3). In HTTP/1.0 any is faulty framing (6.1), and beside a length all are
    refused (6.3)."""
    for text, status in CODINGS:
        response = EMPTY if status == 200 else Response(status)
        yield named("a transfer coding", text, POST + b"Transfer-Encoding: %s\r\n\r\n0\r\n\r\n" % text, response)
    for text, _ in CODINGS[:20]:
        yield named("a transfer coding in HTTP/1.0", text,
                    b"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: %s\r\n\r\n0\r\n\r\n" % text, BAD)
    for text in b" chunked", b"chunked ", b"\tchunked", b"chunked\t", b" \t chunked \t ", b"   chunked":
        yield named("a transfer coding with white space around it", text,
                    POST + b"Transfer-Encoding:%s\r\n\r\n0\r\n\r\n" % text, EMPTY)


LENGTH_FORMS = [b"5", b"0", b"+5", b"", b"5,5", b"05"]
CODING_FORMS = [b"chunked", b"Chunked", b" chunked", b"\tchunked", b"chunked ", b"xchunked", b"identity", b"gzip",
                b"chunked, identity",
                b"identity, chunked", b"chunked, chunked", b", chunked", b"chunked,", b"\"chunked\"", b"chunked;a=b",
                b"\x0bchunked", b"",
                b"chunked\0", b"chun ked", b"x"]


def length_and_coding():
    """Both Content-Length and Transfer-Encoding: CL.TE and TE.CL. RFC 9112, 6.3 calls it an attempt at smuggling
    that ought to be handled as an error; here all are refused, whatever either says, in either order."""
    for length, coding in itertools.product(LENGTH_FORMS, CODING_FORMS):
        fields = [b"Content-Length: " + length,
                  b"Transfer-Encoding:" + (b"" if coding[:1] in b" \t" else b" ") + coding]
        for order in fields, fields[::-1]:
            names = "CL.TE" if order is fields else "TE.CL"
            yield Case(f"{names}: length {shown(length)} and coding {shown(coding)} refused",
                       POST + b"\r\n".join(order) + b"\r\n\r\n0\r\n\r\nG", [BAD])


def two_codings():
    """Transfer-Encoding twice: TE.TE. RFC 9110, 5.3: lines of a list are one list, so that this is judged like the list
    in one line: 501 where it is well formed and chunked comes last or not at all, else 400. Those that take the first
    or the last line are fooled. All refused; beside a length and in HTTP/1.0 it is 400."""
    others = [b"identity", b"gzip", b"xchunked"]
    chunked = [b"chunked", b"Chunked", b"chunked "]
    request = POST + b"Transfer-Encoding: %s\r\nTransfer-encoding: %s\r\n\r\n0\r\n\r\nG"
    for first, second in itertools.product(chunked + others + [b"", b"\"chunked\""], repeat=2):
        known = first in others and second in others + chunked
        yield Case(f"TE.TE: {shown(first)} and {shown(second)} refused", request % (first, second),
                   [UNKNOWN if known else BAD])
    for first, second, status in (
            (b"gzip;q=1", b"chunked", 501), (b"gzip;q=\",\"", b"chunked", 501), (b"gzip, br", b"chunked", 501),
            (b"gzip", b"br, chunked", 501), (b"gzip, chunked", b"chunked", 400), (b"gzip", b"chunked, chunked", 400),
            (b"gzip, chunked", b"br", 400), (b"gzip", b"chunked;q=1", 400), (b"gzip,", b"chunked", 400),
            (b"gzip", b",chunked", 400), (b"gzip;q=\"a", b"b\", chunked", 400), (b"gzip;", b"chunked", 400),
            (b"a b", b"chunked", 400), (b"gzip", b"chunked\0", 400), (b"gzip", b"\x0bchunked", 400), (b",", b",", 400)):
        yield Case(f"TE.TE: {shown(first)} and {shown(second)} refused", request % (first, second), [Response(status)])
    for first, second in (b"gzip", b"chunked"), (b"chunked", b"chunked"), (b"gzip", b"gzip"):
        yield Case(f"TE.TE in HTTP/1.0: {shown(first)} and {shown(second)} refused",
                   (request % (first, second)).replace(b"HTTP/1.1", b"HTTP/1.0"), [BAD])
        lines = [b"Transfer-Encoding: " + first, b"Transfer-Encoding: " + second]
        for place in range(3):
            order = lines[:place] + [b"Content-Length: 5"] + lines[place:]
            yield Case(f"TE.TE: {shown(first)} and {shown(second)} with a length in place {place + 1} refused",
                       POST + b"\r\n".join(order) + b"\r\n\r\n0\r\n\r\nG", [BAD])
    for third, status in (b"chunked", 501), (b"br", 501), (b"", 400):
        yield Case(f"TE.TE.TE: gzip, br and {shown(third)} refused",
                   (request % (b"gzip", b"br")).replace(b"\r\n\r\n0", b"\r\nX: y\r\nTRANSFER-ENCODING: %s\r\n\r\n0" % third),
                   [Response(status)])


HIDDEN = [b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked", b" Transfer-Encoding: chunked",
          b"\tTransfer-Encoding: chunked",
          b"X: y\r\n Transfer-Encoding: chunked", b"X: y\r\n\tTransfer-Encoding: chunked",
          b"X: y\nTransfer-Encoding: chunked",
          b"X: y\rTransfer-Encoding: chunked", b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding:\r\n\tchunked",
          b"Transfer-Encoding:\n chunked", b"Transfer-Encoding\r\n : chunked", b"Transfer-Encoding\n: chunked",
          b"Transfer-Encoding:\rchunked", b"\x0bTransfer-Encoding: chunked", b"\0Transfer-Encoding: chunked",
          b"Transfer-Encoding\0: chunked", b"Transfer-Encoding\xff: chunked", b"Transfer-Encoding\xc2\xa0: chunked",
          b"Transfer-Encoding", b"Transfer-Encoding chunked", b"Transfer-Encoding; chunked", b": chunked",
          b"Transfer Encoding: chunked",
          b"Transfer-Encoding\\: chunked", b"(Transfer-Encoding): chunked", b"Transfer-Encoding,: chunked",
          b"\"Transfer-Encoding\": chunked",
          b"X: y\r\nTransfer-Encoding: chunked\r\r\n", b"X: y\r\n\nTransfer-Encoding: chunked",
          b"Foo: bar\r\n\rTransfer-Encoding: chunked"]
NO_CODING = [b"Transfer_Encoding: chunked", b"TransferEncoding: chunked", b"X-Transfer-Encoding: chunked",
             b"Transfer-Encoding-: chunked",
             b"Transfer-Encodin: chunked", b"Transfer-Encodings: chunked", b"Content-Encoding: chunked",
             b"TE: chunked", b"Transfer.Encoding: chunked",
             b"X: Transfer-Encoding: chunked", b"Connection: Transfer-Encoding", b"Connection: Content-Length",
             b"Trailer: Transfer-Encoding",
             b"Transfer-Encoding*: chunked", b"Content-Transfer-Encoding: chunked"]


def hidden_codings():
    """A Transfer-Encoding that only some see: malformed ones are refused (RFC 9112, 5.1, 5.2 and 2.2), and names
    that are merely near it are fields like all others, so that the length counts."""
    for line in HIDDEN:
        yield named("a hidden coding", line, POST + b"Content-Length: 5\r\n%s\r\n\r\n0\r\n\r\n" % line, BAD)
        yield named("a hidden coding before the length", line,
                    POST + b"%s\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" % line, BAD)
    for line in NO_CODING:
        yield named("no coding but a field", line, POST + b"Content-Length: 5\r\n%s\r\n\r\nhello" % line,
                    echoed(b"hello"))


def folded():
    """obs-fold. RFC 9112, 5.2: a server must reject it or replace it by spaces; it is rejected, in each field, with each kind of
    white space, also where the folded line is empty."""
    names = b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"X-Field", b"Expect", b"Upgrade", b"Cookie"
    for name, space, rest in itertools.product(names, (b" ", b"\t", b"  "), (b"a", b"")):
        host = b"" if name == b"Host" else b"Host: a\r\n"
        yield Case(f"a fold of {name.decode()} by {shown(space)} with {shown(rest)}: refused",
                   b"GET / HTTP/1.1\r\n" + host + name + b": a\r\n" + space + rest + b"\r\n\r\n", [BAD])


# --- Bodies ----------------------------------------------------------------------------------


def body_of_each_method():
    """A body with each method. RFC 9112, 6: whether there is a body is said by the fields alone, so it is read
    whatever the method, also by those for which it means nothing (RFC 9110, 9.3): what follows it is the next
    request."""
    for method in b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE":
        known = {b"GET": 200, b"HEAD": 200, b"OPTIONS": 200}.get(method, 405)
        first = Response(known, head=method == b"HEAD")
        line = method + b" / HTTP/1.1\r\nHost: a\r\n"
        smuggled = b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n"
        for framing, request in (
                (b"a length", line + b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled),
                (b"chunks", line + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(smuggled),
                                                                                                 smuggled)),
                (b"length 0", line + b"Content-Length: 0\r\n\r\n"),
                (b"an empty last chunk", line + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                (b"nothing", line + b"\r\n")):
            yield Case(f"{method.decode()} with a body of {framing.decode()}: read", request + GET, [first, OK])


SIZES = [(b"5", 200), (b"05", 200), (b"0000000000000005", 200), (b"00000000000000005", 400), (b"5;a", 200), (b"5;a=b",
                                                                                                             200),
         (b"5;a=\"b\"", 200), (b"5;a=\"\"", 200), (b"5;a=\"b;c\";d", 200), (b"5;a=\"\\\"\"", 200), (b"5;A=1;B=2;C=3",
                                                                                                    200),
         (b"5;a=\"\xc3\xa9\"", 200), (b"5;a=\"\t\"", 200),
         (b"+5", 400), (b"-5", 400), (b"-0", 400), (b"0x5", 400), (b"0X5", 400), (b"5x", 400), (b"5h", 400), (b"#5",
                                                                                                              400),
         (b"5 ", 400), (b"5\t", 400),
         (b" 5", 400), (b"\t5", 400), (b"5  ", 400), (b"5.0", 400), (b"5,5", 400), (b"5,", 400), (b"5;", 400),
         (b"5;;a", 400), (b"5;a;", 400),
         (b"5;a=", 400), (b"5;=b", 400), (b"5; a", 200), (b"5 ;a", 200), (b"5;a =b", 200), (b"5;a= b", 200),
         (b"5\t; a=\"q\" ;b", 200), (b"5;a = b", 200), (b"5 \t ;\t a \t=\t b \t;\t c", 200), (b"5;a ;b", 200),
         (b"5;a=b ;c", 200), (b"5;a=\"b\" ;c", 200), (b"5;a=\"b\"\t;\tc", 200), (b"5; a; b; c=d", 200),
         (b"5; ", 400), (b"5 ;", 400), (b"5 ; ", 400), (b"5;\t", 400), (b"5;a ", 400), (b"5;a\t", 400), (b"5;a= ", 400),
         (b"5;a =", 400), (b"5;a = ", 400), (b"5;a=b ", 400), (b"5;a=b\t", 400), (b"5;a=\"b\" ", 400), (b"5; ;a", 400),
         (b"5;a; ", 400), (b"5;a ;", 400), (b"5 a", 400), (b"5 5", 400), (b"5 =a", 400), (b"5 ;=a", 400),
         (b"5;a= =b", 400), (b"5;a = b c", 400), (b"5;a=b =c", 400), (b"5;a=\"b\" c", 400), (b"5;a=\"b\" =c", 400),
         (b"5;a= ;b", 400), (b"5\x0b;a", 400), (b"5;\x0ba", 400), (b"5;a\x0c=b", 400), (b"5;a=\xa0b", 400),
         (b"5 \r;a", 400), (b"5;\r\n a", 400), (b"5;a\r\n =b", 400), (b" 5;a", 400),
         (b"5;a=\"b", 400), (b"5;a=b\"", 400),
         (b"5;a=\"b\"c", 400), (b"5;a=\"\0\"", 400), (b"5;a\0", 400), (b"5;a=b=c", 400), (b"5;a,b", 400), (b"5;a b",
                                                                                                           400),
         (b"5;(a)", 400), (b"\"5\"", 400),
         (b"", 400), (b";a", 400), (b"g", 400), (b"_5", 400), (b"1_0", 400), (b"5\0", 400), (b"\x005", 400),
         (b"5\x0b", 400), (b"5\xff", 400), (b"\xef\xbc\x95", 400),
         (b"8000000000000000", 400), (b"ffffffffffffffff", 400), (b"FFFFFFFFFFFFFFFF", 400), (b"10000000000000005",
                                                                                              400),
         (b"fffffffffffffffb", 400), (b"7fffffffffffffff", 413), (b"100000005", 413), (b"10005", 413), (b"65", 413),
         (b"5\r", 400), (b"5\n", 400)]


def sizes():
    """Chunk sizes and extensions. RFC 9112, 7.1: 1*HEXDIG, at most 16 here, below 2^63; recipients must anticipate
    overflow. 7.1.1: extensions are ignored where they are well formed; bad white space is taken where the grammar
    has it, before and behind ';' and '=', and nowhere else."""
    for text, status in SIZES:
        response = echoed(b"hello") if status == 200 else Response(status)
        yield named("a chunk size", text, CHUNKED + text + b"\r\nhello\r\n" + LAST, response)
    for text, status in SIZES:
        if status != 413 and b"5" in text:
            zero = text.replace(b"5", b"0")
            response = EMPTY if status == 200 else Response(status)
            if not (status == 400 and text.startswith((b"1", b"f"))):
                yield named("a last chunk size", zero, CHUNKED + zero + b"\r\n\r\n", response)


ENDS = [(b"\r\n", "CRLF"), (b"\n", "LF"), (b"\r", "CR"), (b"", "nothing"), (b"\n\r", "LFCR"), (b"\r\r\n", "CRCRLF"),
        (b" \r\n", "a space and CRLF"),
        (b"\r\n\n", "CRLFLF"), (b"\0\r\n", "NUL and CRLF")]


def chunk_ends():
    """Line ends in a chunked body. RFC 9112, 7.1: CRLF behind the size, the data, each trailer and the last line,
    nothing else. (TERM.EXT, EXT.TERM, TERM.SPILL and their like: two parsers that take different ends see different
    chunks.)"""
    places = ["the size", "the data", "the last chunk", "a trailer", "the body"]
    for place, (end, name) in itertools.product(range(5), ENDS):
        ends = [b"\r\n"] * 5
        ends[place] = end
        if (place, name) in ((3, "nothing"), (3, "a space and CRLF"), (4, "nothing"), (4, "CR"), (4, "CRLFLF")):
            continue  # which are legal, or end elsewhere
        body = b"5" + ends[0] + b"hello" + ends[1] + b"0" + ends[2] + b"X-T: a" + ends[3] + ends[4]
        good = name == "CRLF"
        yield Case(f"{name} behind {places[place]}: {'taken' if good else 'refused'}", CHUNKED + body,
                   [echoed(b"hello") if good else BAD])
    for size, data in (b"4", b"hello"), (b"6", b"hello"), (b"5", b"hello!!"), (b"3", b"hello"), (b"1", b"hello"):
        yield Case(f"a chunk of {len(data)} bytes that says {size.decode()}: refused",
                   CHUNKED + size + b"\r\n" + data + b"\r\n0\r\n\r\n", [BAD])


FORBIDDEN = """Authorization Cache-Control Connection Content-Encoding Content-Length Content-Range Content-Type Cookie Expect Host
Max-Forwards Proxy-Authorization Range TE Trailer Transfer-Encoding Upgrade""".split()


def forbidden_trailers():
    """Trailers that may not be. RFC 9110, 6.5.1: none that is needed before the content, for framing, routing,
    authentication, request modifiers or how the content is read; to merge one would be smuggling. They are refused,
    in any case; all others are taken."""
    for name in FORBIDDEN:
        for form in dict.fromkeys((name, name.lower(), name.upper())):
            yield named("a forbidden trailer", form.encode(),
                        CHUNKED + b"1\r\nx\r\n0\r\n%s: a\r\n\r\n" % form.encode(), BAD)
        yield named("a forbidden trailer behind another one", name.encode(),
                    CHUNKED + b"1\r\nx\r\n0\r\nX-T: a\r\n%s: a\r\n\r\n" % name.encode(), BAD)
    for name in (b"X-Sum", b"Content-MD5", b"ETag", b"Digest", b"Server-Timing", b"Hosts", b"X-Host",
                 b"Content-Lengths", b"T"):
        yield named("a trailer", name, CHUNKED + b"1\r\nx\r\n0\r\n%s: a\r\n\r\n" % name, echoed(b"x"))
    for line in (b"X-T : a", b"X-T\t: a", b" X-T: a", b"\tX-T: a", b"X-T", b": a", b"X T: a", b"X-T: a\r\n b",
                 b"X-T: a\r\n\tb", b"X-T: \0", b"X-T: a\rb", b"X-T: a\nX-U: b", b"X(T): a", b"X-T: \x7f",
                 b"GET / HTTP/1.1", b"\0: a"):
        yield named("a malformed trailer", line, CHUNKED + b"1\r\nx\r\n0\r\n%s\r\n\r\n" % line, BAD)


# --- Limits ----------------------------------------------------------------------------------


def limits():
    """Each limit at it, one under and one over: a head of 16 KiB, 100 fields, a request line within the head's
    limit, a body of 100 bytes here, chunk extensions of 256 bytes a chunk and, a message, of 8 KiB and a quarter of
    the data before them, 32 trailers of 8 KiB together. RFC 9110, 2.3 and 15.5: 414, 431 and 413; RFC 9112, 7.1.1:
    limits on extensions. A head that is too long is 414 where method and target are more than half of what it may
    hold."""
    frame = len(GET) + len(b"X: \r\n")
    for over in -1, 0, 1:
        yield Case(f"a head of {16384 + over} bytes: {'refused' if over > 0 else 'taken'}",
                   GET[:-2] + b"X: " + b"a" * (16384 + over - frame) + b"\r\n\r\n",
                   [Response(431) if over > 0 else OK])
        yield Case(f"{100 + over} fields: {'refused' if over > 0 else 'taken'}",
                   GET[:-2] + b"X: y\r\n" * (99 + over) + b"\r\n", [Response(431) if over > 0 else OK])
        for kind, wire in (("of known length", b"Content-Length: %d\r\n\r\n" % (100 + over) + b"x" * (100 + over)),
                           ("in one chunk",
                            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (100 + over) + b"x" * (100 + over) + b"\r\n" + LAST),
                           ("in two chunks",
                            b"Transfer-Encoding: chunked\r\n\r\n32\r\n" + b"x" * 50 + b"\r\n%x\r\n" % (50 + over) +
                            b"x" * (50 + over) + b"\r\n" + LAST)):
            yield Case(f"a body of {100 + over} bytes {kind}: {'refused' if over > 0 else 'taken'}", POST + wire,
                       [TOO_LARGE if over > 0 else echoed(b"x" * (100 + over))])
        one = b";" + b"a" * (255 + over)
        yield Case(f"a chunk extension of {256 + over} bytes: {'refused' if over > 0 else 'taken'}",
                   CHUNKED + b"1" + one + b"\r\nx\r\n" + LAST, [BAD if over > 0 else echoed(b"x")])
        many = b"".join(b"1;" + b"a" * size + b"\r\nx\r\n" for size in [249] * 32 + [199 + over])
        yield Case(f"chunk extensions of {8200 + over} bytes behind 32 of data: {'refused' if over > 0 else 'taken'}",
                   CHUNKED + many + LAST, [BAD if over > 0 else echoed(b"x" * 33)])
        line = b"GET /" + b"a" * (8192 + over - 6) + b" HTTP/1.1\r\nHost: a\r\nX: "
        yield Case(f"a head that is too long, {8192 + over} bytes of it before the version: refused",
                   line + b"a" * (16384 - len(line)) + b"\r\n\r\n", [Response(414 if over > 0 else 431)])
        yield Case(f"{32 + over} trailers: {'refused' if over > 0 else 'taken'}",
                   CHUNKED + b"0\r\n" + b"X: y\r\n" * (32 + over) + b"\r\n", [BAD if over > 0 else EMPTY])
        yield Case(f"trailers of {8192 + over} bytes: {'refused' if over > 0 else 'taken'}",
                   CHUNKED + b"0\r\nX:" + b"y" * (8192 + over - 4) + b"\r\n\r\n", [BAD if over > 0 else EMPTY])
    yield Case("a request line longer than a head: refused", b"GET /" + b"a" * 16384 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
               [Response(414)])
    yield Case("a chunk extension of 64 KiB: refused", CHUNKED + b"1;" + b"a" * 65536 + b"\r\nx\r\n" + LAST, [BAD])
    yield Case("a field name of 17000 bytes: refused", GET[:-2] + b"X" * 17000 + b": y\r\n\r\n", [Response(431)])


# --- Connections -----------------------------------------------------------------------------


def connection_options():
    """Connection. RFC 9112, 9.3: 1.1 persists without close, 1.0 only with keep-alive, and close goes before keep-
    alive; RFC 9110, 7.6.1: a list of tokens, in any case, in any number of lines."""
    values = [(b"close", False, False), (b"Close", False, False), (b"CLOSE", False, False), (b"keep-alive, close",
                                                                                             False, False),
              (b"close, keep-alive", False, False), (b"close,close", False, False), (b"foo, close", False, False),
              (b"close,", False, False),
              (b",close", False, False), (b" , close ,, ", False, False), (b"close\t,\tfoo", False, False),
              (b"keep-alive", True, True), (b"Keep-Alive", True, True), (b"foo, keep-alive", True, True),
              (b"keep-alive,", True, True),
              (b"", True, False), (b",", True, False), (b"foo", True, False), (b"x-close", True, False), (b"closed",
                                                                                                          True, False),
              (b"clos", True, False), (b"keep-alive2", True, False), (b"upgrade", True, False), (b"Transfer-Encoding",
                                                                                                 True, False),
              (b"Content-Length, Host", True, False)]
    for value, keep11, keep10 in values:
        for minor, keep in (1, keep11), (0, keep10):
            yield Case(f"Connection {shown(value)} in 1.{minor}: {'kept' if keep else 'closed'}",
                       b"GET / HTTP/1.%d\r\nHost: a\r\nConnection: %s\r\n\r\n" % (minor, value), [Response(200, keep,
                                                                                                           b"hello")])
    for value in (b"close;x", b"clo se", b"\"close\"", b"close/1", b"close foo", b"(close)", b"close\xff", b"=",
                  b"keep-alive=1"):
        yield named("a malformed Connection", value, GET[:-2] + b"Connection: %s\r\n\r\n" % value, BAD)


KINDS = {
    "GET": (GET, Response(200, True, b"hello")),
    "HEAD": (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", Response(200, True, b"", head=True)),
    "a body of known length": (POST + b"Content-Length: 5\r\n\r\nhello", echoed(b"hello")),
    "a chunked body": (CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", echoed(b"hello")),
    "a body that nobody reads": (b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                                 echoed(b"ignored")),
    "a stream": (b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", echoed(b"abcdef")),
    "no content": (b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n", Response(204, True)),
    "nothing there": (b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", Response(404, True)),
    "not allowed": (b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", Response(405, True)),
    "Expect": (POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", echoed(b"hello")),
    "Upgrade": (GET[:-2] + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", OK),
    "an escape that is none": (b"GET /tell/% HTTP/1.1\r\nHost: a\r\n\r\n", Response(400, True)),
    "absolute-form": (b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", OK),
}
ENDINGS = {
    "close": (GET[:-2] + b"Connection: close\r\n\r\n", Response(200, False, b"hello")),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", Response(200, False, b"hello")),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", BAD),
    "CL and TE": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    "a bad chunk": (CHUNKED + b"x\r\n", BAD),
    "too much": (POST + b"Content-Length: 101\r\n\r\n", TOO_LARGE),
    "an unknown method": (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", UNKNOWN),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Response(505)),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD),
}


def pipelines():
    """Requests behind each other. RFC 9112, 9.3.2: answered in order; none is answered behind the one that
    closes."""
    for (one, (first, a)), (two, (second, b)) in itertools.product(KINDS.items(), repeat=2):
        yield Case(f"{two} behind {one}", first + second, [a, b])
    for (one, (first, a)), (two, (second, b)) in itertools.product(KINDS.items(), ENDINGS.items()):
        yield Case(f"{two} behind {one}, and another one", first + second + GET, [a, b])


def expectations():
    """Expect. RFC 9110, 10.1.1: 100-continue in any case, ignored in HTTP/1.0; any other may be refused with
    417. It is a list, whose elements may be empty (5.6.1.2), so that no expectation at all is one."""
    for value in b"100-continue", b"100-Continue", b"100-CONTINUE", b" 100-continue ", b"100-continue,", b", 100-continue", b"", b",":
        yield named("an expectation", value, POST + b"Expect: %s\r\nContent-Length: 5\r\n\r\nhello" % value,
                    echoed(b"hello"))
        yield named("an expectation without a body", value, GET[:-2] + b"Expect: %s\r\n\r\n" % value, OK)
        yield named("an expectation in HTTP/1.0", value,
                    b"POST /echo HTTP/1.0\r\nExpect: %s\r\nContent-Length: 5\r\n\r\nhello" % value,
                    Response(200, False, b"hello"))
    for value in (b"100", b"continue", b"100-continue, x", b"x=y", b", x", b"101-continue", b"100-continue;x",
                  b"100 -continue"):
        yield named("an expectation", value, POST + b"Expect: %s\r\nContent-Length: 5\r\n\r\nhello" % value,
                    Response(417))


FILES = [
    methods,
    versions,
    spaces,
    empty_lines,
    hosts,
    repeated_hosts,
    absolute_targets,
    asterisks,
    escaped_texts,
    lengths,
    codings,
    length_and_coding,
    two_codings,
    hidden_codings,
    folded,
    body_of_each_method,
    sizes,
    chunk_ends,
    forbidden_trailers,
    limits,
    connection_options,
    pipelines,
    expectations,
]
