/*
 * task/deadline.h - a deadline that moves for all tasks that have inherited it.
 *
 * That of a usual scope is copied into the tasks that are started inside: moving the scope's
 * does not reach them.  The time of a request, though, is one for all that work for it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DEADLINE_H
#define WEFT_TASK_DEADLINE_H

#include <weft/task.h>

#include "base/list.h"

struct weft__moving_deadline {
    weft_scope scope;        /* of the task that entered it */
    struct weft__list heirs; /* tasks, wherever below it they were started */
};

/* Enter a scope with this deadline, absolute.  Of two that are nested the inner one moves. */
void weft__deadline_enter(struct weft__moving_deadline *deadline, uint64_t deadline_ms);

/* Move it; UINT64_MAX takes it away.  From any task of the loop. */
void weft__deadline_move(struct weft__moving_deadline *deadline, uint64_t deadline_ms);

/* Leave the scope.  Tasks that have inherited it keep what it was. */
void weft__deadline_leave(struct weft__moving_deadline *deadline);

/* --- For task.c and group.c */

/* What a task that `parent` starts here and now inherits of deadlines. */
void weft__deadline_inherit(weft_task *task, const weft_task *parent);

/* No later than this, whatever it has inherited. */
void weft__deadline_cap(weft_task *task, uint64_t deadline_ms);

/* The task has ended. */
void weft__deadline_forget(weft_task *task);

#endif
