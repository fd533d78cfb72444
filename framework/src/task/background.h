/*
 * task/background.h - a set of tasks that no task owns: those of a loop, of an app.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_BACKGROUND_H
#define WEFT_TASK_BACKGROUND_H

#include <stdbool.h>
#include <weft/task.h>

#include "base/list.h"

struct weft__wait;

struct weft__background {
    struct weft__list tasks; /* by weft_task.sibling */
    struct weft__wait *waiter;
    bool ending; /* no more are started, so cancelling and awaiting them comes to an end */
};

void weft__background_init(struct weft__background *set);

/* Start fn(arg) as a task of the set; it inherits nothing but the caller's locals.  From a task
 * or a callback of the loop.  0; UV_ENOMEM; UV_EAGAIN at the limit of tasks; UV_ECANCELED while
 * the set is ending.  `from`: where it was asked for, for debug mode. */
WEFT_MUST_CHECK int weft__background_spawn(struct weft__background *set, weft_loop *loop,
                                           weft_task_fn fn, void *arg, void *from);

/* Cancel the tasks of the set, and have it start no more. */
void weft__background_cancel(struct weft__background *set);

/* The same, and wait for their end, whatever happens to the calling task; then the set can be
 * used again. */
WEFT_SUSPENDS void weft__background_end(struct weft__background *set);

/* The set of a loop. */
struct weft__background *weft__loop_background(weft_loop *loop);

#endif
