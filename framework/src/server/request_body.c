/*
 * server/request_body.c - a handler pulls the body of its request.
 *
 * Bytes are decoded in place, in the connection's window, and copied out: into `whole`, or a
 * piece at a time into `chunk`.  What is in `whole` is given by the piece, too, as often as
 * there are places in it; what went through `chunk` is gone.  A failure is final and is given
 * to every later call.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "http/trailer_section.h"
#include "server/conn.h"
#include "server/request_read.h"

enum { LARGE_BODY = 64 * 1024 }; /* handlers are likely to take as much again */

int weft__request_body_failed(weft_request *req, int code, int status)
{
    req->body_error = code;
    req->body_status = status;
    req->close = true;
    return code;
}

static int send_continue(weft_request *req)
{
    struct weft__buffer *out;
    int rc;

    if (req->continued || req->sent != WEFT__SENT_NOTHING || req->conn->ended)
        return 0;
    req->continued = true;
    out = weft__conn_out(req->conn);
    rc = weft__write_continue(out);
    if (rc < 0) {
        weft__conn_close(req->conn, true);
        return rc;
    }
    weft__conn_wrote(req->conn);
    weft__conn_flush(req->conn);
    return 0;
}

/*
 * Whether the client sends so slowly that it only means to keep the task: byte by byte, it
 * could for hours.  The time that the handler takes does not count.
 */
static bool dawdles(weft_request *req)
{
    uint32_t rate = req->server->options.min_body_rate;

    if (rate == UINT32_MAX || req->body_waited_ms <= WEFT__RATE_GRACE_MS)
        return false;
    if (req->body_came < req->body_waited_ms * rate / 1000)
        return true;
    if (req->body_waited_ms >= WEFT__RATE_SPAN_MS) { /* haste before is no credit for ever */
        req->body_waited_ms = 0;
        req->body_came = 0;
    }
    return false;
}

struct body_wait {
    struct weft__wait wait;
    struct weft__conn *conn;
};

static bool detach(struct weft__wait *wait)
{
    weft__list_entry(wait, struct body_wait, wait)->conn->reader = NULL;
    return true;
}

/* Wait for bytes to come into the window. */
static int wait_for_bytes(weft_request *req)
{
    struct weft__conn *conn = req->conn;
    struct body_wait reading = { .conn = conn };
    int rc;

    if (conn->reader != NULL)
        return WEFT_EMISUSE; /* another task of this request reads already */
    rc = send_continue(req);
    if (rc < 0)
        return weft__request_body_failed(req, rc, 503);
    if (conn->ended) /* perhaps only just now, when writing failed */
        return weft__request_body_failed(req, WEFT_EGONE, 400);
    weft__wait_init(&reading.wait, "the request's body");
    reading.wait.detach = detach;
    conn->reader = &reading.wait;
    conn->stalled = false;
    weft__conn_set_state(conn, WEFT__CONN_BODY);
    weft__request_pause_deadline(req);
    rc = weft__wait(&reading.wait);
    weft__request_renew_deadline(req);
    if (conn->state == WEFT__CONN_BODY) {
        req->body_waited_ms += weft__loop_now_ms(req->server->loop) - conn->since_ms;
        req->body_came += conn->in_length;
        weft__conn_set_state(conn, WEFT__CONN_SERVING);
    }
    if (rc == WEFT_EGONE)
        return weft__request_body_failed(req, WEFT_EGONE, 400);
    if (rc == UV_ENOMEM)
        return weft__request_body_failed(req, UV_ENOMEM, 503);
    if ((rc == UV_ETIMEDOUT && conn->stalled) || (rc == 0 && dawdles(req)))
        return weft__request_body_failed(req, UV_ETIMEDOUT, 408);
    return rc;
}

/* Trailer fields are kept, in the request's arena. */
static int begin_trailers(weft_request *req)
{
    struct weft__trailers *trailers = weft__arena_calloc(&req->arena, 1, sizeof(*trailers));

    if (trailers == NULL)
        return weft__request_body_failed(req, UV_ENOMEM, 503);
    trailers->arena = &req->arena;
    req->body.trailers = trailers;
    return 0;
}

/* The end of the body was met: the trailer fields are complete. */
static int end_trailers(weft_request *req)
{
    struct weft__trailers *trailers = req->body.trailers;
    int rc = trailers == NULL || trailers->length == 0 ? 0 : weft__trailers_parse(trailers);

    return rc < 0 ? weft__request_body_failed(req, rc, 503) : 0;
}

/* Decode in place what belongs to the body of the next `max` bytes at most, once there are any.
 * 0 or the body's failure. */
static int decode_next(weft_request *req, size_t max, size_t *ret_decoded, size_t *ret_consumed)
{
    struct weft__conn *conn = req->conn;
    int rc;

    while (conn->in_length == 0) {
        rc = wait_for_bytes(req);
        if (rc < 0)
            return rc;
    }
    rc = weft__body_decode(&req->body, conn->in, conn->in_length < max ? conn->in_length : max,
                           ret_decoded, ret_consumed);
    if (rc == -413)
        return weft__request_body_failed(req, WEFT_ELIMIT, 413);
    if (rc == -500)
        return weft__request_body_failed(req, UV_ENOMEM, 503);
    return rc < 0 ? weft__request_body_failed(req, WEFT_EPROTO, 400) : 0;
}

