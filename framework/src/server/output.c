/*
 * server/output.c - the queue of what the system has not taken, and its backpressure.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "server/conn.h"

/* --- The queue -------------------------------------------------------------------------------
 */

static size_t queued(const struct weft__outq *out)
{
    return out->sending.length + out->next.length;
}

int64_t weft__outq_taken(const struct weft__outq *out)
{
    const struct weft__transport *transport = out->conn->transport;

    return (int64_t)(out->handed - transport->ops->unsent(transport));
}

static struct weft__outq *outq_new(struct weft__conn *conn)
{
    struct weft__outq *out = weft__calloc(1, sizeof(*out));

    if (out == NULL)
        return NULL;
    out->conn = conn;
    weft__buffer_init(&out->sending, SIZE_MAX / 2);
    weft__buffer_init(&out->next, SIZE_MAX / 2);
    out->sending.budget = &conn->server->memory;
    out->next.budget = &conn->server->memory;
    weft__list_init(&out->waiters);
    out->progress_ms = weft__loop_now_ms(conn->server->loop);
    out->rated_ms = out->progress_ms;
    weft__list_append(&conn->server->stalled, &out->link);
    conn->out = out;
    out->taken = weft__outq_taken(out);
    out->rated_taken = out->taken;
    return out;
}

static void wake_writers(struct weft__outq *out, int result)
{
    struct weft__list *node;

    while ((node = weft__list_pop(&out->waiters)) != NULL)
        weft__wait_complete(weft__list_entry(node, struct weft__wait, link), result);
}

static void outq_free(struct weft__outq *out)
{
    weft__list_remove(&out->link);
    weft__buffer_done(&out->sending);
    weft__buffer_done(&out->next);
    free(out);
}

/* What is in flight belongs to the transport until it says so. */
void weft__conn_broken(struct weft__conn *conn)
{
    conn->gone = true;
    weft__conn_depart(conn, true);
}

static void send_next(struct weft__outq *out)
{
    struct weft__buffer sent = out->sending;
    struct weft__conn *conn = out->conn;

    weft__buffer_clear(&sent);
    out->sending = out->next;
    out->next = sent;
    out->handed += out->sending.length;
    out->write.transport = conn->transport;
    out->write.buffer = uv_buf_init(out->sending.data, (unsigned)out->sending.length);
    if (conn->transport->ops->write(conn->transport, &out->write) < 0) {
        weft__buffer_clear(&out->sending);
        weft__conn_broken(conn);
    }
}

void weft__conn_written(struct weft__conn *conn, int status)
{
    struct weft__outq *out = conn->out;

    if (status < 0 || conn->gone) {
        wake_writers(out, WEFT_EGONE);
        conn->out = NULL;
        outq_free(out);
        if (status != UV_ECANCELED)
            weft__conn_broken(conn);
        return;
    }
    weft__buffer_clear(&out->sending);
    if (out->next.length > 0)
        send_next(out);
    if (conn->gone)
        return;
    if (queued(out) <= WEFT__OUT_LOW)
        wake_writers(out, 0);
    if (out->sending.length > 0)
        return;
    conn->out = NULL;
    outq_free(out);
    if (conn->closing)
        weft__conn_finish(conn, conn->linger);
}

int weft__conn_queue(struct weft__conn *conn, const char *data, size_t length)
{
    struct weft__outq *out = conn->out != NULL ? conn->out : outq_new(conn);
    int rc = out != NULL ? weft__buffer_append(&out->next, data, length) : UV_ENOMEM;

    if (rc == 0 && out->sending.length == 0)
        send_next(out);
    if (rc < 0) { /* a hole in the stream cannot be mended */
        weft__conn_close(conn, true);
        return rc;
    }
    return conn->gone ? WEFT_EGONE : 0;
}

void weft__conn_drop_output(struct weft__conn *conn)
{
    weft__conn_uncork(conn);
    if (conn->out == NULL)
        return;
    weft__buffer_clear(&conn->out->next);
    wake_writers(conn->out, WEFT_EGONE);
    if (conn->out->sending.length == 0) {
        outq_free(conn->out);
        conn->out = NULL;
    }
}

/* --- Writing with backpressure --------------------------------------------------------------
 */

void weft__conn_wrote(struct weft__conn *conn)
{
    struct weft__outq *out = conn->out;

    if (conn->gone)
        weft__conn_drop_output(conn);
    else if (out != NULL && out->sending.length == 0 && out->next.length > 0)
        send_next(out);
    else if (conn->server->cork.bytes.length >= WEFT__CORK_HIGH)
        weft__cork_flush(&conn->server->cork);
}

/* There is a queue: wait until less than the low-water mark is in it. */
static int wait_for_client(struct weft__conn *conn)
{
    struct weft__wait wait;
    int rc;

    weft__wait_init(&wait, "the client to read");
    weft__list_append(&conn->out->waiters, &wait.link);
    rc = weft__wait(&wait);
    return rc == 0 && conn->gone ? WEFT_EGONE : rc; /* it may have left since the wait ended */
}

int weft__conn_wait_writable(struct weft__conn *conn)
{
    if (conn->gone)
        return WEFT_EGONE;
    if (conn->out == NULL || queued(conn->out) < WEFT__OUT_HIGH)
        return 0;
    return wait_for_client(conn);
}

int weft__conn_wait_written(struct weft__conn *conn)
{
    int rc = conn->gone ? WEFT_EGONE : 0;

    while (rc == 0 && conn->out != NULL)
        rc = wait_for_client(conn);
    return rc;
}

/* Send a first part of the bytes, or queue it: how many, or a code.  Large ones are not copied
 * as far as the system takes them. */
static long write_part(struct weft__conn *conn, const char *data, size_t length)
{
    size_t part = length < WEFT__OUT_HIGH ? length : WEFT__OUT_HIGH;
    int rc;

    if (conn->out == NULL && length > WEFT__COPY_MAX) {
        size_t whole = length < INT32_MAX ? length : INT32_MAX;
        long sent = weft__conn_write_now(conn, data, whole);

        if (sent < 0 || (size_t)sent == whole || conn->out != NULL)
            return sent;
        length -= (size_t)sent;
        part = length < WEFT__OUT_HIGH ? length : WEFT__OUT_HIGH;
        rc = weft__conn_queue(conn, data + sent, part);
        return rc < 0 ? rc : sent + (long)part;
    }
    rc = weft__buffer_append(weft__conn_out(conn), data, part);
    if (rc < 0) { /* part of it has gone already */
        weft__conn_close(conn, true);
        return rc;
    }
    weft__conn_wrote(conn);
    return (long)part;
}

int weft__conn_write(struct weft__conn *conn, const char *data, size_t length)
{
    while (length > 0) {
        int rc = weft__conn_wait_writable(conn);
        long part;

        if (rc < 0)
            return rc;
        part = write_part(conn, data, length);
        if (part < 0)
            return (int)part;
        data += part;
        length -= (size_t)part;
    }
    return 0;
}
