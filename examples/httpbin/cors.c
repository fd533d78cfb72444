/*
 * cors.c - lets pages of every origin use the service, cookies included.
 *
 * Shows: a middleware of one's own.  What has to be on every response, streams and errors too,
 * is set by a function of weft_on_head(), just before the head leaves.
 *
 * A service with something to protect must not do this: <weft/middleware/cors.h> lets in the
 * origins that it is told, and refuses to give cookies to all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "cors.h"

#include <string.h>

/* What a page's browser asks before a request that is not simple. */
static void answer_preflight(weft_request *req, weft_response *res)
{
    const char *wanted = weft_header(req, "Access-Control-Request-Headers");

    weft_set_header(res, "Access-Control-Allow-Methods",
                    "GET, POST, PUT, DELETE, PATCH, OPTIONS");
    weft_set_header(res, "Access-Control-Max-Age", "3600");
    if (wanted != NULL)
        weft_set_header(res, "Access-Control-Allow-Headers", wanted);
}

static void allow(weft_response *res, void *arg)
{
    weft_request *req = arg;
    const char *origin = weft_header(req, "Origin");

    weft_set_header(res, "Access-Control-Allow-Origin", origin != NULL ? origin : "*");
    weft_set_header(res, "Access-Control-Allow-Credentials", "true");
    weft_append_header(res, "Vary", "Origin");
    if (strcmp(weft_method(req), "OPTIONS") == 0)
        answer_preflight(req, res);
}

weft_response *open_to_all(weft_request *req, weft_next *next, void *state)
{
    int rc = weft_on_head(req, allow, req);

    (void)state;
    return rc < 0 ? weft_error(req, rc) : weft_proceed(req, next);
}
