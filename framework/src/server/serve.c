/*
 * server/serve.c - takes requests off a connection's input, one after the other, and has them
 * answered.  Persistence is RFC 9112, 9.3.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <weft/log.h>

#include "http/status.h"
#include "server/conn.h"

/* --- Refusals -------------------------------------------------------------------------- */

/* Make the lines that all responses share anew. */
static void make_lines(struct weft__server *server, uint64_t now_ms)
{
    struct weft__response_head head = { .server = server->options.server_header,
                                        .server_length = server->server_header_length };
    uv_timeval64_t now;

    server->lines_until_ms = now_ms + 1000;
    if (!server->options.disable_date && uv_gettimeofday(&now) == 0) {
        weft__date_update(&server->date, now.tv_sec);
        head.date = &server->date;
        server->lines_until_ms = now_ms + 1 + (uint64_t)(999999 - now.tv_usec) / 1000;
    }
    server->lines_length = weft__write_lines(server->lines, &head);
}

void weft__server_fill_head(struct weft__server *server, struct weft__response_head *head)
{
    uint64_t now_ms = weft__loop_now_ms(server->loop);

    if (now_ms >= server->lines_until_ms || server->lines_length == 0)
        make_lines(server, now_ms);
    head->date = server->options.disable_date ? NULL : &server->date;
    head->server = server->options.server_header;
    head->server_length = server->server_header_length;
    head->lines = server->lines;
    head->lines_length = server->lines_length;
}

/* What the problem document says besides the title. */
static const char *detail_of(unsigned status)
{
    switch (status) {
    case 400:
        return "the request is malformed";
    case 408:
        return "the request took too long to come";
    case 414:
        return "the request line is too long";
    case 417:
        return "no expectation but 100-continue can be met";
    case 431:
        return "the header fields are too many or too long";
    case 501:
        return "the method or the transfer coding is not known here";
    case 503:
        return "there is too much to do now";
    case 505:
        return "HTTP/1.1 and HTTP/1.0 are spoken here"; /* RFC 9110, 15.6.6 */
    default:
        return "the request cannot be served";
    }
}

/* Whether this is HEAD, as far as it can be read: the answer to that has no content, whatever
 * it says (RFC 9110, 9.3.2). */
static bool is_head(const char *at, size_t length)
{
    size_t skip = 0;

    while (skip < length && (at[skip] == '\r' || at[skip] == '\n'))
        skip++;
    return length - skip >= 5 && memcmp(at + skip, "HEAD ", 5) == 0;
}

static void refuse(struct weft__conn *conn, unsigned status, bool head_only)
{
    static struct weft__field items[] = {
        { "Content-Type", "application/problem+json", 12, 24 },
        { "Retry-After", "1", 11, 1 },
    };
    const struct weft__fields fields = { .items = items, .count = status == 503 ? 2 : 1 };
    struct weft__response_head head = { .status = status,
                                        .framing = WEFT__FRAMING_LENGTH,
                                        .connection = WEFT__CONNECTION_CLOSE,
                                        .fields = &fields };
    struct weft__buffer *out;
    char body[160];
    int length =
        snprintf(body, sizeof(body), "{\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\"}",
                 weft__status_reason(status), status, detail_of(status));

    weft_log(WEFT_LOG_DEBUG, "a request was refused before it reached the app: %u", status);
    if (conn->gone) {
        weft__conn_finish(conn, false);
        return;
    }
    weft__server_fill_head(conn->server, &head);
    head.content_length = (uint64_t)length;
    out = weft__conn_out(conn);
    if (weft__write_head(out, &head) < 0 ||
        (!head_only && weft__buffer_append(out, body, (size_t)length) < 0)) {
        weft__conn_close(conn, true);
        return;
    }
    weft__conn_wrote(conn);
    weft__conn_finish(conn, true);
}

void weft__conn_refuse(struct weft__conn *conn, unsigned status)
{
    refuse(conn, status, is_head(conn->in, conn->in_length));
}

/* --- One request ----------------------------------------------------------------------- */

/* Take the request whose head is at the front of the window; false when it was refused. */
static bool take_request(struct weft__conn *conn, weft_request **ret_req)
{
    struct weft__server *server = conn->server;
    size_t length = conn->head_length;
    unsigned fields = conn->scan.fields;
    weft_request *req = weft__request_take(server);
    char *data;
    int rc;

    data = req != NULL ? weft__arena_alloc(&req->arena, length + 1) : NULL;
    if (data == NULL) {
        if (req != NULL)
            weft__request_give(server, req);
        weft__conn_refuse(conn, 503);
        return false;
    }
    memcpy(data, conn->in, length);
    weft__conn_consume(conn, length);
    conn->scan = (struct weft__head_scan){ 0 };
    rc = weft__head_parse(&req->head, &req->body, &req->arena, data, length, fields);
    if (rc == 0 && conn->in_length > 0) /* also if no handler is going to read it */
        rc = weft__body_check(&req->body, conn->in, conn->in_length);
    if (rc < 0) {
        refuse(conn, (unsigned)-rc, is_head(data, length));
        weft__request_give(server, req);
        return false;
    }
    req->conn = conn;
    req->server = server;
    req->head_only = req->head.method == WEFT__METHOD_HEAD;
    req->continued = !req->head.expect_continue;
    *ret_req = req;
    return true;
}

