/*
 * model/integer.c - an integer as text, two digits at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/number.h"

static const char pairs[] = "00010203040506070809"
                            "10111213141516171819"
                            "20212223242526272829"
                            "30313233343536373839"
                            "40414243444546474849"
                            "50515253545556575859"
                            "60616263646566676869"
                            "70717273747576777879"
                            "80818283848586878889"
                            "90919293949596979899";

size_t weft__write_integer(char *to, int64_t value)
{
    /* -2^63 has no positive counterpart in 64 signed bits. */
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[WEFT__INTEGER_ROOM];
    char *at = digits + sizeof(digits);
    size_t size;

    for (; rest >= 100; rest /= 100) {
        at -= 2;
        memcpy(at, pairs + rest % 100 * 2, 2);
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(at, pairs + rest * 2, 2);
    } else {
        *--at = (char)('0' + rest);
    }
    if (value < 0)
        *--at = '-';
    size = (size_t)(digits + sizeof(digits) - at);
    memcpy(to, at, size);
    return size;
}
