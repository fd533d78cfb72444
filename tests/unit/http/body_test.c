/*
 * Request bodies: decoded in place, the same however they are cut, and never a byte too far.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "guarded.h"
#include "http/head.h"
#include "test.h"

enum { ROOM = 1 << 20 };

static const char next_request[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/* What became of a body. */
struct outcome {
    int rc;
    bool complete;
    size_t decoded;
    size_t consumed;
    char *data;
};

/* A body behind a real head: chunked, or of known length. */
static void begin(struct weft__body *body, struct weft__arena *arena, const char *framing)
{
    char wire[200];
    struct weft__head head;
    int length =
        snprintf(wire, sizeof(wire), "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", framing);

    cr_assert(zero(int, weft__head_parse(&head, body, arena, wire, (size_t)length, 2)));
}

/* Decode `wire` in pieces of `step` bytes, each ending at an unreadable page. */
static struct outcome decode_by(const char *framing, const char *wire, size_t length,
                                size_t step, uint64_t max_bytes)
{
    struct outcome o = { .data = malloc(length + 1) };
    struct weft_test_guarded guarded = weft_test_guarded_new(length);
    struct weft__arena arena;
    struct weft__body body;

    cr_assert(ne(ptr, o.data, NULL));
    weft__arena_init(&arena, 512);
    begin(&body, &arena, framing);
    body.max_bytes = max_bytes;
    while (o.consumed < length && o.rc == 0 && !body.complete) {
        size_t take = length - o.consumed < step ? length - o.consumed : step;
        char *piece = weft_test_guarded_copy(&guarded, wire + o.consumed, take);
        size_t decoded;
        size_t consumed;

        o.rc = weft__body_decode(&body, piece, take, &decoded, &consumed);
        if (o.rc < 0)
            break;
        cr_assert(le(sz, decoded, consumed));
        cr_assert(le(sz, consumed, take));
        if (consumed < take) {
            cr_expect(eq(int, body.complete, 1), "only the end leaves bytes");
            cr_expect(zero(int, memcmp(piece + consumed, wire + o.consumed + consumed,
                                       take - consumed)),
                      "the next message's bytes are not touched");
        }
        memcpy(o.data + o.decoded, piece, decoded);
        o.decoded += decoded;
        o.consumed += consumed;
    }
    o.data[o.decoded] = '\0';
    o.complete = body.complete;
    if (o.rc == 0)
        cr_expect(eq(u64, body.received, o.decoded));
    weft__arena_done(&arena);
    weft_test_guarded_free(&guarded);
    return o;
}

/*
 * `wire`, with another request behind it, decoded in all steps, gives `text`; or the refusal.
 */
static void expect_limited(const char *framing, const char *wire, int rc, const char *text,
                           uint64_t max_bytes)
{
    size_t length = strlen(wire);
    char *whole = malloc(length + sizeof(next_request));

    cr_assert(ne(ptr, whole, NULL));
    memcpy(whole, wire, length);
    memcpy(whole + length, next_request, sizeof(next_request));
    for (size_t step = 1; step <= length + sizeof(next_request) - 1; step++) {
        struct outcome o =
            decode_by(framing, whole, length + sizeof(next_request) - 1, step, max_bytes);

        cr_expect(eq(int, o.rc, rc), "%s by %zu", wire, step);
        if (rc == 0) {
            cr_expect(eq(int, o.complete, 1), "%s by %zu", wire, step);
            cr_expect(eq(sz, o.consumed, length), "%s by %zu", wire, step);
            cr_expect(eq(str, o.data, (char *)text), "%s by %zu", wire, step);
        }
        free(o.data);
    }
    free(whole);
}

static void expect_chunked(const char *wire, int rc, const char *text)
{
    expect_limited("Transfer-Encoding: chunked", wire, rc, text, UINT64_MAX);
}

WEFT_TEST(body, without_one_is_complete)
{
    static const char *const framings[] = { "X: y", "Content-Length: 0",
                                            "Connection: upgrade\r\nUpgrade: x" };

    for (size_t i = 0; i < 3; i++) {
        struct weft__arena arena;
        struct weft__body body;
        char text[] = "next";
        size_t decoded = 9;
        size_t consumed = 9;

        weft__arena_init(&arena, 512);
        begin(&body, &arena, framings[i]);
        cr_expect(eq(int, body.complete, 1));
        cr_expect(zero(int, weft__body_decode(&body, text, 4, &decoded, &consumed)));
        cr_expect(zero(sz, decoded));
        cr_expect(zero(sz, consumed));
        weft__arena_done(&arena);
    }
}

