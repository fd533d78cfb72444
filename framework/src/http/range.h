/*
 * http/range.h - byte ranges of a representation (RFC 9110, 14).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_RANGE_H
#define WEFT_HTTP_RANGE_H

#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

/* Bytes `first` to `last`, both included. */
struct weft__range {
    uint64_t first;
    uint64_t last;
};

enum {
    WEFT__RANGES_MAX = 64, /* in one field; with more it is ignored (RFC 9110, 14.2) */
    WEFT__CONTENT_RANGE_ROOM = 80,
};

/*
 * Read a Range field for a representation of `size` bytes.  Ranges that overlap or touch become
 * one, at the place of the first of them; those that begin behind the end are left out.
 *
 * ret_ranges  room for WEFT__RANGES_MAX; set as far as the result says.
 *
 * How many ranges are to be sent; 0 when the field is to be ignored, since it is malformed, of
 * another unit, asks for too many ranges, or for the end of nothing; -416 when all of its
 * ranges begin behind the end.
 */
WEFT_MUST_CHECK int weft__ranges_parse(struct weft__range *ret_ranges, const char *text,
                                       size_t length, uint64_t size);

/* How many bytes it has. */
static inline uint64_t weft__range_length(const struct weft__range *range)
{
    return range->last - range->first + 1;
}

/* Write the value of a Content-Range field and a NUL, at most WEFT__CONTENT_RANGE_ROOM bytes;
 * `range` NULL: that of 416.  The length, without the NUL. */
size_t weft__content_range(char *to, const struct weft__range *range, uint64_t size);

#endif
