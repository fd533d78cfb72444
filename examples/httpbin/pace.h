/*
 * pace.h - a body spread evenly over a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_PACE_H
#define HTTPBIN_PACE_H

#include <stdint.h>
#include <weft.h>

/*
 * Write `length` bytes in pieces of `chunk` at most, the last one `duration_ms` after the
 * first: fill(at, buffer, length) makes them, `at` counted from `offset` on.
 *
 * 0, or what weft_write() or weft_sleep() returned.
 */
WEFT_SUSPENDS int write_paced(weft_response *res, int64_t length, size_t chunk,
                              uint64_t duration_ms, uint64_t offset,
                              void (*fill)(uint64_t at, char *buffer, size_t length));

#endif
