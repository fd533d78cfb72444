/*
 * task/diag/debug.h - debug mode: what is kept of each task, and the mistakes told with it.
 *
 * A loop in debug mode (weft_loop_options.debug) keeps a record beside each task that was
 * started: where it was created, where it has taken the locks that it holds, how deep its stack
 * has been.  Without debug mode no task has a record, and that a record is there is all that
 * the runtime asks on its way.
 *
 * A record belongs to the stack, like the task itself, and is used again with it.  For lack of
 * memory a task may have none: then it is told of without a place.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_DEBUG_H
#define WEFT_TASK_DIAG_DEBUG_H

#include "task/diag/site.h"
#include "task/runtime.h"

enum { WEFT__RECORD_LOCKS = 8 };

struct weft__held_lock {
    const void *lock; /* compared and never followed; NULL: no note */
    const char *kind;
    struct weft__site taken;
};

struct weft__record {
    struct weft__list link; /* in loop->records, where LeakSanitizer finds it */
    weft_task_fn fn;        /* what the task runs */
    weft_task_fn of;        /* what the program wants to be run; NULL: no function of its own */
    struct weft__site created;
    struct weft__held_lock locks[WEFT__RECORD_LOCKS]; /* more are counted only */
    size_t deepest; /* bytes of stack that the task has used, when its function has returned */
};

/* Whether a loop with this option is in debug mode: see weft_loop_options. */
bool weft__debug_wanted(int option);

/* The loop is in debug mode, and `task` was made but has not begun: keep a record.  `of` is the
 * function that the program gave, `return_address` that of its call; or NULL. */
void weft__debug_created(weft_task *task, weft_task_fn of, void *return_address);

/* What a task that has a record runs: its function, and a look at the stack. */
int weft__debug_run(void *arg);

/* The task's stack is given back. */
void weft__debug_forget(weft_task *task);

/* --- locks; of tasks that have a record */

void weft__debug_took_lock(weft_task *task, const void *lock, const char *kind,
                           void *return_address);
void weft__debug_left_lock(weft_task *task, const void *lock);
bool weft__debug_holds_lock(const weft_task *task, const void *lock);

/* Add to a report what is known of a lock that the task holds, and of the task itself. */
void weft__debug_say_lock(struct weft__say *say, const weft_task *task, const void *lock);

/* Whether it is known where the task was created; if so, say "runs fn and was created by ..."
 */
static inline bool weft__debug_knows(const weft_task *task)
{
    return task->record != NULL && task->record->created.count > 0;
}
void weft__debug_say_created(struct weft__say *say, struct weft__symbols *symbols,
                             const weft_task *task);

/* --- mistakes, told in the log */

/* The function of `owner` has returned, and these are its children. */
void weft__debug_left_children(const weft_task *owner);

/* `task` has ended, and is released without having been joined. */
void weft__debug_unjoined(const weft_task *task);

/* The same of one whose result nobody could ask for; nothing without debug mode. */
void weft__debug_unwanted(const weft_task *task);

/* What is to be told of a member of a group that has failed, if nobody waits for the group; to
 * be freed.  NULL without debug mode, or memory. */
char *weft__debug_member_failed(const weft_task *task);

/* The task ends and holds locks. */
void weft__debug_left_locks(weft_task *task);

#endif
