/*
 * task/rwlock.c - a lock held by one task that writes, or by many that read.
 *
 * admit() is the whole policy: it lets tasks in from the front of the queue until one has to
 * wait, and runs whenever that can have changed: when the lock is released, and when a task in
 * the queue gives up, as that may have been a writer with readers behind it.  So in between
 * either nobody waits or the first has to.
 *
 * The lock counts who reads; each task notes what it reads, a few locks at least, so that the
 * mistakes it makes with them can be told.
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

/* Where the task has noted that it reads `lock`; with NULL, where it has room for a note.  NULL
 * when there is none. */
static const weft_rwlock **find_note(weft_task *task, const weft_rwlock *lock)
{
    for (size_t i = 0; i < sizeof(task->reads) / sizeof(task->reads[0]); i++) {
        if (task->reads[i] == lock)
            return &task->reads[i];
    }
    return NULL;
}

static void note_read(weft_task *task, const weft_rwlock *lock)
{
    const weft_rwlock **note = find_note(task, NULL);

    if (note != NULL)
        *note = lock;
    else
        task->more_reads++;
}

/* False when the task does not read `lock`. */
static bool forget_read(weft_task *task, const weft_rwlock *lock)
{
    const weft_rwlock **note = find_note(task, lock);

    if (note != NULL)
        *note = NULL;
    else if (task->more_reads > 0)
        task->more_reads--;
    else
        return false;
    return true;
}

static bool is_held_by(const weft_rwlock *lock, weft_task *task)
{
    return lock->writer == task || find_note(task, lock) != NULL ||
           weft__task_noted_lock(task, lock);
}

/* Whether the lock can be had by who comes first. */
static bool is_open(const weft_rwlock *lock, bool to_write)
{
    return lock->writer == NULL && (!to_write || lock->readers == 0);
}

static void enter(weft_rwlock *lock, weft_task *task, bool to_write)
{
    weft__task_takes_lock(task);
    if (to_write) {
        lock->writer = task;
        return;
    }
    lock->readers++;
    note_read(task, lock);
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

static void note(const weft_rwlock *lock, weft_task *self, bool to_write, void *return_address)
{
    weft__task_notes_lock(self, lock, to_write ? "write lock" : "read lock", return_address);
}

static int wait_in_line(weft_rwlock *lock, bool to_write)
{
    struct candidate candidate = { .lock = lock, .writes = to_write };

    weft__waiters_join(&lock->waiters, &candidate.waiter,
                       to_write ? "write lock" : "read lock");
    candidate.waiter.wait.detach = give_up;
    return weft__wait(&candidate.waiter.wait);
}

static int acquire(weft_rwlock *lock, bool to_write, const char *call, void *return_address)
{
    weft_task *self = weft__task_here();
    int rc;

    if (self == NULL)
        return weft__misuse(call, "only a task can hold a lock");
    if (is_held_by(lock, self))
        return weft__sync_own_lock(call, self, lock);
    rc = try_enter(lock, self, to_write);
    if (rc < 0)
        rc = wait_in_line(lock, to_write);
    if (rc == 0)
        note(lock, self, to_write, return_address);
    return rc;
}

int weft_rwlock_read(weft_rwlock *lock)
{
    return acquire(lock, false, "weft_rwlock_read", __builtin_return_address(0));
}

int weft_rwlock_write(weft_rwlock *lock)
{
    return acquire(lock, true, "weft_rwlock_write", __builtin_return_address(0));
}

static int try_acquire(weft_rwlock *lock, bool to_write, const char *call, void *return_address)
{
    weft_task *self = weft__task_here();
    int rc;

    if (self == NULL)
        return weft__misuse(call, "only a task can hold a lock");
    rc = is_held_by(lock, self) ? UV_EBUSY : try_enter(lock, self, to_write);
    if (rc == 0)
        note(lock, self, to_write, return_address);
    return rc;
}

int weft_rwlock_try_read(weft_rwlock *lock)
{
    return try_acquire(lock, false, "weft_rwlock_try_read", __builtin_return_address(0));
}

int weft_rwlock_try_write(weft_rwlock *lock)
{
    return try_acquire(lock, true, "weft_rwlock_try_write", __builtin_return_address(0));
}

/* Take the lock from the task; false when the task does not hold it. */
static bool leave(weft_rwlock *lock, weft_task *task)
{
    if (lock->writer == task)
        lock->writer = NULL;
    else if (lock->readers > 0 && forget_read(task, lock))
        lock->readers--;
    else
        return false;
    weft__task_leaves_lock(task, lock);
    return true;
}

int weft_rwlock_release(weft_rwlock *lock)
{
    weft_task *self = weft__task_here();

    if (self == NULL || !leave(lock, self))
        return weft__misuse("weft_rwlock_release", "it does not hold the lock");
    admit(lock);
    return 0;
}

int weft_rwlock_done(weft_rwlock *lock)
{
    if (lock != NULL && (lock->writer != NULL || lock->readers > 0))
        return weft__sync_busy("weft_rwlock");
    return 0;
}
