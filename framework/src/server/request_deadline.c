/*
 * server/request_deadline.c - the time that a handler has, where its client sets the pace.
 *
 * A transfer that makes progress is not cut by it.  While bytes of the body are awaited it
 * stands still, and limits on the client's silence and rate hold instead; with each piece of
 * the body it begins anew; when the head of a stream has left it is over for good, and limits
 * on how the client reads hold.  A time that is over stays so.  All tasks that work for the
 * request have it in common.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"
#include "task/deadline.h"

/* Later than any that counts, and none: it comes back. */
#define STANDS_STILL (UINT64_C(1) << 62)

static bool runs(const weft_request *req, uint64_t now_ms)
{
    return req->deadline != NULL && req->deadline->scope.own_ms != UINT64_MAX &&
           req->deadline->scope.own_ms > now_ms;
}

void weft__request_pause_deadline(weft_request *req)
{
    if (runs(req, weft__loop_now_ms(req->server->loop)))
        weft__deadline_move(req->deadline, STANDS_STILL);
}

void weft__request_renew_deadline(weft_request *req)
{
    uint64_t now_ms = weft__loop_now_ms(req->server->loop);

    if (runs(req, now_ms) && req->deadline->scope.own_ms != now_ms + req->timeout_ms)
        weft__deadline_move(req->deadline, now_ms + req->timeout_ms);
}

void weft__request_lift_deadline(weft_request *req)
{
    if (req->deadline != NULL)
        weft__deadline_move(req->deadline, UINT64_MAX);
}
