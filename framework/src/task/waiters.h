/*
 * task/waiters.h - tasks that wait for the same object, first in, first out.
 *
 * What the objects of <weft/sync.h> are made of.  The queue is a list ended by null pointers
 * and not a ring, so that zeros are an empty one.
 *
 * A waiter stands in the queue until it is woken or gives up, whichever comes first: what was
 * woken is never met there again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_WAITERS_H
#define WEFT_TASK_WAITERS_H

#include <weft/sync.h>

#include "task/diag/debug.h"
#include "task/runtime.h"

struct weft_waiter {
    struct weft__wait wait;
    weft_waiters *queue;
    struct weft_waiter *next;
    struct weft_waiter *prev;
};

/*
 * Make a wait of the calling task that stands last in `queue`; to be waited for with
 * weft__wait().  It leaves the queue by itself; whoever has more to do then sets wait.detach,
 * and calls weft__waiters_leave() there.
 */
void weft__waiters_join(weft_waiters *queue, struct weft_waiter *waiter, const char *what);
void weft__waiters_leave(struct weft_waiter *waiter);

/* Let the first go on with `result`; false when nobody waits. */
bool weft__waiters_wake(weft_waiters *queue, int result);

/* Acquire a lock that the calling task does not hold, whatever happens to the task (lock.c).
 * The caller notes it. */
WEFT_SUSPENDS void weft__lock_acquire_uncancelled(weft_lock *lock);

/* --- holding locks */

static inline void weft__task_takes_lock(weft_task *task)
{
    task->held_locks++;
}

/* In debug mode: the calling task has `lock`, for which the program's call was made there. */
static inline void weft__task_notes_lock(weft_task *task, const void *lock, const char *kind,
                                         void *return_address)
{
    if (WEFT_UNLIKELY(task->record != NULL))
        weft__debug_took_lock(task, lock, kind, return_address);
}

/* Whether there is such a note; never without debug mode. */
static inline bool weft__task_noted_lock(const weft_task *task, const void *lock)
{
    return WEFT_UNLIKELY(task->record != NULL) && weft__debug_holds_lock(task, lock);
}

/* A task may be taken for one that ended here with the lock: then it holds none. */
static inline void weft__task_leaves_lock(weft_task *task, const void *lock)
{
    if (task->held_locks > 0)
        task->held_locks--;
    if (WEFT_UNLIKELY(task->record != NULL))
        weft__debug_left_lock(task, lock);
}

/* --- refusals: a line in the log, and the code */

/* WEFT_EMISUSE: `call` would wait for `lock`, which `task`, the calling one, holds. */
int weft__sync_own_lock(const char *call, const weft_task *task, const void *lock);

/* UV_EBUSY: `what` was to be done away with while in use. */
int weft__sync_busy(const char *what);

#endif
