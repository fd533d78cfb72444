/*
 * web/around.c - what is sent before the response, and run after it (weft/response.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "web/response.h"

int weft_early_hints(weft_request *req, const char *const *links)
{
    struct weft__fields fields = { 0 };

    if (links == NULL || *links == NULL)
        return UV_EINVAL;
    for (; *links != NULL; links++) {
        size_t length = strlen(*links);
        int rc = length == 0 ? UV_EINVAL
                             : weft__fields_add(&fields, &req->arena, "Link",
                                                sizeof("Link") - 1, *links, length);

        if (rc < 0)
            return rc;
    }
    return weft__request_interim(req, 103, &fields);
}

int weft_processing(weft_request *req)
{
    static const struct weft__fields none;

    return weft__request_interim(req, 102, &none);
}

uint64_t weft_body_sent(const weft_request *req)
{
    return req->body_sent;
}

int weft_sent_status(const weft_request *req)
{
    return req->response == NULL ? 0 : weft_status(req->response);
}

int weft_background(weft_request *req, weft_task_fn fn, void *arg)
{
    if (fn == NULL)
        return UV_EINVAL;
    (void)weft_remote(req); /* while there is a connection to ask */
    return weft__request_add_background(req, fn, arg);
}
