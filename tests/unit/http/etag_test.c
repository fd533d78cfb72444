/*
 * Entity-tags (RFC 9110, 8.8.3).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/etag.h"

#include <stdio.h>
#include <string.h>
#include <weft/error.h>

#include "guarded.h"
#include "test.h"

WEFT_TEST(etag, is_taken_or_refused)
{
    static const struct {
        const char *text;
        const char *tag; /* NULL: refused */
        bool weak;
    } cases[] = {
        { "\"xyzzy\"", "xyzzy", false }, { "W/\"xyzzy\"", "xyzzy", true },
        { "\"\"", "", false },           { "W/\"\"", "", true },
        { " \t\"a\" ", "a", false },     { "\"a,b\"", "a,b", false },
        { "\"a\\\"", "a\\", false },     { "\"!#~\xc3\xa9\"", "!#~\xc3\xa9", false },
        { "\"W/\"", "W/", false },       { "", NULL, false },
        { "xyzzy", NULL, false },        { "\"", NULL, false },
        { "\"a", NULL, false },          { "a\"", NULL, false },
        { "'a'", NULL, false },          { "*", NULL, false },
        { "w/\"a\"", NULL, false },      { "W\"a\"", NULL, false },
        { "W/", NULL, false },           { "W/a", NULL, false },
        { "W/ \"a\"", NULL, false },     { "\"a b\"", NULL, false },
        { "\"a\"b\"", NULL, false },     { "\"a\tb\"", NULL, false },
        { "\"a\x7f\"", NULL, false },    { "\"a\", \"b\"", NULL, false },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].text);
        const char *text = weft_test_guarded_copy(&guarded, cases[i].text, length);
        struct weft__etag etag = { .tag = "untouched", .length = 9 };
        int rc = weft__etag_parse(&etag, text, length);

        cr_expect(eq(int, rc, cases[i].tag == NULL ? WEFT_EPROTO : 0), "%s", cases[i].text);
        if (cases[i].tag == NULL) {
            cr_expect(eq(sz, etag.length, 9));
            continue;
        }
        cr_expect(eq(sz, etag.length, strlen(cases[i].tag)), "%s", cases[i].text);
        cr_expect(zero(int, memcmp(etag.tag, cases[i].tag, etag.length)), "%s", cases[i].text);
        cr_expect(eq(int, etag.weak, cases[i].weak), "%s", cases[i].text);
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(etag, lists_are_walked)
{
    static const struct {
        const char *list;
        const char *tags; /* each in brackets, weak ones behind a '~' */
    } cases[] = {
        { "", "" },
        { " ", "" },
        { ",, ,", "" },
        { "\"a\"", "[a]" },
        { "\"a\",\"b\"", "[a][b]" },
        { " \"a\" , W/\"b\" ,\"c\"", "[a]~[b][c]" },
        { ",\"a\",,\"b\",", "[a][b]" },
        { "\"a,b\",\"c\"", "[a,b][c]" },
        { "\"a\\\",\"b\"", "[a\\][b]" },
        { "a, \"b\"", "[b]" },
        { "\"a\" \"b\", \"c\"", "[c]" },
        { "\"a\"b, W/\"c\"", "~[c]" },
        { "\"a, \"b\"", "[b]" },
        { "\"a\",\"b", "[a]" },
        { "*", "" },
        { "*, \"a\"", "[a]" },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].list);
        const char *at = weft_test_guarded_copy(&guarded, cases[i].list, length);
        const char *end = at + length;
        struct weft__etag etag;
        char seen[100] = "";
        size_t used = 0;

        while (weft__etag_next(&at, end, &etag))
            used += (size_t)snprintf(seen + used, sizeof(seen) - used, "%s[%.*s]",
                                     etag.weak ? "~" : "", (int)etag.length, etag.tag);
        cr_expect(eq(str, seen, (char *)cases[i].tags), "%s", cases[i].list);
        cr_expect(eq(ptr, (void *)at, (void *)end));
        cr_expect(not(weft__etag_next(&at, end, &etag)));
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(etag, a_star_alone_is_any)
{
    cr_expect(weft__etag_is_any("*", 1));
    cr_expect(weft__etag_is_any(" *\t", 3));
    cr_expect(not(weft__etag_is_any("", 0)));
    cr_expect(not(weft__etag_is_any("\"*\"", 3)));
    cr_expect(not(weft__etag_is_any("**", 2)));
    cr_expect(not(weft__etag_is_any("*, \"a\"", 6)));
}

/* The table of RFC 9110, 8.8.3.2. */
WEFT_TEST(etag, comparison_is_strong_or_weak)
{
    static const struct {
        const char *a;
        const char *b;
        bool strongly;
        bool weakly;
    } cases[] = {
        { "W/\"1\"", "W/\"1\"", false, true }, { "W/\"1\"", "W/\"2\"", false, false },
        { "W/\"1\"", "\"1\"", false, true },   { "\"1\"", "\"1\"", true, true },
        { "\"1\"", "\"10\"", false, false },   { "\"a\"", "\"A\"", false, false },
        { "\"\"", "\"\"", true, true },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__etag a;
        struct weft__etag b;

        cr_assert(zero(int, weft__etag_parse(&a, cases[i].a, strlen(cases[i].a))));
        cr_assert(zero(int, weft__etag_parse(&b, cases[i].b, strlen(cases[i].b))));
        cr_expect(eq(int, weft__etag_equal_strongly(&a, &b), cases[i].strongly));
        cr_expect(eq(int, weft__etag_equal_strongly(&b, &a), cases[i].strongly));
        cr_expect(eq(int, weft__etag_equal_weakly(&a, &b), cases[i].weakly));
        cr_expect(eq(int, weft__etag_equal_weakly(&b, &a), cases[i].weakly));
    }
}
