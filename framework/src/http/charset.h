/*
 * http/charset.h - the charsets that text may come in, and how it becomes UTF-8.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_CHARSET_H
#define WEFT_HTTP_CHARSET_H

#include <stddef.h>
#include <weft/export.h>

struct weft__arena;

enum weft__charset {
    WEFT__CHARSET_UTF8,   /* and US-ASCII, which is a part of it */
    WEFT__CHARSET_LATIN1, /* ISO-8859-1: each byte is the character of its number */
    WEFT__CHARSET_OTHER,
};

/* By its name, or by another one of its names, in any case. */
enum weft__charset weft__charset_parse(const char *name, size_t length);

/* How long text in ISO-8859-1 is as UTF-8.  `length` is at most SIZE_MAX / 2. */
size_t weft__latin1_utf8_length(const char *text, size_t length);

/* The same text as UTF-8, in the arena, with a NUL behind; NULL when memory is out. */
char *weft__latin1_to_utf8(struct weft__arena *arena, const char *text, size_t length,
                           size_t *ret_length);

#endif
