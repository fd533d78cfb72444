/*
 * web/content_type.c - see content_type.h and weft/request.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/content_type.h"

#include <string.h>
#include <weft/response.h>

#include "server/request.h"

int weft__content_type(const weft_request *req, struct weft__media_type *ret)
{
    const struct weft__field *field =
        weft__head_find(&req->head, "Content-Type", sizeof("Content-Type") - 1);

    /* Who reads the first and who reads the last would see two different bodies. */
    if (field == NULL || weft__head_find_next(&req->head, field) != NULL)
        return WEFT_EPROTO;
    return weft__media_type_parse(ret, field->value, field->value_length);
}

int weft__refuse_type(weft_request *req, const char *expected)
{
    struct weft__media_type type;

    if (weft_header(req, "Content-Type") != NULL && weft__content_type(req, &type) < 0)
        return weft_fail(req, 415,
                         "Expected a body of type %s; the Content-Type is malformed or "
                         "repeated.",
                         expected);
    return weft_fail(req, 415, "Expected a body of type %s.", expected);
}

int weft__refuse_charset(weft_request *req, const struct weft__media_type *type,
                         const char *taken)
{
    const char *charset;
    size_t length;
    int rc = weft__media_type_parameter(type, &req->arena, "charset", &charset, &length);

    if (rc == UV_ENOMEM)
        return rc;
    if (rc != 1)
        return weft_fail(req, 415, "%s; the Content-Type names several charsets.", taken);
    return weft_fail(req, 415, "%s, not in \"%s\".", taken, charset);
}

bool weft_content_is(const weft_request *req, const char *media_type)
{
    struct weft__media_type type;

    return media_type != NULL && weft__content_type(req, &type) == 0 &&
           weft__media_type_is(&type, media_type);
}

const char *weft_content_parameter(weft_request *req, const char *name)
{
    struct weft__media_type type;
    const char *value = NULL;
    size_t length;

    if (name == NULL || weft__content_type(req, &type) < 0 ||
        weft__media_type_parameter(&type, &req->arena, name, &value, &length) != 1)
        return NULL;
    return value;
}
