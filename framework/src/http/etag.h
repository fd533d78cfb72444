/*
 * http/etag.h - entity-tags, alone and in lists (RFC 9110, 8.8.3 and 13.1).
 *
 * A backslash is no escape within an entity-tag, and there is no white space in one.  What is
 * malformed matches nothing: If-Match then fails and If-None-Match holds, so that nothing is
 * overwritten and nothing is taken for fresh by mistake.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_ETAG_H
#define WEFT_HTTP_ETAG_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

/* A piece of the text that was parsed, which must outlive it. */
struct weft__etag {
    const char *tag; /* between the quotes; no NUL behind it */
    size_t length;
    bool weak;
};

/*
 * Read one entity-tag: "xyzzy" or W/"xyzzy", with nothing but white space around it.
 * 0, or WEFT_EPROTO: *ret_etag is untouched then.
 */
WEFT_MUST_CHECK int weft__etag_parse(struct weft__etag *ret_etag, const char *text,
                                     size_t length);

/*
 * Walk a comma-separated list of entity-tags: *at is moved on from the beginning of the list to
 * `end`.  Empty elements and malformed ones are skipped.  False behind the last.
 */
bool weft__etag_next(const char **at, const char *end, struct weft__etag *ret_etag);

/* Whether a field's value is the "*" that stands for any representation. */
bool weft__etag_is_any(const char *value, size_t length);

/* Strong comparison: the same tag, neither of them weak (RFC 9110, 8.8.3.2). */
bool weft__etag_equal_strongly(const struct weft__etag *a, const struct weft__etag *b);

/* Weak comparison: the same tag. */
bool weft__etag_equal_weakly(const struct weft__etag *a, const struct weft__etag *b);

#endif
