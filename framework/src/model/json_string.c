/*
 * model/json_string.c - see json_string.h.
 *
 * Most strings need no escape and are plain ASCII: they are looked at eight bytes at a time and
 * copied in one piece.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/json_string.h"

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

/*
 * Not zero exactly if one of eight bytes must be escaped.  A byte minus n borrows into its high
 * bit when it is below n; bytes that had the bit from the start are masked out.  A borrow may
 * set the bit of a byte above one that is below n, never without such a one.
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

/* How many bytes can be copied as they are.  Bits of 0x80 and above are added to `seen`. */
static size_t plain_span(const char *text, size_t length, uint64_t *seen)
{
    size_t at = 0;

    for (uint64_t word; length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if (escapes_in(word) != 0)
            break;
        *seen |= word;
    }
    for (; at < length && !must_escape((unsigned char)text[at]); at++)
        *seen |= (unsigned char)text[at];
    return at;
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

int weft__json_write_string(struct weft__buffer *out, const char *text, size_t length)
{
    size_t at = 0;
    uint64_t seen = 0;
    int rc;

    /* It takes that much at least, and in the usual case no more. */
    if (weft__buffer_reserve(out, length + 2) == NULL)
        return out->failed;
    rc = weft__buffer_append(out, "\"", 1);
    while (rc == 0) {
        size_t span = plain_span(text + at, length - at, &seen);

        rc = weft__buffer_append(out, text + at, span);
        at += span;
        if (rc < 0 || at == length)
            break;
        rc = write_escape(out, (unsigned char)text[at++]);
    }
    if (rc == 0)
        rc = weft__buffer_append(out, "\"", 1);
    if (rc == 0 && (seen & HIGH_BITS) != 0 && !weft__utf8_valid(text, length))
        rc = WEFT_EPROTO;
    return rc;
}
