/*
 * model/json_scan.h - a look at the brackets and strings of a JSON text, before and after the
 * parser: how deep it is, what its tree would take, where a token begins.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_JSON_SCAN_H
#define WEFT_MODEL_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes, malloc()'s own included, and no fewer than jansson takes; at most. */
struct weft__json_cost {
    size_t tree;    /* of all values, and of their tables while these grow */
    size_t parsing; /* besides, for as long as it is parsed */
};

/* No byte of a text costs more, of both together. */
enum { WEFT__JSON_COST_MAX = 512 };

/*
 * Is no value of `text` nested deeper than `max_depth`?  If so, `ret_cost` is what its tree
 * takes; if not, `ret_offset` is where the first bracket is that goes too far.  True for texts
 * that are no JSON: the cost is then no less than what a parser takes that stops at the first
 * mistake.
 */
bool weft__json_survey(const char *text, size_t length, size_t max_depth, size_t *ret_offset,
                       struct weft__json_cost *ret_cost);

/*
 * Where the token begins that the byte at `offset` is part of; `offset` itself when that byte
 * is within a string that is still open behind it.
 */
size_t weft__json_token_at(const char *text, size_t offset);

#endif
