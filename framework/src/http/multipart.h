/*
 * http/multipart.h - multipart bodies, cut into parts as their bytes come (RFC 2046, 5.1; RFC
 * 7578).
 *
 * The caller gives input of any size and takes one event after the other.  Nothing of a part's
 * content is kept: it is handed out as it lies in the input, and what might have been the
 * beginning of a delimiter comes from the reader's own copy of the delimiter.
 *
 * Strict: a line that begins with the delimiter holds nothing behind it but white space; lines
 * end with CRLF; header fields are not folded; the last delimiter may not be missing.  What
 * stands before the first delimiter and behind the last is skipped.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_MULTIPART_H
#define WEFT_HTTP_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

#include "base/buffer.h"

enum {
    WEFT__BOUNDARY_MAX = 70, /* characters: RFC 2046, 5.1.1 */
    WEFT__PART_FIELDS_MAX = 32,
};

struct weft__multipart {
    char delimiter[4 + WEFT__BOUNDARY_MAX]; /* CRLF, "--" and the boundary */
    size_t delimiter_length;
    size_t matched;             /* bytes of the delimiter at the end of the input so far */
    size_t implied;             /* of these, those that were not in the input */
    struct weft__buffer fields; /* of the current part, as lines; `data` is NULL before the
                                 * first.  Its limit is the caller's */
    unsigned field_count;
    uint8_t state;
    int failed; /* what every later call returns */
};

enum weft__multipart_event {
    WEFT__MULTIPART_MORE, /* the input is used up */
    WEFT__MULTIPART_PART, /* a part begins; `fields` holds its header lines, each with CRLF */
    WEFT__MULTIPART_DATA, /* a piece of its content, at least one byte */
    WEFT__MULTIPART_PART_END,
    WEFT__MULTIPART_END, /* the last delimiter; all that follows is skipped */
};

/*
 * Begin with a boundary, and a limit for the header lines of one part, each with its CRLF.  0,
 * or WEFT_EPROTO for a boundary that is empty, too long, ends with a space or holds what it may
 * not.
 */
WEFT_MUST_CHECK int weft__multipart_init(struct weft__multipart *multipart,
                                         const char *boundary, size_t length,
                                         size_t max_field_bytes);
void weft__multipart_done(struct weft__multipart *multipart);

/*
 * The next event of the input from *at up to `end`; *at is moved on.
 *
 * ret_data, ret_length  set for WEFT__MULTIPART_DATA; valid until the input or the reader goes.
 *
 * One of enum weft__multipart_event; WEFT_EPROTO; WEFT_ELIMIT when header lines are longer than
 * allowed or more than WEFT__PART_FIELDS_MAX; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__multipart_next(struct weft__multipart *multipart, const char **at,
                                         const char *end, const char **ret_data,
                                         size_t *ret_length);

/* Whether the input may end here: the last delimiter has come whole. */
bool weft__multipart_ended(const struct weft__multipart *multipart);

#endif
