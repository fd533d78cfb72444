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

static int send_body(weft_request *req, weft_response *res, const void *body, size_t length)
{
    req->response = res;
    if (weft__response_changeable(res) == 0) {
        res->sent = true;
        req->close = req->close || res->close;
    }
    return weft__request_send(
        req,
        &(struct weft__reply){ .status = weft__status_told(req, res->status),
                               .fields = &res->fields },
        body, length);
}

/* Send what the filters make of the body.  It is the request's memory until it has been sent.
 */
static int send_filtered(weft_request *req, weft_response *res)
{
    struct weft__filtered whole = { .body = res->body, .length = res->length };
    int rc;

    weft__buffer_init(&whole.out, SIZE_MAX / 2);
    whole.out.budget = &req->memory;
    rc = weft__filters_run(req, &whole, res->body, res->length, true);
    if (rc < 0) {
        weft__buffer_done(&whole.out);
        report(req, "a filter failed", rc);
        req->close = req->close || res->close;
        res = weft__response_prepared(rc);
        return send_body(req, res, res->body, res->length);
    }
    if (whole.untouched)
        rc = send_body(req, res, res->body, res->length);
    else
        rc = send_body(req, res, whole.out.length == 0 ? "" : whole.out.data, whole.out.length);
    weft__buffer_done(&whole.out);
    return rc;
}

static void send_buffered(weft_request *req, weft_response *res)
{
    int rc;

    weft__hooks_run(req, res);
    /* What stands in where memory is out passes no filters. */
    if (req->filters != NULL && !weft__status_bodyless(res->status) &&
        weft__response_changeable(res) == 0)
        rc = send_filtered(req, res);
    else
        rc = send_body(req, res, res->body, res->length);
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
        if (rc < 0 && req->sent == WEFT__SENT_NOTHING)
            send_buffered(req, weft__response_prepared(rc));
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
