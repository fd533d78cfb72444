/*
 * net/uv_transport.c - TCP and Unix sockets as transports, over libuv streams.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/transport.h"

#include <errno.h>
#include <weft/export.h>

#ifdef __linux__
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#endif

static struct weft__uv_transport *of(const struct weft__transport *transport)
{
    return (struct weft__uv_transport *)transport; /* `base` is the first member */
}

static void give_shared_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    struct weft__uv_transport *t = handle->data;

    (void)suggested;
    *ret_buffer = *t->base.shared;
}

/*
 * libuv reports a hang-up behind the last bytes as the end of the stream, also where it was a
 * reset: the socket still knows.
 */
static int end_of(uv_stream_t *stream, int code)
{
    int error = 0;
    socklen_t size = sizeof(error);
    uv_os_fd_t fd;

    if (code == UV_EOF && uv_fileno((uv_handle_t *)stream, &fd) == 0 &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0)
        return uv_translate_sys_error(error);
    return code;
}

static void got_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct weft__uv_transport *t = stream->data;

    if (count > 0) {
        t->base.events->on_read(&t->base, buffer->base, (size_t)count);
        return;
    }
    if (count == 0) /* EAGAIN */
        return;
    uv_read_stop(stream);
    t->base.events->on_end(&t->base, end_of(stream, (int)count));
}

static void write_done(uv_write_t *request, int status)
{
    struct weft__transport *transport = request->data;

    transport->events->on_written(transport, status);
}

static int op_try_write(struct weft__transport *transport, const uv_buf_t *buffers,
                        unsigned count)
{
    return uv_try_write(&of(transport)->uv.stream, buffers, count);
}

static int op_write(struct weft__transport *transport, struct weft__transport_write *write)
{
    write->uv.data = transport;
    return uv_write(&write->uv, &of(transport)->uv.stream, &write->buffer, 1, write_done);
}

static int op_descriptor(const struct weft__transport *transport)
{
    uv_os_fd_t fd = -1;

    return uv_fileno(&of(transport)->uv.handle, &fd) < 0 ? -1 : fd;
}

#ifdef __linux__
static ssize_t op_send_file(struct weft__transport *transport, int fd, int64_t offset,
                            size_t length)
{
    off_t at = offset;
    ssize_t count;

    do
        count = sendfile(op_descriptor(transport), fd, &at, length);
    while (count < 0 && errno == EINTR);
    return count < 0 ? uv_translate_sys_error(errno) : count;
}
#endif

static int op_read_start(struct weft__transport *transport)
{
    return uv_read_start(&of(transport)->uv.stream, give_shared_buffer, got_bytes);
}

static void op_read_stop(struct weft__transport *transport)
{
    uv_read_stop(&of(transport)->uv.stream);
}

/* uv_shutdown() would want a request of its own; nothing is queued, so the call can be direct.
 */
static void op_shutdown(struct weft__transport *transport)
{
    int fd = op_descriptor(transport);

    if (fd >= 0)
        shutdown(fd, SHUT_WR); /* fails when the peer has gone already: no matter */
}

static void closed(uv_handle_t *handle)
{
    struct weft__uv_transport *t = handle->data;

    t->base.events->on_closed(&t->base);
}

static void op_close(struct weft__transport *transport, bool reset)
{
    struct weft__uv_transport *t = of(transport);

    if (uv_is_closing(&t->uv.handle))
        return;
    if (reset && t->uv.handle.type == UV_TCP && uv_tcp_close_reset(&t->uv.tcp, closed) == 0)
        return;
    uv_close(&t->uv.handle, closed);
}

static int op_peer(const struct weft__transport *transport,
                   struct sockaddr_storage *ret_address)
{
    struct weft__uv_transport *t = of(transport);
    int length = sizeof(*ret_address);

    if (t->uv.handle.type != UV_TCP)
        return UV_EINVAL;
    return uv_tcp_getpeername(&t->uv.tcp, (struct sockaddr *)ret_address, &length);
}

static size_t op_unsent(const struct weft__transport *transport)
{
    size_t unsent = uv_stream_get_write_queue_size(&of(transport)->uv.stream);
#ifdef SIOCOUTQ
    int held = 0;
    int fd = op_descriptor(transport);

    if (fd >= 0 && ioctl(fd, SIOCOUTQ, &held) == 0)
        unsent += (size_t)held;
#endif
    return unsent;
}

const struct weft__transport_ops weft__uv_transport_ops = {
    .try_write = op_try_write,
    .write = op_write,
#ifdef __linux__
    .send_file = op_send_file,
#endif
    .read_start = op_read_start,
    .read_stop = op_read_stop,
    .shutdown = op_shutdown,
    .close = op_close,
    .peer = op_peer,
    .unsent = op_unsent,
    .descriptor = op_descriptor,
};

void weft__uv_transport_adopt(struct weft__uv_transport *transport)
{
    transport->base.ops = &weft__uv_transport_ops;
    transport->uv.handle.data = transport;
}

int weft__uv_transport_accept(struct weft__uv_transport *transport, uv_stream_t *listener,
                              bool *ret_opened)
{
    int rc;

    *ret_opened = false;
    if (listener->type == UV_NAMED_PIPE)
        rc = uv_pipe_init(listener->loop, &transport->uv.pipe, 0);
    else
        rc = uv_tcp_init(listener->loop, &transport->uv.tcp);
    if (rc < 0)
        return rc;
    *ret_opened = true;
    weft__uv_transport_adopt(transport);
    return uv_accept(listener, &transport->uv.stream);
}
