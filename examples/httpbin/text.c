/*
 * text.c - see text.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text.h"

#include <stdarg.h>
#include <string.h>

/* Make room for `length` more; the memory grows twofold, and what it leaves goes with the
 * request. */
static int reserve(struct text *text, size_t length)
{
    size_t room;
    char *larger;

    if (length <= text->room - text->length)
        return 0;
    room = 2 * (text->room + length);
    larger = weft_alloc(text->req, room);
    if (larger == NULL)
        return UV_ENOMEM;
    if (text->length > 0)
        memcpy(larger, text->bytes, text->length);
    text->bytes = larger;
    text->room = room;
    return 0;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list args;
    char *piece;
    size_t length;

    va_start(args, format);
    piece = text->rc == 0 ? weft_vprintf(text->req, format, args) : NULL;
    va_end(args);
    length = piece != NULL ? strlen(piece) : 0;
    if (piece == NULL || reserve(text, length) < 0) {
        text->rc = UV_ENOMEM;
        return;
    }
    memcpy(text->bytes + text->length, piece, length);
    text->length += length;
}

weft_response *text_response(const struct text *text, const char *media_type)
{
    if (text->rc < 0)
        return weft_error(text->req, text->rc);
    return weft_bytes(text->req, 200, media_type, text->bytes, text->length);
}
