/*
 * web/chain.c - the onion of middleware around a handler.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/chain.h"

#include <weft/log.h>

#include "task/deadline.h"
#include "web/app.h"
#include "web/dispatch.h"

static size_t count_uses(const weft_app *app)
{
    size_t count = 0;

    for (; app != NULL; app = app->parent) {
        for (const struct weft__use *use = app->uses; use != NULL; use = use->next)
            count++;
    }
    return count;
}

/* Write the middleware of `app` and all around it, outermost first; where the next one goes. */
static weft_next *put_uses(weft_next *to, const weft_app *app)
{
    if (app->parent != NULL)
        to = put_uses(to, app->parent);
    for (const struct weft__use *use = app->uses; use != NULL; use = use->next)
        *to++ = (weft_next){ .fn = use->entry.fn, .state = use->entry.state };
    return to;
}

const weft_next *weft__chain_make(struct weft__arena *arena, const weft_app *app,
                                  const weft_use_entry *entries, weft_handler handler)
{
    size_t count = count_uses(app) + 1;
    weft_next *chain;
    weft_next *to;

    for (const weft_use_entry *entry = entries; entry != NULL && entry->fn != NULL; entry++)
        count++;
    chain = weft__arena_calloc(arena, count, sizeof(*chain));
    if (chain == NULL)
        return NULL;
    to = put_uses(chain, app);
    for (const weft_use_entry *entry = entries; entry != NULL && entry->fn != NULL; entry++)
        *to++ = (weft_next){ .fn = entry->fn, .state = entry->state };
    to->handler = handler;
    for (size_t i = 0; i < count; i++)
        chain[i].level = (unsigned)i;
    return chain;
}

static weft_response *refuse(weft_request *req)
{
    weft_log(WEFT_LOG_ERROR, "%s %s: a middleware called weft_proceed() a second time",
             weft_method(req), weft_raw_path(req));
    return weft_problem(req, 500, "%s", "");
}

/* What answers when a handler or middleware returned NULL. */
static weft_response *instead(weft_request *req)
{
    if (req->stored == NULL && req->deadline != NULL &&
        weft_scope_expired(&req->deadline->scope))
        return weft_error(req, UV_ETIMEDOUT);
    return weft__response_stored(req);
}

weft_response *weft_proceed(weft_request *req, weft_next *next)
{
    weft_response *res;

    if (next->level != req->level)
        return refuse(req);
    req->level++;
    if (next->fn != NULL)
        res = next->fn(req, next + 1, next->state);
    else if (req->verdict == 0)
        res = next->handler(req);
    else
        res = weft__verdict(req);
    return res != NULL ? res : instead(req);
}
