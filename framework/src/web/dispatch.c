/*
 * web/dispatch.c - from a request to its response.
 *
 * What the router refuses (404, 405, ...) and what answers by itself (OPTIONS) is a verdict: it
 * takes the handler's place at the end of a chain, so that middleware sees these answers like
 * all others.  Where no route is, the chain is the one of the group whose prefix the path is
 * in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/dispatch.h"

#include <string.h>

#include "http/query.h"
#include "task/deadline.h"
#include "task/task.h"
#include "web/app.h"
#include "web/chain.h"
#include "web/decompress.h"
#include "web/route_stacks.h"

static uint64_t body_limit(size_t max_bytes)
{
    return max_bytes == WEFT_UNLIMITED ? UINT64_MAX : max_bytes;
}

/* What becomes of a request that no route takes; `status` as of weft__router_match(). */
static int judge(const weft_request *req, int status)
{
    bool server_wide = req->head.path_length == 1 && *req->head.path == '*';

    if (status >= 500)
        return status;
    if (req->head.method == WEFT__METHOD_OPTIONS && (status == 405 || server_wide))
        return 200;
    if (req->head.method == WEFT__METHOD_OTHER &&
        !weft__router_knows(&req->app->root->router, req->head.method_text))
        return 501;
    return status;
}

/* The chain for a request that no route takes. */
static const weft_next *fall_back(weft_request *req, int status, uint32_t *ret_timeout_ms)
{
    weft_app *app = NULL;

    req->verdict = judge(req, status);
    req->allow = weft__router_allow(&req->app->root->router, req, &app);
    if (req->allow == NULL)
        req->verdict = 500;
    if (app != NULL)
        req->app = app;
    req->body.max_bytes = body_limit(req->app->settings.max_body_bytes);
    *ret_timeout_ms = weft__timeout(req->app->settings.timeout_ms);
    return req->app->fallback;
}

/* Route the request; the chain that answers it. */
static inline const weft_next *find_chain(weft_request *req, uint32_t *ret_timeout_ms)
{
    int status = weft__router_match(&req->app->router, req);
    const struct weft__route *route = req->route;
    uint64_t max_bytes;

    if (status != 0)
        return fall_back(req, status, ret_timeout_ms);
    max_bytes = body_limit(route->max_body_bytes);
    req->app = route->app;
    req->departure = route->options.on_departure;
    req->body.max_bytes = max_bytes;
    if (req->head.has_length && req->head.content_length > max_bytes)
        req->verdict = 413;
    if (req->head.encoded)
        req->verdict = weft__decompress(req, max_bytes);
    if (weft__query_too_many(req->head.query, req->head.query_length))
        req->verdict = 400;
    *ret_timeout_ms = route->timeout_ms;
    return route->chain;
}

void weft__dispatch(weft_request *req, void *arg)
{
    weft_app *root = arg;
    uint32_t timeout_ms = 0;
    const weft_next *chain;
    struct weft__moving_deadline deadline;
    weft_response *res;

    req->app = root;
    req->root_path = root->serving.root_path;
    if (root->serving.debugging)
        weft__stack_forget();
    chain = find_chain(req, &timeout_ms);
    if (root->serving.proxied && weft__proxy_apply(&root->serving, req) < 0)
        req->verdict = 500;
    if (req->head.scheme != NULL && strcmp(req->head.scheme, weft_scheme(req)) != 0)
        req->verdict = 421; /* RFC 9110, 7.4: https on a connection that is not secured */
    /* On the clock of this turn of the loop: reading it anew would cost more than routing. */
    weft__deadline_enter(&deadline, timeout_ms == 0 ? UINT64_MAX : weft_now_ms() + timeout_ms);
    req->deadline = &deadline;
    req->timeout_ms = timeout_ms;
    res = weft_proceed(req, (weft_next *)chain);
    req->deadline = NULL;
    if (weft_scope_expired(&deadline.scope))
        req->close = true; /* whoever is late may have left the body half read */
    weft__deadline_leave(&deadline);
    weft__respond(req, res);
    if (root->serving.debugging)
        weft__route_stacks_note(req);
}

static weft_response *with_allow(weft_request *req, weft_response *res)
{
    if (weft_response_header(res, "Allow") == NULL)
        weft_set_header(res, "Allow", req->allow);
    return res;
}

static weft_response *with_codings(const weft_request *req, weft_response *res)
{
    weft__tell_codings(req, res);
    return res;
}

weft_response *weft__verdict(weft_request *req)
{
    req->close = req->close || req->verdict == 413 || req->verdict >= 500;
    switch (req->verdict) {
    case 200:
        return with_allow(req, weft_empty(req, 200));
    case 400:
        if (req->route != NULL)
            return weft_problem(req, 400, "the query has more than %d parameters",
                                WEFT__QUERY_PAIRS_MAX);
        return weft_problem(req, 400, "the path is malformed");
    case 404:
        return weft_problem(req, 404, "there is nothing at this path");
    case 405:
        return with_allow(
            req, weft_problem(req, 405, "%s is not allowed here", req->head.method_text));
    case 421:
        return weft_problem(req, 421, "%s is not served on this connection", req->head.scheme);
    case 415:
        return with_codings(
            req, weft_problem(req, 415, "the body's Content-Encoding is not taken here"));
    case 413:
        return weft_problem(req, 413, "the body is longer than %zu bytes",
                            (size_t)req->body.max_bytes);
    case 501:
        return weft_problem(req, 501, "the method is not known here");
    default: /* memory is out */
        return weft_error(req, UV_ENOMEM);
    }
}
