/*
 * base/utf8.h - is this UTF-8 (RFC 3629)?
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_UTF8_H
#define WEFT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The bytes of the character that `text` begins with: 1 to 4; 0 when it begins with none, which
 * is so for overlong forms, surrogates, what lies above U+10FFFF, and a sequence cut short.
 */
size_t weft__utf8_sequence(const char *text, size_t length);

/* Are these bytes whole characters only?  NUL is one. */
bool weft__utf8_valid(const char *text, size_t length);

#endif
