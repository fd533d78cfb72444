/*
 * describe.h - a request as JSON, in the words of httpbin.
 *
 * Values are new references; NULL when memory is out, which reply_json() turns into a 503.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_DESCRIBE_H
#define HTTPBIN_DESCRIBE_H

#include <weft.h>

/* Text as a JSON string.  JSON has UTF-8 only: of other text each byte counts as a character of
 * Latin-1, which is how header fields were once meant. */
json_t *text_json(const char *text);

/* A value as text, in memory of the request, with what json_dumps() has for flags; NULL when
 * memory is out.  (json_dumps() itself may then leave a name out.) */
const char *json_text(weft_request *req, const json_t *value, size_t flags);

/* Add a member; a name that is there already gets an array of all its values.  Takes `value`
 * over, which may be NULL.  0 or UV_ENOMEM. */
int add_member(json_t *object, const char *name, json_t *value);

/* The parameters of the query. */
json_t *describe_args(weft_request *req);

/* The header fields, names In-This-Form, the values of repeated ones joined by commas. */
json_t *describe_headers(weft_request *req);

/* The URL that was asked for, in full; NULL when memory is out. */
const char *request_url(weft_request *req);

/* {"args", "headers", "origin", "url"}: what all requests have. */
json_t *describe_request(weft_request *req);

#endif
