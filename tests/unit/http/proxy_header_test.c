/*
 * The PROXY protocol's header.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/proxy_header.h"

#include <string.h>
#include <weft/error.h>

#include "guarded.h"
#include "test.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define LOCAL     SIGNATURE "\x20"
#define PROXY     SIGNATURE "\x21"
#define IPV4      "\xc0\0\x02\x07\x0a\0\0\x01\x30\x39\0\x50"
#define IPV6                                                                                   \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x30" \
    "\x39\0\x50"
#define TLS    "\x20\0\x05\x01\0\0\0\0"
#define NO_TLS "\x20\0\x05\x06\0\0\0\0"
#define NOOP   "\x04\0\x02xy"

struct header_case {
    const char *name;
    const char *wire;
    size_t length;
    long result; /* 0: the whole length */
    enum weft__named named;
    const char *ip;
    uint16_t port;
    bool tls;
};

#define WIRE(text) (text), sizeof(text) - 1

static const struct header_case good[] = {
    { "v1", WIRE("PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n"), 0, WEFT__NAMED_IP, "192.0.2.7",
      12345, false },
    { "v1, IPv6", WIRE("PROXY TCP6 2001:db8::7 ::1 0 65535\r\n"), 0, WEFT__NAMED_IP,
      "2001:db8::7", 0, false },
    { "v1, longest",
      WIRE("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
      0, WEFT__NAMED_IP, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, false },
    { "v1, unknown", WIRE("PROXY UNKNOWN\r\n"), 0, WEFT__NAMED_NOBODY, "", 0, false },
    { "v1, unknown, with more", WIRE("PROXY UNKNOWN ffff::1 x 1 2 3\r\n"), 0,
      WEFT__NAMED_NOBODY, "", 0, false },
    { "v2", WIRE(PROXY "\x11\0\x0c" IPV4), 0, WEFT__NAMED_IP, "192.0.2.7", 12345, false },
    { "v2, IPv6", WIRE(PROXY "\x21\0\x24" IPV6), 0, WEFT__NAMED_IP, "2001:db8::7", 12345,
      false },
    { "v2, TLS", WIRE(PROXY "\x11\0\x19" IPV4 NOOP TLS), 0, WEFT__NAMED_IP, "192.0.2.7", 12345,
      true },
    { "v2, no TLS", WIRE(PROXY "\x11\0\x19" IPV4 NO_TLS NOOP), 0, WEFT__NAMED_IP, "192.0.2.7",
      12345, false },
    { "v2, an empty addition", WIRE(PROXY "\x11\0\x0f" IPV4 "\xee\0\0"), 0, WEFT__NAMED_IP,
      "192.0.2.7", 12345, false },
    { "v2, local", WIRE(LOCAL "\0\0\0"), 0, WEFT__NAMED_NOBODY, "", 0, false },
    { "v2, local, with what counts for nothing", WIRE(LOCAL "\xff\0\x03xyz"), 0,
      WEFT__NAMED_NOBODY, "", 0, false },
    { "v2, unspecified", WIRE(PROXY "\0\0\x03xyz"), 0, WEFT__NAMED_NOBODY, "", 0, false },
    { "v2, datagrams", WIRE(PROXY "\x12\0\x0c" IPV4), 0, WEFT__NAMED_NOBODY, "", 0, false },
};

static const struct header_case bad[] = {
    { .name = "HTTP", WIRE("GET / HTTP/1.1\r\n") },
    { .name = "lower case", WIRE("proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "a tab", WIRE("PROXY\tTCP4 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "an empty line", WIRE("\r\nPROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "no family", WIRE("PROXY \r\n") },
    { .name = "another family", WIRE("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "UDP4", WIRE("PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "UNKNOWNS", WIRE("PROXY UNKNOWNS\r\n") },
    { .name = "IPv6 as TCP4", WIRE("PROXY TCP4 ::1 ::1 1 1\r\n") },
    { .name = "IPv4 as TCP6", WIRE("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "a zone", WIRE("PROXY TCP6 fe80::1%lo ::1 1 1\r\n") },
    { .name = "two spaces", WIRE("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n") },
    { .name = "a space at the end", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n") },
    { .name = "one more", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n") },
    { .name = "one port", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n") },
    { .name = "a port too high", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n") },
    { .name = "a zero in front", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n") },
    { .name = "a sign", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n") },
    { .name = "bare LF", WIRE("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n") },
    { .name = "bare CR", WIRE("PROXY UNKNOWN \r \r\n") },
    { .name = "NUL", WIRE("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 1\r\n") },
    { .name = "version 1 of version 2", WIRE(SIGNATURE "\x11\x11\0\x0c" IPV4) },
    { .name = "another command", WIRE(SIGNATURE "\x22\x11\0\x0c" IPV4) },
    { .name = "another signature", WIRE("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" IPV4) },
    { .name = "another family, v2", WIRE(PROXY "\x41\0\x0c" IPV4) },
    { .name = "another protocol", WIRE(PROXY "\x13\0\x0c" IPV4) },
    { .name = "too short for IPv4", WIRE(PROXY "\x11\0\x0b" IPV4) },
    { .name = "too short for IPv6", WIRE(PROXY "\x21\0\x23" IPV6) },
    { .name = "too short for unix", WIRE(PROXY "\x31\0\x0c" IPV4) },
    { .name = "half an addition", WIRE(PROXY "\x11\0\x0e" IPV4 "\x04\0") },
    { .name = "an addition past the end", WIRE(PROXY "\x11\0\x11" IPV4 "\x04\0\x03xy") },
    { .name = "a short TLS addition", WIRE(PROXY "\x11\0\x13" IPV4 "\x20\0\x04\x01\0\0\0") },
};

/* What is read from it, cut at each byte and with others behind it. */
static void expect_good(struct weft_test_guarded *memory, const struct header_case *wire)
{
    struct weft__proxy_header header;
    char behind[512];

    for (size_t length = 0; length < wire->length; length++) {
        const char *copy = weft_test_guarded_copy(memory, wire->wire, length);

        cr_expect(zero(long, weft__proxy_header_parse(&header, copy, length)), "%s, %zu",
                  wire->name, length);
    }
    memcpy(behind, wire->wire, wire->length);
    memcpy(behind + wire->length, "GET ", 4);
    for (size_t more = 0; more <= 4; more += 4) {
        const char *copy = weft_test_guarded_copy(memory, behind, wire->length + more);
        char ip[INET6_ADDRSTRLEN] = "";

        memset(&header, 0xff, sizeof(header));
        cr_expect(eq(long, weft__proxy_header_parse(&header, copy, wire->length + more),
                     (long)wire->length),
                  "%s", wire->name);
        if (header.named == WEFT__NAMED_IP)
            weft__ip_format(ip, sizeof(ip), header.ip);
        cr_expect(eq(int, header.named, wire->named), "%s", wire->name);
        cr_expect(eq(str, ip, (char *)wire->ip), "%s", wire->name);
        cr_expect(eq(int, header.port, wire->port), "%s", wire->name);
        cr_expect(eq(int, header.tls, wire->tls), "%s", wire->name);
    }
}

WEFT_TEST(proxy_header, names_the_client)
{
    struct weft_test_guarded memory = weft_test_guarded_new(8192);

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        expect_good(&memory, &good[i]);
    weft_test_guarded_free(&memory);
}

WEFT_TEST(proxy_header, of_a_unix_client)
{
    struct weft_test_guarded memory = weft_test_guarded_new(8192);
    char wire[16 + 216] = PROXY "\x31\0\xd8/run/socket";
    struct header_case unix_case = { .name = "v2, unix",
                                     .wire = wire,
                                     .length = sizeof(wire),
                                     .named = WEFT__NAMED_UNIX,
                                     .ip = "" };

    expect_good(&memory, &unix_case);
    weft_test_guarded_free(&memory);
}

WEFT_TEST(proxy_header, is_refused_when_malformed)
{
    struct weft_test_guarded memory = weft_test_guarded_new(8192);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct weft__proxy_header header = { .port = 7 };
        long rc = 0;

        for (size_t length = 0; length <= bad[i].length && rc == 0; length++)
            rc = weft__proxy_header_parse(
                &header, weft_test_guarded_copy(&memory, bad[i].wire, length), length);
        cr_expect(eq(long, rc, WEFT_EPROTO), "%s, cut", bad[i].name);
        rc = weft__proxy_header_parse(
            &header, weft_test_guarded_copy(&memory, bad[i].wire, bad[i].length),
            bad[i].length);
        cr_expect(eq(long, rc, WEFT_EPROTO), "%s", bad[i].name);
        cr_expect(eq(int, header.port, 7), "%s: nothing was written", bad[i].name);
    }
    weft_test_guarded_free(&memory);
}

/* A line of version 1 has 107 bytes at most, a header of version 2 here 4,096. */
WEFT_TEST(proxy_header, has_a_length_limit)
{
    struct weft__proxy_header header;
    char wire[WEFT__PROXY_HEADER_MAX] = LOCAL "\0\x0f\xf0";
    char line[200] = "PROXY UNKNOWN ";

    cr_expect(eq(long, weft__proxy_header_parse(&header, wire, sizeof(wire)), sizeof(wire)));
    cr_expect(zero(long, weft__proxy_header_parse(&header, wire, sizeof(wire) - 1)));
    wire[15] = '\xf1';
    cr_expect(eq(long, weft__proxy_header_parse(&header, wire, 16), WEFT_EPROTO));

    memset(line + 14, 'x', sizeof(line) - 14);
    cr_expect(zero(long, weft__proxy_header_parse(&header, line, 106)));
    cr_expect(eq(long, weft__proxy_header_parse(&header, line, 107), WEFT_EPROTO));
    memcpy(line + 105, "\r\n", 2);
    cr_expect(eq(long, weft__proxy_header_parse(&header, line, 107), 107));
    line[105] = 'x';
    memcpy(line + 106, "\r\n", 2);
    cr_expect(eq(long, weft__proxy_header_parse(&header, line, 108), WEFT_EPROTO));
}
