/*
 * web/request.c - what a request line and its fields say (weft/request.h), and the memory of a
 * request.
 *
 * What has to be decoded or copied is made when it is first asked for, and kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/request.h>

#include <string.h>

#include "base/log.h"
#include "http/url.h"
#include "server/request.h"
#include "task/task.h"
#include "web/app.h"

enum { ID_MAX = 128 };

/* --- The request line ------------------------------------------------------------------ */

const char *weft_method(const weft_request *req)
{
    return req->head.method_text;
}

/* A text of the head that has no NUL behind it where more follows. */
static const char *terminated(weft_request *req, const char *text, size_t length)
{
    return text[length] == '\0' ? text : weft__arena_strndup(&req->arena, text, length);
}

const char *weft_raw_path(const weft_request *req)
{
    /* Keeping the copy is not a change that a caller could see. */
    weft_request *keeper = (weft_request *)req;

    if (req->raw_path == NULL)
        keeper->raw_path = terminated(keeper, req->head.path, req->head.path_length);
    return req->raw_path == NULL ? "/" : req->raw_path;
}

const char *weft_path(weft_request *req)
{
    size_t length;

    if (req->path != NULL)
        return req->path;
    if (weft__url_decode_arena(&req->arena, req->head.path, req->head.path_length,
                               WEFT__URL_PATH, &req->path, &length) < 0)
        req->path = weft_raw_path(req); /* cannot be decoded: no route matches it either */
    return req->path;
}

const char *weft_query_string(const weft_request *req)
{
    return req->head.query == NULL ? "" : req->head.query;
}

const char *weft_protocol(const weft_request *req)
{
    return req->head.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

const char *weft_route_template(const weft_request *req)
{
    return req->route == NULL ? NULL : req->route->full.text;
}

/* --- Header fields --------------------------------------------------------------------- */

const char *weft_header_at(const weft_request *req, const char *name, size_t index)
{
    const struct weft__field *field;

    if (name == NULL)
        return NULL;
    field = weft__head_find(&req->head, name, strlen(name));
    for (; field != NULL && index > 0; index--)
        field = weft__head_find_next(&req->head, field);
    return field == NULL ? NULL : field->value;
}

const char *weft_header(const weft_request *req, const char *name)
{
    return weft_header_at(req, name, 0);
}

bool weft_header_next(const weft_request *req, size_t *at, const char **ret_name,
                      const char **ret_value)
{
    if (*at >= req->head.field_count)
        return false;
    *ret_name = req->head.fields[*at].name;
    *ret_value = req->head.fields[*at].value;
    ++*at;
    return true;
}

/* --- Where it came from ---------------------------------------------------------------- */

const char *weft_remote(weft_request *req)
{
    if (req->remote == NULL)
        req->remote = weft__request_peer(req);
    return req->remote == NULL ? "" : req->remote;
}

const char *weft_scheme(const weft_request *req)
{
    return req->scheme == NULL ? "http" : req->scheme;
}

const char *weft_host(const weft_request *req)
{
    weft_request *keeper = (weft_request *)req; /* as in weft_raw_path() */

    if (req->host == NULL && req->head.host != NULL && req->head.host_length > 0)
        keeper->host = terminated(keeper, req->head.host, req->head.host_length);
    return req->host == NULL ? "localhost" : req->host; /* HTTP/1.0 need not say */
}

const char *weft_base_url(weft_request *req)
{
    return weft_printf(req, "%s://%s%s", weft_scheme(req), weft_host(req),
                       req->root_path == NULL ? "" : req->root_path);
}

bool weft_request_gone(const weft_request *req)
{
    return req->gone;
}

/* --- Its id ---------------------------------------------------------------------------- */

weft_request *weft_current_request(void)
{
    return weft__task_context();
}

static const char *current_id(void)
{
    const weft_request *req = weft__task_context_or_offloaded();

    return req == NULL ? NULL : req->id;
}

const char *weft_request_id(const weft_request *req)
{
    return req->id;
}

int weft_request_set_id(weft_request *req, const char *id)
{
    size_t length = id == NULL ? 0 : strlen(id);
    const char *copy;

    if (length == 0 || length > ID_MAX)
        return UV_EINVAL;
    for (size_t i = 0; i < length; i++) {
        if (id[i] <= 0x20 || id[i] > 0x7e)
            return UV_EINVAL;
    }
    copy = weft__arena_strndup(&req->arena, id, length);
    if (copy == NULL)
        return UV_ENOMEM;
    req->id = copy;
    weft__log_set_id_source(current_id); /* from the first id on there is something to name */
    return 0;
}

/* --- Memory ---------------------------------------------------------------------------- */

void *weft_alloc(weft_request *req, size_t size)
{
    return weft__arena_alloc(&req->arena, size);
}

char *weft_strndup(weft_request *req, const char *text, size_t length)
{
    return text == NULL ? NULL : weft__arena_strndup(&req->arena, text, strnlen(text, length));
}

char *weft_strdup(weft_request *req, const char *text)
{
    return text == NULL ? NULL : weft__arena_strndup(&req->arena, text, strlen(text));
}

char *weft_vprintf(weft_request *req, const char *format, va_list args)
{
    return weft__arena_vprintf(&req->arena, format, args);
}

char *weft_printf(weft_request *req, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = weft__arena_vprintf(&req->arena, format, args);
    va_end(args);
    return text;
}

int weft_defer(weft_request *req, void (*fn)(void *arg), void *arg)
{
    return weft__arena_defer(&req->arena, fn, arg);
}
