/*
 * weft/conditional.h - conditional requests, ranges and dates (RFC 9110, 13, 14 and 5.6.7).
 *
 * weft_check_preconditions() and weft_check_range() answer the whole question; the functions
 * that give the fields as values are for programs that have their own idea of what to do.
 * Files need none of this: <weft/static.h>.  None of them suspends.
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

/* --- Ranges ---------------------------------------------------------------------------- */

/* Bytes `first` to `last` of a representation, both included and counted from 0. */
typedef struct weft_range {
    uint64_t first;
    uint64_t last;
} weft_range;

/*
 * Ask which part of a representation of `size` bytes is wanted: Range and If-Range of a GET
 * (RFC 9110, 14.2 and 13.1.5).  Ask when weft_check_preconditions() has said 0, with the same
 * `etag` and `last_modified`.
 *
 * ret  set with 206.
 *
 * 206: send that range, with Content-Range and the ETag; 416: answer so, with the Content-Range
 * of NULL; 0: send the whole with 200.  That is also for other methods, without the field,
 * where it is malformed or of another unit, where If-Range names another version, and for
 * several ranges that do not add up to one, which RFC 9110 leaves to the server: weft_send_fd()
 * sends them.
 *
 *     status = weft_check_range(req, etag, WEFT_NO_TIME, length, &range);
 *     if (status == 416)
 *         res = weft_problem(req, 416, "there are %zu bytes", length);
 *     else if (status == 206)
 *         res = weft_bytes(req, 206, type, data + range.first, range.last - range.first + 1);
 *     else
 *         res = weft_bytes(req, 200, type, data, length);
 *     if (status != 0)
 *         weft_set_header(res, "Content-Range",
 *                         weft_content_range(req, status == 206 ? &range : NULL, length));
 *     weft_set_header(res, "Accept-Ranges", "bytes");
 */
WEFT_EXPORT int weft_check_range(const weft_request *req, const char *etag,
                                 int64_t last_modified, uint64_t size, weft_range *ret);

/* The value of a Content-Range field (RFC 9110, 14.4): "bytes 0-9/100", or for NULL, with 416,
 * "bytes <star>/100".  NULL when memory is out. */
WEFT_EXPORT const char *weft_content_range(weft_request *req, const weft_range *range,
                                           uint64_t size);

/* --- Dates ----------------------------------------------------------------------------- */

/* Seconds since 1970 as fields have them, for Last-Modified, Expires, Retry-After and the like:
 * "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.  What lies outside of the years 1 to
 * 9999 becomes the nearest inside.  NULL when memory is out. */
WEFT_EXPORT const char *weft_http_date(weft_request *req, int64_t seconds);

/*
 * Read a date in any of the three forms that RFC 9110 has a recipient take; the century of a
 * two-digit year follows from the clock.
 *
 * 0; WEFT_EPROTO when it is none, or text is NULL: *ret_seconds is untouched then.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_http_date_parse(const char *text, int64_t *ret_seconds);

WEFT_END_DECLS
#endif
