/*
 * http/body.h - decoding a request body in place (RFC 9112, 6 and 7).
 *
 * weft__head_parse() sets a body up from the head: no body, one of a known length, or a chunked
 * one.  Chunked bodies are decoded by llhttp; a guard before it refuses what llhttp of one
 * version or another would let pass.  However the bytes are cut, the result is the same.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_BODY_H
#define WEFT_HTTP_BODY_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

#include "http/chunk_guard.h"

struct weft__trailers;

struct weft__body {
    llhttp_t parser; /* has seen the head; decodes chunks */
    struct weft__chunk_guard guard;
    char *out;          /* where the next decoded byte goes, during a call */
    uint64_t received;  /* decoded bytes so far */
    uint64_t length;    /* of a body of known length */
    uint64_t max_bytes; /* UINT64_MAX after weft__head_parse(); the caller lowers it */
    struct weft__trailers *trailers; /* where trailer fields go; NULL: they are dropped */
    bool chunked;
    bool complete; /* all bytes of the message were consumed */
    bool ended;    /* llhttp says so; equals `complete` between calls */
    int failed;    /* what every later call returns */
};

/*
 * Decode what belongs to this message of `buf`, in place.
 *
 * ret_decoded   how many decoded bytes now lie at the beginning of `buf`.
 * ret_consumed  how many bytes of input were used; bytes behind the end of the message are
 *               neither consumed nor touched.  Less than `length` only when `complete`.
 *
 * Returns 0, or -400 when the framing is malformed, or -413 when more than max_bytes were
 * announced by a length or decoded from chunks, or -500 when there is no memory for trailers.
 * A failure is final; nothing of the call's input is then decoded.  Calling it on a complete
 * body consumes nothing and returns 0.
 */
WEFT_MUST_CHECK int weft__body_decode(struct weft__body *body, char *buf, size_t length,
                                      size_t *ret_decoded, size_t *ret_consumed);

/*
 * Whether the framing of what has come of a message is well formed as far as it goes: 0, or
 * -400. It decodes nothing and touches neither the body nor `buf`; limits on size do not count.
 */
WEFT_MUST_CHECK int weft__body_check(const struct weft__body *body, const char *buf,
                                     size_t length);

/*
 * How many bytes of the message are still to come at least, `buf` being the next ones: those of
 * a length exactly; of a chunked body as many as its framing tells so far.  UINT64_MAX where it
 * is malformed.  As weft__body_check() it changes nothing.
 */
uint64_t weft__body_least_rest(const struct weft__body *body, const char *buf, size_t length);

/*
 * How weft__head_parse() sets a body up, in three steps: prepare, with the minor version; give
 * llhttp the rest of the head, in any number of pieces; begin.  The latter two return 0, or
 * -400 when llhttp refuses the head or understands its framing in another way.
 *
 * A request line that the scan let pass tells llhttp nothing but the version: methods differ in
 * their framing only by CONNECT, which is not served, and targets not at all.  So llhttp reads
 * the line of each version once in a process, and every head goes on from there.
 */
void weft__body_prepare(struct weft__body *body, unsigned minor);
WEFT_MUST_CHECK int weft__body_feed_head(struct weft__body *body, const char *data,
                                         size_t length);
WEFT_MUST_CHECK int weft__body_begin(struct weft__body *body, bool chunked, uint64_t length);

#endif
