/*
 * net/listener.h - listening sockets: TCP and Unix.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_LISTENER_H
#define WEFT_NET_LISTENER_H

#include <stddef.h>
#include <weft/export.h>

#include "net/transport.h"

struct weft__listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    /* A connection can be accepted: weft__uv_transport_accept(..., &listener->uv.stream, ...).
     */
    void (*on_connection)(struct weft__listener *listener);
    void (*on_closed)(struct weft__listener *listener); /* it may be freed */
    void *user;
};

/*
 * Make `listener`, whose callbacks and user the caller has set, ready for either of the
 * functions below.  0 or a libuv code.  After 0 it is closed by weft__listener_close(),
 * whatever follows.
 */
WEFT_MUST_CHECK int weft__listener_init(struct weft__listener *listener, uv_loop_t *loop,
                                        int family);

/* Bind to an address or a host name and a port (0: one that is free) and listen.  0 or a libuv
 * code. */
WEFT_MUST_CHECK int weft__listener_tcp(struct weft__listener *listener, const char *host,
                                       int port, int backlog);

/* Bind to an address and listen; `flags` as of uv_tcp_bind().  0 or a libuv code. */
WEFT_MUST_CHECK int weft__listener_at(struct weft__listener *listener,
                                      const struct sockaddr *address, unsigned flags,
                                      int backlog);

/* Bind to a path and listen; a socket file that nobody listens on is replaced.  0 or a libuv
 * code, UV_ENAMETOOLONG among them. */
WEFT_MUST_CHECK int weft__listener_unix(struct weft__listener *listener, const char *path,
                                        int backlog);

/* "http://HOST:PORT" of a TCP listener; `room` of 80 bytes suffices.  0 or a libuv code. */
WEFT_MUST_CHECK int weft__listener_url(const struct weft__listener *listener, char *ret_url,
                                       size_t room);

void weft__listener_close(struct weft__listener *listener);

#endif