/* After the response, when nobody works for the request any more: whether the connection
 * serves another one.  Where not, it is finished. */
static bool persists(struct weft__conn *conn, weft_request *req)
{
    if (!req->close && !req->gone && !conn->gone && !req->body.complete)
        req->close = !weft__request_can_drain(req) || weft__request_drain_body(req) < 0;
    if (!req->close && !req->gone && !conn->gone && !weft__conn_at_end(conn))
        return true;
    /* Who wanted to go on may be sending the next request now (RFC 9112, 9.6). */
    weft__conn_finish(conn, !req->body.complete || conn->in_length > 0 || req->head.keep_alive);
    return false;
}

static void run_defers(weft_request *req)
{
    weft_scope shield;

    if (req->arena.defers == NULL)
        return;
    weft_scope_shield(&shield, 0);
    weft__arena_run_defers(&req->arena);
    weft_scope_leave(&shield);
    weft__task_renew(); /* what the clean-up has spawned ends before its request does */
}

/* What the request owns, if no work in the background is going to use it. */
static void release_owned(weft_request *req)
{
    weft_scope shield;

    if (req->arena.owned == NULL || req->background != NULL)
        return;
    weft_scope_shield(&shield, 0);
    weft__arena_release(&req->arena);
    weft_scope_leave(&shield);
}

static bool serve_one(struct weft__conn *conn, weft_request *req)
{
    struct weft__server *server = conn->server;
    bool again;

    conn->req = req;
    req->task = conn->task;
    weft__task_set_context(conn->task, req);
    server->request_count++;
    server->dispatch(req, server->arg);
    if (req->sent != WEFT__SENT_ALL)
        weft__request_close_response(req);
    conn->req = NULL;   /* the client may leave now without interrupting anything */
    weft__task_renew(); /* what the handler has spawned ends before what it uses is released */
    run_defers(req);
    release_owned(req);
    again = persists(conn, req);
    weft__task_set_context(conn->task, NULL);
    if (req->background != NULL)
        weft__request_run_background(req);
    else
        weft__request_give(server, req);
    return again;
}

/* Wait until the client has taken enough of earlier answers: it must not be able to pile them
 * up by asking and not reading.  False: the connection serves no more. */
static bool may_take(struct weft__conn *conn)
{
    return (conn->out == NULL || weft__conn_wait_writable(conn) == 0) &&
           !weft__conn_at_end(conn);
}

/* The task of a connection that has a complete head in its window. */
static int serve(void *arg)
{
    struct weft__conn *conn = arg;
    weft_request *req = NULL;
    long length;

    do {
        if (!may_take(conn)) {
            weft__conn_finish(conn, true);
            return 0;
        }
        if (conn->refused || conn->server->overloaded) {
            weft__conn_refuse(conn, 503);
            return 0;
        }
        if (!take_request(conn, &req) || !serve_one(conn, req))
            return 0;
        if (conn->in_length == 0)
            return 0;
        length =
            weft__head_scan(&conn->scan, conn->in, conn->in_length, &conn->server->head_limits);
        if (length < 0)
            weft__conn_refuse(conn, (unsigned)-length);
        else
            conn->head_length = (size_t)length;
    } while (length > 0);
    return 0;
}

/* On the loop's stack, after serve(). */
static void served(weft_task *task, void *arg)
{
    struct weft__conn *conn = arg;

    (void)task;
    conn->task = NULL;
    if (conn->state == WEFT__CONN_CLOSED) {
        if (conn->closed)
            weft__conn_free(conn);
        return;
    }
    if (conn->state == WEFT__CONN_LINGER)
        return;
    weft__conn_set_state(conn,
                         weft__head_scan_idle(&conn->scan) ? WEFT__CONN_IDLE : WEFT__CONN_HEAD);
    if (conn->in_length > 0)
        weft__conn_read_on(conn);
    else if (conn->own.data != NULL)
        weft__buffer_done(&conn->own);
    if (conn->ended || (conn->server->draining && conn->state == WEFT__CONN_IDLE))
        weft__conn_finish(conn, false);
}

void weft__conn_advance(struct weft__conn *conn)
{
    struct weft__server *server = conn->server;
    long length;

    if (conn->unnamed && !weft__conn_take_name(conn))
        return;
    length = weft__head_scan(&conn->scan, conn->in, conn->in_length, &server->head_limits);
    if (length < 0) {
        weft__conn_refuse(conn, (unsigned)-length);
        return;
    }
    if (length > 0) {
        conn->head_length = (size_t)length;
        conn->state = WEFT__CONN_SERVING; /* it changes lists only if the task suspends */
        if (weft__task_start(server->loop, &conn->task, serve, conn, served) < 0) {
            conn->task = NULL;
            weft__conn_refuse(conn, 503);
            return;
        }
        if (conn->state == WEFT__CONN_SERVING)
            weft__conn_set_state(conn, WEFT__CONN_SERVING);
    } else if (weft__conn_waits(conn) && !weft__head_scan_idle(&conn->scan)) {
        weft__conn_set_state(conn, WEFT__CONN_HEAD); /* more than an empty line */
    }
    if (conn->state == WEFT__CONN_CLOSED)
        return;
    if (weft__conn_keep(conn) < 0)
        weft__conn_lose_input(conn);
}
