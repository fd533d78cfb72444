/*
 * http/tree_path.c - see tree_path.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/tree_path.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "http/find.h"
#include "http/url.h"

static bool is_hidden(const char *name, size_t length, bool first)
{
    return name[0] == '.' && !(first && length == 11 && memcmp(name, ".well-known", 11) == 0);
}

static bool is_dots(const char *name, size_t length)
{
    return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

/* A backslash is a separator elsewhere, and control characters are nobody's intention. */
static bool is_segment(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];

        if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\')
            return false;
    }
    return length > 0 && !is_dots(name, length);
}

bool weft__tree_name_ok(const char *name, size_t length, bool dot_files)
{
    return is_segment(name, length) && weft__utf8_valid(name, length) &&
           (dot_files || !is_hidden(name, length, false));
}

/* One segment to `to`; its length, or a code. */
static long put_segment(char *to, const char *raw, size_t length, bool first, bool dot_files)
{
    long count = weft__url_decode(to, raw, length, WEFT__URL_PATH);

    if (count < 0)
        return -400;
    if (!is_segment(to, (size_t)count) || (!dot_files && is_hidden(to, (size_t)count, first)))
        return -404;
    return count;
}

int weft__tree_path_parse(struct weft__tree_path *ret, struct weft__arena *arena,
                          const char *raw, size_t length, bool dot_files)
{
    const char *end = raw + length;
    char *text;
    char *to;

    if (length > WEFT__TREE_PATH_MAX)
        return -404;
    text = to = weft__arena_alloc(arena, length + 1);
    if (text == NULL)
        return UV_ENOMEM;
    for (const char *at = raw; at < end;) {
        const char *next = weft__find(at, end, '/');
        long count;

        if (to > text)
            *to++ = '/';
        count = put_segment(to, at, (size_t)(next - at), at == raw, dot_files);
        if (count < 0)
            return (int)count;
        to += count;
        at = next == end ? end : next + 1;
    }
    *to = '\0';
    *ret = (struct weft__tree_path){
        .text = text,
        .length = (size_t)(to - text),
        .slash = length == 0 || end[-1] == '/',
    };
    return 0;
}
