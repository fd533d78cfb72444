/*
 * base/text.c - see text.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/text.h"

#include "base/buffer.h"
#include "base/utf8.h"

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

void weft__text_plain(struct weft__buffer *out, const char *text, size_t length)
{
    size_t from = 0;

    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];

        if (!is_control(byte))
            continue;
        weft__buffer_append(out, text + from, at - from);
        from = at + 1;
        if (byte == '\n')
            weft__buffer_append(out, "\\n", 2);
        else if (byte == '\t')
            weft__buffer_append(out, "\\t", 2);
        else
            weft__buffer_printf(out, "\\x%02x", byte);
    }
    weft__buffer_append(out, text + from, length - from);
}

static void append_json_character(struct weft__buffer *out, unsigned char byte)
{
    if (byte == '"')
        weft__buffer_append(out, "\\\"", 2);
    else if (byte == '\\')
        weft__buffer_append(out, "\\\\", 2);
    else if (byte == '\n')
        weft__buffer_append(out, "\\n", 2);
    else
        weft__buffer_printf(out, "\\u%04x", byte);
}

void weft__text_json(struct weft__buffer *out, const char *text, size_t length)
{
    size_t at = 0;

    weft__buffer_append(out, "\"", 1);
    while (at < length) {
        unsigned char byte = (unsigned char)text[at];
        size_t bytes = 1;

        if (is_control(byte) || byte == '"' || byte == '\\') {
            append_json_character(out, byte);
        } else if (byte < 0x80) {
            while (at + bytes < length && text[at + bytes] > 0x1f && text[at + bytes] < 0x7f &&
                   text[at + bytes] != '"' && text[at + bytes] != '\\')
                bytes++;
            weft__buffer_append(out, text + at, bytes);
        } else {
            bytes = weft__utf8_sequence(text + at, length - at);
            if (bytes == 0)
                weft__buffer_append(out, "\xef\xbf\xbd", 3);
            else
                weft__buffer_append(out, text + at, bytes);
            bytes = bytes == 0 ? 1 : bytes;
        }
        at += bytes;
    }
    weft__buffer_append(out, "\"", 1);
}
