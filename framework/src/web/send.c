/*
 * web/send.c - the one place that sends responses.
 *
 * Whatever a handler, a middleware, the router or an error handler made comes through
 * weft__respond(), so what must see every response (hooks, filters) cannot be missed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include "base/buffer.h"
#include "http/status.h"
#include "web/response.h"

static void report(const weft_request *req, const char *what, int code)
{
    /* That a client leaves is its right, and no news. */
    weft_log_level level = req->gone ? WEFT_LOG_DEBUG : WEFT_LOG_ERROR;

    weft_log(level, "%s %s: %s: %s", req->head.method_text, req->head.target, what,
             weft_strerror(code));
}

static void free_buffer(void *arg)
{
    weft__buffer_done(arg);
}

/* Keep what the filters made until the request is over. */
static int keep(weft_request *req, const struct weft__buffer *made)
{
    struct weft__buffer *kept = weft__arena_alloc(&req->arena, sizeof(*kept));

    if (kept == NULL)
        return UV_ENOMEM;
    *kept = *made;
    return weft__arena_defer(&req->arena, free_buffer, kept);
}

/* Replace the body by what the filters make of it. */
static int filter_body(weft_request *req, weft_response *res)
{
    struct weft__filtered whole = { .body = res->body, .length = res->length };
    int rc;

    weft__buffer_init(&whole.out, SIZE_MAX / 2);
    rc = weft__filters_run(req, &whole, res->body, res->length, true);
    if (rc == 0 && whole.untouched)
        return 0;
    if (rc == 0)
        rc = keep(req, &whole.out);
    if (rc < 0) {
        weft__buffer_done(&whole.out);
        return rc;
    }
    res->body = whole.out.length == 0 ? "" : whole.out.data;
    res->length = whole.out.length;
    return 0;
}

/* Filters of a response that cannot be changed are left out: it is sent as it is. */
static weft_response *filtered(weft_request *req, weft_response *res)
{
    int rc;

    if (req->filters == NULL || weft__status_bodyless(res->status) ||
        weft__response_changeable(res) < 0)
        return res;
    rc = filter_body(req, res);
    if (rc == 0)
        return res;
    report(req, "a filter failed", rc);
    return weft__response_prepared();
}

static void send_buffered(weft_request *req, weft_response *res)
{
    struct weft__reply reply;
    int rc;

    weft__hooks_run(req, res);
    res = filtered(req, res);
    if (weft__response_changeable(res) == 0)
        res->sent = true;
    req->response = res;
    reply = (struct weft__reply){ .status = weft__status_told(req, res->status),
                                  .fields = &res->fields };
    rc = weft__request_send(req, &reply, res->body, res->length);
    if (rc < 0)
        report(req, "the response could not be sent", rc);
}

/* A stream that was not written to, or whose head has left. */
static void finish_stream(weft_request *req, weft_response *res)
{
    int rc;

    if (req->sent == WEFT__SENT_NOTHING || res == req->response) {
        rc = weft__stream_end(res);
        if (rc < 0)
            report(req, "the stream was aborted", rc);
        return;
    }
    /* HEAD: its response was complete with the head, whatever came after it. */
    if (req->head_only && weft__request_end(req, NULL) == 0)
        return;
    report(req, "aborted, since another response came after its head", WEFT_ESENT);
}

void weft__respond(weft_request *req, weft_response *res)
{
    if (res == NULL)
        res = weft__response_stored(req);
    if (res->req != NULL && res->req != req) {
        report(req, "its response belongs to another request", WEFT_EMISUSE);
        res = weft_problem(req, 500, NULL);
    }
    if (req->sent == WEFT__SENT_ALL)
        report(req, "answered twice", WEFT_ESENT);
    else if (req->sent == WEFT__SENT_HEAD || res->stream)
        finish_stream(req, res);
    else
        send_buffered(req, res);
}
