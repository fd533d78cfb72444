/*
 * line.c - see line.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "line.h"

#include <stdbool.h>
#include <string.h>

void weft__line_put(struct line *line, const char *text, size_t length)
{
    if (length > sizeof(line->text) - line->length)
        length = sizeof(line->text) - line->length;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

void weft__line_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    weft__line_put(line, digits + at, sizeof(digits) - at);
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* Copy runs of plain characters and escape the others, `prefix` before two hexadecimal digits;
 * what is too long ends in "...". */
static void escape(struct line *line, const char *text, const char *prefix)
{
    static const char hex[] = "0123456789abcdef";
    size_t end = line->length + LINE_VALUE_MAX;

    while (*text != '\0') {
        size_t run = 0;

        if (line->length >= end - 8) {
            weft__line_put(line, "...", 3);
            return;
        }
        while (is_plain(text[run]) && line->length + run < end - 8)
            run++;
        weft__line_put(line, text, run);
        text += run;
        if (*text != '\0' && !is_plain(*text)) {
            unsigned char byte = (unsigned char)*text++;

            weft__line_put(line, prefix, strlen(prefix));
            weft__line_put(line, (char[]){ hex[byte >> 4], hex[byte & 15] }, 2);
        }
    }
}

void weft__line_quoted(struct line *line, const char *text)
{
    escape(line, text, "\\x");
}

void weft__line_json(struct line *line, const char *text)
{
    escape(line, text, "\\u00");
}
