/*
 * task/rwlock.c - a lock held by one task that writes, or by many that read.
 *
 * admit() is the whole policy: it lets tasks in from the front of the queue until one has to
 * wait, and runs whenever that can have changed: when the lock is released, and when a task in
 * the queue gives up, as that may have been a writer with readers behind it.  So in between
 * either nobody waits or the first has to.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/waiters.h"

struct candidate {
    struct weft_waiter waiter;
    weft_rwlock *lock;
    bool writes;
};

/* Whether the lock can be had by who comes first. */
static bool is_open(const weft_rwlock *lock, bool to_write)
{
    return lock->writer == NULL && (!to_write || lock->readers == 0);
}

static void enter(weft_rwlock *lock, weft_task *task, bool to_write)
{
    if (to_write)
        lock->writer = task;
    else
        lock->readers++;
}

static void admit(weft_rwlock *lock)
{
    while (lock->waiters.first != NULL) {
        const struct candidate *first =
            weft__list_entry(lock->waiters.first, struct candidate, waiter);

        if (!is_open(lock, first->writes))
            return;
        enter(lock, first->waiter.wait.task, first->writes);
        weft__waiters_wake(&lock->waiters, 0);
    }
}

static bool give_up(struct weft__wait *wait)
{
    struct candidate *candidate = weft__list_entry(wait, struct candidate, waiter.wait);

    weft__waiters_leave(&candidate->waiter);
    admit(candidate->lock);
    return true;
}

static int try_enter(weft_rwlock *lock, weft_task *self, bool to_write)
{
    if (lock->waiters.first != NULL || !is_open(lock, to_write))
        return UV_EBUSY;
    enter(lock, self, to_write);
    return 0;
}

static int acquire(weft_rwlock *lock, bool to_write, const char *call)
{
    struct candidate candidate = { .lock = lock, .writes = to_write };
    weft_task *self = weft__task_here();

    if (self == NULL)
        return weft__sync_misuse(call, "only a task can hold a lock");
    if (lock->writer == self)
        return weft__sync_misuse(call, "it holds the lock already");
    if (try_enter(lock, self, to_write) == 0)
        return 0;
    weft__waiters_join(&lock->waiters, &candidate.waiter,
                       to_write ? "write lock" : "read lock");
    candidate.waiter.wait.detach = give_up;
    return weft__wait(&candidate.waiter.wait);
}

int weft_rwlock_read(weft_rwlock *lock)
{
    return acquire(lock, false, "weft_rwlock_read");
}

int weft_rwlock_write(weft_rwlock *lock)
{
    return acquire(lock, true, "weft_rwlock_write");
}

int weft_rwlock_try_read(weft_rwlock *lock)
{
    if (weft__task_here() == NULL)
        return weft__sync_misuse("weft_rwlock_try_read", "only a task can hold a lock");
    return try_enter(lock, weft__task_here(), false);
}

int weft_rwlock_try_write(weft_rwlock *lock)
{
    if (weft__task_here() == NULL)
        return weft__sync_misuse("weft_rwlock_try_write", "only a task can hold a lock");
    return try_enter(lock, weft__task_here(), true);
}

int weft_rwlock_release(weft_rwlock *lock)
{
    const weft_task *self = weft__task_here();

    if (self == NULL || lock->writer != (lock->readers > 0 ? NULL : self))
        return weft__sync_misuse("weft_rwlock_release", "it does not hold the lock");
    if (lock->readers > 0)
        lock->readers--;
    else
        lock->writer = NULL;
    admit(lock);
    return 0;
}

int weft_rwlock_done(weft_rwlock *lock)
{
    if (lock != NULL && (lock->writer != NULL || lock->readers > 0))
        return weft__sync_busy("weft_rwlock");
    return 0;
}
