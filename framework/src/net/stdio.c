/*
 * net/stdio.c - streams over descriptors: stdin, stdout, pipes, also those of processes, pairs
 * of sockets.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

_Static_assert(offsetof(struct weft_stream, of.tty.handle) ==
                   offsetof(struct weft_stream, of.uv.uv.stream),
               "a terminal is a libuv stream like the others");

enum { READING = 1, WRITING = 2 };

/* A direction in which the descriptor was not opened, or is not wanted, fails from the
 * beginning. */
static void note_directions(struct weft_stream *s, int flags, int wanted)
{
    int mode = flags & O_ACCMODE;

    if (mode == O_WRONLY || (wanted & READING) == 0)
        weft__stream_end_reading(s, UV_EBADF);
    if (mode == O_RDONLY || (wanted & WRITING) == 0)
        weft__stream_end_writing(s, UV_EBADF);
    s->one_way = mode == O_WRONLY;
}

static bool is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);

    return getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
}

/*
 * Make the transport that fits the descriptor.
 *
 * ret_made  whether there is something to close, also on failure.
 */
static int make_transport(struct weft_stream *s, int fd, bool *ret_made)
{
    uv_loop_t *loop = weft_loop_uv(weft_loop_current());
    bool readable = !s->read_ended;
    int rc;

    switch (uv_guess_handle(fd)) {
    case UV_TCP:
        if (!is_connected(fd))
            return UV_ENOTCONN;
        rc = uv_tcp_init(loop, &s->of.uv.uv.tcp);
        *ret_made = rc == 0;
        return rc < 0 ? rc : uv_tcp_open(&s->of.uv.uv.tcp, fd);
    case UV_NAMED_PIPE:
        rc = uv_pipe_init(loop, &s->of.uv.uv.pipe, 0);
        *ret_made = rc == 0;
        return rc < 0 ? rc : uv_pipe_open(&s->of.uv.uv.pipe, fd);
    case UV_TTY:
        rc = uv_tty_init(loop, &s->of.tty.handle, fd, readable);
        *ret_made = rc == 0;
        return rc;
    case UV_FILE:
        rc = weft__file_transport_init(&s->of.file, loop, fd);
        *ret_made = rc == 0;
        return rc;
    default:
        return UV_EINVAL;
    }
}

static int open_fd(int fd, int wanted, const weft_stream_options *options,
                   struct weft_stream **ret_stream)
{
    int flags = fcntl(fd, F_GETFL);
    struct weft_stream *s;
    bool made = false;
    int rc;

    if (flags < 0)
        return UV_EBADF;
    rc = weft__stream_new(options, &s);
    if (rc < 0)
        return rc;
    note_directions(s, flags, wanted);
    rc = make_transport(s, fd, &made);
    if (made && s->of.base.ops == NULL)
        weft__uv_transport_adopt(&s->of.uv);
    if (rc == 0)
        rc = weft__stream_open(s, options);
    if (rc == 0)
        *ret_stream = s;
    else if (made)
        weft__stream_discard(s, false);
    else
        weft__stream_free(s);
    return rc;
}

int weft_stream_from_fd(int fd, const weft_stream_options *options,
                        struct weft_stream **ret_stream)
{
    return open_fd(fd, READING | WRITING, options, ret_stream);
}

int weft_process_stream(weft_process *process, int which, const weft_stream_options *options,
                        struct weft_stream **ret_stream)
{
    int fd = weft_process_take_pipe(process, which);
    int rc;

    if (fd < 0)
        return fd;
    rc = weft_stream_from_fd(fd, options, ret_stream);
    if (rc < 0)
        close(fd);
    return rc;
}

/* On a terminal all three are the same, open for both: the output must not read ahead what is
 * the input's. */
int weft_stdin(struct weft_stream **ret_stream)
{
    return open_fd(STDIN_FILENO, READING, NULL, ret_stream);
}

int weft_stdout(struct weft_stream **ret_stream)
{
    return open_fd(STDOUT_FILENO, WRITING, NULL, ret_stream);
}

int weft_stream_pair(const weft_stream_options *options, struct weft_stream **ret_a,
                     struct weft_stream **ret_b)
{
    struct weft_stream *a = NULL;
    int fds[2];
    int rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return uv_translate_sys_error(errno);
    rc = weft_stream_from_fd(fds[0], options, &a);
    if (rc < 0) {
        close(fds[0]);
        close(fds[1]);
        return rc;
    }
    rc = weft_stream_from_fd(fds[1], options, ret_b);
    if (rc < 0) {
        weft_stream_close(a);
        close(fds[1]);
        return rc;
    }
    *ret_a = a;
    return 0;
}
