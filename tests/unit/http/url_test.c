/*
 * Percent-encoding.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/url.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "guarded.h"
#include "test.h"

static void expect_decoded(const char *text, enum weft__url_decoding how, const char *expected)
{
    struct weft_test_guarded guarded = weft_test_guarded_new(200);
    size_t length = strlen(text);
    struct weft__arena arena;
    char *copy = weft_test_guarded_copy(&guarded, text, length);
    const char *decoded = NULL;
    size_t decoded_length = 0;
    int rc;

    weft__arena_init(&arena, 512);
    rc = weft__url_decode_arena(&arena, copy, length, how, &decoded, &decoded_length);
    if (expected == NULL) {
        cr_expect(eq(int, rc, WEFT_EPROTO), "%s", text);
        cr_expect(eq(long, weft__url_decode(copy, copy, length, how), WEFT_EPROTO));
    } else {
        cr_assert(zero(int, rc), "%s", text);
        cr_expect(eq(str, (char *)decoded, (char *)expected));
        cr_expect(eq(sz, decoded_length, strlen(expected)));
        cr_expect(eq(long, weft__url_decode(copy, copy, length, how), (long)strlen(expected)));
        cr_expect(zero(int, memcmp(copy, expected, decoded_length)), "in place");
    }
    weft__arena_done(&arena);
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(url, is_decoded)
{
    expect_decoded("", WEFT__URL_PATH, "");
    expect_decoded("a+b", WEFT__URL_PATH, "a+b");
    expect_decoded("a+b%2B", WEFT__URL_FORM, "a b+");
    expect_decoded("%41%5a%7a", WEFT__URL_PATH, "AZz");
    expect_decoded("%2F%2e%25", WEFT__URL_PATH, "/.%");
    expect_decoded("%252e", WEFT__URL_PATH, "%2e");
    expect_decoded("%C3%A9\xc3\xa9", WEFT__URL_PATH, "\xc3\xa9\xc3\xa9");
    expect_decoded("%f0%9f%98%80", WEFT__URL_PATH, "\xf0\x9f\x98\x80");
    expect_decoded("%0d%0a%01%7f", WEFT__URL_PATH, "\r\n\x01\x7f");
}

WEFT_TEST(url, is_refused)
{
    static const char *const cases[] = {
        "%",      "%4",        "a%",           "%g0",   "%0g",  "%%41",
        "% 41",   "%-1",       "%00",          "a%00b", "%c3",  "%c3%28",
        "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%ff",   "\x80", "%u0041",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        expect_decoded(cases[i], WEFT__URL_PATH, NULL);
        expect_decoded(cases[i], WEFT__URL_FORM, NULL);
    }
    char nul[] = "a\0b";

    cr_expect(eq(long, weft__url_decode(nul, nul, 3, WEFT__URL_PATH), WEFT_EPROTO));
}

static void expect_encoded(const char *text, enum weft__url_encoding how, const char *expected)
{
    struct weft__arena arena;
    struct weft__buffer out;
    size_t length = 0;
    char *encoded;

    weft__arena_init(&arena, 512);
    weft__buffer_init(&out, 1000);
    encoded = weft__url_encode_arena(&arena, text, strlen(text), how, &length);
    cr_assert(ne(ptr, encoded, NULL));
    cr_expect(eq(str, encoded, (char *)expected));
    cr_expect(eq(sz, length, strlen(expected)));
    cr_assert(zero(int, weft__url_encode(&out, text, strlen(text), how)));
    cr_assert(zero(int, weft__buffer_append(&out, "", 1)));
    cr_expect(eq(str, out.data, (char *)expected));
    weft__buffer_done(&out);
    weft__arena_done(&arena);
}

WEFT_TEST(url, is_encoded)
{
    expect_encoded("", WEFT__URL_SEGMENT, "");
    expect_encoded("aZ09-._~", WEFT__URL_QUERY_VALUE, "aZ09-._~");
    expect_encoded("a b/c?d#e&f=g+h%", WEFT__URL_SEGMENT, "a%20b%2Fc%3Fd%23e&f=g+h%25");
    expect_encoded("a b/c?d#e&f=g+h%", WEFT__URL_SEGMENTS, "a%20b/c%3Fd%23e&f=g+h%25");
    expect_encoded("a b/c?d#e&f=g+h%", WEFT__URL_QUERY_VALUE,
                   "a%20b%2Fc%3Fd%23e%26f%3Dg%2Bh%25");
    expect_encoded("\xc3\xa9\"<>\\^`{|}\x01\x7f", WEFT__URL_SEGMENT,
                   "%C3%A9%22%3C%3E%5C%5E%60%7B%7C%7D%01%7F");
    expect_encoded("!$&'()*+,;=:@", WEFT__URL_SEGMENT, "!$&'()*+,;=:@");
}

WEFT_TEST(url, comes_back_as_it_was)
{
    struct weft__arena arena;
    char text[127];

    weft__arena_init(&arena, 512);
    for (int c = 1; c < 128; c++)
        text[c - 1] = (char)c;
    for (int how = WEFT__URL_SEGMENT; how <= WEFT__URL_QUERY_VALUE; how++) {
        size_t length = 0;
        char *encoded = weft__url_encode_arena(&arena, text, sizeof(text),
                                               (enum weft__url_encoding)how, &length);

        cr_assert(ne(ptr, encoded, NULL));
        cr_expect(eq(long, weft__url_decode(encoded, encoded, length, WEFT__URL_PATH), 127));
        cr_expect(zero(int, memcmp(encoded, text, 127)));
    }
    weft__arena_done(&arena);
}
