/*
 * model/real.c - the layout of a double's shortest decimal.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/decimal.h"
#include "model/number.h"

static char *fill(char *to, char byte, int count)
{
    memset(to, byte, (size_t)count);
    return to + count;
}

static char *copy(char *to, const char *from, int count)
{
    memcpy(to, from, (size_t)count);
    return to + count;
}

/* `point` digits stand before the decimal point; it may lie outside of them. */
static char *lay_out_plainly(char *to, const char *digits, int count, int point)
{
    if (point <= 0) {
        to = copy(to, "0.", 2);
        to = fill(to, '0', -point);
        return copy(to, digits, count);
    }
    if (point >= count) {
        to = copy(to, digits, count);
        to = fill(to, '0', point - count);
        return copy(to, ".0", 2);
    }
    to = copy(to, digits, point);
    *to++ = '.';
    return copy(to, digits + point, count - point);
}

static char *lay_out_with_exponent(char *to, const char *digits, int count, int exponent)
{
    *to++ = digits[0];
    if (count > 1) {
        *to++ = '.';
        to = copy(to, digits + 1, count - 1);
    }
    *to++ = 'e';
    return to + weft__write_integer(to, exponent);
}

size_t weft__write_real(char *to, double value)
{
    struct weft__decimal decimal = weft__decimal_of(fabs(value));
    char digits[WEFT__INTEGER_ROOM];
    char *at = to;
    int count;
    int point;

    if (signbit(value))
        *at++ = '-';
    count = (int)weft__write_integer(digits, (int64_t)decimal.digits);
    point = count + decimal.exponent;
    if (point > -4 && point <= 16)
        at = lay_out_plainly(at, digits, count, point);
    else
        at = lay_out_with_exponent(at, digits, count, point - 1);
    return (size_t)(at - to);
}
