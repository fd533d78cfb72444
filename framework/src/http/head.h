/*
 * http/head.h - reading a request head (RFC 9112, 2 to 6).
 *
 * A head is read in two steps.  weft__head_scan() looks at bytes as they come in, refuses the
 * first one that no request can hold, and finds the end of the head.  weft__head_parse() then
 * takes the whole head apart, in memory that the caller owns, and decides what the fields mean
 * for the message: framing, host, connection.  What is accepted does not depend on how the
 * bytes were cut, nor on which llhttp is linked.
 *
 * Stricter than the grammar, for what other parsers have read in other ways: no backslash in a
 * target, no zeros in front of a Content-Length, host names as http/host.h says.  More lenient
 * in one point: HTTP/1.2 to 1.9 are served as 1.1 (RFC 9110, 2.5).  All such points are listed
 * in docs/conformance/stricter.md.
 *
 * Results below zero are HTTP status codes, negated; the connection cannot be used afterwards.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_HEAD_H
#define WEFT_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

#include "http/body.h"
#include "http/field.h"
#include "http/method.h"

struct weft__arena;

struct weft__head_limits {
    size_t max_bytes; /* of a head, empty line included */
    unsigned max_fields;
};

/* The limits to give to weft__head_scan().  Zero stands for 16 KiB and 100 fields; what is over
 * 1 GiB or 10,000 fields is lowered to that. */
struct weft__head_limits weft__head_limits(size_t max_bytes, unsigned max_fields);

/* Where a scan stands; zero-initialised at the first byte of a request. */
struct weft__head_scan {
    uint32_t at;     /* bytes seen; the scan never goes back */
    uint32_t token;  /* where the current method, target or version begins */
    uint16_t fields; /* begun so far; in the end, what weft__head_parse() has to be told */
    uint8_t state;
    uint8_t blank_lines; /* skipped before the request line */
};

/*
 * Look at the `length` bytes from the first byte of a head on, of which an earlier call with
 * the same `scan` has seen a prefix.  Up to two empty lines may stand before the request line
 * (RFC 9112, 2.2); they count as part of the head.
 *
 * Returns the head's length, empty line included, when it is complete; 0 when more bytes are
 * needed; or
 *   -400  a byte that the grammar does not allow there;
 *   -414  the head is longer than limits->max_bytes, and more than half of that is method and
 *         target;
 *   -431  it is longer than that by its fields, or has more than max_fields;
 *   -501  CONNECT, or a method of more than 64 characters;
 *   -505  an HTTP version other than 1.x.
 */
WEFT_MUST_CHECK long weft__head_scan(struct weft__head_scan *scan, const char *data,
                                     size_t length, const struct weft__head_limits *limits);

/*
 * Whether the scan stands before the first byte of a request line: a connection that ends
 * here has ended between requests.
 */
bool weft__head_scan_idle(const struct weft__head_scan *scan);

/* Texts lie in the memory given to weft__head_parse() and end with a NUL, but where it says
 * that they do not. */
struct weft__head {
    const char *method_text;
    const char *target; /* as received; for logs */
    const char *path;   /* raw; begins with '/', or is "*"; not NUL-terminated before a query */
    const char *query;  /* raw, without '?'; "" when there is none */
    const char *scheme; /* "http" or "https" of an absolute-form target, else NULL; static */
    const char *authority; /* of an absolute-form target, else NULL; not NUL-terminated */
    const char *host;      /* the Host field, or the authority; NULL in HTTP/1.0 without */
    struct weft__field *fields;
    size_t target_length;
    size_t path_length;
    size_t query_length;
    size_t authority_length;
    size_t host_length;
    uint64_t content_length; /* 0 when there is none */
    enum weft__method method;
    unsigned field_count;
    unsigned minor;       /* of the version, 0 or 1; HTTP/1.2 and later are taken as 1.1 */
    bool has_query;       /* there was a '?' */
    bool keep_alive;      /* the client lets the connection be used again */
    bool expect_continue; /* Expect: 100-continue, in HTTP/1.1 */
    bool chunked;
    bool has_length; /* a Content-Length was sent */
    bool encoded;    /* there is a body, and a Content-Encoding */
    bool upgrade;    /* HTTP/1.1, a well-formed Upgrade field, and Connection: upgrade */
};

/*
 * Parse the complete head of `length` bytes at `data`, with as many fields as weft__head_scan()
 * counted: bytes that it has not let pass are undefined behaviour here.
 * `data` is the caller's copy; it is written to (names and values get their NUL in place) and
 * must live as long as `head`.  The table of fields comes from `arena`.  `body` is made ready
 * for the bytes behind the head; for a request without a body it is complete at once.
 *
 * Returns 0, or
 *   -400  malformed: the target, Host, Content-Length, Transfer-Encoding or Connection; or one
 *         of them missing, repeated, or at odds with another;
 *   -417  an Expect other than 100-continue;
 *   -500  memory is out;
 *   -501  a transfer coding besides chunked.
 * `head` and `body` are not to be used after a failure.
 */
WEFT_MUST_CHECK int weft__head_parse(struct weft__head *head, struct weft__body *body,
                                     struct weft__arena *arena, char *data, size_t length,
                                     unsigned fields);

/* The first field of that name, or NULL.  Borrowed; lives as long as the head. */
const struct weft__field *weft__head_find(const struct weft__head *head, const char *name,
                                          size_t length);

/* The next field of the same name behind `field`, or NULL. */
const struct weft__field *weft__head_find_next(const struct weft__head *head,
                                               const struct weft__field *field);

#endif