WEFT_TEST(body, of_known_length)
{
    expect_limited("Content-Length: 1", "x", 0, "x", UINT64_MAX);
    expect_limited("Content-Length: 11", "hello world", 0, "hello world", UINT64_MAX);
    expect_limited("Content-Length: 11", "hello world", 0, "hello world", 11);
    expect_limited("Content-Length: 11", "hello world", -413, NULL, 10);
    expect_limited("Content-Length: 9223372036854775807", "x", -413, NULL, 1 << 20);
    expect_limited("Content-Length: 3\r\nConnection: upgrade\r\nUpgrade: x", "abc", 0, "abc",
                   UINT64_MAX);
}

WEFT_TEST(body, in_chunks)
{
    expect_chunked("0\r\n\r\n", 0, "");
    expect_chunked("5\r\nhello\r\n0\r\n\r\n", 0, "hello");
    expect_chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 0, "hello world");
    expect_chunked("A\r\n0123456789\r\na\r\nabcdefghij\r\n000\r\n\r\n", 0,
                   "0123456789abcdefghij");
    expect_chunked("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", 0, "hello");
    expect_chunked("2\r\n\r\n\r\n0\r\n\r\n", 0, "\r\n");
    expect_limited("Transfer-Encoding: chunked\r\nConnection: upgrade\r\nUpgrade: x",
                   "1\r\na\r\n0\r\n\r\n", 0, "a", UINT64_MAX);
    expect_limited("Transfer-Encoding: chunked\r\nConnection: close", "1\r\na\r\n0\r\n\r\n", 0,
                   "a", UINT64_MAX);
}

