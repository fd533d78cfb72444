/*
 * model/json_string.c - see json_string.h.
 *
 * Most strings need no escape and are plain ASCII: they are looked at eight bytes at a time and
 * copied in one piece.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/json_string.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <weft/error.h>

#include "base/utf8.h"

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS       EACH_BYTE(0x80)

static bool must_escape(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* Eight bytes, the first one lowest. */
static uint64_t load(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return le64toh(word);
}

/* Four to seven bytes: the first four low, the last four high. */
static uint64_t load_short(const char *text, size_t length)
{
    uint32_t first, last;

    memcpy(&first, text, sizeof(first));
    memcpy(&last, text + length - sizeof(last), sizeof(last));
    return (uint64_t)last << 32 | first;
}

/*
 * Not zero exactly if one of eight bytes must be escaped; the lowest bit belongs to the first
 * of them.  A byte minus n borrows into its high bit when it is below n; bytes that had the bit
 * from the start are masked out.  A borrow may set the bit of a byte above one that is below n,
 * never of one below it, and never without such a one.
 */
static uint64_t escapes_in(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"');
    uint64_t backslash = word ^ EACH_BYTE('\\');
    uint64_t control = (word - EACH_BYTE(0x20)) & ~word;

    quote = (quote - EACH_BYTE(1)) & ~quote;
    backslash = (backslash - EACH_BYTE(1)) & ~backslash;
    return (control | quote | backslash) & HIGH_BITS;
}

/* plain_span() for less than eight bytes. */
static size_t short_span(const char *text, size_t length, uint64_t *seen)
{
    size_t at = 0;

    if (length >= sizeof(uint32_t)) {
        uint64_t word = load_short(text, length);

        *seen |= word;
        if (escapes_in(word) == 0)
            return length;
    }
    for (; at < length && !must_escape((unsigned char)text[at]); at++)
        *seen |= (unsigned char)text[at];
    return at;
}

/*
 * How many bytes can be copied as they are.  What was looked at is added to `seen`, so that its
 * HIGH_BITS tell whether there may be something that is not ASCII.
 */
static size_t plain_span(const char *text, size_t length, uint64_t *seen)
{
    if (length < sizeof(uint64_t))
        return short_span(text, length, seen);
    for (size_t at = 0;; at += sizeof(uint64_t)) {
        size_t last = length - sizeof(uint64_t); /* the last word may overlap the one before */
        size_t place = at < last ? at : last;
        uint64_t word = load(text + place);
        uint64_t escapes = escapes_in(word);

        *seen |= word;
        if (escapes != 0)
            return place + (size_t)__builtin_ctzll(escapes) / 8;
        if (place == last)
            return length;
    }
}

/* RFC 8259 has seven short escapes; the others are \u00XX. */
static int write_escape(struct weft__buffer *out, unsigned char byte)
{
    static const char letters[128] = { ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                       ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't' };
    static const char hex[] = "0123456789abcdef";

    if (letters[byte] != '\0')
        return weft__buffer_append(out, (char[]){ '\\', letters[byte] }, 2);
    return weft__buffer_append(
        out, (char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
}

/* The string with its quotes, in pieces: what can be copied, and an escape behind it. */
static int write_escaped(struct weft__buffer *out, const char *text, size_t length,
                         uint64_t *seen)
{
    int rc = weft__buffer_append(out, "\"", 1);
    size_t at = 0;

    while (rc == 0) {
        size_t span = plain_span(text + at, length - at, seen);

        rc = weft__buffer_append(out, text + at, span);
        at += span;
        if (rc < 0 || at == length)
            break;
        rc = write_escape(out, (unsigned char)text[at++]);
    }
    return rc < 0 ? rc : weft__buffer_append(out, "\"", 1);
}

int weft__json_write_string(struct weft__buffer *out, const char *text, size_t length)
{
    /* It takes that much at least, and in the usual case no more. */
    char *to = weft__buffer_reserve(out, length + 2);
    uint64_t seen = 0;
    int rc = 0;

    if (to == NULL)
        return out->failed;
    if (plain_span(text, length, &seen) == length) {
        *to = '"';
        memcpy(to + 1, text, length);
        to[length + 1] = '"';
        weft__buffer_add(out, length + 2);
    } else {
        rc = write_escaped(out, text, length, &seen);
    }
    if (rc == 0 && (seen & HIGH_BITS) != 0 && !weft__utf8_valid(text, length))
        rc = WEFT_EPROTO;
    return rc;
}
