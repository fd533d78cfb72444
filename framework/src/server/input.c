/*
 * server/input.c - the window of bytes that a connection has received and not used.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"

/* Where the window begins within `own`. */
static size_t own_offset(const struct weft__conn *conn)
{
    return (size_t)(conn->in - conn->own.data);
}

static void stop_reading(struct weft__conn *conn)
{
    if (!conn->reading)
        return;
    conn->reading = false;
    conn->transport->ops->read_stop(conn->transport);
}

void weft__conn_read_on(struct weft__conn *conn)
{
    if (conn->reading || conn->ended || conn->state == WEFT__CONN_CLOSED)
        return;
    if (conn->transport->ops->read_start(conn->transport) == 0)
        conn->reading = true;
}

int weft__conn_append(struct weft__conn *conn, const char *data, size_t length)
{
    int rc;

    if (conn->in_length == 0)
        weft__buffer_clear(&conn->own);
    else if (own_offset(conn) > 0)
        weft__buffer_consume(&conn->own, own_offset(conn));
    rc = weft__buffer_append(&conn->own, data, length);
    if (rc < 0)
        return rc;
    conn->in = conn->own.data;
    conn->in_length = conn->own.length;
    conn->borrowed = false;
    if (conn->task != NULL && conn->in_length >= WEFT__IN_HIGH)
        stop_reading(conn); /* a head has its own limit, which may be higher */
    return 0;
}

void weft__conn_lose_input(struct weft__conn *conn)
{
    struct weft__wait *reader = conn->reader;
    weft_request *req = conn->req;

    conn->in_length = 0;
    conn->borrowed = false;
    weft__buffer_done(&conn->own);
    if (conn->task == NULL) {
        weft__conn_refuse(conn, 503);
    } else if (req != NULL) {
        req->close = true;
        req->body_error = UV_ENOMEM;
        req->body_status = 503;
        conn->reader = NULL;
        if (reader != NULL)
            weft__wait_complete(reader, UV_ENOMEM);
    } else {
        weft__conn_close(conn, true);
    }
}

void weft__conn_consume(struct weft__conn *conn, size_t count)
{
    conn->in += count;
    conn->in_length -= count;
    if (conn->in_length == 0 && !conn->borrowed)
        weft__buffer_clear(&conn->own);
    if (!conn->reading && conn->in_length < WEFT__IN_LOW)
        weft__conn_read_on(conn);
}

int weft__conn_keep(struct weft__conn *conn)
{
    const char *rest = conn->in;
    size_t length = conn->in_length;

    if (!conn->borrowed)
        return 0;
    conn->borrowed = false;
    conn->in_length = 0;
    if (length == 0)
        return 0;
    return weft__conn_append(conn, rest, length);
}
