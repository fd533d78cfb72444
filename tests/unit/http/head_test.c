/*
 * Request heads: what is accepted and what is refused, however the bytes are cut.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "failalloc.h"
#include "guarded.h"
#include "test.h"

#define H "Host: a\r\n"

/* A head in memory of its own, parsed. */
struct parsed {
    struct weft__head head;
    struct weft__body body;
    struct weft__arena arena;
    struct weft_test_guarded guarded;
    long scanned; /* what the scan said */
    int rc;       /* of the parse, or the scan's refusal */
};

static void done(struct parsed *p)
{
    weft__arena_done(&p->arena);
    weft_test_guarded_free(&p->guarded);
}

/* What a scan of the whole input found. */
struct scanned {
    long rc;
    unsigned fields;
};

/* Scan with `step` more bytes each time; each look ends at an unreadable page. */
static struct scanned scan_by(struct weft_test_guarded *guarded, const char *wire,
                              size_t length, size_t step,
                              const struct weft__head_limits *limits)
{
    struct weft__head_scan scan = { 0 };
    long rc = 0;

    for (size_t seen = 0; seen < length && rc == 0;) {
        seen = length - seen < step ? length : seen + step;
        rc = weft__head_scan(&scan, weft_test_guarded_copy(guarded, wire, seen), seen, limits);
    }
    return (struct scanned){ rc, scan.fields };
}

/* Scan whole and in all cuts, which must agree; then parse. */
static struct parsed parse_limited(const char *wire, size_t length,
                                   struct weft__head_limits limits)
{
    struct parsed p = { .guarded = weft_test_guarded_new(length) };
    size_t longest = length < 2000 ? length : 17;
    struct scanned whole = scan_by(&p.guarded, wire, length, length, &limits);

    p.scanned = whole.rc;
    for (size_t step = 1; step < longest; step++) {
        struct scanned cut = scan_by(&p.guarded, wire, length, step, &limits);

        cr_assert(eq(long, cut.rc, whole.rc), "by %zu: %s", step, wire);
        cr_assert(eq(uint, cut.fields, whole.fields), "by %zu: %s", step, wire);
    }
    weft__arena_init(&p.arena, 512);
    p.rc = (int)p.scanned;
    if (p.scanned > 0) {
        size_t head = (size_t)p.scanned;

        p.rc = weft__head_parse(&p.head, &p.body, &p.arena,
                                weft_test_guarded_copy(&p.guarded, wire, head), head,
                                whole.fields);
    }
    return p;
}

static struct parsed parse(const char *wire)
{
    return parse_limited(wire, strlen(wire), weft__head_limits(0, 0));
}

/* The result alone: 0 accepted, 1 incomplete, or the refusal. */
static int verdict(const char *wire, size_t length)
{
    struct parsed p = parse_limited(wire, length, weft__head_limits(0, 0));
    int rc = p.scanned == 0 ? 1 : p.rc;

    done(&p);
    return rc;
}

struct verdict_case {
    int expected;
    const char *wire;
};

static void expect_all(const struct verdict_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(eq(int, verdict(cases[i].wire, strlen(cases[i].wire)), cases[i].expected),
                  "%s", cases[i].wire);
}

#define EXPECT_ALL(cases) expect_all((cases), sizeof(cases) / sizeof(*(cases)))

