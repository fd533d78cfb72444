/*
 * net/file_transport.h - a file as a transport: what stdin or stdout is after a redirection.
 *
 * Files are always ready, so they cannot be polled: each read and write is made by one of
 * libuv's threads, at the descriptor's own place in the file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_FILE_TRANSPORT_H
#define WEFT_NET_FILE_TRANSPORT_H

#include "net/transport.h"

struct weft__file_transport {
    struct weft__transport base;
    uv_idle_t handle; /* never started: what is closed */
    uv_file fd;
    uv_fs_t read;
    uv_fs_t write;
    char *room; /* where a read goes: a thread must not write to the shared buffer */
    struct weft__transport_write *writing; /* in flight, and what of it is left */
    bool reading;                          /* as asked for */
    bool read_busy;
    bool closing;
};

/* A transport over `fd`, whose base.events and user the caller has set.  Takes `fd` over on
 * success; 0, 1 and 2 are not closed with it.  0 or UV_ENOMEM. */
int weft__file_transport_init(struct weft__file_transport *transport, uv_loop_t *loop,
                              uv_file fd);

#endif
