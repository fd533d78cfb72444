/*
 * task/condition.c - a change of what a lock protects.
 *
 * Invariants:
 *   1. A task holds the lock whenever it comes out of a wait, however the wait has ended.
 *   2. A notification goes to exactly one task that acts on it.  One that learns of its cancel
 *      or deadline only while it gets the lock back will not act, and passes it on.  After
 *      notify_all() there is nothing to pass on: who was not waiting then has seen the change.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/waiters.h"

enum notification { ONE, ALL }; /* what a wait is completed with */

static int await_notification(weft_condition *condition, weft_lock *lock)
{
    struct weft_waiter waiter;
    int notification;
    int rc;

    weft__waiters_join(&condition->waiters, &waiter, "condition");
    (void)weft_lock_release(lock); /* it is held: that was looked at */
    notification = weft__wait(&waiter.wait);
    weft__lock_acquire_uncancelled(lock);
    if (notification < 0)
        return notification;
    rc = weft__task_pending(waiter.wait.task);
    if (rc < 0 && notification == ONE)
        weft_condition_notify(condition, 1);
    return rc;
}

int weft_condition_wait(weft_condition *condition, weft_lock *lock)
{
    weft_task *self = weft__task_here();
    int rc;

    if (self == NULL || lock->holder != self)
        return weft__misuse("weft_condition_wait", "it does not hold the lock");
    if (condition->inside > 0 && condition->lock != lock)
        return weft__misuse("weft_condition_wait", "others wait with another lock");
    condition->lock = lock;
    condition->inside++;
    lock->returning++;
    rc = await_notification(condition, lock);
    weft__task_notes_lock(self, lock, "lock", __builtin_return_address(0));
    lock->returning--;
    condition->inside--;
    return rc;
}

int weft_condition_wait_for(weft_condition *condition, weft_lock *lock,
                            bool (*holds)(void *arg), void *arg)
{
    while (!holds(arg)) {
        int rc = weft_condition_wait(condition, lock);

        if (rc < 0)
            return rc;
    }
    return 0;
}

void weft_condition_notify(weft_condition *condition, size_t count)
{
    while (count > 0 && weft__waiters_wake(&condition->waiters, ONE))
        count--;
}

void weft_condition_notify_all(weft_condition *condition)
{
    while (weft__waiters_wake(&condition->waiters, ALL))
        ;
}

int weft_condition_done(weft_condition *condition)
{
    if (condition == NULL)
        return 0;
    if (condition->inside > 0)
        return weft__sync_busy("weft_condition");
    condition->lock = NULL;
    return 0;
}
