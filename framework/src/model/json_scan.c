/*
 * model/json_scan.c - see json_scan.h.
 *
 * Neither function knows JSON's grammar.  They agree with a parser on where strings begin and
 * end for as long as the text is JSON, and behind its first mistake no parser goes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/json_scan.h"

#include <string.h>

enum kind { OTHER, OPEN, CLOSE, QUOTE, SPACE, SIGN };

static const unsigned char kinds[256] = {
    ['['] = OPEN,   ['{'] = OPEN,   [']'] = CLOSE,  ['}'] = CLOSE, ['"'] = QUOTE, [' '] = SPACE,
    ['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE, [','] = SIGN,  [':'] = SIGN,
};

static enum kind kind_of(char byte)
{
    return (enum kind)kinds[(unsigned char)byte];
}

/* Is the quote at `at` escaped, in a string whose first byte is at `first`? */
static bool escaped(const char *first, const char *at)
{
    const char *back = at;

    while (back > first && back[-1] == '\\')
        back--;
    return (at - back) % 2 != 0;
}

/*
 * The quote that ends the string whose opening quote is at `at`; `end` if none does.  Linear:
 * the backslashes looked at lie between two quotes, and each pair is looked at once.
 */
static const char *string_end(const char *at, const char *end)
{
    const char *first = at + 1;

    for (at = first; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL)
            break;
        if (!escaped(first, at))
            return at;
    }
    return end;
}

bool weft__json_depth_fits(const char *text, size_t length, size_t max_depth,
                           size_t *ret_offset)
{
    const char *end = text + length;
    size_t depth = 0;

    for (const char *at = text; at < end; at++) {
        switch (kind_of(*at)) {
        case OPEN:
            if (depth == max_depth) {
                *ret_offset = (size_t)(at - text);
                return false;
            }
            depth++;
            break;
        case CLOSE:
            if (depth == 0)
                return true; /* no JSON: the parser will say so */
            depth--;
            break;
        case QUOTE:
            at = string_end(at, end);
            if (at == end)
                return true;
            break;
        default:
            break;
        }
    }
    return true;
}

size_t weft__json_token_at(const char *text, size_t offset)
{
    const char *wanted = text + offset;
    const char *word = NULL; /* where the number or name began that we are in */

    for (const char *at = text; at < wanted; at++) {
        switch (kind_of(*at)) {
        case QUOTE: {
            const char *last = string_end(at, wanted + 1);

            word = NULL;
            if (last == wanted)
                return (size_t)(at - text);
            if (last > wanted)
                return offset;
            at = last;
            break;
        }
        case OTHER:
            if (word == NULL)
                word = at;
            break;
        default:
            word = NULL;
        }
    }
    return word != NULL && kind_of(*wanted) == OTHER ? (size_t)(word - text) : offset;
}
