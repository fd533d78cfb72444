/*
 * task/done.c - calls made when a task has ended.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "task/runtime.h"

struct weft__done {
    struct weft__done *next; /* in order of adding */
    void (*fn)(weft_task *task, int result, void *arg);
    void *arg;
};

int weft_task_on_done(weft_task *task, void (*fn)(weft_task *task, int result, void *arg),
                      void *arg)
{
    struct weft__done **last = &task->done;
    struct weft__done *done;

    if (task->ended) {
        fn(task, task->result, arg);
        return 0;
    }
    done = weft__malloc(sizeof(*done));
    if (done == NULL)
        return UV_ENOMEM;
    *done = (struct weft__done){ .fn = fn, .arg = arg };
    while (*last != NULL)
        last = &(*last)->next;
    *last = done;
    return 0;
}

void weft__done_run(weft_task *task)
{
    while (task->done != NULL) {
        struct weft__done *done = task->done;

        task->done = done->next;
        done->fn(task, task->result, done->arg);
        free(done);
    }
}
