/*
 * model/json_scan.h - a look at the brackets and strings of a JSON text, before and after the
 * parser.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_JSON_SCAN_H
#define WEFT_MODEL_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is no value of `text` nested deeper than `max_depth`?  If not, `ret_offset` is where the
 * first bracket is that goes too far.  True for texts that are no JSON, as far as a parser that
 * stops at the first mistake would get.
 */
bool weft__json_depth_fits(const char *text, size_t length, size_t max_depth,
                           size_t *ret_offset);

/*
 * Where the token begins that the byte at `offset` is part of; `offset` itself when that byte
 * is within a string that is still open behind it.
 */
size_t weft__json_token_at(const char *text, size_t offset);

#endif
