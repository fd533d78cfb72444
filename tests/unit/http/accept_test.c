/*
 * What a client accepts (RFC 9110, 12.5; RFC 4647).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/accept.h"

#include <stdio.h>
#include <string.h>

#include "guarded.h"
#include "http/media_type.h"
#include "test.h"

/* The list of a field that was sent on one line; NULL: not sent. */
static struct weft__accept_list read_list(const char *value, bool media)
{
    struct weft__accept_list list = { .media = media };

    if (value != NULL)
        weft__accept_read(&list, value, strlen(value));
    return list;
}

WEFT_TEST(accept, elements_are_read)
{
    static const struct {
        const char *value;
        const char *items; /* range[parameters]quality */
    } cases[] = {
        { "", "" },
        { " , ,", "" },
        { "*", "*[]1000" },
        { "gzip", "gzip[]1000" },
        { "a;q=1,b;q=0", "a[]1000 b[]0" },
        { "a;q=0.5,b;q=0.123, c;q=0., d;q=1.000", "a[]500 b[]123 c[]0 d[]1000" },
        { "html ; level=1 ; q=0.7 ; ext=1, *;Q=0.1", "html[ ; level=1]700 *[]100" },
        { "a;x=\"1,2\";q=0.5,c", "a[;x=\"1,2\"]500 c[]1000" },
        { "a;;q=0.2", "a[;]200" },
        { "a;q=0.5;q=0.1", "a[]500" },
        /* Malformed: the others count. */
        { "a;q=2, b", "b[]1000" },
        { "a;q=1.001, b", "b[]1000" },
        { "a;q=0.1234, b", "b[]1000" },
        { "a;q=.5, b", "b[]1000" },
        { "a;q=-1, b", "b[]1000" },
        { "a;q=, b", "b[]1000" },
        { "a;q, b", "b[]1000" },
        { "a;q=\"0.5\", b", "b[]1000" },
        { "a b, c", "c[]1000" },
        { ";q=1, c", "c[]1000" },
        { "a;x=\"1, b", "" },
        { "(), b", "b[]1000" },
        { "a/b, c", "c[]1000" },
    };
    struct weft_test_guarded guarded = weft_test_guarded_new(200);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t length = strlen(cases[i].value);
        struct weft__accept_list list = { 0 };
        char seen[200] = "";
        size_t used = 0;

        weft__accept_read(&list, weft_test_guarded_copy(&guarded, cases[i].value, length),
                          length);
        cr_expect(list.sent);
        for (unsigned n = 0; n < list.count; n++) {
            const struct weft__accept *item = &list.items[n];

            used +=
                (size_t)snprintf(seen + used, sizeof(seen) - used, "%s%.*s[%.*s]%u",
                                 n > 0 ? " " : "", (int)item->range_length, item->range,
                                 (int)item->parameters_length, item->parameters, item->quality);
        }
        cr_expect(eq(str, seen, (char *)cases[i].items), "%s", cases[i].value);
    }
    weft_test_guarded_free(&guarded);
}

WEFT_TEST(accept, has_a_limit_of_elements)
{
    for (unsigned count = WEFT__ACCEPT_MAX - 1; count <= WEFT__ACCEPT_MAX + 1; count++) {
        struct weft__accept_list list = { 0 };

        for (unsigned i = 0; i < count; i++) /* all lines of the field together */
            weft__accept_read(&list, "a", 1);
        cr_expect(eq(uint, list.count, count > WEFT__ACCEPT_MAX ? WEFT__ACCEPT_MAX : count));
    }
}

