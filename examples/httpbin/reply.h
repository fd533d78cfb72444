/*
 * reply.h - responses made of what may be NULL because memory was out: 503 then.
 *
 * weft_json_pretty() and weft_redirect() themselves take NULL for a mistake of the program's,
 * and answer 500.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_REPLY_H
#define HTTPBIN_REPLY_H

#include <weft.h>

/* Takes `value` over. */
weft_response *reply_json(weft_request *req, int status, json_t *value);

/* 302. */
weft_response *reply_redirect(weft_request *req, const char *location);

/* A response that is worth nothing without this field: 503 where it cannot be set. */
weft_response *with_field(weft_request *req, weft_response *res, const char *name,
                          const char *value);

#endif
