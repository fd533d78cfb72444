/*
 * http/etag.c - see etag.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/etag.h"

#include <string.h>
#include <weft/error.h>

#include "http/chars.h"
#include "http/find.h"

/* etagc: visible but for the quote, or from 0x80 on. */
static bool is_tag_char(char c)
{
    return c != '"' && (weft__char_is_visible(c) || (unsigned char)c >= 0x80);
}

/* Read the entity-tag that begins at `at`.  What is behind it; NULL when there is none. */
static const char *read_tag(const char *at, const char *end, struct weft__etag *ret_etag)
{
    bool weak = end - at >= 2 && at[0] == 'W' && at[1] == '/';
    const char *tag;

    if (weak)
        at += 2;
    if (at == end || *at++ != '"')
        return NULL;
    for (tag = at; at < end && is_tag_char(*at);)
        at++;
    if (at == end || *at != '"')
        return NULL;
    *ret_etag = (struct weft__etag){ .tag = tag, .length = (size_t)(at - tag), .weak = weak };
    return at + 1;
}

int weft__etag_parse(struct weft__etag *ret_etag, const char *text, size_t length)
{
    const char *end = text + length;
    struct weft__etag etag;
    const char *at = read_tag(weft__skip_space(text, end), end, &etag);

    if (at == NULL || weft__skip_space(at, end) != end)
        return WEFT_EPROTO;
    *ret_etag = etag;
    return 0;
}

bool weft__etag_next(const char **at, const char *end, struct weft__etag *ret_etag)
{
    const char *here = *at;
    bool found = false;

    while (!found && here < end) {
        struct weft__etag etag;
        const char *behind = read_tag(weft__skip_space(here, end), end, &etag);

        if (behind != NULL)
            behind = weft__skip_space(behind, end);
        found = behind != NULL && (behind == end || *behind == ',');
        if (found)
            *ret_etag = etag;
        else
            behind = weft__find(here, end, ',');
        here = behind < end ? behind + 1 : end;
    }
    *at = here;
    return found;
}

bool weft__etag_is_any(const char *value, size_t length)
{
    const char *end = value + length;

    value = weft__skip_space(value, end);
    return value < end && *value == '*' && weft__skip_space(value + 1, end) == end;
}

bool weft__etag_equal_weakly(const struct weft__etag *a, const struct weft__etag *b)
{
    return a->length == b->length && memcmp(a->tag, b->tag, a->length) == 0;
}

bool weft__etag_equal_strongly(const struct weft__etag *a, const struct weft__etag *b)
{
    return !a->weak && !b->weak && weft__etag_equal_weakly(a, b);
}
