/*
 * http/parameter.h - parameters, as behind a media type: ;name=value;name="quoted value" (RFC
 * 9110, 5.6.4 and 5.6.6).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_PARAMETER_H
#define WEFT_HTTP_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

/* Pieces of the text that was parsed.  A quoted value still has its quotes. */
struct weft__parameter {
    const char *name;
    const char *value; /* NULL: there is no parameter here */
    size_t name_length;
    size_t value_length; /* at least 1 */
};

/*
 * Read OWS ";" OWS [ parameter ] at `at`.  Returns what is behind it; NULL when it is
 * malformed.
 */
const char *weft__parameter_next(const char *at, const char *end,
                                 struct weft__parameter *ret_parameter);

/* Whether there is one and it has this name, which is in lower case. */
bool weft__parameter_is(const struct weft__parameter *parameter, const char *name);

/* What is behind the quoted string that begins at `at`; NULL when it does not end. */
const char *weft__quoted_end(const char *at, const char *end);

/* Copy a value without the quotes and the backslashes of a quoted string, at most `length`
 * bytes; `to` may be `value` itself.  How many there are; no NUL is written. */
size_t weft__unquote(char *to, const char *value, size_t length);

#endif
