/*
 * web/forwarded.h - the Forwarded field (RFC 7239), between the files that read it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_FORWARDED_H
#define WEFT_WEB_FORWARDED_H

#include <stddef.h>
#include <weft/fwd.h>

/* A piece of a field's value; empty when there is none. */
struct weft__piece {
    const char *text;
    size_t length;
};

/* What one proxy says of the request that it got. */
struct weft__hop {
    struct weft__piece node; /* whom it came from: "for" */
    struct weft__piece proto;
    struct weft__piece host;
};

enum { WEFT__HOPS_MAX = 32 };

/* The last elements of all Forwarded fields of the request, as one list, into `hops`, which
 * holds WEFT__HOPS_MAX, nearest proxy first; how many.  What stands before a malformed element
 * does not count. */
size_t weft__forwarded_parse(const weft_request *req, struct weft__hop *hops);

#endif
