/*
 * web/params.c - parameters of the path and the query (weft/request.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/log.h>
#include <weft/request.h>

#include "http/query.h"
#include "server/request.h"
#include "web/router.h"

/* --- The path -------------------------------------------------------------------------- */

static const struct weft__path_param *param(const weft_request *req, const char *name)
{
    for (unsigned i = 0; i < req->param_count; i++) {
        if (strcmp(req->params[i].name, name) == 0)
            return &req->params[i];
    }
    return NULL;
}

/* A parameter of one of two types; a warning for any other, which is the program's mistake. */
static const struct weft__path_param *typed_param(const weft_request *req, const char *name,
                                                  enum weft__segment_type type,
                                                  enum weft__segment_type or_type)
{
    const struct weft__path_param *found = param(req, name);

    if (found != NULL && (found->type == type || found->type == or_type))
        return found;
    weft_log(WEFT_LOG_WARNING, "%s has no path parameter %s%s%s",
             weft_route_template(req) == NULL ? "no route" : weft_route_template(req), name,
             found == NULL ? "" : " of this type, but one of type ",
             found == NULL ? "" : weft__segment_type_name(found->type));
    return NULL;
}

int64_t weft_path_int(weft_request *req, const char *name)
{
    const struct weft__path_param *found =
        typed_param(req, name, WEFT__SEGMENT_INT, WEFT__SEGMENT_INT);

    return found == NULL ? 0 : found->integer;
}

double weft_path_float(weft_request *req, const char *name)
{
    const struct weft__path_param *found =
        typed_param(req, name, WEFT__SEGMENT_FLOAT, WEFT__SEGMENT_INT);

    return found == NULL ? 0.0 : found->real;
}

const char *weft_path_str(weft_request *req, const char *name)
{
    const struct weft__path_param *found = param(req, name); /* every type has its text */

    if (found == NULL)
        found = typed_param(req, name, WEFT__SEGMENT_STR, WEFT__SEGMENT_PATH);
    return found == NULL ? NULL : found->text;
}

/* --- The query ------------------------------------------------------------------------- */

/* What of it cannot be decoded stays as it was sent, so that nothing is silently absent. */
static const struct weft__pairs *query_of(weft_request *req)
{
    struct weft__pairs *query;

    if (req->query != NULL)
        return req->query;
    query = weft__arena_calloc(&req->arena, 1, sizeof(*query));
    if (query == NULL)
        return NULL;
    if (req->head.query_length > 0 &&
        weft__query_parse(query, &req->arena, req->head.query, req->head.query_length, 0,
                          WEFT__QUERY_KEEP_RAW) < 0)
        weft_log(WEFT_LOG_DEBUG, "the query is too long: %s", req->head.query);
    req->query = query;
    return query;
}

const char *weft_query_at(weft_request *req, const char *name, size_t index)
{
    const struct weft__pairs *query = query_of(req);
    const struct weft__pair *pair;

    if (query == NULL || name == NULL)
        return NULL;
    pair = weft__pairs_find(query, name, strlen(name));
    for (; pair != NULL && index > 0; index--)
        pair = weft__pairs_find_next(query, pair);
    return pair == NULL ? NULL : pair->value;
}

const char *weft_query(weft_request *req, const char *name)
{
    return weft_query_at(req, name, 0);
}

bool weft_query_next(weft_request *req, size_t *at, const char **ret_name,
                     const char **ret_value)
{
    return weft__pairs_next(query_of(req), at, ret_name, ret_value);
}

/* A decimal integer of 64 signed bits and nothing else. */
static int parse_integer(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    int64_t value = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (*text == '\0')
        return WEFT_EPROTO;
    for (; *text != '\0'; text++) {
        int digit = *text - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return WEFT_EPROTO;
    }
    *ret = value;
    return 0;
}

int weft_query_int(weft_request *req, const char *name, int64_t fallback, int64_t *ret)
{
    const char *text = weft_query(req, name);

    if (text == NULL) {
        *ret = fallback;
        return 0;
    }
    return parse_integer(text, ret);
}
