/*
 * http/chars.c - see chars.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/chars.h"

#define TOKEN      WEFT__CHAR_TOKEN
#define COOKIE     WEFT__CHAR_COOKIE
#define SEGMENT    WEFT__CHAR_SEGMENT
#define NAME       (TOKEN | COOKIE | SEGMENT | WEFT__CHAR_UNRESERVED)
#define HEX        (NAME | WEFT__CHAR_HEX)
#define SUB_DELIMS (SEGMENT | COOKIE)

const uint8_t weft__chars[256] = {
    ['0' ... '9'] = HEX | WEFT__CHAR_DIGIT,
    ['a' ... 'f'] = HEX,
    ['A' ... 'F'] = HEX,
    ['g' ... 'z'] = NAME,
    ['G' ... 'Z'] = NAME,
    ['-'] = NAME,
    ['.'] = NAME,
    ['_'] = NAME,
    ['~'] = NAME,
    ['!'] = TOKEN | SUB_DELIMS,
    ['$'] = TOKEN | SUB_DELIMS,
    ['&'] = TOKEN | SUB_DELIMS,
    ['\''] = TOKEN | SUB_DELIMS,
    ['*'] = TOKEN | SUB_DELIMS,
    ['+'] = TOKEN | SUB_DELIMS,
    ['('] = SUB_DELIMS,
    [')'] = SUB_DELIMS,
    ['='] = SUB_DELIMS,
    [':'] = SUB_DELIMS,
    ['@'] = SUB_DELIMS,
    [','] = SEGMENT,
    [';'] = SEGMENT,
    ['#'] = TOKEN | COOKIE,
    ['%'] = TOKEN | COOKIE,
    ['^'] = TOKEN | COOKIE,
    ['`'] = TOKEN | COOKIE,
    ['|'] = TOKEN | COOKIE,
    ['/'] = COOKIE,
    ['<'] = COOKIE,
    ['>'] = COOKIE,
    ['?'] = COOKIE,
    ['['] = COOKIE,
    [']'] = COOKIE,
    ['{'] = COOKIE,
    ['}'] = COOKIE,
};
