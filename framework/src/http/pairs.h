/*
 * http/pairs.h - lists of names and values, as query strings, forms and cookies hold them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_PAIRS_H
#define WEFT_HTTP_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__arena;

/* Both texts are NUL-terminated and hold no other NUL. */
struct weft__pair {
    const char *name;
    const char *value;
    size_t name_length;
    size_t value_length;
};

/* In the order received; repeated names stay.  Zero-initialised, it is empty.  Memory comes
 * from the arena given to each call, always the same one. */
struct weft__pairs {
    struct weft__pair *items;
    unsigned count;
    unsigned room;
};

/* The first pair of that name, or NULL.  Names are case-sensitive. */
const struct weft__pair *weft__pairs_find(const struct weft__pairs *pairs, const char *name,
                                          size_t length);

/* The next one of the same name behind `pair`, or NULL. */
const struct weft__pair *weft__pairs_find_next(const struct weft__pairs *pairs,
                                               const struct weft__pair *pair);

/* The pair at *at, which is moved on; false behind the last, and for NULL. */
bool weft__pairs_next(const struct weft__pairs *pairs, size_t *at, const char **ret_name,
                      const char **ret_value);

/* Add a pair; the texts are borrowed.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__pairs_add(struct weft__pairs *pairs, struct weft__arena *arena,
                                    const struct weft__pair *pair);

#endif
