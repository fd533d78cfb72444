/*
 * weft/conditional.h - conditional requests (RFC 9110, 13).
 *
 * weft_check_preconditions() answers the whole question; the functions below it give the fields
 * as values, for programs that have their own idea of what to do.  None of them suspends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_CONDITIONAL_H
#define WEFT_CONDITIONAL_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/* For `last_modified`: it is not known. */
#define WEFT_NO_TIME INT64_MIN

/*
 * Ask whether a request goes on, given what is there now: If-Match, If-Unmodified-Since,
 * If-None-Match and If-Modified-Since in the order of RFC 9110, 13.2.2.  Ask before anything is
 * changed, and only where the answer would be a 2xx otherwise.
 *
 * etag           of the current representation, as in an ETag field: "\"v1\"" or "W/\"v1\"";
 *                "" when it has none; NULL when there is no representation, so that
 *                `If-None-Match: *` holds and `If-Match` fails.
 * last_modified  in seconds since 1970, or WEFT_NO_TIME.
 *
 * 0: go on; 304: the client has it already, to be answered with weft_empty(req, 304) and the
 * ETag and caching fields of a 200; 412: weft_problem(req, 412, ...).
 *
 *     int status = weft_check_preconditions(req, etag, WEFT_NO_TIME);
 *     if (status != 0)
 *         return weft_empty(req, status);
 *
 * Entity-tags that are malformed match nothing; dates that are malformed or repeated are
 * ignored.
 */
WEFT_EXPORT int weft_check_preconditions(const weft_request *req, const char *etag,
                                         int64_t last_modified);

/* --- The fields as values -------------------------------------------------------------- */

/* An entity-tag. */
typedef struct weft_etag {
    const char *tag; /* between the quotes; "*" for any */
    bool weak;       /* W/"..." */
    bool any;        /* the field is `*` */
} weft_etag;

/*
 * Walk the entity-tags of If-Match (request.if_match) and If-None-Match
 * (request.if_none_match), those of all lines in order: start with *at = 0; false after the
 * last.  Malformed ones are skipped; false, too, when memory is out.
 */
WEFT_EXPORT bool weft_if_match_next(weft_request *req, size_t *at, weft_etag *ret);
WEFT_EXPORT bool weft_if_none_match_next(weft_request *req, size_t *at, weft_etag *ret);

/* The date of If-Modified-Since or If-Unmodified-Since in seconds since 1970.  False when the
 * field is absent, malformed or repeated. */
WEFT_EXPORT bool weft_if_modified_since(const weft_request *req, int64_t *ret_seconds);
WEFT_EXPORT bool weft_if_unmodified_since(const weft_request *req, int64_t *ret_seconds);

/* What If-Range holds (request.if_range). */
typedef enum weft_if_range_kind {
    WEFT_IF_RANGE_NONE, /* absent, malformed or repeated */
    WEFT_IF_RANGE_ETAG,
    WEFT_IF_RANGE_DATE,
} weft_if_range_kind;

/* The one of both results that fits the kind is set. */
WEFT_EXPORT weft_if_range_kind weft_if_range(weft_request *req, weft_etag *ret_etag,
                                             int64_t *ret_seconds);

WEFT_END_DECLS
#endif
