/*
 * task/os/spawn.c - the start of a process: its standard streams, and uv_spawn().
 *
 * Everything that can fail on our side is done before the process exists.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "task/os/process.h"

struct streams {
    uv_stdio_container_t stdio[3];
    int theirs[3]; /* the process's ends of pipes; below 0: none */
};

static int make_pipe(int which, int *ret_ours, int *ret_theirs)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return uv_translate_sys_error(errno);
    *ret_ours = ends[which == WEFT_STDIN];
    *ret_theirs = ends[which != WEFT_STDIN];
    if (fcntl(*ret_ours, F_SETFL, O_NONBLOCK) < 0) {
        int rc = uv_translate_sys_error(errno);

        close(ends[0]);
        close(ends[1]);
        return rc;
    }
    return 0;
}

static int open_pipe(struct weft__process *process, struct streams *streams, int which)
{
    struct weft__pipe *pipe = &process->pipes[which];
    int ours = -1, theirs = -1;
    int rc = make_pipe(which, &ours, &theirs);

    if (rc < 0)
        return rc;
    streams->theirs[which] = theirs;
    rc = weft__pipe_open(pipe, process->loop, ours);
    if (rc < 0) {
        close(ours);
        return rc;
    }
    pipe->handle.data = process;
    process->open_handles++;
    return 0;
}

static int set_stream(struct weft__process *process, struct streams *streams, int which,
                      weft_stdio what, int fd)
{
    uv_stdio_container_t *stream = &streams->stdio[which];

    stream->flags = UV_INHERIT_FD;
    switch (what) {
    case WEFT_STDIO_INHERIT:
        stream->data.fd = which;
        return 0;
    case WEFT_STDIO_NULL:
        stream->flags = UV_IGNORE;
        return 0;
    case WEFT_STDIO_FD:
        stream->data.fd = fd;
        return fd >= 0 ? 0 : UV_EINVAL;
    case WEFT_STDIO_PIPE: {
        int rc = open_pipe(process, streams, which);

        stream->data.fd = streams->theirs[which];
        return rc;
    }
    case WEFT_STDIO_OUT:
        *stream = streams->stdio[WEFT_STDOUT];
        return which == WEFT_STDERR ? 0 : UV_EINVAL;
    }
    return UV_EINVAL;
}

static int set_streams(struct weft__process *process, struct streams *streams,
                       const weft_process_options *options)
{
    int rc = set_stream(process, streams, WEFT_STDIN, options->in, options->in_fd);

    if (rc == 0)
        rc = set_stream(process, streams, WEFT_STDOUT, options->out, options->out_fd);
    if (rc == 0)
        rc = set_stream(process, streams, WEFT_STDERR, options->err, options->err_fd);
    return rc;
}

/* libuv changes nothing that these point at. */
static char **loosely(const char *const *strings)
{
    union {
        const char *const *strict;
        char **loose;
    } both = { .strict = strings };

    return both.loose;
}

static int spawn(struct weft__process *process, struct streams *streams,
                 const weft_process_options *options)
{
    const uv_process_options_t how = {
        .exit_cb = weft__process_on_exit,
        .file = options->file != NULL ? options->file : options->argv[0],
        .args = loosely(options->argv),
        .env = loosely(options->env),
        .cwd = options->cwd,
        .flags = process->new_session ? UV_PROCESS_DETACHED : 0,
        .stdio_count = 3,
        .stdio = streams->stdio,
    };
    int rc = uv_spawn(process->loop->uv, &process->handle, &how);

    process->handle.data = process; /* it has to be closed, also when spawning has failed */
    process->open_handles++;
    process->running = rc == 0;
    if (rc == 0)
        uv_unref((uv_handle_t *)&process->handle);
    return rc;
}

int weft__process_start(struct weft__process *process, const weft_process_options *options)
{
    struct streams streams = { .theirs = { -1, -1, -1 } };
    int rc = set_streams(process, &streams, options);

    if (rc == 0)
        rc = spawn(process, &streams, options);
    for (int which = WEFT_STDIN; which <= WEFT_STDERR; which++) {
        if (streams.theirs[which] >= 0)
            close(streams.theirs[which]);
    }
    return rc;
}
