/*
 * task/diag/say.h - text written piece by piece, for signal handlers too.
 *
 * Everything here is async-signal-safe: no allocation, no locks, no stdio.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_SAY_H
#define WEFT_TASK_DIAG_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weft__say {
    int fd;
    int error; /* of the first write that failed; nothing is written after it */
    bool kept; /* it stays in memory: what does not fit is left out */
    size_t length;
    char text[2048]; /* not yet written */
};

void weft__say_init(struct weft__say *say, int fd);

/* For a text that is not written but read with weft__say_text(). */
void weft__say_init_kept(struct weft__say *say);
const char *weft__say_text(struct weft__say *say);

void weft__say(struct weft__say *say, const char *text);
void weft__say_number(struct weft__say *say, uint64_t number);
void weft__say_hex(struct weft__say *say, uintptr_t number);

/* Bytes from outside: shortened when they are long, and nothing in them moves a terminal. */
void weft__say_bytes(struct weft__say *say, const char *bytes, size_t length);

/* Write what has gathered; `error`. */
int weft__say_flush(struct weft__say *say);

#endif
