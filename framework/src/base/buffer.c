/*
 * base/buffer.c - see buffer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft/error.h>

#include "base/alloc.h"

enum { FIRST_ROOM = 256 };

void weft__buffer_init(struct weft__buffer *buffer, size_t max)
{
    *buffer = (struct weft__buffer){ .max = max };
}

void weft__buffer_done(struct weft__buffer *buffer)
{
    weft__budget_give(buffer->budget, buffer->room);
    free(buffer->data);
    *buffer = (struct weft__buffer){ .max = buffer->max, .budget = buffer->budget };
}

void weft__buffer_clear(struct weft__buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = 0;
}

static bool enlarge(struct weft__buffer *buffer, size_t room)
{
    char *data;

    if (weft__budget_take(buffer->budget, room - buffer->room) < 0)
        return false;
    data = weft__realloc(buffer->data, room);
    if (data == NULL) {
        weft__budget_give(buffer->budget, room - buffer->room);
        return false;
    }
    buffer->data = data;
    buffer->room = room;
    return true;
}

/*
 * How much room to ask for where twice the old one, `wanted`, is more than the budget has left:
 * what is needed and half of the rest, so that a buffer may fill its budget to the last byte,
 * and that it comes there in few steps.
 */
static size_t affordable(const struct weft__buffer *buffer, size_t needed, size_t wanted)
{
    size_t left = weft__budget_left(buffer->budget);
    size_t least = needed - buffer->room;

    if (wanted - buffer->room <= left || least > left)
        return wanted;
    return needed + (left - least) / 2;
}

char *weft__buffer_grow(struct weft__buffer *buffer, size_t size)
{
    size_t room = buffer->room < FIRST_ROOM ? FIRST_ROOM : buffer->room;

    if (buffer->failed < 0)
        return NULL;
    if (size > buffer->max - buffer->length) {
        buffer->failed = WEFT_ELIMIT;
        return NULL;
    }
    while (room - buffer->length < size) {
        if (__builtin_mul_overflow(room, (size_t)2, &room)) {
            room = buffer->length + size; /* no overflow: at most max */
            break;
        }
    }
    if (room > buffer->max)
        room = buffer->max;
    if (room > buffer->room)
        room = affordable(buffer, buffer->length + size, room);
    if (room > buffer->room && !enlarge(buffer, room)) {
        buffer->failed = UV_ENOMEM;
        return NULL;
    }
    return buffer->data + buffer->length;
}

void weft__buffer_consume(struct weft__buffer *buffer, size_t count)
{
    if (count == 0)
        return;
    buffer->length -= count;
    memmove(buffer->data, buffer->data + count, buffer->length);
}

int weft__buffer_printf(struct weft__buffer *buffer, const char *format, ...)
{
    va_list args;
    char *to;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return buffer->failed = UV_EINVAL;
    to = weft__buffer_reserve(buffer, (size_t)length + 1);
    if (to == NULL)
        return buffer->failed;
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
    return 0;
}
