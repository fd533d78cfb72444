/*
 * server/conn.c - a connection's life; conn.h draws it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"

#include <stdlib.h>

#include "base/alloc.h"

int weft__conn_new(struct weft__server *server, struct weft__conn **ret_conn)
{
    struct weft__conn *conn = weft__calloc(1, sizeof(*conn));

    if (conn == NULL)
        return UV_ENOMEM;
    conn->server = server;
    conn->state = WEFT__CONN_NEW;
    weft__buffer_init(&conn->own, SIZE_MAX / 2);
    conn->own.budget = &server->memory;
    conn->refused = server->conn_count >= server->options.max_connections;
    server->conn_count++;
    weft__server_start_sweep(server);
    *ret_conn = conn;
    return 0;
}

void weft__conn_free(struct weft__conn *conn)
{
    struct weft__server *server = conn->server;

    assert(conn->out == NULL && conn->corked == 0);
    weft__list_remove(&conn->link);
    weft__buffer_done(&conn->own);
    weft__peers_leave(&server->peers, conn->peer);
    free(conn);
    server->conn_count--;
    weft__server_check_drained(server);
}

int weft__conn_open(struct weft__conn *conn, struct weft__transport *transport)
{
    int rc;

    conn->transport = transport;
    conn->since_ms = weft__loop_now_ms(conn->server->loop);
    weft__list_append(&conn->server->conns[WEFT__CONN_NEW], &conn->link);
    rc = transport->ops->read_start(transport);
    conn->reading = rc == 0;
    return rc;
}

void weft__conn_set_state(struct weft__conn *conn, enum weft__conn_state state)
{
    weft__list_remove(&conn->link);
    conn->state = (uint8_t)state;
    conn->since_ms = weft__loop_now_ms(conn->server->loop);
    weft__list_append(&conn->server->conns[state], &conn->link);
}

void weft__conn_close(struct weft__conn *conn, bool reset)
{
    if (conn->state == WEFT__CONN_CLOSED)
        return;
    weft__conn_set_state(conn, WEFT__CONN_CLOSED);
    conn->gone = true;
    conn->reading = false;
    conn->in_length = 0; /* it may lie in the shared buffer */
    conn->borrowed = false;
    weft__conn_drop_output(conn);
    weft__conn_depart(conn, true);
    conn->transport->ops->close(conn->transport, reset);
}

void weft__conn_finish(struct weft__conn *conn, bool linger)
{
    weft__conn_flush(conn);
    if (conn->state == WEFT__CONN_CLOSED)
        return;
    if (conn->gone) {
        weft__conn_close(conn, true);
        return;
    }
    conn->closing = true;
    conn->linger = linger;
    conn->lingers_ms = weft__loop_now_ms(conn->server->loop);
    if (conn->out != NULL) { /* weft__conn_written() calls again */
        weft__conn_set_state(conn, WEFT__CONN_LINGER);
        return;
    }
    if (!linger || conn->ended) {
        weft__conn_close(conn, false);
        return;
    }
    conn->transport->ops->shutdown(conn->transport);
    weft__conn_set_state(conn, WEFT__CONN_LINGER);
    weft__conn_consume(conn, conn->in_length); /* reads on, if it was held back */
}

/* Whether a departure ends what the handler does (<weft/request.h>). */
static bool departure_cancels(const weft_request *req)
{
    if (req->departure != WEFT_DEPARTURE_DEFAULT)
        return req->departure == WEFT_DEPARTURE_CANCEL;
    return req->head.method == WEFT__METHOD_GET || req->head.method == WEFT__METHOD_HEAD;
}

void weft__conn_notice_fin(struct weft__conn *conn)
{
    if (conn->req == NULL || conn->req->gone)
        return;
    conn->req->gone = true;
    if (departure_cancels(conn->req))
        weft_task_cancel(conn->task);
}

void weft__conn_depart(struct weft__conn *conn, bool reset)
{
    struct weft__wait *reader = conn->reader;

    conn->ended = true;
    if (reader != NULL) {
        conn->reader = NULL;
        weft__wait_complete(reader, WEFT_EGONE);
    }
    if (reset) {
        conn->gone = true;
        weft__conn_drop_output(conn);
    }
    if (conn->task == NULL && reset)
        weft__conn_close(conn, true);
    else if (reset || !conn->server->options.half_close)
        weft__conn_notice_fin(conn);
}

/* The peer of a connection that is over goes on sending: it reads the answer when it has done,
 * as many clients do (RFC 9112, 9.6). */
static void throw_away(struct weft__conn *conn, size_t length)
{
    conn->lingered += length;
    if (conn->lingered > WEFT__LINGER_MAX ||
        weft__loop_now_ms(conn->server->loop) - conn->lingers_ms >= WEFT__LINGER_MS)
        weft__conn_close(conn, true);
    else
        weft__conn_set_state(conn, WEFT__CONN_LINGER);
}

/* --- Events of the transport ----------------------------------------------------------- */

static void on_read(struct weft__transport *transport, char *data, size_t length)
{
    struct weft__conn *conn = transport->user;
    struct weft__wait *reader = conn->reader;

    if (conn->state == WEFT__CONN_CLOSED)
        return;
    if (conn->state == WEFT__CONN_LINGER) {
        throw_away(conn, length);
        return;
    }
    if (conn->task == NULL && conn->in_length == 0) {
        conn->in = data;
        conn->in_length = length;
        conn->borrowed = true;
    } else if (weft__conn_append(conn, data, length) < 0) {
        weft__conn_lose_input(conn);
        return;
    }
    if (conn->task == NULL) {
        weft__conn_advance(conn);
    } else if (reader != NULL) {
        conn->reader = NULL;
        weft__wait_complete(reader, 0);
    }
}

static void on_end(struct weft__transport *transport, int code)
{
    struct weft__conn *conn = transport->user;

    if (conn->state == WEFT__CONN_CLOSED)
        return;
    conn->ended = true;
    conn->reading = false;
    if (code != UV_EOF || conn->task != NULL)
        weft__conn_depart(conn, code != UV_EOF);
    else if (conn->closing && conn->out != NULL)
        return; /* the output still goes; then it closes */
    else
        weft__conn_finish(conn, false);
}

static void on_written(struct weft__transport *transport, int status)
{
    weft__conn_written(transport->user, status);
}

static void on_closed(struct weft__transport *transport)
{
    struct weft__conn *conn = transport->user;

    conn->closed = true;
    if (conn->task == NULL)
        weft__conn_free(conn);
}

const struct weft__transport_events weft__conn_events = {
    .on_read = on_read,
    .on_end = on_end,
    .on_written = on_written,
    .on_closed = on_closed,
};