int weft__request_pull(weft_request *req, size_t max, size_t *ret_consumed)
{
    size_t decoded = 0;
    int rc;

    *ret_consumed = 0;
    if (!req->body.chunked && req->body.length > req->body.max_bytes)
        return weft__request_body_failed(req, WEFT_ELIMIT,
                                         413); /* without waiting, or asking, for any of it */
    if (req->body.chunked && req->body.trailers == NULL) {
        rc = begin_trailers(req);
        if (rc < 0)
            return rc;
    }
    while (decoded == 0 && !req->body.complete) {
        if (*ret_consumed > 0) { /* framing only: go on behind it */
            weft__conn_consume(req->conn, *ret_consumed);
            *ret_consumed = 0;
        }
        rc = decode_next(req, max, &decoded, ret_consumed);
        if (rc < 0)
            return rc;
    }
    if (req->body.complete) {
        rc = end_trailers(req);
        if (rc < 0)
            return rc;
    }
    weft__request_renew_deadline(req);
    return (int)decoded;
}

static char *take_chunk(weft_request *req)
{
    char *chunk;

    if (weft__budget_take(&req->memory, WEFT__CHUNK_MAX) < 0)
        return NULL;
    chunk = weft__malloc(WEFT__CHUNK_MAX);
    if (chunk == NULL)
        weft__budget_give(&req->memory, WEFT__CHUNK_MAX);
    return chunk;
}

int weft__request_give_again(const weft_request *req, size_t *at, const char **ret)
{
    size_t left = req->whole.length - *at;
    size_t count = left < WEFT__CHUNK_MAX ? left : WEFT__CHUNK_MAX;

    *ret = req->whole.data + *at;
    *at += count;
    return (int)count;
}

int weft__request_read_some(weft_request *req, const char **ret)
{
    size_t consumed;
    int count;

    if (req->body_error < 0)
        return req->body_error;
    if (req->whole_read)
        return weft__request_give_again(req, &req->given, ret);
    if (req->whole.length > 0)
        return WEFT_EMISUSE; /* reading all of it was broken off */
    *ret = "";
    if (req->body.complete && req->decoding == NULL)
        return 0;
    if (req->chunk == NULL)
        req->chunk = take_chunk(req);
    if (req->chunk == NULL)
        return UV_ENOMEM;
    if (req->decoding != NULL) {
        count = weft__request_read_decoded(req, req->chunk, WEFT__CHUNK_MAX);
        if (count > 0)
            *ret = req->chunk;
        return count;
    }
    count = weft__request_pull(req, WEFT__CHUNK_MAX, &consumed);
    if (count < 0)
        return count;
    memcpy(req->chunk, req->conn->in, (size_t)count);
    weft__conn_consume(req->conn, consumed);
    *ret = req->chunk;
    return count;
}

/* All of an encoded body to `whole`. */
static int decode_all(weft_request *req)
{
    for (;;) {
        char *to = weft__buffer_reserve(&req->whole, WEFT__CHUNK_MAX);
        int count;

        if (to == NULL)
            return weft__request_body_failed(req, req->whole.failed, 503);
        count = weft__request_read_decoded(req, to, WEFT__CHUNK_MAX);
        if (count <= 0)
            return count;
        weft__buffer_add(&req->whole, (size_t)count);
    }
}

/* All of a body that is as it was sent. */
static int take_all(weft_request *req)
{
    while (!req->body.complete) {
        size_t consumed;
        int count = weft__request_pull(req, SIZE_MAX, &consumed);
        int rc;

        if (count < 0)
            return count;
        rc = weft__buffer_append(&req->whole, req->conn->in, (size_t)count);
        if (rc < 0)
            return weft__request_body_failed(req, rc, 503);
        weft__conn_consume(req->conn, consumed);
    }
    return 0;
}

struct weft__budget *weft__request_body_budget(weft_request *req)
{
    return req->server->options.bodies_apart ? &req->server->memory : &req->memory;
}

/* What the whole body comes to at most, with its NUL: of a declared length nothing is taken
 * beyond it, and nothing before so much has come. */
static size_t room_of_whole(const weft_request *req)
{
    if (req->body.chunked || req->decoding != NULL || req->body.length >= SIZE_MAX / 2)
        return SIZE_MAX / 2;
    return (size_t)req->body.length + 1;
}

int weft__request_read_all(weft_request *req)
{
    struct weft__buffer *whole = &req->whole;
    int rc;

    if (req->body_error < 0)
        return req->body_error;
    if (req->whole_read)
        return 0;
    if (req->chunk != NULL)
        return WEFT_EMISUSE;
    if (whole->max == 0) { /* the limit is kept by body.max_bytes */
        weft__buffer_init(whole, room_of_whole(req));
        whole->budget = weft__request_body_budget(req);
    }
    rc = req->decoding != NULL ? decode_all(req) : take_all(req);
    if (rc < 0)
        return rc;
    rc = weft__buffer_append(whole, "", 1);
    if (rc < 0)
        return weft__request_body_failed(req, rc, 503);
    whole->length--;
    if (whole->length >= LARGE_BODY)
        weft__server_look_at_memory(req->server);
    req->whole_read = true;
    return 0;
}

/* All that the message has left, its framing as well, within WEFT__DRAIN_MAX. */
static int drain(weft_request *req)
{
    size_t left = WEFT__DRAIN_MAX;

    req->body.trailers = NULL; /* nobody is there to ask for them */
    while (!req->body.complete) {
        size_t decoded;
        size_t consumed;
        int rc;

        if (req->body_error < 0 || left == 0)
            return WEFT_ELIMIT;
        rc = decode_next(req, left, &decoded, &consumed);
        if (rc < 0)
            return rc;
        left -= consumed;
        weft__conn_consume(req->conn, consumed);
    }
    return 0;
}

int weft__request_drain_body(weft_request *req)
{
    weft_scope limit;
    int rc;

    req->body.max_bytes = UINT64_MAX; /* the route's limit is on what the handler takes */
    weft_scope_enter(&limit, req->server->options.body_timeout_ms);
    rc = drain(req);
    weft_scope_leave(&limit);
    return rc;
}
