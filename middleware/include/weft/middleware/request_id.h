/*
 * weft/middleware/request_id.h - an id for each request.
 *
 * The id stands in every log line of the request and in the response's X-Request-ID field, so
 * that a user's complaint leads to the lines.  It is a UUID of version 7 (RFC 9562, 5.7): ids
 * sort by time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_REQUEST_ID_H
#define WEFT_MIDDLEWARE_REQUEST_ID_H

#include <weft/app.h>

WEFT_BEGIN_DECLS

typedef struct weft_request_id_options {
    const char *header; /* copied; default "X-Request-ID" */
    /* Take the id that the request brings, if it is 1 to 128 printable characters without
     * spaces: for servers behind a proxy that sets it.  Else anybody could choose ids. */
    bool trust_client;
} weft_request_id_options;

/* Use it on `app`; NULL options take all defaults.  Outermost, so that other middleware knows
 * the id.  0, or a code as of weft_use(). */
WEFT_EXPORT int weft_use_request_id(weft_app *app, const weft_request_id_options *options);

WEFT_END_DECLS
#endif
