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

/* The response that tells the request back with its body: what describe_request() has, "data",
 * "files", "form", "json" and, unless it is NULL, "method". */
weft_response *tell_back(weft_request *req, const char *method);

#endif
