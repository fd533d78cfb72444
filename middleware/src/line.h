/*
 * line.h - putting a log line together.
 *
 * A line has a fixed size: what does not fit is left out, values are cut short, and the line is
 * well-formed all the same, because each value reserves what must follow it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_LINE_H
#define WEFT_MIDDLEWARE_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { LINE_ROOM = 8192, LINE_VALUE_MAX = 1024 /* bytes of one value, as written */ };

struct line {
    size_t length;
    char text[LINE_ROOM];
};

/* Text that is known to need no escape; at most what there is room for. */
void weft__line_put(struct line *line, const char *text, size_t length);
void weft__line_number(struct line *line, uint64_t number);

/* Text from outside for between quotes: quotes, backslashes and all that is not printable ASCII
 * become \xHH, so that no line can be forged and no terminal be steered. */
void weft__line_quoted(struct line *line, const char *text);

/* The inside of a JSON string; bytes that are not printable ASCII become \u00HH, since nothing
 * says which charset they are in. */
void weft__line_json(struct line *line, const char *text);

#endif
