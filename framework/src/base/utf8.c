/*
 * base/utf8.c - see utf8.h.
 *
 * What may follow a lead byte is RFC 3629, section 4: only the second byte's range depends on
 * the lead, and that is what keeps overlong forms and surrogates out.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool continues(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

static size_t two(const unsigned char *at, size_t length)
{
    return length >= 2 && continues(at[1]) ? 2 : 0;
}

static size_t three(const unsigned char *at, size_t length)
{
    unsigned char low = at[0] == 0xe0 ? 0xa0 : 0x80;  /* below: overlong */
    unsigned char high = at[0] == 0xed ? 0x9f : 0xbf; /* above: surrogates */

    return length >= 3 && at[1] >= low && at[1] <= high && continues(at[2]) ? 3 : 0;
}

static size_t four(const unsigned char *at, size_t length)
{
    unsigned char low = at[0] == 0xf0 ? 0x90 : 0x80;  /* below: overlong */
    unsigned char high = at[0] == 0xf4 ? 0x8f : 0xbf; /* above: past U+10FFFF */

    if (length < 4 || at[1] < low || at[1] > high)
        return 0;
    return continues(at[2]) && continues(at[3]) ? 4 : 0;
}

size_t weft__utf8_sequence(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    if (length == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] <= 0xdf)
        return two(at, length);
    if (at[0] >= 0xe0 && at[0] <= 0xef)
        return three(at, length);
    if (at[0] >= 0xf0 && at[0] <= 0xf4)
        return four(at, length);
    return 0;
}

/* How many bytes below 0x80 `text` begins with, give or take the last seven. */
static size_t ascii_words(const char *text, size_t length)
{
    size_t at = 0;

    for (uint64_t word; length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return at;
}

bool weft__utf8_valid(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t size = weft__utf8_sequence(text + at, length - at);

        if (size == 0)
            return false;
        at += size;
        if (size == 1)
            at += ascii_words(text + at, length - at);
    }
    return true;
}
