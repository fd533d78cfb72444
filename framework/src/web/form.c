/*
 * web/form.c - application/x-www-form-urlencoded bodies (weft/request.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/request.h>
#include <weft/response.h>

#include "http/media_type.h"
#include "http/query.h"
#include "server/request.h"

static bool is_form(const weft_request *req)
{
    const char *text = weft_header(req, "Content-Type");
    struct weft__media_type type;

    return text != NULL && weft__media_type_parse(&type, text, strlen(text)) == 0 &&
           weft__media_type_is(&type, "application/x-www-form-urlencoded") &&
           weft__media_type_is_utf8(&type);
}

int weft_read_form(weft_request *req)
{
    struct weft__pairs *form;
    const char *body;
    size_t length;
    int rc;

    if (req->form != NULL)
        return 0;
    if (!is_form(req))
        return weft_fail(req, 415,
                         "Expected a body of type application/x-www-form-urlencoded.");
    rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    form = weft__arena_calloc(&req->arena, 1, sizeof(*form));
    if (form == NULL)
        return UV_ENOMEM;
    rc = weft__query_parse(form, &req->arena, body, length, 0, WEFT__QUERY_REFUSE);
    if (rc == WEFT_EPROTO)
        return weft_fail(req, 400, "The form cannot be decoded.");
    if (rc == WEFT_ELIMIT)
        return weft_fail(req, 413, "The form has more than %d fields.", WEFT__QUERY_PAIRS_MAX);
    if (rc < 0)
        return rc;
    req->form = form;
    return 0;
}

const char *weft_form_at(weft_request *req, const char *name, size_t index)
{
    const struct weft__pair *pair;

    if (req->form == NULL || name == NULL)
        return NULL;
    pair = weft__pairs_find(req->form, name, strlen(name));
    for (; pair != NULL && index > 0; index--)
        pair = weft__pairs_find_next(req->form, pair);
    return pair == NULL ? NULL : pair->value;
}

const char *weft_form(weft_request *req, const char *name)
{
    return weft_form_at(req, name, 0);
}
