/*
 * task/os/pipe.h - our end of a pipe to another process.
 *
 * The task itself reads and writes, and the loop only tells when it can go on: so a wait can be
 * taken back at any time, and no buffer is ever in other hands.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_PIPE_H
#define WEFT_TASK_OS_PIPE_H

#include "task/task.h"

struct weft__pipe {
    uv_poll_t handle; /* its `data` is free for use */
    int fd;           /* below 0: there is none, and `handle` is not in use */
    int error;        /* what the loop has met watching it */
    unsigned in_row;  /* reads or writes since it was last waited for */
    bool busy;        /* a task reads or writes */
    struct weft__wait *waiter;
};

/* Take `fd`, which does not block, over.  0, or a code, and `fd` stays the caller's. */
int weft__pipe_open(struct weft__pipe *pipe, weft_loop *loop, int fd);

/* See weft_process_read() and weft_process_write(). */
WEFT_SUSPENDS ssize_t weft__pipe_read(struct weft__pipe *pipe, void *buffer, size_t size);
WEFT_SUSPENDS int weft__pipe_write(struct weft__pipe *pipe, const void *data, size_t size);

/* Give it up; the descriptor, which is the caller's.  It is open and not busy; `closed` is
 * called with the handle, whose memory must stay until then. */
int weft__pipe_release(struct weft__pipe *pipe, uv_close_cb closed);

#endif
