/*
 * http/trailer_section.h - the trailer section of a chunked body (RFC 9110, 6.5; RFC
 * 9112, 7.1.2).
 *
 * The guard before the decoder checks syntax and size, and refuses the worst of the names; what
 * it lets pass is collected here as it comes.  Fields that RFC 9110, 6.5.1 wants in no trailer
 * are dropped, and the others never become header fields.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_TRAILER_SECTION_H
#define WEFT_HTTP_TRAILER_SECTION_H

#include <stddef.h>

#include "http/field.h"

/* Zero-initialised but for the arena, it is empty. */
struct weft__trailers {
    struct weft__arena *arena;
    char *text; /* lines, as they came */
    size_t length;
    size_t room;
    struct weft__fields fields; /* since weft__trailers_parse() */
};

/* Append bytes that the guard has let pass.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__trailers_append(struct weft__trailers *trailers, const char *data,
                                          size_t length);

/* The section is complete: fill `fields`, whose texts lie in `text`.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__trailers_parse(struct weft__trailers *trailers);

#endif