WEFT_TEST(body, refuses_malformed_chunks)
{
    static const char *const cases[] = {
        "\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "\t5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-1\r\nhello\r\n0\r\n\r\n",
        "1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
        "g\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!!\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "1\r\naXX0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\r\r",
        "5\r\nhello\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFF0\r\n",
        "8000000000000000\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect_chunked(cases[i], -400, NULL);
}

WEFT_TEST(body, checks_extensions)
{
    static const char *const good[] = {
        ";a",
        ";a=b",
        ";a=\"b\"",
        ";a;b",
        ";a=b;c=d",
        ";a=\"b\";c",
        ";a=\"\"",
        ";a=\"x;y\\\"z\"",
        ";a=\"\t \x80\"",
        ";a=1;a=1",
        " ;a",
        "; a",
        "\t;\ta",
        ";a =b",
        ";a= b",
        ";a\t = \tb",
        ";a = \"b\"",
        ";a ;b",
        ";a=b ;c",
        ";a=\"b\" ; c",
        "  ;  a",
        " ; a = b \t;\t c",
    };
    static const char *const bad[] = {
        ";",         " ",          ";a ",          ";a=b ",    " a",
        ";a=",       ";;a",        ";a;",          ";a[=b",    ";a=b[",
        ";a=\"b",    ";a=\"b\"c",  ";a=\"b\x01\"", ";a\rb",    ";a\nb",
        ";a=\"\r\n", ";a=\"b\\\r", ";a=\"b\x7f\"", ";a=b c",   ";\x80",
        "\t",        "; ",         "; ;a",         ";a; ",     ";a= ",
        ";a=\"b\" ", ";a b",       ";a = ",        ";a = = b", " \t",
        ";a\x0b=b",  "\x0b;a",     " 5;a",         ";a=b =c",  ";a=\"b\" c",
        "  x;a",     "; =b",       ";a=;b",        ";a= ;b",   ";a \r",
        " ;a\r b",   ";a=b \n",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char wire[100];

        snprintf(wire, sizeof(wire), "5%s\r\nhello\r\n0%s\r\n\r\n", good[i], good[i]);
        expect_chunked(wire, 0, "hello");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char wire[100];

        snprintf(wire, sizeof(wire), "5%s\r\nhello\r\n0\r\n\r\n", bad[i]);
        expect_chunked(wire, -400, NULL);
        snprintf(wire, sizeof(wire), "5\r\nhello\r\n0%s\r\n\r\n", bad[i]);
        expect_chunked(wire, -400, NULL);
    }
}

WEFT_TEST(body, checks_trailers)
{
    static const char *const good[] = {
        "X: y\r\n",
        "X:\r\nY:z\r\n",
        "X-Content-Length: 5\r\n",
        "Content-Lengths: 5\r\n",
        "Hos: b\r\n",
        "Etag: \"x\"\r\n",
        "A-very-long-name-of-a-trailer: x\r\n",
        "X: \x80\t!\r\n",
    };
    static const char *const bad[] = {
        "Content-Length: 50\r\n",
        "TRANSFER-ENCODING: chunked\r\n",
        "host:b\r\n",
        "Authorization: x\r\n",
        "Content-Type: a/b\r\n",
        "X: y\r\nTe:\r\n",
        "Proxy-Authorization: x\r\n",
        " X: y\r\n",
        "X : y\r\n",
        "X\r\n",
        ": y\r\n",
        "X: y\n",
        "X: y\r",
        "X: \x01\r\n",
        "X: y\r\n z\r\n",
        "\n",
        "\r",
        "X[: y\r\n",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        char wire[100];

        snprintf(wire, sizeof(wire), "5\r\nhello\r\n0\r\n%s\r\n", good[i]);
        expect_chunked(wire, 0, "hello");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char wire[100];

        snprintf(wire, sizeof(wire), "5\r\nhello\r\n0\r\n%sX\r\n\r\n", bad[i]);
        expect_chunked(wire, -400, NULL);
    }
}

WEFT_TEST(body, of_chunks_holds_its_limit)
{
    static const char framing[] = "Transfer-Encoding: chunked";

    expect_limited(framing, "5\r\nhello\r\n0\r\n\r\n", 0, "hello", 5);
    expect_limited(framing, "6\r\nhello!\r\n0\r\n\r\n", -413, NULL, 5);
    expect_limited(framing, "3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n", -413, NULL, 5);
    expect_limited(framing, "6\r\n", -413, NULL, 5);
    expect_limited(framing, "1\r\na\r\n7fffffffffffffff\r\n", -413, NULL, INT64_MAX);
}

/* `count` times `piece` between `before` and `after`; by a few steps only. */
static int repeated(const char *before, const char *piece, size_t count, const char *after)
{
    static const size_t steps[] = { SIZE_MAX, 1, 7, 4096 };
    size_t size = strlen(piece) * count;
    char *wire = malloc(strlen(before) + size + strlen(after) + 1);
    int result = 1;

    cr_assert(ne(ptr, wire, NULL));
    char *at = stpcpy(wire, before);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, piece);
    at = stpcpy(at, after);
    for (size_t i = 0; i < 4; i++) {
        struct outcome o = decode_by("Transfer-Encoding: chunked", wire, (size_t)(at - wire),
                                     steps[i], UINT64_MAX);

        if (i == 0)
            result = o.rc;
        cr_expect(eq(int, o.rc, result));
        cr_expect(eq(int, o.complete, o.rc == 0));
        free(o.data);
    }
    free(wire);
    return result;
}

WEFT_TEST(body, bounds_what_is_not_data)
{
    cr_expect(zero(int, repeated("1;", "a", 255, "\r\nx\r\n0\r\n\r\n")));
    cr_expect(eq(int, repeated("1;", "a", 256, "\r\nx\r\n0\r\n\r\n"), -400));
    cr_expect(zero(int, repeated("1", " ", 254, ";a\r\nx\r\n0\r\n\r\n")));
    cr_expect(eq(int, repeated("1", " ", 255, ";a\r\nx\r\n0\r\n\r\n"), -400));
    cr_expect(zero(int, repeated("0\r\n", "X: y\r\n", 32, "\r\n")));
    cr_expect(eq(int, repeated("0\r\n", "X: y\r\n", 33, "\r\n"), -400));
    cr_expect(zero(int, repeated("0\r\nX:", "y", 8188, "\r\n\r\n")));
    cr_expect(eq(int, repeated("0\r\nX:", "y", 8189, "\r\n\r\n"), -400));
}

