/*
 * weft/fd.h - waiting for file descriptors that others read and write: how libraries with a
 * socket of their own (libpq, libcurl, hiredis) are hosted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_FD_H
#define WEFT_FD_H

#include <weft/task.h>

WEFT_BEGIN_DECLS

/* A descriptor that is watched by the loop. */
typedef struct weft_fd weft_fd;

enum {
    WEFT_READABLE = 1, /* a read would not block; also at the end of what can be read */
    WEFT_WRITABLE = 2, /* a write would not block */
};

/*
 * Watch `fd`, which stays the caller's, is made non-blocking, and must be open until
 * weft_fd_close() (loop.add_reader).  One at a time for each descriptor.
 *
 * 0; UV_ENOMEM; UV_EPERM for what cannot be waited for, such as a file on a disk; UV_EBADF;
 * WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_fd_open(int fd, weft_fd **ret_fd);

/*
 * Wait until one of `events` (WEFT_READABLE | WEFT_WRITABLE) is the case (loop.add_reader,
 * loop.add_writer).  Any number of tasks may, each for events of its own.
 *
 * Those of `events` that are the case; a code of libuv's for a broken descriptor; UV_ECANCELED
 * or UV_ETIMEDOUT; UV_EINVAL without events; WEFT_EMISUSE outside of its loop's tasks.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fd_wait(weft_fd *fd, int events);

/* Watch it no more and free it (loop.remove_reader); before the descriptor is closed.  0;
 * UV_EBUSY, changing nothing, while a task waits.  Takes NULL. */
WEFT_EXPORT int weft_fd_close(weft_fd *fd);

WEFT_END_DECLS
#endif
