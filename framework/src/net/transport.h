/*
 * net/transport.h - a byte stream to a peer, as the server sees it.
 *
 * A transport has no buffer of its own.  What it reads lies in a buffer that all transports of
 * a loop share, so whoever gets it must copy what it wants to keep beyond the call.  TCP and
 * Unix sockets, and memory for tests, look the same through this interface; so will TLS.
 *
 * Rules:
 *   1. Events come on the loop's stack, never from inside a call of an operation.
 *   2. After `on_end` no more bytes come; writing may still work.
 *   3. One `write` at a time; its buffer stays in place until `on_written`.
 *   4. After a close there are no more events but `on_written`, with UV_ECANCELED, where a
 * write was in flight, and last `on_closed`; then the memory that holds the transport may be
 *      freed, and may be freed by the other end: nothing more can be asked of it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_TRANSPORT_H
#define WEFT_NET_TRANSPORT_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

struct weft__transport;

/* What the user of a transport gets to know. */
struct weft__transport_events {
    /* Bytes have come; `data` may be changed, and is valid during the call. */
    void (*on_read)(struct weft__transport *transport, char *data, size_t length);
    /* The peer sent FIN (UV_EOF), or the connection broke (another code). */
    void (*on_end)(struct weft__transport *transport, int code);
    /* The queued write is done: 0, or the code it failed with (UV_ECANCELED: closed). */
    void (*on_written)(struct weft__transport *transport, int status);
    void (*on_closed)(struct weft__transport *transport);
};

/* A write in flight; lives with the buffer that it sends. */
struct weft__transport_write {
    uv_write_t uv;
    uv_buf_t buffer;
    struct weft__transport *transport;
};

struct weft__transport_ops {
    /* How much of `buffers` the system took now; UV_EAGAIN: nothing. */
    int (*try_write)(struct weft__transport *transport, const uv_buf_t *buffers,
                     unsigned count);
    /* Send write->buffer when the peer takes it. */
    int (*write)(struct weft__transport *transport, struct weft__transport_write *write);
    /* Send bytes of a regular file from where they lie (sendfile): how many the system took
     * now, at most `length`; 0 at the end of the file; UV_EAGAIN: nothing; UV_ENOSYS,
     * UV_EINVAL: not of this file.  Nothing may be queued.  NULL where there is no such call.
     */
    ssize_t (*send_file)(struct weft__transport *transport, int fd, int64_t offset,
                         size_t length);
    int (*read_start)(struct weft__transport *transport);
    void (*read_stop)(struct weft__transport *transport);
    /* Send FIN; nothing may be queued. */
    void (*shutdown)(struct weft__transport *transport);
    /* Close; `reset`: with RST, dropping what the peer has not got yet. */
    void (*close)(struct weft__transport *transport, bool reset);
    /* The address of the peer; UV_EINVAL when it has none. */
    int (*peer)(const struct weft__transport *transport, struct sockaddr_storage *ret_address);
    /* How many bytes that were written the peer has not taken yet: those of a `write` in
     * flight, and, as far as it can be known, those that the system holds.  Of a file: NULL. */
    size_t (*unsent)(const struct weft__transport *transport);
    /* The descriptor, to be polled for the peer's departure while reading is stopped; -1 for a
     * transport that tells by itself. */
    int (*descriptor)(const struct weft__transport *transport);
};

struct weft__transport {
    const struct weft__transport_ops *ops;
    const struct weft__transport_events *events;
    const uv_buf_t *shared; /* where reads go */
    void *user;             /* of whoever gets the events */
};

/* A transport over a libuv stream. */
struct weft__uv_transport {
    struct weft__transport base;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
};

/* How libuv's streams do it; they can be of any size that begins with a uv_stream_t. */
extern const struct weft__transport_ops weft__uv_transport_ops;

/* The caller has made the handle in transport->uv: it is what `transport` stands for from here
 * on. */
void weft__uv_transport_adopt(struct weft__uv_transport *transport);

/*
 * Accept from a listener, of either family, into `transport`, whose base.events, shared and
 * user the caller has set.
 *
 * ret_opened  whether there is something to close, also on failure.
 *
 * 0 or a libuv code.
 */
int weft__uv_transport_accept(struct weft__uv_transport *transport, uv_stream_t *listener,
                              bool *ret_opened);

#endif
