/*
 * net/stream_listener.h - a listener for tasks: one socket, or several with the same port.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_STREAM_LISTENER_H
#define WEFT_NET_STREAM_LISTENER_H

#include <weft/stream.h>

#include "net/listener.h"
#include "task/select.h"
#include "task/task.h"

/* One of the addresses that it listens on. */
struct weft__place {
    struct weft__listener base;
    bool listening;
    bool ready; /* libuv holds a connection that nobody has taken */
};

struct weft_listener {
    weft_listen_options options;
    weft_waiters acceptors; /* each waits for a case, whose value is where the stream goes */
    struct weft__loop_hook at_end;
    unsigned users; /* tasks that serve from it */
    bool closing;
    bool left;   /* by its owner, when the loop ended */
    size_t open; /* places whose handle is not closed */
    size_t next; /* the place to take from first */
    size_t count;
    struct weft__place places[];
};

/*
 * Listen on all of `addresses` with the same port; with their own where that is not 0, else
 * with one that is free on all of them.  Those that this machine does not have are left out, if
 * it has one of them.  What weft_tcp_listen() does once it knows them, and what it returns.
 */
WEFT_MUST_CHECK int weft__listen_all(const weft_address *addresses, size_t count,
                                     const weft_listen_options *options,
                                     weft_listener **ret_listener);

#endif
