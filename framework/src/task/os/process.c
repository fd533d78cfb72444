/*
 * task/os/process.c - processes: their life, their end, their pipes.
 *
 * A process id is safe to signal while `running` is set: libuv takes the exit status, and with
 * it frees the id, in the same callback that tells us.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/process.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "task/select.h"

enum { GRACE_MS = 5000, MAX_OUTPUT = 1024 * 1024 };

/* --- Life */

static void free_when_closed(struct weft__process *process)
{
    if (process->open_handles > 0)
        return;
    if (process->left) {
        weft__loop_leave_behind(&process->at_end);
    } else if (process->released) {
        weft__loop_remove_hook(&process->at_end);
        free(process);
    }
}

void weft__process_on_close(uv_handle_t *handle)
{
    struct weft__process *process = handle->data;

    process->open_handles--;
    free_when_closed(process);
}

static void close_handle(struct weft__process *process)
{
    uv_handle_t *handle = (uv_handle_t *)&process->handle;

    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, weft__process_on_close);
}

void weft__process_close_pipe(struct weft__process *process, int which)
{
    struct weft__pipe *pipe = &process->pipes[which];

    if (pipe->fd >= 0)
        close(weft__pipe_release(pipe, weft__process_on_close));
}

static void close_pipes(struct weft__process *process)
{
    for (int which = WEFT_STDIN; which <= WEFT_STDERR; which++)
        weft__process_close_pipe(process, which);
}

/* Its owner needs it no more.  While it runs, its handle stays, to reap it. */
static void release(struct weft__process *process)
{
    close_pipes(process);
    process->released = true;
    if (!process->running)
        close_handle(process);
    free_when_closed(process);
}

static void on_loop_end(struct weft__loop_hook *hook)
{
    struct weft__process *process = weft__list_entry(hook, struct weft__process, at_end);

    process->running = false;
    if (process->released) {
        release(process);
        return;
    }
    weft_log(WEFT_LOG_ERROR, "nobody is done with process %d when its loop ends",
             process->handle.pid);
    process->left = true;
    close_pipes(process);
    close_handle(process);
}

/* The process as long as it can be told of; NULL when its loop is gone, or there is none. */
static struct weft__process *told_of(const weft_process *process)
{
    return process->inner != NULL && !process->inner->left ? process->inner : NULL;
}

static struct weft__process *make(weft_loop *loop, const weft_process_options *options)
{
    struct weft__process *process = weft__calloc(1, sizeof(*process));

    if (process == NULL)
        return NULL;
    process->loop = loop;
    process->grace_ms = options->grace_ms != 0 ? options->grace_ms : GRACE_MS;
    process->max_output = options->max_output != 0 ? options->max_output : MAX_OUTPUT;
    process->new_session = options->new_session;
    process->leave_running = options->leave_running;
    process->at_end.fn = on_loop_end;
    for (int which = WEFT_STDIN; which <= WEFT_STDERR; which++)
        process->pipes[which].fd = -1;
    weft__list_init(&process->waiters);
    weft__loop_add_end_hook(loop, &process->at_end);
    return process;
}

int weft_process_spawn(weft_process *process, const weft_process_options *options)
{
    weft_loop *loop = weft_loop_current();
    struct weft__process *inner;
    int rc;

    if (loop == NULL)
        return weft__misuse("weft_process_spawn", "no loop runs on this thread");
    if (process->inner != NULL)
        return UV_EBUSY;
    if (options->argv == NULL || options->argv[0] == NULL)
        return UV_EINVAL;
    inner = make(loop, options);
    if (inner == NULL)
        return UV_ENOMEM;
    rc = weft__process_start(inner, options);
    if (rc < 0) {
        release(inner);
        return rc;
    }
    process->inner = inner;
    return 0;
}

int weft_process_done(weft_process *process)
{
    struct weft__process *inner = process->inner;

    if (inner == NULL)
        return 0;
    if (inner->left) {
        process->inner = NULL;
        weft__loop_left_closed(&inner->at_end);
        free(inner);
        return 0;
    }
    if (inner->users > 0 || !weft__list_empty(&inner->waiters)) {
        weft_log(WEFT_LOG_ERROR, "process %d is given up while a task is in a call with it",
                 inner->handle.pid);
        return UV_EBUSY;
    }
    if (inner->running && !inner->leave_running && !weft__in_task())
        return weft__misuse("weft_process_done", "only a task can end a process");
    process->inner = NULL; /* nobody else begins a call with it while it ends */
    weft__process_end(inner);
    release(inner);
    return 0;
}

/* --- Its end */

void weft__process_on_exit(uv_process_t *handle, int64_t status, int number)
{
    struct weft__process *process = handle->data;
    struct weft__list *node;

    process->running = false;
    process->exit = (weft_process_exit){ .status = (int)status, .signal = number };
    while ((node = weft__list_pop(&process->waiters)) != NULL)
        weft__wait_complete(weft__list_entry(node, struct weft__wait, link), 0);
    if (process->released)
        close_handle(process);
}

int weft__process_await(struct weft__process *process)
{
    struct weft__wait wait;

    if (!process->running)
        return 0;
    weft__wait_init(&wait, "process");
    weft__list_append(&process->waiters, &wait.link);
    return weft__wait(&wait);
}

