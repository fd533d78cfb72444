/*
 * http/chars.h - classes of characters, as the grammars of HTTP and URIs name them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_CHARS_H
#define WEFT_HTTP_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum weft__char_class {
    WEFT__CHAR_TOKEN = 1 << 0, /* tchar: RFC 9110, 5.6.2 */
    WEFT__CHAR_DIGIT = 1 << 1,
    WEFT__CHAR_HEX = 1 << 2,
    WEFT__CHAR_UNRESERVED = 1 << 3, /* RFC 3986, 2.3; also what a host name may hold */
    WEFT__CHAR_SEGMENT = 1 << 4,    /* pchar without escapes: RFC 3986, 3.3 */
    WEFT__CHAR_COOKIE = 1 << 5,     /* cookie-octet: RFC 6265, 4.1.1 */
};

extern const uint8_t weft__chars[256];

static inline bool weft__char_is(char c, unsigned classes)
{
    return (weft__chars[(unsigned char)c] & classes) != 0;
}

/* HTAB, or anything but a control character (RFC 9110, 5.5: field-vchar, SP, HTAB). */
static inline bool weft__char_is_text(char c)
{
    unsigned char byte = (unsigned char)c;

    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

/* VCHAR: ASCII, neither control character nor space. */
static inline bool weft__char_is_visible(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte > 0x20 && byte < 0x7f;
}

/* What may stand around a value: OWS in RFC 9110, 5.6.3. */
static inline bool weft__char_is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* The first character that is none of these. */
static inline const char *weft__skip_space(const char *at, const char *end)
{
    while (at < end && weft__char_is_space(*at))
        at++;
    return at;
}

static inline char weft__char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The value of a hexadecimal digit, which `c` must be. */
static inline unsigned weft__char_hex(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/*
 * Whether `text` is `lower` but for case.  `lower` holds lower-case letters, digits and the
 * characters "-_:/"; `text` holds no control characters.  With a constant length this becomes
 * a comparison or two.
 */
static inline bool weft__lower_equal(const char *text, const char *lower, size_t length)
{
    const uint64_t case_bits = UINT64_C(0x2020202020202020);
    uint64_t differ = 0;
    uint64_t a;
    uint64_t b;

    if (length >= 8) {
        for (size_t at = 0;; at = length - at >= 16 ? at + 8 : length - 8) {
            memcpy(&a, text + at, 8);
            memcpy(&b, lower + at, 8);
            differ |= a ^ b;
            if (at + 8 == length)
                return (differ & ~case_bits) == 0;
        }
    }
    if (length >= 4) {
        a = b = 0;
        memcpy(&a, text, 4);
        memcpy(&b, lower, 4);
        differ = a ^ b;
        memcpy(&a, text + length - 4, 4);
        memcpy(&b, lower + length - 4, 4);
        return ((differ | (a ^ b)) & ~case_bits) == 0;
    }
    for (size_t at = 0; at < length; at++)
        differ |= (unsigned char)(text[at] ^ lower[at]);
    return (differ & ~case_bits) == 0;
}

#endif
