/*
 * http/conditions.h - conditional requests (RFC 9110, 13).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_CONDITIONS_H
#define WEFT_HTTP_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "http/etag.h"

struct weft__head;

/* What tells the current representation from others.  Zero-initialised: there is none. */
struct weft__validators {
    bool exists;
    bool has_etag;
    bool has_time;
    struct weft__etag etag;
    int64_t last_modified; /* seconds since 1970 */
};

/*
 * Evaluate If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of
 * RFC 9110, 13.2.2, all lines of a field together.  To be asked where the answer would be a 2xx
 * without them (13.2.1).
 *
 * now  settles the century of dates with two digits.
 *
 * 0: go on; 304 or 412: that is the answer.  An entity-tag that is malformed matches nothing; a
 * date that is malformed or repeated is ignored.  OPTIONS and TRACE have no conditions.
 */
int weft__conditions_check(const struct weft__head *head,
                           const struct weft__validators *current, int64_t now);

/*
 * Whether the range that is asked for may be sent, and not the whole representation
 * (If-Range: RFC 9110, 13.1.5).  True without the field; false when it is malformed.
 *
 * A Last-Modified counts when it is a second old at least: within that second the
 * representation may have changed again (8.8.2.2).
 */
bool weft__conditions_allow_range(const struct weft__head *head,
                                  const struct weft__validators *current, int64_t now);

/* The date of a field that occurs once and holds one.  False otherwise: the field is to be
 * ignored. */
bool weft__conditions_date(const struct weft__head *head, const char *name, int64_t now,
                           int64_t *ret_seconds);

#endif
