/*
 * Query strings and urlencoded forms.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/query.h"

#include <stdio.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "failalloc.h"
#include "guarded.h"
#include "test.h"

/* Parse and write all pairs as "name=value;", or the code. */
static const char *parse_as(const char *text, unsigned max, enum weft__query_faults faults)
{
    static char dump[500];
    struct weft_test_guarded guarded = weft_test_guarded_new(300);
    size_t length = strlen(text);
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;
    int rc;

    weft__arena_init(&arena, 512);
    rc = weft__query_parse(&pairs, &arena, weft_test_guarded_copy(&guarded, text, length),
                           length, max, faults);
    dump[0] = '\0';
    for (unsigned i = 0; i < pairs.count; i++) {
        size_t used = strlen(dump);

        cr_expect(eq(sz, strlen(pairs.items[i].name), pairs.items[i].name_length));
        cr_expect(eq(sz, strlen(pairs.items[i].value), pairs.items[i].value_length));
        snprintf(dump + used, sizeof(dump) - used, "%s=%s;", pairs.items[i].name,
                 pairs.items[i].value);
    }
    if (rc < 0)
        snprintf(dump, sizeof(dump), "%s", weft_err_name(rc));
    weft__arena_done(&arena);
    weft_test_guarded_free(&guarded);
    return dump;
}

static const char *parse(const char *text, unsigned max)
{
    return parse_as(text, max, WEFT__QUERY_REFUSE);
}

WEFT_TEST(query, is_split_and_decoded)
{
    static const struct {
        const char *text;
        const char *pairs;
    } cases[] = {
        { "", "" },
        { "a", "a=;" },
        { "a=", "a=;" },
        { "=", "=;" },
        { "=b", "=b;" },
        { "a=b", "a=b;" },
        { "a=b&c=d", "a=b;c=d;" },
        { "a=b&&c=d&", "a=b;c=d;" },
        { "&", "" },
        { "a=b=c", "a=b=c;" },
        { "a=b;c=d", "a=b;c=d;" },
        { "a=1&a=2", "a=1;a=2;" },
        { "a+b=c+d%2B", "a b=c d+;" },
        { "%61%3D=%26", "a==&;" },
        { "a&b", "a=;b=;" },
        { "q=%C3%A9", "q=\xc3\xa9;" },
        { "a=%", "WEFT_EPROTO" },
        { "%zz=a", "WEFT_EPROTO" },
        { "a=%00", "WEFT_EPROTO" },
        { "a=%ff", "WEFT_EPROTO" },
        { "ok=1&a=%e9", "WEFT_EPROTO" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)parse(cases[i].text, 0), (char *)cases[i].pairs), "%s",
                  cases[i].text);
}

WEFT_TEST(query, stays_raw_where_it_cannot_be_decoded)
{
    static const struct {
        const char *text;
        const char *pairs;
    } cases[] = {
        { "a+b=%2B", "a b=+;" },
        { "a=%", "a=%;" },
        { "a=+%20%zz&b=%41", "a=+%20%zz;b=A;" },
        { "%41%zz=%41&c", "%41%zz=A;c=;" },
        { "a=%41%00&a=1", "a=%41%00;a=1;" },
        { "a=%41%ff", "a=%41%ff;" },
    };
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)parse_as(cases[i].text, 0, WEFT__QUERY_KEEP_RAW),
                     (char *)cases[i].pairs),
                  "%s", cases[i].text);
    weft__arena_init(&arena, 128);
    cr_expect(eq(int, weft__query_parse(&pairs, &arena, "a\0b", 3, 0, WEFT__QUERY_KEEP_RAW),
                 WEFT_EPROTO));
    weft__arena_done(&arena);
}

/* For texts in other charsets: the rest is as strict as ever. */
WEFT_TEST(query, is_split_into_bytes)
{
    static const struct {
        const char *text;
        const char *pairs;
    } cases[] = {
        { "a=%e9+%41&\xff", "a=\xe9 A;\xff=;" },
        { "%c3%a9=%80", "\xc3\xa9=\x80;" },
        { "a=%zz", "WEFT_EPROTO" },
        { "a=%00", "WEFT_EPROTO" },
        { "a=%e", "WEFT_EPROTO" },
        { "%=a", "WEFT_EPROTO" },
    };
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)parse_as(cases[i].text, 0, WEFT__QUERY_BYTES),
                     (char *)cases[i].pairs),
                  "%s", cases[i].text);
    weft__arena_init(&arena, 128);
    cr_expect(eq(int, weft__query_parse(&pairs, &arena, "a\0b", 3, 0, WEFT__QUERY_BYTES),
                 WEFT_EPROTO));
    weft__arena_done(&arena);
}

WEFT_TEST(query, holds_its_number_of_pairs)
{
    cr_expect(eq(str, (char *)parse("a&b", 3), (char *)"a=;b=;"));
    cr_expect(eq(str, (char *)parse("a&b&&c&", 3), (char *)"a=;b=;c=;"));
    cr_expect(eq(str, (char *)parse("a&b&c&d", 3), (char *)"WEFT_ELIMIT"));
}

WEFT_TEST(query, grows_and_is_searched)
{
    struct weft__pairs pairs = { 0 };
    struct weft__arena arena;
    const struct weft__pair *pair;

    weft__arena_init(&arena, 128);
    cr_expect(eq(ptr, (void *)weft__pairs_find(&pairs, "a", 1), NULL));
    for (int i = 0; i < 100; i++) {
        char text[20];
        int length = snprintf(text, sizeof(text), "a%d=x&b=%d", i, i);

        cr_assert(zero(int, weft__query_parse(&pairs, &arena, text, (size_t)length, 0,
                                              WEFT__QUERY_REFUSE)));
    }
    cr_expect(eq(uint, pairs.count, 200));
    pair = weft__pairs_find(&pairs, "b", 1);
    for (int i = 0; i < 100; i++) {
        char expected[20];

        cr_assert(ne(ptr, (void *)pair, NULL));
        snprintf(expected, sizeof(expected), "%d", i);
        cr_expect(eq(str, (char *)pair->value, expected));
        pair = weft__pairs_find_next(&pairs, pair);
    }
    cr_expect(eq(ptr, (void *)pair, NULL));
    cr_expect(eq(ptr, (void *)weft__pairs_find(&pairs, "B", 1), NULL));
    weft__arena_done(&arena);
}

WEFT_TEST(query, reports_that_memory_is_out)
{
    int rc = UV_ENOMEM;

    for (unsigned long n = 1; rc != 0 && n < 20; n++) {
        struct weft__pairs pairs = { 0 };
        struct weft__arena arena;

        weft__arena_init(&arena, 16);
        weft_test_fail_alloc(n);
        rc =
            weft__query_parse(&pairs, &arena, "a&b&c&d&e&f&g&h&i&j", 19, 0, WEFT__QUERY_REFUSE);
        cr_assert(eq(int, rc, weft_test_fail_stop() ? UV_ENOMEM : 0));
        weft__arena_done(&arena);
    }
    cr_expect(zero(int, rc));
}
