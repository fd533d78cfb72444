/*
 * task/diag/say.c - see say.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/say.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_BYTES = 200, PATIENCE_MS = 1000 };

void weft__say_init(struct weft__say *say, int fd)
{
    say->fd = fd;
    say->error = 0;
    say->kept = false;
    say->length = 0;
}

void weft__say_init_kept(struct weft__say *say)
{
    weft__say_init(say, -1);
    say->kept = true;
}

const char *weft__say_text(struct weft__say *say)
{
    say->text[say->length] = '\0';
    return say->text;
}

/* A descriptor that does not block is waited for, but not for ever: this may be a handler. */
static int make_room(int fd)
{
    struct pollfd wanted = { .fd = fd, .events = POLLOUT };
    int rc = poll(&wanted, 1, PATIENCE_MS);

    return rc > 0 ? 0 : rc == 0 ? UV_EAGAIN : uv_translate_sys_error(errno);
}

int weft__say_flush(struct weft__say *say)
{
    size_t written = 0;

    while (written < say->length && say->error == 0) {
        ssize_t count = write(say->fd, say->text + written, say->length - written);

        if (count >= 0)
            written += (size_t)count;
        else if (errno == EAGAIN)
            say->error = make_room(say->fd);
        else if (errno != EINTR)
            say->error = uv_translate_sys_error(errno);
    }
    say->length = 0;
    return say->error;
}

/* A text that is kept ends with a NUL. */
static size_t room_in(const struct weft__say *say)
{
    return sizeof(say->text) - (say->kept ? 1 : 0);
}

static void add(struct weft__say *say, const char *text, size_t length)
{
    while (length > 0) {
        size_t room = room_in(say) - say->length;
        size_t piece = length < room ? length : room;

        memcpy(say->text + say->length, text, piece);
        say->length += piece;
        text += piece;
        length -= piece;
        if (say->length == room_in(say)) {
            if (say->kept)
                return;
            (void)weft__say_flush(say);
        }
    }
}

void weft__say(struct weft__say *say, const char *text)
{
    add(say, text, strlen(text));
}

static void say_in(struct weft__say *say, uint64_t number, unsigned base)
{
    char digits[24];
    char *at = digits + sizeof(digits);

    do {
        *--at = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    add(say, at, (size_t)(digits + sizeof(digits) - at));
}

void weft__say_number(struct weft__say *say, uint64_t number)
{
    say_in(say, number, 10);
}

void weft__say_hex(struct weft__say *say, uintptr_t number)
{
    weft__say(say, "0x");
    say_in(say, number, 16);
}

void weft__say_bytes(struct weft__say *say, const char *bytes, size_t length)
{
    size_t shown = length < MAX_BYTES ? length : MAX_BYTES;

    for (size_t i = 0; i < shown; i++)
        add(say, bytes[i] >= ' ' && bytes[i] <= '~' ? bytes + i : "?", 1);
    if (shown < length)
        weft__say(say, "...");
}
