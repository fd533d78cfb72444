/*
 * web/hooks.c - functions that see every response: weft_on_head() and weft_filter().
 *
 * Both lists have the newest first.  What is registered last is innermost, since outer
 * middleware runs before inner, so walking a list goes from the inside out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>
#include <weft/middleware.h>

#include "base/buffer.h"
#include "web/response.h"

struct weft__head_hook {
    struct weft__head_hook *next;
    void (*fn)(weft_response *res, void *arg);
    void *arg;
};

struct weft__filter {
    struct weft__filter *next;
    weft_filter_fn fn;
    void *arg;
    bool ended; /* it has passed the end on */
};

/* Stands between a filter and what gets the bytes after it. */
struct weft_sink {
    struct weft__filter *from; /* where no filter follows this one, the bytes are final */
    weft_request *req;
    struct weft__filtered *whole; /* NULL: they go to the server */
};

int weft_on_head(weft_request *req, void (*fn)(weft_response *res, void *arg), void *arg)
{
    struct weft__head_hook *hook;

    if (req->response != NULL)
        return WEFT_ESENT;
    hook = weft__arena_alloc(&req->arena, sizeof(*hook));
    if (hook == NULL)
        return UV_ENOMEM;
    *hook = (struct weft__head_hook){ .next = req->hooks, .fn = fn, .arg = arg };
    req->hooks = hook;
    return 0;
}

void weft__hooks_run(weft_request *req, weft_response *res)
{
    req->response = res; /* from here on weft_on_head() refuses */
    while (req->hooks != NULL) {
        struct weft__head_hook *hook = req->hooks;

        req->hooks = hook->next;
        hook->fn(res, hook->arg);
    }
}

int weft_filter(weft_request *req, weft_filter_fn fn, void *arg)
{
    struct weft__filter *filter;

    if (req->sent != WEFT__SENT_NOTHING)
        return WEFT_ESENT;
    filter = weft__arena_alloc(&req->arena, sizeof(*filter));
    if (filter == NULL)
        return UV_ENOMEM;
    *filter = (struct weft__filter){ .next = req->filters, .fn = fn, .arg = arg };
    req->filters = filter;
    return 0;
}

static int deliver(weft_sink *sink, const void *data, size_t length, bool end)
{
    struct weft__filtered *whole = sink->whole;

    if (whole == NULL)
        return length == 0 ? 0 : weft__request_write(sink->req, data, length);
    if (end && whole->out.length == 0 && data == whole->body && length == whole->length) {
        whole->untouched = true; /* filters that only look on cost no copy */
        return 0;
    }
    return weft__buffer_append(&whole->out, data, length);
}

static int run(struct weft__filter *filter, weft_request *req, struct weft__filtered *whole,
               const void *data, size_t length, bool end)
{
    weft_sink sink = { .from = filter, .req = req, .whole = whole };
    int rc = filter->fn(&sink, data, length, end, filter->arg);

    return rc < 0 ? rc : 0; /* a count, say, is no failure */
}

/* Nothing comes behind the end; to say the end once more does no harm. */
static int pass_behind_end(size_t length)
{
    if (length == 0)
        return 0;
    weft_log(WEFT_LOG_ERROR, "a filter passes bytes behind the end");
    return WEFT_EMISUSE;
}

int weft_sink_pass(weft_sink *sink, const void *data, size_t length, bool end)
{
    struct weft__filter *next = sink->from->next;

    if (sink->from->ended)
        return pass_behind_end(length);
    sink->from->ended = end;
    if (next == NULL)
        return deliver(sink, data, length, end);
    return run(next, sink->req, sink->whole, data, length, end);
}

int weft__filters_run(weft_request *req, struct weft__filtered *whole, const void *data,
                      size_t length, bool end)
{
    return run(req->filters, req, whole, data, length, end);
}
