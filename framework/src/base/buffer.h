/*
 * base/buffer.h - a growing run of bytes with a limit.
 *
 * After an append has failed the content is as before it and `failed` holds the code, so that a
 * writer may append many pieces and look once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_BUFFER_H
#define WEFT_BASE_BUFFER_H

#include <stddef.h>
#include <string.h>
#include <weft/export.h>

#include "base/budget.h"

struct weft__buffer {
    char *data;
    size_t length;
    size_t room;                 /* of `data`, in bytes */
    size_t max;                  /* `length` never exceeds it */
    int failed;                  /* 0, UV_ENOMEM, or WEFT_ELIMIT */
    struct weft__budget *budget; /* of `room`; NULL: none.  Set before the first append. */
};

/* No memory is taken before the first append. */
void weft__buffer_init(struct weft__buffer *buffer, size_t max);
void weft__buffer_done(struct weft__buffer *buffer);

/* Forget the content and the failure; keep the memory. */
void weft__buffer_clear(struct weft__buffer *buffer);

/* Room for `size` more bytes behind the content; where they go, or NULL.  See
 * weft__buffer_add(). */
char *weft__buffer_grow(struct weft__buffer *buffer, size_t size);

/* Drop `count` bytes from the front. */
void weft__buffer_consume(struct weft__buffer *buffer, size_t count);

int weft__buffer_printf(struct weft__buffer *buffer, const char *format, ...) WEFT_PRINTF(2, 3);

/* Where `size` more bytes may be written; NULL after a failure. */
static inline char *weft__buffer_reserve(struct weft__buffer *buffer, size_t size)
{
    if (buffer->room - buffer->length >= size && buffer->max - buffer->length >= size)
        return buffer->data + buffer->length;
    return weft__buffer_grow(buffer, size);
}

/* `size` bytes were written where weft__buffer_reserve() said. */
static inline void weft__buffer_add(struct weft__buffer *buffer, size_t size)
{
    buffer->length += size;
}

/* 0, UV_ENOMEM, or WEFT_ELIMIT. */
static inline int weft__buffer_append(struct weft__buffer *buffer, const void *data,
                                      size_t size)
{
    char *to;

    if (size == 0)
        return buffer->failed;
    to = weft__buffer_reserve(buffer, size);
    if (to == NULL)
        return buffer->failed;
    memcpy(to, data, size);
    buffer->length += size;
    return 0;
}

#endif
