"""The PROXY protocol and forwarding fields over real sockets: who wins, and whom it is believed of."""
import socket
import struct
import sys

from harness import Program, case, read_all, run

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v1(address):
    return f"PROXY TCP4 {address} 10.0.0.1 12345 80\r\n".encode()


def v2(address, tls=False):
    rest = socket.inet_aton(address) + bytes([10, 0, 0, 1]) + struct.pack(">HH", 12345, 80)
    rest += b"\x20\0\x05\x01\0\0\0\0" if tls else b""
    return SIGNATURE + b"\x21\x11" + struct.pack(">H", len(rest)) + rest


def ask(program, before, fields=""):
    """What the server says that it was asked by: "ADDRESS SCHEME", or "" without an answer."""
    with program.connect() as connection:
        connection.sendall(before + f"GET /who HTTP/1.0\r\nHost: a\r\n{fields}\r\n".encode())
        answer = read_all(connection)
    return answer.rpartition(b"\r\n\r\n")[2].decode()


@case
def the_header_names_the_client():
    with Program("--proxy-protocol") as program:
        assert ask(program, v1("192.0.2.7")) == "192.0.2.7 http"
        assert ask(program, v2("192.0.2.8")) == "192.0.2.8 http"
        assert ask(program, v2("192.0.2.8", tls=True)) == "192.0.2.8 https"
        assert ask(program, SIGNATURE + b"\x20\0\0\0") == "127.0.0.1 http"
        assert ask(program, b"PROXY UNKNOWN\r\n") == "127.0.0.1 http"


@case
def fields_are_not_believed_of_a_client_that_is_not_named():
    with Program("--proxy-protocol", "--proxy-headers") as program:
        forged = "X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Proto: https\r\n"
        for nobody in b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x20\0\0\0", SIGNATURE + b"\x21\0\0\0":
            assert ask(program, nobody, forged) == "127.0.0.1 http"


@case
def without_a_header_there_is_no_answer():
    with Program("--proxy-protocol") as program:
        assert ask(program, b"") == ""
        assert ask(program, b"PROXY TCP4 1.2.3.4\r\n") == ""


@case
def others_than_trusted_peers_are_closed():
    with Program("--proxy-protocol", "--forwarded-allow-ips", "10.0.0.0/8") as program:
        try:
            assert ask(program, v1("192.0.2.7")) == ""
        except (ConnectionResetError, BrokenPipeError):
            pass


@case
def a_header_is_no_http_where_none_is_expected():
    with Program() as program:
        assert '"status":400' in ask(program, v1("192.0.2.7"))


@case
def fields_are_believed_of_the_client_that_is_named():
    fields = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
    with Program("--proxy-protocol") as program:
        assert ask(program, v1("127.0.0.1"), fields) == "127.0.0.1 http"
    with Program("--proxy-protocol", "--proxy-headers") as program:
        assert ask(program, v1("192.0.2.7"), fields) == "192.0.2.7 http"
        assert ask(program, v1("127.0.0.1"), fields) == "203.0.113.9 https"


@case
def the_limit_of_an_address_is_of_the_named_client():
    with Program("--proxy-protocol", "--limit-per-address", "1") as program:
        with program.connect() as first:
            first.sendall(v1("192.0.2.7") + b"GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            assert first.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert '"status":503' in ask(program, v1("192.0.2.7"))
            assert ask(program, v1("192.0.2.8")) == "192.0.2.8 http"


run(sys.argv)
