/*
 * server/cork.c - what connections answer during one turn of the loop, in one buffer.
 *
 * All reads of a turn come before its writes.  So the answers of one connection leave together,
 * and reading, serving and writing each run with warm caches, which is worth some hundredths of
 * a request's time.  The price is that the first answer waits for the last: the number of parts
 * bounds that.
 *
 * Only the last part can grow.  What another part's connection wants to add makes all of them
 * leave first, so that its bytes stay in order.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"

void weft__conn_uncork(struct weft__conn *conn)
{
    if (conn->corked == 0)
        return;
    conn->server->cork.parts[conn->corked - 1].conn = NULL;
    conn->corked = 0;
}

/* The bytes of the connection's part; they stay where they are until the next append. */
static uv_buf_t part_of(const struct weft__conn *conn)
{
    const struct weft__cork *cork = &conn->server->cork;
    const struct weft__cork_part *part;
    size_t end;

    if (conn->corked == 0)
        return uv_buf_init(NULL, 0);
    part = &cork->parts[conn->corked - 1];
    end = conn->corked == cork->count ? cork->bytes.length : part[1].from;
    return uv_buf_init(cork->bytes.data + part->from, (unsigned)(end - part->from));
}

long weft__conn_write_now(struct weft__conn *conn, const char *data, size_t length)
{
    uv_buf_t pieces[2] = { part_of(conn), uv_buf_init((char *)data, (unsigned)length) };
    size_t corked = pieces[0].len;
    unsigned first = corked == 0 ? 1 : 0;
    unsigned end = length == 0 ? 1 : 2;
    int sent;

    weft__conn_uncork(conn);
    if (first == end)
        return 0;
    sent = conn->transport->ops->try_write(conn->transport, pieces + first, end - first);
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent < 0) {
        weft__conn_broken(conn);
        return WEFT_EGONE;
    }
    if ((size_t)sent >= corked)
        return (long)((size_t)sent - corked);
    return weft__conn_queue(conn, pieces[0].base + sent, corked - (size_t)sent) < 0 ? WEFT_EGONE
                                                                                    : 0;
}

void weft__conn_flush(struct weft__conn *conn)
{
    if (conn->corked != 0)
        (void)weft__conn_write_now(conn, NULL, 0);
}

void weft__cork_flush(struct weft__cork *cork)
{
    for (unsigned i = 0; i < cork->count; i++)
        if (cork->parts[i].conn != NULL)
            weft__conn_flush(cork->parts[i].conn);
    cork->count = 0;
    weft__buffer_clear(&cork->bytes);
}

void weft__server_flush(struct weft__loop_hook *hook)
{
    weft__cork_flush(&weft__list_entry(hook, struct weft__server, flush_hook)->cork);
}

struct weft__buffer *weft__conn_out(struct weft__conn *conn)
{
    struct weft__cork *cork = &conn->server->cork;

    if (conn->out != NULL)
        return &conn->out->next;
    if (conn->corked != 0 && conn->corked == cork->count)
        return &cork->bytes;
    if (conn->corked != 0 || cork->count == WEFT__CORK_PARTS)
        weft__cork_flush(cork);
    if (conn->out != NULL)
        return &conn->out->next;
    cork->parts[cork->count++] = (struct weft__cork_part){ conn, cork->bytes.length };
    conn->corked = (uint8_t)cork->count;
    return &cork->bytes;
}
