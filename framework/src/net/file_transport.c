/*
 * net/file_transport.c - see file_transport.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/file_transport.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

enum { ROOM = 65536 };

static struct weft__file_transport *of(const struct weft__transport *transport)
{
    return (struct weft__file_transport *)transport; /* `base` is the first member */
}

/* --- Closing: when no thread works for it any more -------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    struct weft__file_transport *t = handle->data;

    if (t->fd > STDERR_FILENO)
        close(t->fd);
    free(t->room);
    t->base.events->on_closed(&t->base);
}

static void close_when_idle(struct weft__file_transport *t)
{
    if (t->closing && !t->read_busy && t->writing == NULL &&
        !uv_is_closing((uv_handle_t *)&t->handle))
        uv_close((uv_handle_t *)&t->handle, on_closed);
}

static void op_close(struct weft__transport *transport, bool reset)
{
    struct weft__file_transport *t = of(transport);

    (void)reset;
    t->closing = true;
    t->reading = false;
    close_when_idle(t);
}

/* --- Reading ---------------------------------------------------------------------- */

static int begin_read(struct weft__file_transport *t);

static void on_read(uv_fs_t *request)
{
    struct weft__file_transport *t = request->data;
    ssize_t count = request->result;

    uv_fs_req_cleanup(request);
    t->read_busy = false;
    if (!t->closing) {
        /* Also where reading was stopped meanwhile: the descriptor has moved on. */
        if (count > 0)
            t->base.events->on_read(&t->base, t->room, (size_t)count);
        else
            t->base.events->on_end(&t->base, count == 0 ? UV_EOF : (int)count);
        if (t->reading && count > 0) {
            int rc = begin_read(t);

            if (rc < 0)
                t->base.events->on_end(&t->base, rc);
        }
    }
    close_when_idle(t);
}

static int begin_read(struct weft__file_transport *t)
{
    uv_buf_t buffer = { .base = t->room, .len = ROOM };
    int rc;

    if (t->read_busy)
        return 0;
    rc = uv_fs_read(t->handle.loop, &t->read, t->fd, &buffer, 1, -1, on_read);
    t->read_busy = rc == 0;
    return rc;
}

static int op_read_start(struct weft__transport *transport)
{
    of(transport)->reading = true;
    return begin_read(of(transport));
}

static void op_read_stop(struct weft__transport *transport)
{
    of(transport)->reading = false;
}

/* --- Writing ---------------------------------------------------------------------- */

static int op_try_write(struct weft__transport *transport, const uv_buf_t *buffers,
                        unsigned count)
{
    (void)transport;
    (void)buffers;
    (void)count;
    return UV_EAGAIN; /* it could block */
}

static int write_rest(struct weft__file_transport *t);

static void on_write(uv_fs_t *request)
{
    struct weft__file_transport *t = request->data;
    struct weft__transport_write *write = t->writing;
    ssize_t count = request->result;
    int rc = count < 0 ? (int)count : 0;

    uv_fs_req_cleanup(request);
    if (rc == 0) {
        write->buffer.base += count;
        write->buffer.len -= (size_t)count;
        if (t->closing && write->buffer.len > 0)
            rc = UV_ECANCELED;
        else if (write->buffer.len > 0)
            rc = write_rest(t);
        if (rc == 0 && write->buffer.len > 0)
            return;
    }
    t->writing = NULL;
    t->base.events->on_written(&t->base, rc);
    close_when_idle(t);
}

static int write_rest(struct weft__file_transport *t)
{
    return uv_fs_write(t->handle.loop, &t->write, t->fd, &t->writing->buffer, 1, -1, on_write);
}

static int op_write(struct weft__transport *transport, struct weft__transport_write *write)
{
    struct weft__file_transport *t = of(transport);
    int rc;

    t->writing = write;
    rc = write_rest(t);
    if (rc < 0)
        t->writing = NULL;
    return rc;
}

/* --- The rest --------------------------------------------------------------------- */

static void op_shutdown(struct weft__transport *transport)
{
    (void)transport; /* a file has no peer to be told */
}

static int op_peer(const struct weft__transport *transport,
                   struct sockaddr_storage *ret_address)
{
    (void)transport;
    (void)ret_address;
    return UV_EINVAL;
}

static int op_descriptor(const struct weft__transport *transport)
{
    return of(transport)->fd;
}

static const struct weft__transport_ops ops = {
    .try_write = op_try_write,
    .write = op_write,
    .read_start = op_read_start,
    .read_stop = op_read_stop,
    .shutdown = op_shutdown,
    .close = op_close,
    .peer = op_peer,
    .descriptor = op_descriptor,
};

int weft__file_transport_init(struct weft__file_transport *t, uv_loop_t *loop, uv_file fd)
{
    t->room = weft__malloc(ROOM);
    if (t->room == NULL)
        return UV_ENOMEM;
    uv_idle_init(loop, &t->handle); /* cannot fail */
    t->handle.data = t;
    t->read.data = t;
    t->write.data = t;
    t->fd = fd;
    t->base.ops = &ops;
    return 0;
}
