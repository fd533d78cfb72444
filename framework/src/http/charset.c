/*
 * http/charset.c - see charset.h.
 *
 * ISO-8859-1 is the standard's, in which 0x80 to 0x9f are control characters.  Browsers read it
 * as windows-1252, but a browser sends forms in UTF-8, and names no charset.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/charset.h"

#include <string.h>

#include "base/arena.h"
#include "http/chars.h"

enum weft__charset weft__charset_parse(const char *name, size_t length)
{
    static const struct {
        const char *name;
        enum weft__charset charset;
    } known[] = {
        { "utf-8", WEFT__CHARSET_UTF8 },        { "utf8", WEFT__CHARSET_UTF8 },
        { "us-ascii", WEFT__CHARSET_UTF8 },     { "ascii", WEFT__CHARSET_UTF8 },
        { "iso-8859-1", WEFT__CHARSET_LATIN1 }, { "iso_8859-1", WEFT__CHARSET_LATIN1 },
        { "iso8859-1", WEFT__CHARSET_LATIN1 },  { "latin1", WEFT__CHARSET_LATIN1 },
        { "latin-1", WEFT__CHARSET_LATIN1 },    { "l1", WEFT__CHARSET_LATIN1 },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (length == strlen(known[i].name) && weft__lower_equal(name, known[i].name, length))
            return known[i].charset;
    return WEFT__CHARSET_OTHER;
}

size_t weft__latin1_utf8_length(const char *text, size_t length)
{
    size_t utf8 = length;

    for (size_t i = 0; i < length; i++)
        utf8 += (unsigned char)text[i] >> 7;
    return utf8;
}

char *weft__latin1_to_utf8(struct weft__arena *arena, const char *text, size_t length,
                           size_t *ret_length)
{
    size_t utf8 = weft__latin1_utf8_length(text, length);
    char *copy = weft__arena_alloc(arena, utf8 + 1);
    char *to = copy;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte >= 0x80)
            *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    *to = '\0';
    *ret_length = utf8;
    return copy;
}
