/*
 * body.h - a request's body as JSON, in the words of httpbin.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_BODY_H
#define HTTPBIN_BODY_H

#include <stddef.h>
#include <weft.h>

/* Text as it is; what is not UTF-8 as a data: URL of `media_type`.  A new reference; NULL when
 * memory is out. */
json_t *bytes_json(weft_request *req, const char *media_type, const char *data, size_t length);

/* Read the body and add "data", "files", "form" and "json" to `object`.  0, or a code for
 * weft_error(). */
int describe_body(weft_request *req, json_t *object);

#endif
