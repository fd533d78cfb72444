/*
 * http/disposition.c - see disposition.h.
 *
 * A quoted name holds no backslash and no double quote (some browsers do not undo the escape),
 * and no "%" before two hexadecimal digits, which some decode (RFC 6266, D).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/disposition.h"

#include <stdbool.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "http/chars.h"

/* One character of the name: how it is sent in full, and of how many bytes of the name it is
 * made. */
struct character {
    const char *text;
    size_t length;
    size_t taken;
};

static struct character next_of(const char *at, const char *end)
{
    size_t length = weft__utf8_sequence(at, (size_t)(end - at));
    unsigned char byte = (unsigned char)*at;

    if (length == 0)
        return (struct character){ "_", 1, 1 };
    /* C0 and DEL; C1 in UTF-8. */
    if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && (unsigned char)at[1] < 0xa0))
        return (struct character){ "_", 1, length };
    return (struct character){ at, length, length };
}

static bool is_escape(const char *at, const char *end)
{
    return *at == '%' && end - at >= 3 && weft__char_is(at[1], WEFT__CHAR_HEX) &&
           weft__char_is(at[2], WEFT__CHAR_HEX);
}

/* Whether a quoted string can hold it for every client. */
static bool is_plain(const struct character *c, const char *end)
{
    return c->length == 1 && *c->text >= 0x20 && *c->text != '"' && *c->text != '\\' &&
           !is_escape(c->text, end);
}

/* filename="..."; whether it is the whole name. */
static bool put_quoted(struct weft__buffer *out, const char *at, const char *end)
{
    bool whole = true;

    weft__buffer_append(out, "; filename=\"", 12);
    while (at < end) {
        struct character c = next_of(at, end);

        /* What was replaced is no text of the name's, so no escape can begin in it. */
        if (is_plain(&c, c.text == at ? end : c.text + 1)) {
            weft__buffer_append(out, c.text, 1);
        } else {
            weft__buffer_append(out, "_", 1);
            whole = false;
        }
        at += c.taken;
    }
    weft__buffer_append(out, "\"", 1);
    return whole;
}

/* attr-char of RFC 8187, 3.2.1: token, but '*', "'" and '%'. */
static bool is_attribute(char c)
{
    return weft__char_is(c, WEFT__CHAR_TOKEN) && c != '*' && c != '\'' && c != '%';
}

/* filename*=UTF-8''... */
static void put_extended(struct weft__buffer *out, const char *at, const char *end)
{
    static const char digits[] = "0123456789ABCDEF";

    weft__buffer_append(out, "; filename*=UTF-8''", 19);
    while (at < end) {
        struct character c = next_of(at, end);

        for (size_t i = 0; i < c.length; i++) {
            unsigned char byte = (unsigned char)c.text[i];
            const char escape[3] = { '%', digits[byte >> 4], digits[byte & 15] };

            weft__buffer_append(out, is_attribute(c.text[i]) ? c.text + i : escape,
                                is_attribute(c.text[i]) ? 1 : 3);
        }
        at += c.taken;
    }
}

/* The last segment of a path, whichever system's. */
static const char *last_segment(const char *name, const char *end)
{
    for (const char *at = end; at > name; at--)
        if (at[-1] == '/' || at[-1] == '\\')
            return at;
    return name;
}

/* Where a name is cut: not within a character. */
static const char *cut(const char *name, const char *end)
{
    const char *at = name;

    while (at < end) {
        size_t taken = next_of(at, end).taken;

        if ((size_t)(at - name) + taken > WEFT__DISPOSITION_NAME_MAX)
            return at;
        at += taken;
    }
    return end;
}

int weft__disposition_write(struct weft__buffer *out, const char *type, const char *name,
                            size_t length)
{
    const char *end = name + length;
    const char *from = last_segment(name, end);
    bool dots = (end - from == 1 && *from == '.') ||
                (end - from == 2 && from[0] == '.' && from[1] == '.');

    weft__buffer_append(out, type, strlen(type));
    if (from == end || dots)
        return out->failed;
    end = cut(from, end);
    if (!put_quoted(out, from, end))
        put_extended(out, from, end);
    return out->failed;
}
