/*
 * model/number.h - numbers as JSON text, whatever the locale is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_NUMBER_H
#define WEFT_MODEL_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum {
    WEFT__INTEGER_ROOM = 20, /* "-9223372036854775808" */
    WEFT__REAL_ROOM = 24,    /* "-2.2250738585072014e-308" */
};

/* Write at most WEFT__INTEGER_ROOM bytes, no NUL; how many. */
size_t weft__write_integer(char *to, int64_t value);

/*
 * Write at most WEFT__REAL_ROOM bytes, no NUL; how many.  `value` is finite.
 *
 * The digits are the fewest that read back as the same double and, among those, the nearest to
 * it.  0.0001 to 9999999999999998.0 are without an exponent, 1e-5 and 1e16 beyond have one, as
 * short as it can be; there is always a point or an exponent, so that it reads as a real.
 */
size_t weft__write_real(char *to, double value);

#endif
