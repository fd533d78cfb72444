/*
 * server/request_deadline.c - the time that a handler has, where its client sets the pace.
 *
 * A transfer that makes progress is not cut by it.  While bytes of the body are awaited it
 * stands still, and limits on the client's silence and rate hold instead; with each piece of
 * the body it begins anew; when the head of a stream has left it is over for good, and limits
 * on how the client reads hold.  A time that is over stays so.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"

/* What is added to a deadline that stands still: no other one is so far away, so those that
 * were inherited from it are known again. */
#define PAUSE_MS (UINT64_C(1) << 62)

static bool runs(const weft_request *req, uint64_t now_ms)
{
    return req->deadline != NULL && req->deadline->own_ms != UINT64_MAX &&
           req->deadline->own_ms > now_ms;
}

/* The tasks between the handler and the calling one have inherited it. */
static void move(weft_request *req, uint64_t to_ms)
{
    weft__task_move_deadline(req->task, req->deadline->own_ms, to_ms);
    weft_scope_set_deadline(req->deadline, to_ms);
}

void weft__request_pause_deadline(weft_request *req)
{
    if (runs(req, weft__loop_now_ms(req->server->loop)))
        move(req, req->deadline->own_ms + PAUSE_MS);
}

void weft__request_renew_deadline(weft_request *req)
{
    uint64_t now_ms = weft__loop_now_ms(req->server->loop);

    if (runs(req, now_ms) && req->deadline->own_ms != now_ms + req->timeout_ms)
        move(req, now_ms + req->timeout_ms);
}

void weft__request_lift_deadline(weft_request *req)
{
    if (req->deadline != NULL)
        move(req, UINT64_MAX);
}