WEFT_TEST(head, judges_request_lines)
{
    static const struct verdict_case cases[] = {
        { 0, "GET / HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET / HTTP/1.0\r\n\r\n" },
        { 0, "GET / HTTP/1.2\r\n" H "\r\n" },
        { 0, "GET / HTTP/1.9\r\n" H "\r\n" },
        { 0, "get / HTTP/1.1\r\n" H "\r\n" },
        { 0, "X / HTTP/1.1\r\n" H "\r\n" },
        { 0, "M-SEARCH / HTTP/1.1\r\n" H "\r\n" },
        { 0, "QUERY /x HTTP/1.1\r\n" H "\r\n" },
        { 0, "GETS / HTTP/1.1\r\n" H "\r\n" },
        { 0, "SETUP / HTTP/1.1\r\n" H "\r\n" },
        { 0, "TRACE / HTTP/1.1\r\n" H "\r\n" },
        { 0, "!#$%&'*+-.^_`|~ / HTTP/1.1\r\n" H "\r\n" },
        { 1, "GET / HTTP/1.1\r\n" H },
        { 1, "GET / HTTP/1.1\r\n" H "\r" },
        { -400, "GET  / HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /  HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET / HTTP/1.1 \r\n" H "\r\n" },
        { -400, " GET / HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET\t/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /\tHTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /a b HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET / HTTP/1.1\n" H "\r\n" },
        { -400, "GET / HTTP/1.1\r" H "\r\n" },
        { -400, "GET / HTTP/1.1\r\r\n" H "\r\n" },
        { -400, "GET\r\n" },
        { -400, "GET /\r\n" },
        { -400, "GET / \r\n" },
        { -400, "GET HTTP/1.1\r\n" H "\r\n" },
        { -400, "/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "G(T / HTTP/1.1\r\n" H "\r\n" },
        { -400, "G\x80T / HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET: / HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET / http/1.1\r\n" H "\r\n" },
        { -400, "GET / Http/1.1\r\n" H "\r\n" },
        { -400, "GET / HTTP/1\r\n" H "\r\n" },
        { -400, "GET / HTTP/1.\r\n" H "\r\n" },
        { -400, "GET / HTTP/1.10\r\n" H "\r\n" },
        { -400, "GET / HTTP/01.1\r\n" H "\r\n" },
        { -400, "GET / HTTP/ 1.1\r\n" H "\r\n" },
        { -400, "GET / HTTP/1,1\r\n" H "\r\n" },
        { -400, "GET / HTTP/0.9\r\n" H "\r\n" },
        { -400, "GET / HTTQ/1.1\r\n" H "\r\n" },
        { -400, "GET / HTTPS/1.1\r\n" H "\r\n" },
        { -400, "GET / RTSP/1.0\r\n" H "\r\n" },
        { -400, "SETUP / RTSP/1.0\r\n" H "\r\n" },
        { -400, "SOURCE / ICE/1.0\r\n" H "\r\n" },
        { -505, "GET / HTTP/2.0\r\n" H "\r\n" },
        { -505, "GET / HTTP/9.9\r\n" H "\r\n" },
        { -505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        { -501, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n" },
        { -501, "CONNECT " },
    };

    EXPECT_ALL(cases);
}

WEFT_TEST(head, skips_two_empty_lines)
{
    static const struct verdict_case cases[] = {
        { 0, "\r\nGET / HTTP/1.1\r\n" H "\r\n" },
        { 0, "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n" },
        { -400, "\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n" },
        { -400, "\nGET / HTTP/1.1\r\n" H "\r\n" },
        { -400, "\r\rGET / HTTP/1.1\r\n" H "\r\n" },
        { -400, "\r\n GET / HTTP/1.1\r\n" H "\r\n" },
        { 1, "\r\n\r\n" },
    };
    struct parsed p = parse("\r\n\r\nGET /x HTTP/1.1\r\n" H "\r\n");

    EXPECT_ALL(cases);
    cr_assert(zero(int, p.rc));
    cr_expect(eq(str, (char *)p.head.method_text, (char *)"GET"));
    cr_expect(eq(str, (char *)p.head.target, (char *)"/x"));
    done(&p);
}

WEFT_TEST(head, judges_targets)
{
    static const struct verdict_case cases[] = {
        { 0, "GET /a?b HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET //a HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET /? HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET /a?b?c HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET /%zz HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET /!\"$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~ HTTP/1.1\r\n" H "\r\n" },
        { 0, "OPTIONS * HTTP/1.1\r\n" H "\r\n" },
        { 0, "OPTIONS / HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET http://a/ HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET HTTP://A/ HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET http://a HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET http://a:80/ HTTP/1.1\r\n" H "\r\n" },
        { 0, "GET https://a/ HTTP/1.1\r\nHost: a:443\r\n\r\n" },
        { 0, "GET http://[::1]:8080/ HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n" },
        { 0, "GET http://a/ HTTP/1.0\r\n\r\n" },
        { 0, "OPTIONS http://a HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET * HTTP/1.1\r\n" H "\r\n" },
        { -400, "OPTIONS *x HTTP/1.1\r\n" H "\r\n" },
        { -400, "OPTIONS ** HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET a HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET ?a HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET a:80 HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET ftp://a/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http:/a HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http:// HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http:///x HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http://b/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http://a:8080/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http://a:443/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http://u@a/ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET http://a/ HTTP/1.1\r\n\r\n" },
        { -400, "GET http://u@a/ HTTP/1.0\r\n\r\n" },
        { -400, "GET /#f HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET # HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /a\\b HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /0123456789abcdef\\ HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /\x7f HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /\x01 HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n" },
        { -400, "GET /0123456789abcdef0123456789abcd\xff HTTP/1.1\r\n" H "\r\n" },
    };

    EXPECT_ALL(cases);
}

WEFT_TEST(head, judges_field_lines)
{
    static const struct verdict_case cases[] = {
        { 0, "GET / HTTP/1.1\r\n" H "a:\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "a:b\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "a: \t b \t \r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "a: b:c\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "a: \x80\xff\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "a: x\ty\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "!#$%&'*+-.^_`|~: x\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\r\n c\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\r\n\tc\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n a: b\r\n" H "\r\n" },
        { -400, "GET / HTTP/1.1\r\n \r\n" H "\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a : b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a\t: b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H ": b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a[b: c\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a b: c\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "\xc3\xa9: c\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\r\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\rc\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\nc\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\x01\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\x7f\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: b\vc\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "a: 0123456789abcdef0123456789\x1f\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "\n" },
        { -400, "GET / HTTP/1.1\r\n" H "\r\r\n" },
    };
    static const char nul[] = "GET / HTTP/1.1\r\n" H "a: b\0c\r\n\r\n";
    static const char nul_in_name[] = "GET / HTTP/1.1\r\n" H "a\0: c\r\n\r\n";
    static const char nul_in_target[] = "GET /\0 HTTP/1.1\r\n" H "\r\n";

    EXPECT_ALL(cases);
    cr_expect(eq(int, verdict(nul, sizeof(nul) - 1), -400));
    cr_expect(eq(int, verdict(nul_in_name, sizeof(nul_in_name) - 1), -400));
    cr_expect(eq(int, verdict(nul_in_target, sizeof(nul_in_target) - 1), -400));
}

WEFT_TEST(head, judges_hosts)
{
    static const struct verdict_case cases[] = {
        { 0, "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\nHOST:a.example\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\nHost: a:\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost:\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: \r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H H "\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "host: b\r\n\r\n" },
        { -400, "GET / HTTP/1.0\r\n" H H "\r\n" },
        { -400, "GET / HTTP/1.0\r\nHost: u@a\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: a%41\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n" },
        { -400, "OPTIONS * HTTP/1.1\r\n\r\n" },
    };

    EXPECT_ALL(cases);
}

WEFT_TEST(head, judges_framing)
{
#define P "POST / HTTP/1.1\r\n" H
    static const struct verdict_case cases[] = {
        { 0, P "Content-Length: 0\r\n\r\n" },
        { 0, P "Content-Length: 5\r\n\r\n" },
        { 0, P "Content-Length:5 \t\r\n\r\n" },
        { 0, P "content-LENGTH: 9223372036854775807\r\n\r\n" },
        { 0, P "Transfer-Encoding: chunked\r\n\r\n" },
        { 0, P "Transfer-Encoding: Chunked\r\n\r\n" },
        { 0, "FOO / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n" },
        { -400, P "Content-Length:\r\n\r\n" },
        { -400, P "Content-Length: 9223372036854775808\r\n\r\n" },
        { -400, P "Content-Length: 99999999999999999999\r\n\r\n" },
        { -400, P "Content-Length: 18446744073709551621\r\n\r\n" },
        { -400, P "Content-Length: 005\r\n\r\n" },
        { -400, P "Content-Length: 00\r\n\r\n" },
        { -400, P "Content-Length: +5\r\n\r\n" },
        { -400, P "Content-Length: -0\r\n\r\n" },
        { -400, P "Content-Length: 0x5\r\n\r\n" },
        { -400, P "Content-Length: 1_0\r\n\r\n" },
        { -400, P "Content-Length: 1 0\r\n\r\n" },
        { -400, P "Content-Length: 5.0\r\n\r\n" },
        { -400, P "Content-Length: 5, 5\r\n\r\n" },
        { -400, P "Content-Length: 5,\r\n\r\n" },
        { -400, P "Content-Length: 5\r\nContent-Length: 5\r\n\r\n" },
        { -400, P "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" },
        { -400, P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" },
        { -400, P "Transfer-Encoding:\r\n\r\n" },
        { -501, P "Transfer-Encoding: identity\r\n\r\n" },
        { -501, P "Transfer-Encoding: xchunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: chunke\r\n\r\n" },
        { -501, P "Transfer-Encoding: gzip\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip gzip\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked, gzip\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked, chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked,\r\n\r\n" },
        { -400, P "Transfer-Encoding: , chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked;a=b\r\n\r\n" },
        { -400, P "Transfer-Encoding: \"chunked\"\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: gzip\r\nX: y\r\ntransfer-encoding: br\r\n\r\n" },
        { -501, P "Transfer-Encoding: a;b=c\r\nTransfer-Encoding: d, chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip\r\nTransfer-Encoding:\r\n\r\n" },
        { -400, P "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip\r\nTransfer-Encoding: a b\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip;q=\"a\r\nTransfer-Encoding: b\"\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n" },
        { -400, "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n"
                "Transfer-Encoding: chunked\r\n\r\n" },
        { -400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: gzip, chunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: x;q=1 , chunked\r\n\r\n" },
        { -501, P "Transfer-Encoding: x ; q = 1 ;\tr\t=\t\"a;b,c\" , chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: x;q = \r\n\r\n" },
        { -400, P "Transfer-Encoding: x;q =, chunked\r\n\r\n" },
        { -400, P "Transfer-Encoding: x;q 1\r\n\r\n" },
        { -400, P "Transfer-Encoding: x;q = 1 2\r\n\r\n" },
    };
#undef P

    EXPECT_ALL(cases);
}

WEFT_TEST(head, judges_expectations)
{
    static const struct verdict_case cases[] = {
        { 0, "GET / HTTP/1.1\r\n" H "Expect: 100-Continue\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "Expect: 100-continue,\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "Expect: , 100-continue ,100-continue\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "Expect: ,\r\n\r\n" },
        { 0, "GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n" },
        { -417, "GET / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n" },
        { 0, "GET / HTTP/1.1\r\n" H "Expect:\r\n\r\n" },
        { -417, "GET / HTTP/1.1\r\n" H "Expect:\r\nExpect: , x\r\n\r\n" },
        { -417, "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\nExpect: x\r\n\r\n" },
        { -417, "GET / HTTP/1.1\r\n" H "Expect: 100-continue, x\r\n\r\n" },
    };
    struct parsed p =
        parse("PUT / HTTP/1.1\r\n" H "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_ALL(cases);
    cr_expect(eq(int, p.head.expect_continue, 1));
    done(&p);
    p = parse("PUT / HTTP/1.1\r\n" H "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n");
    cr_expect(eq(int, p.head.expect_continue, 0), "there is nothing to continue with");
    done(&p);
    p = parse("PUT / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    cr_expect(eq(int, p.head.expect_continue, 0));
    done(&p);
}

WEFT_TEST(head, tells_connection_and_upgrade)
{
    static const struct {
        const char *wire;
        bool keep_alive;
        bool upgrade;
    } cases[] = {
        { "GET / HTTP/1.1\r\n" H "\r\n", true, false },
        { "GET / HTTP/1.2\r\n" H "\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", false, false },
        { "GET / HTTP/1.1\r\n" H "Connection: CLOSE\r\n\r\n", false, false },
        { "GET / HTTP/1.1\r\n" H "Connection: te ,, close\r\n\r\n", false, false },
        { "GET / HTTP/1.1\r\n" H "Connection: a\r\nConnection: close\r\n\r\n", false, false },
        { "GET / HTTP/1.1\r\n" H "Connection: closed\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Connection:\r\n\r\n", true, false },
        { "GET / HTTP/1.0\r\n\r\n", false, false },
        { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, false },
        { "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false, false },
        { "GET / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", true,
          true },
        { "GET / HTTP/1.1\r\n" H "Upgrade: a/1, b\r\nConnection: upgrade, x\r\n\r\n", true,
          true },
        { "POST / HTTP/1.1\r\n" H
          "Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 3\r\n\r\n",
          true, true },
        { "GET / HTTP/1.1\r\n" H "Upgrade: ,a,,\r\nConnection: upgrade\r\n\r\n", true, true },
        { "GET / HTTP/1.1\r\n" H "Upgrade: ,\r\nConnection: upgrade\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Upgrade: /1\r\nConnection: upgrade\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Connection: upgrade\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: a/\r\n\r\n", true, false },
        { "GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade:\r\n\r\n", true, false },
        { "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", false, false },
    };
    static const struct verdict_case malformed[] = {
        { -400, "GET / HTTP/1.1\r\n" H "Connection: a b\r\n\r\n" },
        { -400, "GET / HTTP/1.1\r\n" H "Connection: \"close\"\r\n\r\n" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct parsed p = parse(cases[i].wire);

        cr_expect(zero(int, p.rc), "%s", cases[i].wire);
        cr_expect(eq(int, p.head.keep_alive, cases[i].keep_alive), "%s", cases[i].wire);
        cr_expect(eq(int, p.head.upgrade, cases[i].upgrade), "%s", cases[i].wire);
        done(&p);
    }
    EXPECT_ALL(malformed);
}

WEFT_TEST(head, takes_the_parts_apart)
{
    struct parsed p = parse("PATCH /a%20b?c=d&e HTTP/1.1\r\n"
                            "host: example.org:81\r\n"
                            "X-One:  1 \r\n"
                            "Accept:\t\r\n"
                            "x-one: 2\r\n"
                            "Content-Length: 12\r\n"
                            "\r\nbody");
    const struct weft__field *field;

    cr_assert(zero(int, p.rc));
    cr_expect(eq(long, p.scanned, 105));
    cr_expect(eq(int, p.head.method, WEFT__METHOD_PATCH));
    cr_expect(eq(str, (char *)p.head.method_text, (char *)"PATCH"));
    cr_expect(eq(str, (char *)p.head.target, (char *)"/a%20b?c=d&e"));
    cr_expect(eq(sz, p.head.path_length, 6));
    cr_expect(zero(int, memcmp(p.head.path, "/a%20b", 6)));
    cr_expect(eq(str, (char *)p.head.query, (char *)"c=d&e"));
    cr_expect(eq(sz, p.head.query_length, 5));
    cr_expect(eq(str, (char *)p.head.host, (char *)"example.org:81"));
    cr_expect(eq(sz, p.head.host_length, 14));
    cr_expect(eq(ptr, (void *)p.head.scheme, NULL));
    cr_expect(eq(u64, p.head.content_length, 12));
    cr_expect(eq(int, p.head.has_length, 1));
    cr_expect(eq(int, p.head.chunked, 0));
    cr_expect(eq(int, p.body.complete, 0));
    cr_expect(eq(uint, p.head.minor, 1));
    cr_assert(eq(uint, p.head.field_count, 5));
    field = weft__head_find(&p.head, "X-ONE", 5);
    cr_assert(ne(ptr, (void *)field, NULL));
    cr_expect(eq(str, (char *)field->name, (char *)"X-One"));
    cr_expect(eq(str, (char *)field->value, (char *)"1"));
    field = weft__head_find_next(&p.head, field);
    cr_assert(ne(ptr, (void *)field, NULL));
    cr_expect(eq(str, (char *)field->value, (char *)"2"));
    cr_expect(eq(ptr, (void *)weft__head_find_next(&p.head, field), NULL));
    cr_expect(eq(str, (char *)weft__head_find(&p.head, "accept", 6)->value, (char *)""));
    cr_expect(eq(ptr, (void *)weft__head_find(&p.head, "accep", 5), NULL));
    done(&p);
}

WEFT_TEST(head, takes_absolute_targets_apart)
{
    static const struct {
        const char *wire;
        const char *scheme;
        const char *authority;
        const char *path;
        const char *query;
        const char *host;
    } cases[] = {
        { "GET http://a:80/b?c HTTP/1.1\r\nHost: A\r\n\r\n", "http", "a:80", "/b", "c", "A" },
        { "GET https://a?c HTTP/1.0\r\n\r\n", "https", "a", "/", "c", "a" },
        { "GET http://a HTTP/1.1\r\n" H "\r\n", "http", "a", "/", "", "a" },
        { "OPTIONS http://a HTTP/1.1\r\n" H "\r\n", "http", "a", "*", "", "a" },
        { "OPTIONS http://a/ HTTP/1.1\r\n" H "\r\n", "http", "a", "/", "", "a" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct parsed p = parse(cases[i].wire);

        cr_assert(zero(int, p.rc), "%s", cases[i].wire);
        cr_expect(eq(str, (char *)p.head.scheme, (char *)cases[i].scheme));
        cr_expect(eq(sz, p.head.authority_length, strlen(cases[i].authority)));
        cr_expect(
            zero(int, memcmp(p.head.authority, cases[i].authority, p.head.authority_length)));
        cr_expect(eq(sz, p.head.path_length, strlen(cases[i].path)));
        cr_expect(zero(int, memcmp(p.head.path, cases[i].path, p.head.path_length)));
        cr_expect(eq(str, (char *)p.head.query, (char *)cases[i].query));
        cr_expect(eq(str, (char *)p.head.host, (char *)cases[i].host));
        done(&p);
    }
}

/* A head of that many bytes, in which the target or the Host takes all that is left. */
static char *head_of(size_t bytes, bool long_target)
{
    size_t filler = bytes - strlen("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    char *wire = malloc(bytes + 1);
    char *at = wire;

    cr_assert(ne(ptr, wire, NULL));
    at = stpcpy(at, "GET /");
    memset(at, 'a', filler);
    at = stpcpy(at + (long_target ? filler : 0), " HTTP/1.1\r\nHost: a");
    if (!long_target) {
        memset(at, 'a', filler);
        at += filler;
    }
    at = stpcpy(at, "\r\n\r\n");
    cr_assert(eq(sz, (size_t)(at - wire), bytes));
    return wire;
}

static int verdict_of_size(size_t bytes, bool long_target, struct weft__head_limits limits)
{
    char *wire = head_of(bytes, long_target);
    struct parsed p = parse_limited(wire, bytes, limits);
    int rc = p.scanned == 0 ? 1 : p.rc;

    done(&p);
    free(wire);
    return rc;
}

WEFT_TEST(head, holds_its_size)
{
    struct weft__head_limits limits = weft__head_limits(100, 0);
    struct weft__head_limits usual = weft__head_limits(0, 0);

    cr_expect(zero(int, verdict_of_size(99, false, limits)));
    cr_expect(zero(int, verdict_of_size(100, false, limits)));
    cr_expect(eq(int, verdict_of_size(101, false, limits), -431));
    cr_expect(zero(int, verdict_of_size(100, true, limits)));
    cr_expect(eq(int, verdict_of_size(101, true, limits), -414));
    cr_expect(eq(int, verdict_of_size(109, true, limits), -414), "the line has 100 bytes");
    cr_expect(eq(int, verdict_of_size(130, true, limits), -414));
    cr_expect(zero(int, verdict_of_size(16384, false, usual)));
    cr_expect(eq(int, verdict_of_size(16385, false, usual), -431));
    cr_expect(eq(int, verdict_of_size(100000, true, usual), -414));
}

/* A head of `bytes`, `before` of which stand before the version. */
static int verdict_of_line(size_t before, size_t bytes, struct weft__head_limits limits)
{
    char wire[300];
    int line = snprintf(wire, sizeof(wire),
                        "GET /%0*d HTTP/1.1\r\nHost: a\r\nX: ", (int)before - 6, 0);
    struct parsed p;
    int rc;

    snprintf(wire + line, sizeof(wire) - (size_t)line, "%0*d\r\n\r\n", (int)bytes - line - 4,
             0);
    p = parse_limited(wire, bytes, limits);
    rc = p.rc;
    done(&p);
    return rc;
}

WEFT_TEST(head, that_is_too_long_has_its_line_or_its_fields_to_blame) /* RFC 9112, 3 */
{
    static const size_t max_bytes[] = { 100, 101, 150 };

    for (size_t i = 0; i < 3; i++) {
        struct weft__head_limits limits = weft__head_limits(max_bytes[i], 0);
        size_t half = max_bytes[i] / 2;

        cr_expect(zero(int, verdict_of_line(half + 1, max_bytes[i], limits)));
        cr_expect(eq(int, verdict_of_line(half - 1, max_bytes[i] + 1, limits), -431));
        cr_expect(eq(int, verdict_of_line(half, max_bytes[i] + 1, limits), -431));
        cr_expect(eq(int, verdict_of_line(half + 1, max_bytes[i] + 1, limits), -414));
        cr_expect(eq(int, verdict_of_line(half, 290, limits), -431));
        cr_expect(eq(int, verdict_of_line(half + 1, 290, limits), -414));
    }
}

WEFT_TEST(head, holds_its_number_of_fields)
{
    for (unsigned max = 1; max <= 100; max += 33) {
        for (unsigned count = max - 1; count <= max + 1; count++) {
            struct weft__head_limits limits = weft__head_limits(0, max == 100 ? 0 : max);
            char wire[4000] = "GET / HTTP/1.0\r\n";
            struct parsed p;

            for (unsigned i = 0; i < count; i++)
                strncat(wire, "a: b\r\n", sizeof(wire) - strlen(wire) - 1);
            strncat(wire, "\r\n", sizeof(wire) - strlen(wire) - 1);
            p = parse_limited(wire, strlen(wire), limits);
            cr_expect(eq(int, p.rc, count <= max ? 0 : -431));
            if (p.rc == 0)
                cr_expect(eq(uint, p.head.field_count, count));
            done(&p);
        }
    }
}

WEFT_TEST(head, refuses_long_methods)
{
    char wire[120] = "";

    memset(wire, 'A', 64);
    strncat(wire, " / HTTP/1.1\r\n" H "\r\n", 50);
    cr_expect(zero(int, verdict(wire, strlen(wire))));
    memset(wire, 'A', 65);
    wire[65] = '\0';
    cr_expect(eq(int, verdict(wire, strlen(wire)), -501), "without waiting for its end");
}

WEFT_TEST(head, knows_when_nothing_has_begun)
{
    const struct weft__head_limits limits = weft__head_limits(0, 0);
    struct weft__head_scan scan = { 0 };

    cr_expect(eq(int, weft__head_scan_idle(&scan), 1));
    cr_expect(zero(long, weft__head_scan(&scan, "\r\n", 2, &limits)));
    cr_expect(eq(int, weft__head_scan_idle(&scan), 1));
    cr_expect(zero(long, weft__head_scan(&scan, "\r\nG", 3, &limits)));
    cr_expect(eq(int, weft__head_scan_idle(&scan), 0));
}

WEFT_TEST(head, leaves_the_next_request_alone)
{
    static const char wire[] = "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n";
    struct parsed p = parse(wire);

    cr_expect(zero(int, p.rc));
    cr_expect(eq(long, p.scanned, 28));
    cr_expect(eq(int, p.body.complete, 1));
    done(&p);
}

WEFT_TEST(head, survives_every_failed_allocation)
{
    static const char wire[] = "GET http://a.example/x HTTP/1.0\r\nA: b\r\nC: d\r\nE: f\r\n"
                               "G: h\r\nI: j\r\nK: l\r\nM: n\r\nO: p\r\n\r\n";
    unsigned long n = 0;
    int rc = -500;

    while (rc != 0 && n < 20) {
        struct weft__arena arena;
        struct weft__head head;
        struct weft__body body;
        char copy[sizeof(wire)];

        weft__arena_init(&arena, 16); /* each allocation is one of the system's */
        memcpy(copy, wire, sizeof(wire));
        weft_test_fail_alloc(++n);
        rc = weft__head_parse(&head, &body, &arena, copy, sizeof(wire) - 1, 8);
        cr_assert(eq(int, weft_test_fail_stop(), rc != 0));
        cr_assert(rc == 0 || rc == -500);
        weft__arena_done(&arena);
    }
    cr_expect(gt(ulong, n, 2), "the table, the host");
}
