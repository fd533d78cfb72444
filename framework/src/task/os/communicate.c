/*
 * task/os/communicate.c - a process's input and output at once.
 *
 * Input, output and errors each have a task: whichever pipe is full or empty, the others go on,
 * so that neither side waits for the other for ever.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "task/os/process.h"

enum { PIECE = 8192 };

struct talk {
    struct weft__process *process;
    const void *input;
    size_t length;
};

struct collected {
    struct weft__pipe *pipe;
    size_t max;
    struct weft__buffer bytes;
};

static int feed(void *arg)
{
    struct talk *talk = arg;
    int rc = weft__pipe_write(&talk->process->pipes[WEFT_STDIN], talk->input, talk->length);

    weft__process_close_pipe(talk->process, WEFT_STDIN);
    return rc == UV_EPIPE ? 0 : rc; /* it needs no more of it */
}

/* One byte more than is allowed is asked for, to see whether it comes. */
static int collect(void *arg)
{
    struct collected *collected = arg;
    struct weft__buffer *bytes = &collected->bytes;

    for (;;) {
        size_t room = bytes->max - bytes->length;
        size_t piece = room < PIECE ? room : PIECE;
        char *to = weft__buffer_reserve(bytes, piece);
        ssize_t n;

        if (to == NULL)
            return bytes->failed;
        n = weft__pipe_read(collected->pipe, to, piece);
        if (n <= 0)
            return (int)n;
        weft__buffer_add(bytes, (size_t)n);
        if (bytes->length > collected->max)
            return WEFT_ELIMIT;
    }
}

static void collected_init(struct collected *collected, struct weft__process *process,
                           int which)
{
    size_t max = process->max_output;

    *collected = (struct collected){ .pipe = &process->pipes[which], .max = max };
    weft__buffer_init(&collected->bytes, max < SIZE_MAX ? max + 1 : max);
}

static int go_if_open(weft_group *group, const struct weft__pipe *pipe, weft_task_fn fn,
                      void *arg)
{
    return pipe->fd >= 0 ? weft_group_go(group, fn, arg) : 0;
}

static int pump(struct talk *talk, struct collected *out, struct collected *err)
{
    int rc;

    WEFT_GROUP(pumps, 0);
    rc = go_if_open(pumps, &talk->process->pipes[WEFT_STDIN], feed, talk);
    if (rc == 0)
        rc = go_if_open(pumps, out->pipe, collect, out);
    if (rc == 0)
        rc = go_if_open(pumps, err->pipe, collect, err);
    return rc == 0 ? weft_group_wait(pumps) : rc;
}

/* End the bytes with a NUL; where they are, NULL when there was no pipe. */
static int finish(struct collected *collected, char **ret_data, size_t *ret_length)
{
    char *end;

    *ret_data = NULL;
    *ret_length = 0;
    if (collected->pipe->fd < 0) {
        weft__buffer_done(&collected->bytes);
        return 0;
    }
    end = weft__buffer_reserve(&collected->bytes, 1);
    if (end == NULL)
        return collected->bytes.failed;
    *end = '\0';
    *ret_data = collected->bytes.data;
    *ret_length = collected->bytes.length;
    return 0;
}

static int talk_to(struct talk *talk, weft_process_output *ret_output)
{
    struct weft__process *process = talk->process;
    struct collected out, err;
    weft_process_output output = { 0 };
    int rc;

    collected_init(&out, process, WEFT_STDOUT);
    collected_init(&err, process, WEFT_STDERR);
    rc = pump(talk, &out, &err);
    if (rc == 0)
        rc = weft__process_await(process);
    if (rc == 0)
        rc = finish(&out, &output.out, &output.out_length);
    if (rc == 0)
        rc = finish(&err, &output.err, &output.err_length);
    if (rc == 0) {
        output.exit = process->exit;
        *ret_output = output;
        return 0;
    }
    weft__process_end(process);
    weft__buffer_done(&out.bytes);
    weft__buffer_done(&err.bytes);
    return rc;
}

static bool busy(const struct weft__process *process)
{
    return process->pipes[WEFT_STDIN].busy || process->pipes[WEFT_STDOUT].busy ||
           process->pipes[WEFT_STDERR].busy;
}

int weft_process_communicate(weft_process *process, const void *input, size_t length,
                             weft_process_output *ret_output)
{
    struct talk talk = { .process = process->inner, .input = input, .length = length };
    int rc;

    if (talk.process == NULL || talk.process->left || !weft__in_task())
        return weft__misuse("weft_process_communicate", "only a task can, with a process");
    if (busy(talk.process))
        return weft__misuse("weft_process_communicate", "another task uses the pipes");
    if (length > 0 && talk.process->pipes[WEFT_STDIN].fd < 0)
        return weft__misuse("weft_process_communicate", "input needs a pipe");
    talk.process->users++;
    rc = talk_to(&talk, ret_output);
    talk.process->users--;
    return rc;
}

int weft_process_run(const weft_process_options *options, const void *input, size_t length,
                     weft_process_output *ret_output)
{
    weft_process_options own = *options;
    int rc;

    if (!weft__in_task())
        return weft__misuse("weft_process_run", "only a task can wait");
    if (input != NULL)
        own.in = WEFT_STDIO_PIPE;
    WEFT_PROCESS(process);
    rc = weft_process_spawn(&process, &own);
    return rc < 0 ? rc : weft_process_communicate(&process, input, length, ret_output);
}

void weft_process_output_done(weft_process_output *output)
{
    free(output->out);
    free(output->err);
    *output = (weft_process_output){ 0 };
}
