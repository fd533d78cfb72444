/*
 * web/body.c - reading the body of a request (weft/request.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/request.h>

#include "server/request.h"

int weft_read_body(weft_request *req, const char **ret, size_t *ret_length)
{
    int rc = weft__request_read_all(req);

    if (rc < 0)
        return rc;
    *ret = req->whole.data; /* with a NUL behind it */
    if (ret_length != NULL)
        *ret_length = req->whole.length;
    return 0;
}

int weft_read_chunk(weft_request *req, const char **ret)
{
    return weft__request_read_some(req, ret);
}

int64_t weft_body_length(const weft_request *req)
{
    if (req->head.chunked)
        return -1;
    return req->head.has_length ? (int64_t)req->head.content_length : 0;
}
