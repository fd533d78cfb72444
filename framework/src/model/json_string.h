/*
 * model/json_string.h - a string as JSON text (RFC 8259, section 7).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MODEL_JSON_STRING_H
#define WEFT_MODEL_JSON_STRING_H

#include <stddef.h>

#include "base/buffer.h"

/*
 * Append the string in quotes.  Only quote, backslash and U+0000 to U+001F are escaped.
 *
 * Returns 0, WEFT_EPROTO: not UTF-8 (part of it may have been appended), WEFT_ELIMIT or
 * UV_ENOMEM.
 */
int weft__json_write_string(struct weft__buffer *out, const char *text, size_t length);

#endif