WEFT_TEST(body, bounds_floods_of_tiny_chunks)
{
    cr_expect(zero(int, repeated("", "1\r\nx\r\n", 26000, "0\r\n\r\n")));
    cr_expect(eq(int, repeated("", "1\r\nx\r\n", 27000, "0\r\n\r\n"), -400));
    cr_expect(zero(int, repeated("", "2\r\nxy\r\n", 60000, "0\r\n\r\n")),
              "two bytes at a time are a body, however long");
    cr_expect(eq(int, repeated("", "02\r\nxy\r\n", 80000, "0\r\n\r\n"), -400));
    cr_expect(zero(int, repeated("", "3\r\nxyz\r\n", 20000, "0\r\n\r\n")));
    cr_expect(zero(int, repeated("", "8;abc=d\r\n01234567\r\n", 1000, "0\r\n\r\n")));
}

WEFT_TEST(body, bounds_extensions_by_the_data_before_them)
{
    static const char chunk[] = "8;abc=d\r\n01234567\r\n";

    /* 6 bytes in each chunk, where 2 come in by its data; so 8 KiB are used up after 2,047. */
    cr_expect(zero(int, repeated("", chunk, 2047, "0;a3\r\n\r\n")), "one under");
    cr_expect(zero(int, repeated("", chunk, 2047, "0;a34\r\n\r\n")), "at it");
    cr_expect(eq(int, repeated("", chunk, 2047, "0;a345\r\n\r\n"), -400), "one over");
    cr_expect(eq(int, repeated("", chunk, 2048, "0\r\n\r\n"), -400));
    cr_expect(zero(int, repeated("", "8;a\r\n01234567\r\n", 9000, "0\r\n\r\n")),
              "a quarter of the data, however long");
    cr_expect(eq(int, repeated("", "8; a\r\n01234567\r\n", 9000, "0\r\n\r\n"), -400),
              "white space counts");
}

/* As uploads are signed that do not know their length: each chunk on its own. */
WEFT_TEST(body, may_sign_each_chunk_however_long_it_is)
{
    enum { SIZE = 65536, CHUNKS = 400 };
    char *wire = malloc(SIZE + 200);
    struct weft__arena arena;
    struct weft__body body;
    size_t decoded;
    size_t consumed;

    cr_assert(ne(ptr, wire, NULL));
    weft__arena_init(&arena, 512);
    begin(&body, &arena, "Transfer-Encoding: chunked");
    for (int i = 0; i <= CHUNKS; i++) {
        int size = i < CHUNKS ? SIZE : 0;
        int line = snprintf(wire, 200, "%x;chunk-signature=%064d\r\n", size, i);
        size_t length = (size_t)line + (size_t)size + 2;

        memset(wire + line, 'x', (size_t)size);
        memcpy(wire + line + size, "\r\n", 2);
        cr_assert(zero(int, weft__body_decode(&body, wire, length, &decoded, &consumed)));
        cr_assert(eq(sz, decoded, (size_t)size));
        cr_assert(eq(sz, consumed, length));
    }
    cr_expect(eq(int, body.complete, 1));
    cr_expect(eq(u64, body.received, (uint64_t)SIZE * CHUNKS));
    weft__arena_done(&arena);
    free(wire);
}

WEFT_TEST(body, keeps_failing)
{
    struct weft__arena arena;
    struct weft__body body;
    char bad[] = "zz";
    char good[] = "1\r\na\r\n";
    size_t decoded;
    size_t consumed;

    weft__arena_init(&arena, 512);
    begin(&body, &arena, "Transfer-Encoding: chunked");
    cr_expect(eq(int, weft__body_decode(&body, bad, 2, &decoded, &consumed), -400));
    cr_expect(eq(int, weft__body_decode(&body, good, 6, &decoded, &consumed), -400));
    cr_expect(zero(sz, decoded));
    cr_expect(zero(sz, consumed));
    weft__arena_done(&arena);
}

WEFT_TEST(body, decodes_large_ones)
{
    char *wire = malloc(ROOM + 64);
    struct outcome o;

    cr_assert(ne(ptr, wire, NULL));
    char *at = wire + snprintf(wire, 16, "%x\r\n", ROOM);
    memset(at, 'x', ROOM);
    at = stpcpy(at + ROOM, "\r\n0\r\n\r\n");
    for (size_t step = 1000; step < 3 * ROOM; step *= 37) {
        o = decode_by("Transfer-Encoding: chunked", wire, (size_t)(at - wire), step, ROOM);
        cr_expect(zero(int, o.rc));
        cr_expect(eq(sz, o.decoded, ROOM));
        cr_expect(zero(int, memcmp(o.data, o.data + 1, ROOM - 1)));
        free(o.data);
    }
    free(wire);
}
