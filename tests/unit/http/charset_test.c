/*
 * Charsets, and ISO-8859-1 as UTF-8.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/charset.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "failalloc.h"
#include "guarded.h"
#include "test.h"

WEFT_TEST(charset, has_several_names)
{
    static const struct {
        const char *name;
        enum weft__charset charset;
    } cases[] = {
        { "utf-8", WEFT__CHARSET_UTF8 },
        { "UTF8", WEFT__CHARSET_UTF8 },
        { "US-ASCII", WEFT__CHARSET_UTF8 },
        { "ascii", WEFT__CHARSET_UTF8 },
        { "ISO-8859-1", WEFT__CHARSET_LATIN1 },
        { "iso_8859-1", WEFT__CHARSET_LATIN1 },
        { "iso8859-1", WEFT__CHARSET_LATIN1 },
        { "Latin1", WEFT__CHARSET_LATIN1 },
        { "latin-1", WEFT__CHARSET_LATIN1 },
        { "L1", WEFT__CHARSET_LATIN1 },
        { "", WEFT__CHARSET_OTHER },
        { "utf-16", WEFT__CHARSET_OTHER },
        { "utf-8 ", WEFT__CHARSET_OTHER },
        { "utf-", WEFT__CHARSET_OTHER },
        { "utf-80", WEFT__CHARSET_OTHER },
        { "iso-8859-15", WEFT__CHARSET_OTHER },
        { "latin2", WEFT__CHARSET_OTHER },
        { "windows-1252", WEFT__CHARSET_OTHER },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(int, (int)weft__charset_parse(cases[i].name, strlen(cases[i].name)),
                     (int)cases[i].charset),
                  "%s", cases[i].name);
}

/* Each byte is the character of its number. */
WEFT_TEST(charset, latin1_becomes_utf8)
{
    struct weft_test_guarded guarded = weft_test_guarded_new(256);
    struct weft__arena arena;
    char all[256];
    size_t length = 0;
    char *utf8;

    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    weft__arena_init(&arena, 1024);
    utf8 =
        weft__latin1_to_utf8(&arena, weft_test_guarded_copy(&guarded, all, 256), 256, &length);
    cr_assert(ne(ptr, utf8, NULL));
    cr_expect(eq(sz, length, 128 + 2 * 128));
    cr_expect(eq(sz, weft__latin1_utf8_length(all, 256), length));
    cr_expect(zero(int, memcmp(utf8, all, 128)));
    cr_expect(weft__utf8_valid(utf8, length));
    cr_expect(zero(chr, utf8[length]));
    for (size_t i = 128; i < 256; i++) {
        const unsigned char *at = (const unsigned char *)utf8 + 128 + 2 * (i - 128);

        cr_expect(eq(sz, (at[0] & 0x1fU) << 6 | (at[1] & 0x3fU), i));
    }
    utf8 = weft__latin1_to_utf8(&arena, "", 0, &length);
    cr_expect(eq(str, utf8, (char *)""));
    cr_expect(zero(sz, length));
    weft__arena_done(&arena);
    weft_test_guarded_free(&guarded);
}
