/*
 * base/text.h - text from outside, made fit for a log line or a JSON string.
 *
 * What a client sent must not be able to end a line, to steer the terminal that shows it, or to
 * make JSON of it invalid.  Failures are the buffer's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_TEXT_H
#define WEFT_BASE_TEXT_H

#include <stddef.h>

struct weft__buffer;

/* Append text with control characters made visible: \n, \t, \x1b. */
void weft__text_plain(struct weft__buffer *out, const char *text, size_t length);

/* Append text as a JSON string, in quotes; bytes that are no UTF-8 become U+FFFD. */
void weft__text_json(struct weft__buffer *out, const char *text, size_t length);

#endif
