/*
 * web/content_type.c - see content_type.h and weft/request.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/content_type.h"

#include <string.h>

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
