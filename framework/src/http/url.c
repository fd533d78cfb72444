/*
 * http/url.c - see url.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/url.h"

#include <stdint.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "http/find.h"

/* Decode what stands at a '%': the byte, or -1 when it is malformed or NUL. */
static int decode_escape(const char *at, const char *end)
{
    unsigned byte;

    if (end - at < 3 || !weft__char_is(at[1], WEFT__CHAR_HEX) ||
        !weft__char_is(at[2], WEFT__CHAR_HEX))
        return -1;
    byte = weft__char_hex(at[1]) << 4 | weft__char_hex(at[2]);
    return byte == 0 ? -1 : (int)byte;
}

long weft__url_decode(char *to, const char *from, size_t length, enum weft__url_decoding how)
{
    const char *end = from + length;
    const char *at = from;
    char *out = to;

    while (at < end) {
        char c = *at;

        if (c == '%') {
            int byte = decode_escape(at, end);

            if (byte < 0)
                return WEFT_EPROTO;
            *out++ = (char)byte;
            at += 3;
            continue;
        }
        if (c == '\0')
            return WEFT_EPROTO;
        *out++ = c == '+' && how != WEFT__URL_PATH ? ' ' : c;
        at++;
    }
    if (how != WEFT__URL_FORM_BYTES && !weft__utf8_valid(to, (size_t)(out - to)))
        return WEFT_EPROTO;
    return (long)(out - to);
}

int weft__url_decode_arena(struct weft__arena *arena, const char *text, size_t length,
                           enum weft__url_decoding how, const char **ret_text,
                           size_t *ret_length)
{
    char *copy = length < SIZE_MAX ? weft__arena_alloc(arena, length + 1) : NULL;
    long decoded;

    if (copy == NULL)
        return UV_ENOMEM;
    decoded = weft__url_decode(copy, text, length, how);
    if (decoded < 0)
        return (int)decoded;
    copy[decoded] = '\0';
    *ret_text = copy;
    *ret_length = (size_t)decoded;
    return 0;
}

static bool stays(char c, enum weft__url_encoding how)
{
    switch (how) {
    case WEFT__URL_SEGMENTS:
        return c == '/' || weft__char_is(c, WEFT__CHAR_SEGMENT);
    case WEFT__URL_SEGMENT:
        return weft__char_is(c, WEFT__CHAR_SEGMENT);
    case WEFT__URL_REFERENCE:
        return weft__char_is_visible(c) && strchr("\"<>\\^`{|}", c) == NULL;
    default:
        return weft__char_is(c, WEFT__CHAR_UNRESERVED);
    }
}

/* The length of the encoded text; SIZE_MAX when no memory could hold it. */
static size_t measure(const char *text, size_t length, enum weft__url_encoding how)
{
    size_t size = length;

    if (length > SIZE_MAX / 4)
        return SIZE_MAX;
    for (size_t i = 0; i < length; i++)
        size += stays(text[i], how) ? 0 : 2;
    return size;
}

static void encode(char *to, const char *text, size_t length, enum weft__url_encoding how)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (stays(text[i], how)) {
            *to++ = text[i];
            continue;
        }
        *to++ = '%';
        *to++ = hex[byte >> 4];
        *to++ = hex[byte & 15];
    }
}

int weft__url_encode(struct weft__buffer *out, const char *text, size_t length,
                     enum weft__url_encoding how)
{
    size_t size = measure(text, length, how);
    char *to;

    if (size == 0)
        return out->failed;
    to = weft__buffer_reserve(out, size);
    if (to == NULL)
        return out->failed;
    encode(to, text, length, how);
    weft__buffer_add(out, size);
    return 0;
}

char *weft__url_encode_arena(struct weft__arena *arena, const char *text, size_t length,
                             enum weft__url_encoding how, size_t *ret_length)
{
    size_t size = measure(text, length, how);
    char *copy = size < SIZE_MAX ? weft__arena_alloc(arena, size + 1) : NULL;

    if (copy == NULL)
        return NULL;
    encode(copy, text, length, how);
    copy[size] = '\0';
    if (ret_length != NULL)
        *ret_length = size;
    return copy;
}
