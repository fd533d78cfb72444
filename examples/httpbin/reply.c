/*
 * reply.c - see reply.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "reply.h"

weft_response *reply_json(weft_request *req, int status, json_t *value)
{
    return value != NULL ? weft_json_pretty(req, status, value) : weft_error(req, UV_ENOMEM);
}

weft_response *reply_redirect(weft_request *req, const char *location)
{
    return location != NULL ? weft_redirect(req, 302, location) : weft_error(req, UV_ENOMEM);
}

weft_response *with_field(weft_request *req, weft_response *res, const char *name,
                          const char *value)
{
    int rc = value != NULL ? weft_set_header(res, name, value) : UV_ENOMEM;

    return rc < 0 ? weft_error(req, rc) : res;
}
