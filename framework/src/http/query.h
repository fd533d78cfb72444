/*
 * http/query.h - query strings and application/x-www-form-urlencoded bodies (WHATWG URL, 5.1).
 *
 * Pairs are separated by '&' only (a ';' is data); '+' is a space; a pair without '=' has an
 * empty value; empty pairs are skipped.  Percent-escapes and the decoded text are checked as
 * http/url.h says.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_QUERY_H
#define WEFT_HTTP_QUERY_H

#include "http/pairs.h"

enum { WEFT__QUERY_PAIRS_MAX = 1000 };

/* Whether `text` holds more than WEFT__QUERY_PAIRS_MAX pairs. */
bool weft__query_too_many(const char *text, size_t length);

/* What becomes of a name or value with a malformed escape, an encoded NUL, or bytes that are no
 * UTF-8. */
enum weft__query_faults {
    WEFT__QUERY_REFUSE,   /* nothing is taken */
    WEFT__QUERY_KEEP_RAW, /* it stays as it was sent, '+' and good escapes in it, too */
    WEFT__QUERY_BYTES,    /* as WEFT__QUERY_REFUSE, but what is no UTF-8 is no fault */
};

/*
 * Append the pairs of `text` to `ret_pairs`.  Names and values are decoded into the arena;
 * `text` is not kept.
 *
 * max_pairs  how many `ret_pairs` may hold in all; 0 means WEFT__QUERY_PAIRS_MAX.
 *
 * 0; WEFT_EPROTO for a refused fault, and for a NUL that is not encoded in any case;
 * WEFT_ELIMIT; or UV_ENOMEM.  Pairs before the bad one may have been added.
 */
WEFT_MUST_CHECK int weft__query_parse(struct weft__pairs *ret_pairs, struct weft__arena *arena,
                                      const char *text, size_t length, unsigned max_pairs,
                                      enum weft__query_faults faults);

#endif
