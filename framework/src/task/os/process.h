/*
 * task/os/process.h - a process, for the files of this folder only.
 *
 *     spawned --exit is told--> exited --done--> released --handles closed--> freed
 *        |                                          ^
 *        +--done, with leave_running----> left -----+ exit is told
 *
 * The struct outlives the weft_process of the caller until libuv has closed its handles.  Where
 * the owner is not done with it when the loop ends, it stays for him without them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_PROCESS_H
#define WEFT_TASK_OS_PROCESS_H

#include <weft/process.h>

#include "task/os/pipe.h"
#include "task/runtime.h"

struct weft__process {
    uv_process_t handle;
    struct weft__pipe pipes[3]; /* by WEFT_STDIN and its like */
    weft_loop *loop;
    struct weft__loop_hook at_end;
    struct weft__list waiters; /* for its exit */
    weft_process_exit exit;
    uint64_t grace_ms;
    size_t max_output;
    unsigned users;        /* tasks that are in a call with it */
    unsigned open_handles; /* that have not been closed to the end */
    bool running;          /* it has been spawned, and its exit was not told */
    bool released;         /* its owner is done with it */
    bool left;             /* its owner was not, when the loop ended, which is gone */
    bool new_session;
    bool leave_running;
};

/* Spawn it and open its pipes.  0 or a code, and what is open is in open_handles. */
int weft__process_start(struct weft__process *process, const weft_process_options *options);

void weft__process_on_exit(uv_process_t *handle, int64_t status, int signal);
void weft__process_on_close(uv_handle_t *handle);

/* Wait for its exit.  0, UV_ECANCELED or UV_ETIMEDOUT. */
WEFT_SUSPENDS int weft__process_await(struct weft__process *process);

/* The caller's waiting has failed: see that the process ends, unless it is to be left. */
WEFT_SUSPENDS void weft__process_end(struct weft__process *process);

/* Close our end of a pipe, if it is open. */
void weft__process_close_pipe(struct weft__process *process, int which);

#endif
