/*
 * model/decimal.h - a double as the shortest decimal that reads back as it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_DECIMAL_H
#define WEFT_MODEL_DECIMAL_H

#include <stdint.h>

/* The value is digits * 10^exponent. */
struct weft__decimal {
    uint64_t digits; /* below 10^17; no trailing zeros, unless it is 0 */
    int exponent;
};

/*
 * Of the decimals that read back as `value`, which is finite and not negative, those with the
 * fewest digits, and among those the nearest to it.
 */
struct weft__decimal weft__decimal_of(double value);

#endif
