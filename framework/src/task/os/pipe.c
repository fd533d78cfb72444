/*
 * task/os/pipe.c - see pipe.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/pipe.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "task/runtime.h"

/* A process that writes without end must not keep other tasks out: after so many reads that
 * found something at once, the loop has a turn. */
enum { MAX_IN_ROW = 16 };

int weft__pipe_open(struct weft__pipe *pipe, weft_loop *loop, int fd)
{
    int rc = uv_poll_init(loop->uv, &pipe->handle, fd);

    if (rc < 0)
        return rc;
    uv_unref((uv_handle_t *)&pipe->handle);
    pipe->fd = fd;
    return 0;
}

int weft__pipe_release(struct weft__pipe *pipe, uv_close_cb closed)
{
    int fd = pipe->fd;

    assert(fd >= 0 && !pipe->busy);
    pipe->fd = -1;
    uv_close((uv_handle_t *)&pipe->handle, closed);
    return fd;
}

/* --- Waiting until it can be read or written */

static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct weft__pipe *pipe = weft__list_entry(handle, struct weft__pipe, handle);
    struct weft__wait *waiter = pipe->waiter;

    (void)events;
    pipe->error = status;
    pipe->waiter = NULL;
    uv_poll_stop(handle);
    weft__wait_complete(waiter, 0);
}

struct pipe_wait {
    struct weft__wait wait;
    struct weft__pipe *pipe;
};

static bool detach(struct weft__wait *wait)
{
    struct weft__pipe *pipe = weft__list_entry(wait, struct pipe_wait, wait)->pipe;

    pipe->waiter = NULL;
    uv_poll_stop(&pipe->handle);
    return true;
}

static int await_ready(struct weft__pipe *pipe, int events)
{
    struct pipe_wait wait = { .pipe = pipe };
    int rc = uv_poll_start(&pipe->handle, events, on_ready);

    if (rc < 0)
        return rc;
    weft__wait_init(&wait.wait, "pipe");
    wait.wait.detach = detach;
    pipe->waiter = &wait.wait;
    rc = weft__wait(&wait.wait);
    pipe->in_row = 0;
    return rc;
}

/* What the descriptor itself has said: go on waiting, or what to return. */
static int after(struct weft__pipe *pipe, int error, int events)
{
    if (error == EINTR)
        return 0;
    if (error != EAGAIN)
        return uv_translate_sys_error(error);
    if (pipe->error < 0) /* the loop cannot watch it, and would say so for ever */
        return pipe->error;
    return await_ready(pipe, events);
}

/* --- Reading */

static ssize_t read_some(struct weft__pipe *pipe, void *buffer, size_t size)
{
    int rc = weft__task_pending(weft__task_here());

    if (rc == 0 && pipe->in_row >= MAX_IN_ROW)
        rc = await_ready(pipe, UV_READABLE);
    while (rc == 0) {
        ssize_t n = read(pipe->fd, buffer, size);

        if (n >= 0) {
            pipe->in_row++;
            return n;
        }
        rc = after(pipe, errno, UV_READABLE);
    }
    return rc;
}

/* Why the calling code cannot read or write it now; NULL: it can. */
static const char *why_not(const struct weft__pipe *pipe)
{
    if (pipe->fd < 0)
        return "that is no open pipe";
    if (!weft__in_task())
        return "only a task can wait";
    return pipe->busy ? "another task uses the pipe" : NULL;
}

ssize_t weft__pipe_read(struct weft__pipe *pipe, void *buffer, size_t size)
{
    const char *why = why_not(pipe);
    ssize_t n;

    if (why != NULL)
        return weft__misuse("weft_process_read", why);
    pipe->busy = true;
    n = read_some(pipe, buffer, size);
    pipe->busy = false;
    return n;
}

/* --- Writing */

/*
 * A write to a pipe that nobody reads sends SIGPIPE to this thread.  Only that one signal is
 * kept from the program: one that was pending before stays so.
 */
static ssize_t write_quietly(int fd, const void *data, size_t size)
{
    const struct timespec now = { 0 };
    sigset_t broken, before, pending;
    ssize_t n;
    int error;

    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    n = write(fd, data, size);
    error = errno;
    if (n < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0)
        sigtimedwait(&broken, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return n;
}

static int write_all(struct weft__pipe *pipe, const char *data, size_t size)
{
    int rc = weft__task_pending(weft__task_here());

    while (rc == 0 && size > 0) {
        ssize_t n = 0;

        if (pipe->in_row >= MAX_IN_ROW) {
            rc = await_ready(pipe, UV_WRITABLE);
            continue;
        }
        n = write_quietly(pipe->fd, data, size);
        if (n < 0) {
            rc = after(pipe, errno, UV_WRITABLE);
            continue;
        }
        pipe->in_row++;
        data += n;
        size -= (size_t)n;
    }
    return rc;
}

int weft__pipe_write(struct weft__pipe *pipe, const void *data, size_t size)
{
    const char *why = why_not(pipe);
    int rc;

    if (why != NULL)
        return weft__misuse("weft_process_write", why);
    pipe->busy = true;
    rc = write_all(pipe, data, size);
    pipe->busy = false;
    return rc;
}
