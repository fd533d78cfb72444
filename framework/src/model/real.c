/*
 * model/real.c - a double as its shortest decimal text.
 *
 * In two steps: find digits d (an integer without trailing zeros) and an exponent e such that
 * d * 10^e is the shortest decimal that reads back as the value, then lay them out.
 *
 * Why the digits are the shortest.  Each decimal of at most 15 digits comes back unchanged when
 * it is read as a normal double and written with 15 digits.  So if such a decimal reads back as
 * the value there is only one, and it is what 15 digits give, less trailing zeros.  17 digits
 * always read back.  Only 16 remain to be tried: the nearest decimal of 16 digits, and at a
 * power of two, where the doubles below lie twice as close as those above, the next one up too,
 * because the nearest may fall below the interval that the next one is still in.  Subnormal
 * doubles have fewer bits, so there each count from 1 on is tried; they are evenly spaced.
 *
 * SPDX-License-Identifier: MIT
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/number.h"

struct decimal {
    uint64_t digits; /* no trailing zeros, unless it is 0; below 10^17 */
    int exponent;    /* the value is digits * 10^exponent */
};

static void strip_zeros(struct decimal *decimal)
{
    while (decimal->digits != 0 && decimal->digits % 10 == 0) {
        decimal->digits /= 10;
        decimal->exponent++;
    }
}

/*
 * The quick way, for what people write down: `value` times a power of ten that is a whole
 * number of at most 15 digits.  Both that number and the power are exact doubles, so the
 * division rounds correctly, as reading the decimal does: equal means that the decimal reads
 * back.
 */
static bool find_quickly(double value, struct decimal *ret)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

    if (value >= 1e15 || (value < 1e-22 && value > 0))
        return false;
    for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
        double scaled = value * powers[i];
        uint64_t digits;

        if (scaled >= 1e15 - 1)
            return false;
        digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / powers[i] == value) {
            *ret = (struct decimal){ .digits = digits, .exponent = -(int)i };
            strip_zeros(ret);
            return true;
        }
    }
    return false;
}

/* Text without a decimal point reads the same in every locale. */
static bool reads_back(const struct decimal *decimal, double value)
{
    char text[48];

    snprintf(text, sizeof(text), "%llue%d", (unsigned long long)decimal->digits,
             decimal->exponent);
    return strtod(text, NULL) == value;
}

/* `value` rounded to `count` digits.  The C library rounds exactly, but its point is the
 * locale's: everything between the digits and the `e` that is no digit is passed over. */
static struct decimal round_to(double value, int count)
{
    struct decimal decimal = { 0 };
    char text[64];
    char *at = text;
    int exponent = 0;
    bool negative;

    snprintf(text, sizeof(text), "%.*e", count - 1, value);
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9')
            decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
    }
    negative = at[1] == '-';
    for (at += 2; *at >= '0' && *at <= '9'; at++)
        exponent = exponent * 10 + (*at - '0');
    decimal.exponent = (negative ? -exponent : exponent) - (count - 1);
    return decimal;
}

static bool is_power_of_two(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits << (64 - (DBL_MANT_DIG - 1)) == 0; /* nothing but the leading one, unstored */
}

/* Try `count` digits. */
static bool find_with(double value, int count, struct decimal *ret)
{
    *ret = round_to(value, count);
    if (reads_back(ret, value))
        return true;
    if (!is_power_of_two(value))
        return false;
    ret->digits++;
    return reads_back(ret, value);
}

static struct decimal find_exactly(double value)
{
    struct decimal decimal;
    int count = value < DBL_MIN ? 1 : 15;

    while (!find_with(value, count, &decimal) && count < 17)
        count++;
    strip_zeros(&decimal);
    return decimal;
}

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
    *to++ = exponent < 0 ? '-' : '+';
    exponent = abs(exponent);
    if (exponent < 10)
        *to++ = '0'; /* as in 1e-05 */
    return to + weft__write_integer(to, exponent);
}

size_t weft__write_real(char *to, double value)
{
    struct decimal decimal = { 0 };
    char digits[WEFT__INTEGER_ROOM];
    char *at = to;
    int count;
    int point;

    if (signbit(value))
        *at++ = '-';
    value = fabs(value);
    if (!find_quickly(value, &decimal))
        decimal = find_exactly(value);
    count = (int)weft__write_integer(digits, (int64_t)decimal.digits);
    point = count + decimal.exponent;
    if (point > -4 && point <= 16)
        at = lay_out_plainly(at, digits, count, point);
    else
        at = lay_out_with_exponent(at, digits, count, point - 1);
    return (size_t)(at - to);
}
