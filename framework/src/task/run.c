/*
 * task/run.c - weft_run(): a loop for one first task.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/watch.h"
#include "task/runtime.h"

struct first {
    weft_task_fn fn;
    void *arg;
    weft_loop *loop;
    int result;
    bool ended;
};

static int run_first(void *arg)
{
    struct first *first = arg;
    int result;

    weft_task_set_name(weft_task_current(), "main");
    result = first->fn(first->arg);
    weft__background_end(&first->loop->background);
    first->loop->background.ending =
        true; /* for threads, which may ask for more until the end */
    return result;
}

static void first_ended(weft_task *task, void *arg)
{
    struct first *first = arg;

    first->result = weft__task_result(task);
    first->ended = true;
    weft__loop_stop(first->loop);
}

int weft_run_with(weft_task_fn fn, void *arg, const weft_loop_options *options)
{
    struct first first = { .fn = fn, .arg = arg };
    int rc = weft__loop_new(&first.loop, options);

    if (rc < 0)
        return rc;
    weft__watch_begin(first.loop, options != NULL ? options->held_ms : 0);
    rc = weft__task_start(first.loop, NULL, run_first, &first, first_ended);
    if (rc == 0) {
        while (!first.ended) /* whoever else may stop the loop */
            weft__loop_run(first.loop);
        rc = first.result;
    }
    weft__loop_free(first.loop);
    return rc;
}

int weft_run(weft_task_fn fn, void *arg)
{
    return weft_run_with(fn, arg, NULL);
}