static int no_process(const char *call)
{
    return weft__misuse(call, "there is no process, or its loop has ended");
}

int weft_process_wait(weft_process *process, weft_process_exit *ret_exit)
{
    struct weft__process *inner = told_of(process);
    int rc;

    if (inner == NULL)
        return no_process("weft_process_wait");
    if (!weft__in_task())
        return weft__misuse("weft_process_wait", "only a task can wait");
    inner->users++;
    rc = weft__process_await(inner);
    if (rc < 0)
        weft__process_end(inner);
    inner->users--;
    if (rc == 0 && ret_exit != NULL)
        *ret_exit = inner->exit;
    return rc;
}

static int attempt_wait(const weft_case *c)
{
    const struct weft__process *process = told_of(c->object);

    if (process == NULL)
        return no_process("weft_process_wait");
    return process->running ? UV_EAGAIN : 0;
}

static void enlist_wait(struct weft__case_waiter *waiter)
{
    struct weft__wait *wait = &waiter->waiter.wait;

    weft__wait_init(wait, "process");
    weft__list_append(&((weft_process *)waiter->of->object)->inner->waiters, &wait->link);
}

static const struct weft__case_kind exit_kind = { "weft_process_wait", attempt_wait,
                                                  enlist_wait };

weft_case weft_on_exit(weft_process *process)
{
    return (weft_case){ .kind = &exit_kind, .object = process };
}

/* Whatever happens to the task; for `ms` milliseconds at most, UINT64_MAX for ever. */
static void await_end_of(struct weft__process *process, uint64_t ms)
{
    uint64_t now_ms = weft__clock_read(process->loop);
    struct weft__wait wait;

    if (!process->running)
        return;
    weft__wait_init(&wait, "end of process");
    if (ms < UINT64_MAX - now_ms)
        wait.due_ms = now_ms + ms;
    weft__list_append(&process->waiters, &wait.link);
    weft__wait_uncancelled(&wait);
    weft__list_remove(&wait.link); /* where time has ended it */
}

static int send_signal(struct weft__process *process, int number)
{
    int pid = process->handle.pid;

    if (!process->running)
        return UV_ESRCH;
    return uv_kill(process->new_session ? -pid : pid, number);
}

void weft__process_end(struct weft__process *process)
{
    if (!process->running || process->leave_running)
        return;
    (void)send_signal(process, SIGTERM); /* that it has ended meanwhile is no failure */
    await_end_of(process, process->grace_ms);
    (void)send_signal(process, SIGKILL);
    await_end_of(process, UINT64_MAX);
}

bool weft_process_exited(const weft_process *process, weft_process_exit *ret_exit)
{
    const struct weft__process *inner = told_of(process);

    if (inner == NULL || inner->running)
        return false;
    if (ret_exit != NULL)
        *ret_exit = inner->exit;
    return true;
}

pid_t weft_process_pid(const weft_process *process)
{
    return process->inner != NULL ? process->inner->handle.pid : 0;
}

int weft_process_signal(weft_process *process, int number)
{
    return process->inner != NULL ? send_signal(process->inner, number) : UV_ESRCH;
}

int weft_process_terminate(weft_process *process)
{
    return weft_process_signal(process, SIGTERM);
}

int weft_process_kill(weft_process *process)
{
    return weft_process_signal(process, SIGKILL);
}

/* --- Its pipes */

static int no_pipe(const char *call)
{
    return weft__misuse(call, "that is no open pipe");
}

ssize_t weft_process_read(weft_process *process, int which, void *buffer, size_t size)
{
    struct weft__process *inner = process->inner;
    ssize_t n;

    if (inner == NULL)
        return no_process("weft_process_read");
    if (which != WEFT_STDOUT && which != WEFT_STDERR)
        return no_pipe("weft_process_read");
    inner->users++;
    n = weft__pipe_read(&inner->pipes[which], buffer, size);
    inner->users--;
    return n;
}

int weft_process_write(weft_process *process, const void *data, size_t size)
{
    struct weft__process *inner = process->inner;
    int rc;

    if (inner == NULL)
        return no_process("weft_process_write");
    inner->users++;
    rc = weft__pipe_write(&inner->pipes[WEFT_STDIN], data, size);
    inner->users--;
    return rc;
}

int weft_process_close(weft_process *process, int which)
{
    if (which < WEFT_STDIN || which > WEFT_STDERR)
        return no_pipe("weft_process_close");
    if (process->inner == NULL)
        return 0;
    if (process->inner->pipes[which].busy)
        return UV_EBUSY;
    weft__process_close_pipe(process->inner, which);
    return 0;
}

int weft_process_take_pipe(weft_process *process, int which)
{
    struct weft__pipe *pipe;

    if (process->inner == NULL || which < WEFT_STDIN || which > WEFT_STDERR)
        return no_pipe("weft_process_take_pipe");
    pipe = &process->inner->pipes[which];
    if (pipe->busy)
        return UV_EBUSY;
    if (pipe->fd < 0)
        return no_pipe("weft_process_take_pipe");
    return weft__pipe_release(pipe, weft__process_on_close);
}
