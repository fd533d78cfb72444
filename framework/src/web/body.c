/*
 * web/body.c - reading the body of a request (weft/request.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/request.h>

#include <string.h>

#include "http/trailer_section.h"
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
    if (req->head.chunked || req->decoding != NULL)
        return -1;
    return req->head.has_length ? (int64_t)req->head.content_length : 0;
}

static const struct weft__fields *trailers_of(const weft_request *req)
{
    static const struct weft__fields none;

    return req->body.trailers == NULL ? &none : &req->body.trailers->fields;
}

const char *weft_trailer_at(const weft_request *req, const char *name, size_t index)
{
    const struct weft__fields *fields = trailers_of(req);
    size_t length = name == NULL ? 0 : strlen(name);

    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *field = &fields->items[i];

        if (weft__field_name_equal(field->name, field->name_length, name, length) &&
            index-- == 0)
            return field->value;
    }
    return NULL;
}

const char *weft_trailer(const weft_request *req, const char *name)
{
    return weft_trailer_at(req, name, 0);
}

bool weft_trailer_next(const weft_request *req, size_t *at, const char **ret_name,
                       const char **ret_value)
{
    const struct weft__fields *fields = trailers_of(req);

    if (*at >= fields->count)
        return false;
    *ret_name = fields->items[*at].name;
    *ret_value = fields->items[*at].value;
    ++*at;
    return true;
}