WEFT_TEST(accept, media_types_have_a_quality)
{
    /* The example of RFC 9110, 12.5.1. */
    static const char example[] = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
                                  "text/plain;format=fixed;q=0.4, */*;q=0.5";
    static const struct {
        const char *accept;
        const char *type;
        unsigned quality;
    } cases[] = {
        { example, "text/plain;format=flowed", 1000 },
        { example, "text/plain", 700 },
        { example, "text/html", 300 },
        { example, "image/jpeg", 500 },
        { example, "text/plain;format=fixed", 400 },
        { example, "text/html;level=3", 300 },
        { NULL, "a/b", 1000 },
        { "", "a/b", 1000 },
        { "malformed element", "a/b", 1000 },
        { "text/html", "a/b", 0 },
        { "text/html", "text/html;charset=utf-8", 1000 },
        { "TEXT/Html", "text/HTML", 1000 },
        { "*/*;q=0.1, text/html;q=0", "text/html", 0 },
        { "text/html;q=0, */*;q=0.1", "text/plain", 100 },
        { "text/*;q=0, text/html", "text/html", 1000 },
        { "text/html;level=1", "text/html", 0 },
        { "text/html;level=1", "text/html;level=2", 0 },
        { "text/html;LEVEL=\"1\"", "text/html;level=1", 1000 },
        { "text/html;level=1;q=0.1, text/html;q=0.9", "text/html;level=1", 100 },
        { "*/*;level=1;q=0.2, text/html;q=0.9", "text/html;level=1", 200 },
        { "a/b;q=0.2, a/b;q=0.3", "a/b", 300 },
        { "application/json;charset=UTF-8", "application/json", 1000 },
        { "application/json;charset=\"utf-8\"", "application/json", 1000 },
        { "application/json;charset=latin1", "application/json", 0 },
        { "application/json;charset=utf-8", "application/json;charset=utf-8", 1000 },
        { "*/b", "a/b", 0 },
        { "*, a, /b, a/, /, a/b/c", "a/b", 1000 },
        { "a, c/d", "a/b", 0 },
        { "a/*", "ab/c", 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__accept_list list = read_list(cases[i].accept, true);
        struct weft__media_type type;

        cr_assert(
            zero(int, weft__media_type_parse(&type, cases[i].type, strlen(cases[i].type))));
        cr_expect(eq(uint, weft__accept_type(&list, &type), cases[i].quality), "%s for %s",
                  cases[i].accept, cases[i].type);
    }
}

WEFT_TEST(accept, codings_have_a_quality)
{
    static const struct {
        const char *accept;
        const char *coding;
        unsigned quality;
    } cases[] = {
        { NULL, "gzip", 1000 },
        { NULL, "identity", 1000 },
        { "", "gzip", 0 },
        { "", "identity", 1 },
        { "gzip", "gzip", 1000 },
        { "gzip", "identity", 1 },
        { "gzip", "br", 0 },
        { "GZIP;q=0.5", "gzip", 500 },
        { "x-gzip;q=0.5", "gzip", 500 },
        { "gzip;q=0.5", "x-gzip", 500 },
        { "*", "br", 1000 },
        { "*", "identity", 1000 },
        { "*;q=0", "identity", 0 },
        { "*;q=0, identity;q=0.5", "identity", 500 },
        { "identity;q=0", "identity", 0 },
        { "gzip;q=0, *", "gzip", 0 },
        { "gzip;q=0, *;q=0.3", "br", 300 },
        { "gzip;q=1.0, identity; q=0.5, *;q=0", "identity", 500 },
        { "gzip;q=1.0, identity; q=0.5, *;q=0", "br", 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__accept_list list = read_list(cases[i].accept, false);

        cr_expect(eq(uint, weft__accept_coding(&list, cases[i].coding), cases[i].quality),
                  "%s for %s", cases[i].accept, cases[i].coding);
    }
}

WEFT_TEST(accept, languages_are_filtered)
{
    static const struct {
        const char *accept;
        const char *tag;
        unsigned quality;
    } cases[] = {
        { NULL, "de", 1000 },
        { "", "de", 1000 },
        { "de-DE", "de-de", 1000 },
        { "de-de", "de-DE-1996", 1000 },
        { "de-de", "de-Latn-DE", 0 },
        { "de-de", "de-Deva", 0 },
        { "de", "de-CH", 1000 },
        { "de", "den", 0 },
        { "de-CH", "de", 0 },
        { "da, en-gb;q=0.8, en;q=0.7", "en-GB", 800 },
        { "da, en-gb;q=0.8, en;q=0.7", "en-US", 700 },
        { "en-US;q=0, en", "en-US", 0 },
        { "en;q=0.5, *;q=0.1", "fr", 100 },
        { "*;q=0.1, en;q=0.5", "en", 500 },
        { "*;q=0, e;q=0.5", "e", 500 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__accept_list list = read_list(cases[i].accept, false);

        cr_expect(eq(uint, weft__accept_language(&list, cases[i].tag), cases[i].quality),
                  "%s for %s", cases[i].accept, cases[i].tag);
    }
}

WEFT_TEST(accept, languages_are_looked_up)
{
    static const char *const tags[] = { "en", "de", "fr-CA", "zh-Hant", "pt-BR", "x" };
    static const struct {
        const char *accept;
        const char *tag;
    } cases[] = {
        { NULL, "en" },
        { "", "en" },
        { "de", "de" },
        { "DE", "de" },
        { "de-CH, en;q=0.8", "de" },
        { "en;q=0.8, de-CH", "de" },
        { "fr", "fr-CA" },
        { "fr-FR", NULL },
        { "fr-FR, fr;q=0.9", "fr-CA" },
        { "fr-CH, en;q=0.5", "en" },
        { "zh-Hant-CN-x-private1-private2", "zh-Hant" },
        { "de-a-b-c", "de" },
        { "zh-Hans", NULL },
        { "zh", "zh-Hant" },
        { "pt-BR;q=0, pt", NULL },
        { "pt-BR;q=0, pt, en;q=0.1", "en" },
        { "it", NULL },
        { "it, *;q=0.1", "en" },
        { "*", "en" },
        { "*, en;q=0", "de" },
        { "de;q=0", NULL },
        { "de;q=0, *;q=0.5", "en" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__accept_list list = read_list(cases[i].accept, false);
        int found = weft__accept_lookup(&list, tags, sizeof(tags) / sizeof(*tags));
        const char *tag = found < 0 ? "(none)" : tags[found];

        cr_expect(
            eq(str, (char *)tag, (char *)(cases[i].tag == NULL ? "(none)" : cases[i].tag)),
            "%s", cases[i].accept);
    }
}
