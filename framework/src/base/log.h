/*
 * base/log.h - what other layers tell the log; lines themselves are <weft/log.h>'s.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_LOG_H
#define WEFT_BASE_LOG_H

#include <stddef.h>
#include <weft/log.h>

struct weft__buffer;

/*
 * Hand lines to a thread from now on; before, and if this fails, they are written at once.  0,
 * UV_ENOMEM or UV_EAGAIN.  In a child made by fork() lines are written at once again, until the
 * child calls this itself.
 */
WEFT_MUST_CHECK int weft__log_start(void);

/* Write what is held and go back to writing at once.  Harmless without a start. */
void weft__log_stop(void);

/* fn() names the request that the calling task works for, or gives NULL. */
void weft__log_set_id_source(const char *(*fn)(void));

/* Append text with control characters made visible (\n, \x1b), so that no line can be forged.
 */
void weft__log_plain(struct weft__buffer *out, const char *text, size_t length);

/* Append text as a JSON string, in quotes; bytes that are no UTF-8 become U+FFFD. */
void weft__log_json_string(struct weft__buffer *out, const char *text, size_t length);

#endif
