/*
 * utf8.c - see utf8.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "utf8.h"

/* Sequences by their first byte, with the bounds of the second; the others are continuations.
 */
static const struct {
    unsigned char first, last;
    unsigned char low, high;
    unsigned char more;
} sequences[] = {
    { 0x00, 0x7f, 0, 0, 0 },       { 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
    { 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 },
    { 0xf0, 0xf0, 0x90, 0xbf, 3 }, { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* How long the character at `at` is; 0: it is none. */
static size_t character(const unsigned char *at, size_t length)
{
    size_t kind = 0;

    while (kind < sizeof(sequences) / sizeof(*sequences) &&
           (*at < sequences[kind].first || *at > sequences[kind].last))
        kind++;
    if (kind == sizeof(sequences) / sizeof(*sequences) || length <= sequences[kind].more)
        return 0;
    for (size_t i = 1; i <= sequences[kind].more; i++) {
        unsigned char low = i == 1 ? sequences[kind].low : 0x80;
        unsigned char high = i == 1 ? sequences[kind].high : 0xbf;

        if (at[i] < low || at[i] > high)
            return 0;
    }
    return 1 + (size_t)sequences[kind].more;
}

bool is_utf8(const char *data, size_t length)
{
    const unsigned char *at = (const unsigned char *)data;

    while (length > 0) {
        size_t taken = character(at, length);

        if (taken == 0)
            return false;
        at += taken;
        length -= taken;
    }
    return true;
}
