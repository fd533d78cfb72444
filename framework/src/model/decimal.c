/*
 * model/decimal.c - see decimal.h.
 *
 * This is Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020), with
 * integers only.  A double c * 2^q is what every decimal within half the distance to its
 * neighbours reads as; the ends of that interval belong to it when c is even.  Let 10^k be the
 * largest power of ten not above the length of the interval.  Then
 *
 * - of the multiples of 10^(k+1) at most one is within; if one is, it is the shortest decimal,
 *   its trailing zeros aside;
 * - if none is, at least one multiple of 10^k is, and the nearest to the value is the answer.
 *
 * To compare, the value and both ends are scaled by 10^-k, with two more bits (hence the 4s).
 * Of what is below those bits only matters whether it is zero: the last bit is set if it is not
 * (rounding to odd).  The 128 bits kept of each power of ten suffice for that.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/decimal.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

enum {
    FRACTION_BITS = DBL_MANT_DIG - 1,
    LEAST_EXPONENT = DBL_MIN_EXP - DBL_MANT_DIG, /* of subnormals: they are c * 2^-1074 */
    LEAST_POWER = -292,
};

_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "doubles are those of IEEE 754");

struct wide {
    uint64_t high, low;
};

static const struct wide powers[] = {
#include "model/powers_of_ten.inc"
};

static struct wide multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    unsigned __int128 product = (unsigned __int128)a * b;

    return (struct wide){ (uint64_t)(product >> 64), (uint64_t)product };
#else
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
    uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);

    return (struct wide){ (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32),
                          other << 32 | (low & UINT32_MAX) };
#endif
}

/* Floors of x / 2^bits, also below zero, where >> is not defined by the standard. */
static int floor_shift(int x, int bits)
{
    return x >= 0 ? x >> bits : -((-x + (1 << bits) - 1) >> bits);
}

/* floor(log10(2^q)), or of 3/4 * 2^q; exact for the exponents of doubles. */
static int log10_of_power_of_two(int q, bool three_quarters)
{
    return floor_shift(q * 1262611 - (three_quarters ? 524031 : 0), 22);
}

/* floor(log2(10^e)); exact likewise. */
static int log2_of_power_of_ten(int e)
{
    return floor_shift(e * 1741647, 19);
}

/* power * x / 2^128, rounded to odd.  One unit in the fraction's 64 bits is the error of power.
 */
static uint64_t scale(struct wide power, uint64_t x)
{
    struct wide low = multiply(power.low, x);
    struct wide high = multiply(power.high, x);

    high.low += low.high;
    high.high += high.low < low.high;
    return high.high | (high.low > 1);
}

static struct weft__decimal shortest(uint64_t c, int q, bool is_power_of_two)
{
    int k = log10_of_power_of_two(q, is_power_of_two);
    int shift = q + log2_of_power_of_ten(-k) + 1; /* 1 to 4 */
    struct wide power = powers[-k - LEAST_POWER];
    bool odd = c % 2 != 0;
    /* Below a power of two the neighbour is at half the distance. */
    uint64_t lower = scale(power, (4 * c - 2 + is_power_of_two) << shift) + odd;
    uint64_t value = scale(power, 4 * c << shift);
    uint64_t upper = scale(power, (4 * c + 2) << shift) - odd;
    uint64_t below = value / 4; /* the multiple of 10^k at or below the value */
    uint64_t tens = below / 10;
    bool below_is_within, above_is_within;

    if (below >= 10) {
        below_is_within = lower <= 40 * tens;
        above_is_within = 40 * tens + 40 <= upper;
        if (below_is_within != above_is_within)
            return (struct weft__decimal){ tens + above_is_within, k + 1 };
    }
    below_is_within = lower <= 4 * below;
    above_is_within = 4 * below + 4 <= upper;
    if (below_is_within == above_is_within) /* both: the nearer one, or the even one */
        above_is_within = value > 4 * below + 2 || (value == 4 * below + 2 && below % 2 != 0);
    return (struct weft__decimal){ below + above_is_within, k };
}

static void strip_zeros(struct weft__decimal *decimal)
{
    if (decimal->digits % 100000000 == 0) {
        decimal->digits /= 100000000;
        decimal->exponent += 8;
    }
    while (decimal->digits % 10 == 0) {
        decimal->digits /= 10;
        decimal->exponent++;
    }
}

struct weft__decimal weft__decimal_of(double value)
{
    struct weft__decimal decimal = { 0 };
    uint64_t bits, fraction;
    int exponent;

    if (value == 0)
        return decimal;
    memcpy(&bits, &value, sizeof(bits));
    fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    exponent = (int)(bits >> FRACTION_BITS);
    if (exponent == 0)
        decimal = shortest(fraction, LEAST_EXPONENT, false);
    else /* the least normal doubles are as far apart as the subnormals below them */
        decimal = shortest(fraction | UINT64_C(1) << FRACTION_BITS,
                           LEAST_EXPONENT + exponent - 1, fraction == 0 && exponent > 1);
    strip_zeros(&decimal);
    return decimal;
}
