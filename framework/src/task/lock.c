/*
 * task/lock.c - a lock held by one task at a time.
 *
 * Tasks wait only while the lock is held: whoever releases it hands it over, and it is never
 * free with somebody waiting.  So a task that comes meanwhile cannot get in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/select.h"
#include "task/waiters.h"

static void give(weft_lock *lock, weft_task *task)
{
    lock->holder = task;
    weft__task_takes_lock(task);
}

int weft_lock_acquire(weft_lock *lock)
{
    weft_task *self = weft__task_here();
    struct weft_waiter waiter;
    int rc;

    if (WEFT_UNLIKELY(self == NULL))
        return weft__misuse("weft_lock_acquire", "only a task can hold a lock");
    if (lock->holder == NULL) {
        give(lock, self);
        weft__task_notes_lock(self, lock, "lock", __builtin_return_address(0));
        return 0;
    }
    if (WEFT_UNLIKELY(lock->holder == self))
        return weft__sync_own_lock("weft_lock_acquire", self, lock);
    weft__waiters_join(&lock->waiters, &waiter, "lock");
    rc = weft__wait(&waiter.wait);
    if (rc == 0)
        weft__task_notes_lock(self, lock, "lock", __builtin_return_address(0));
    return rc;
}

void weft__lock_acquire_uncancelled(weft_lock *lock)
{
    struct weft_waiter waiter;

    if (lock->holder == NULL) {
        give(lock, weft__task_here());
        return;
    }
    weft__waiters_join(&lock->waiters, &waiter, "lock of a condition");
    weft__wait_uncancelled(&waiter.wait);
}

int weft_lock_try(weft_lock *lock)
{
    weft_task *self = weft__task_here();

    if (self == NULL)
        return weft__misuse("weft_lock_try", "only a task can hold a lock");
    if (lock->holder != NULL)
        return UV_EBUSY;
    give(lock, self);
    weft__task_notes_lock(self, lock, "lock", __builtin_return_address(0));
    return 0;
}

static int attempt_acquire(const weft_case *c)
{
    weft_task *self = weft__task_here();
    weft_lock *lock = c->object;

    if (lock->holder == self)
        return weft__sync_own_lock("weft_lock_acquire", self, lock);
    if (lock->holder != NULL)
        return UV_EAGAIN;
    give(lock, self);
    return 0;
}

static void enlist_acquire(struct weft__case_waiter *waiter)
{
    weft_lock *lock = waiter->of->object;

    weft__waiters_join(&lock->waiters, &waiter->waiter, "lock");
}

static const struct weft__case_kind acquire_kind = { "weft_lock_acquire", attempt_acquire,
                                                     enlist_acquire };

weft_case weft_on_lock(weft_lock *lock)
{
    return (weft_case){ .kind = &acquire_kind, .object = lock };
}

int weft_lock_release(weft_lock *lock)
{
    weft_task *self = weft__task_here();

    if (WEFT_UNLIKELY(self == NULL || lock->holder != self))
        return weft__misuse("weft_lock_release", "it does not hold the lock");
    lock->holder = NULL;
    weft__task_leaves_lock(self, lock);
    if (lock->waiters.first != NULL) {
        give(lock, lock->waiters.first->wait.task);
        weft__waiters_wake(&lock->waiters, 0);
    }
    return 0;
}

bool weft_lock_is_held(const weft_lock *lock)
{
    return lock->holder != NULL;
}

int weft_lock_done(weft_lock *lock)
{
    if (lock != NULL && (lock->holder != NULL || lock->returning > 0))
        return weft__sync_busy("weft_lock");
    return 0;
}
