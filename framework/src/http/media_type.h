/*
 * http/media_type.h - media types, as in Content-Type (RFC 9110, 8.3.1; RFC 6838, 4.2.8).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_MEDIA_TYPE_H
#define WEFT_HTTP_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

#include "http/charset.h"

struct weft__arena;

/* Pieces of the text that was parsed, which must outlive it; none ends with a NUL.  Nothing is
 * changed to lower case: compare with weft__media_type_is(). */
struct weft__media_type {
    const char *type;
    const char *subtype;
    const char *suffix;     /* behind the last '+' of the subtype, or NULL */
    const char *parameters; /* from the first ';' on, checked; or NULL */
    size_t type_length;
    size_t subtype_length;
    size_t suffix_length;
    size_t parameters_length;
};

/* 0, or WEFT_EPROTO: *ret_type is untouched then. */
WEFT_MUST_CHECK int weft__media_type_parse(struct weft__media_type *ret_type, const char *text,
                                           size_t length);

/* Whether it is `what`, such as "text/html", "text/<star>" or "<star>/<star>", parameters
 * aside; `what` is in lower case. */
bool weft__media_type_is(const struct weft__media_type *type, const char *what);

/* Whether it is application/json or any type with the suffix "+json". */
bool weft__media_type_is_json(const struct weft__media_type *type);

/*
 * The value of a parameter, `name` in lower case, unquoted into the arena.  1 when found, 0
 * when there is none, WEFT_EPROTO when there are several, which is an error (RFC 6838, 4.3),
 * UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__media_type_parameter(const struct weft__media_type *type,
                                               struct weft__arena *arena, const char *name,
                                               const char **ret_value, size_t *ret_length);

/* What charset there is: UTF-8 where there is none, WEFT__CHARSET_OTHER for several. */
enum weft__charset weft__media_type_charset(const struct weft__media_type *type);

#endif
