/*
 * Media types.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/media_type.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "guarded.h"
#include "test.h"

static struct weft__media_type parsed(const char *text)
{
    struct weft__media_type type;

    cr_assert(zero(int, weft__media_type_parse(&type, text, strlen(text))), "%s", text);
    return type;
}

WEFT_TEST(media_type, is_taken_or_refused)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        { "a/b", 0 },
        { " text/html ", 0 },
        { "text/html;charset=utf-8", 0 },
        { "text/html ; charset=\"utf-8\" ;x=y", 0 },
        { "text/html;", 0 },
        { "text/html;;a=b", 0 },
        { "multipart/form-data; boundary=\"a b\\\"c\"", 0 },
        { "*/*", 0 },
        { "", WEFT_EPROTO },
        { "text", WEFT_EPROTO },
        { "text/", WEFT_EPROTO },
        { "/html", WEFT_EPROTO },
        { "text/html/x", WEFT_EPROTO },
        { "text /html", WEFT_EPROTO },
        { "text/html x", WEFT_EPROTO },
        { "text/html, text/plain", WEFT_EPROTO },
        { "text/html;a", WEFT_EPROTO },
        { "text/html;a=", WEFT_EPROTO },
        { "text/html;=b", WEFT_EPROTO },
        { "text/html;a =b", WEFT_EPROTO },
        { "text/html;a= b", WEFT_EPROTO },
        { "text/html;a=\"b", WEFT_EPROTO },
        { "text/html;a=\"b\\", WEFT_EPROTO },
        { "text/html;a=\"b\"c", WEFT_EPROTO },
        { "text/html;a=\"\x01\"", WEFT_EPROTO },
        { "t\xc3\xa9xt/html", WEFT_EPROTO },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(100);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].text);
        struct weft__media_type type;

        cr_expect(
            eq(int,
               weft__media_type_parse(
                   &type, weft_test_guarded_copy(&guarded, cases[i].text, length), length),
               cases[i].rc),
            "%s", cases[i].text);
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(media_type, is_compared)
{
    struct weft__media_type html = parsed("Text/HTML; a=b");

    cr_expect(weft__media_type_is(&html, "text/html"));
    cr_expect(weft__media_type_is(&html, "text/*"));
    cr_expect(weft__media_type_is(&html, "*/*"));
    cr_expect(not(weft__media_type_is(&html, "text/htm")));
    cr_expect(not(weft__media_type_is(&html, "text/htmlx")));
    cr_expect(not(weft__media_type_is(&html, "image/*")));
    cr_expect(not(weft__media_type_is(&html, "text")));
}

WEFT_TEST(media_type, knows_json)
{
    static const struct {
        const char *text;
        bool json;
    } cases[] = {
        { "application/json", true },
        { "APPLICATION/JSON; charset=utf-8", true },
        { "text/json", false },
        { "application/problem+json", true },
        { "application/vnd.api+JSON", true },
        { "application/a+b+json", true },
        { "application/jsonp", false },
        { "application/json+xml", false },
        { "application/x-json", false },
        { "application/+json", false },
        { "application/a+", false },
        { "text/plain", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__media_type type = parsed(cases[i].text);

        cr_expect(eq(int, weft__media_type_is_json(&type), cases[i].json), "%s", cases[i].text);
    }
}

WEFT_TEST(media_type, has_parameters)
{
    static const struct {
        const char *text;
        const char *boundary;
    } cases[] = {
        { "a/b", NULL },
        { "a/b;x=y", NULL },
        { "a/b; boundary=xyz", "xyz" },
        { "a/b;x=\";boundary=no\"; BOUNDARY=\"x y\\\"z\\\\\"", "x y\"z\\" },
        { "a/b;boundary=\"\"", "" },
        { "a/b;;boundary=1;", "1" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__media_type type = parsed(cases[i].text);
        struct weft__arena arena;
        const char *value = NULL;
        size_t length = 0;
        int rc;

        weft__arena_init(&arena, 128);
        rc = weft__media_type_parameter(&type, &arena, "boundary", &value, &length);
        cr_expect(eq(int, rc, cases[i].boundary != NULL), "%s", cases[i].text);
        if (rc == 1) {
            cr_expect(eq(str, (char *)value, (char *)cases[i].boundary));
            cr_expect(eq(sz, length, strlen(cases[i].boundary)));
        }
        weft__arena_done(&arena);
    }
}

WEFT_TEST(media_type, has_no_parameter_twice)
{
    static const char *const cases[] = { "a/b;boundary=1;boundary=2",
                                         "a/b;boundary=1;x=y;Boundary=1",
                                         "a/b;boundary=1;boundary=2;boundary=3" };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__media_type type = parsed(cases[i]);
        struct weft__arena arena;
        const char *value = NULL;
        size_t length = 0;

        weft__arena_init(&arena, 128);
        cr_expect(eq(int,
                     weft__media_type_parameter(&type, &arena, "boundary", &value, &length),
                     WEFT_EPROTO),
                  "%s", cases[i]);
        cr_expect(eq(ptr, (void *)value, NULL));
        weft__arena_done(&arena);
    }
}

WEFT_TEST(media_type, knows_charsets)
{
    static const struct {
        const char *text;
        enum weft__charset charset;
    } cases[] = {
        { "a/b", WEFT__CHARSET_UTF8 },
        { "a/b;charset=UTF-8", WEFT__CHARSET_UTF8 },
        { "a/b;charset=\"utf-8\"", WEFT__CHARSET_UTF8 },
        { "a/b;charset=utf8", WEFT__CHARSET_UTF8 },
        { "a/b;charset=us-ascii", WEFT__CHARSET_UTF8 },
        { "a/b;charset=ISO-8859-1", WEFT__CHARSET_LATIN1 },
        { "a/b;x=y; Charset=\"latin1\"", WEFT__CHARSET_LATIN1 },
        { "a/b;charset=iso-8859-15", WEFT__CHARSET_OTHER },
        { "a/b;charset=utf-16", WEFT__CHARSET_OTHER },
        { "a/b;charset=\"\"", WEFT__CHARSET_OTHER },
        { "a/b;charset=utf-8;charset=utf-8", WEFT__CHARSET_OTHER },
        { "a/b;charset=utf-8;charset=latin1", WEFT__CHARSET_OTHER },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__media_type type = parsed(cases[i].text);

        cr_expect(eq(int, (int)weft__media_type_charset(&type), (int)cases[i].charset), "%s",
                  cases[i].text);
    }
}
