/*
 * weft/sync.h - tasks that wait for each other: lock, event, condition, semaphore, barrier,
 * read-write lock.
 *
 * Between two functions marked WEFT_SUSPENDS a task is alone, so most state needs none of this.
 * What needs it is state that has to hold together across a wait.
 *
 * Rules that hold for all of them:
 *   - They belong to the loop's thread, and lie wherever the program puts them.  One full of
 *     zeros is valid and empty (a semaphore then has no units; a barrier has to be made).  It
 *     must not be copied or moved while in use.  Fields are private.
 *   - First in, first out.  What is released is handed to the task that has waited longest, and
 *     nobody gets in between.  A task that was handed something before it was cancelled has it:
 *     its wait returns 0, and the next one tells it of the cancel.
 *   - What can be had at once is had, by a cancelled task also; a wait that has to suspend
 *     returns UV_ECANCELED or UV_ETIMEDOUT and leaves the order of the others as it is.  Time
 *     limits come from scopes (WEFT_TIMEOUT).
 *   - weft_x_done() says whether nobody waits for the object or holds it, and empties it: its
 *     memory may then go.  Else UV_EBUSY, a line in the log, and nothing is changed.  Where
 *     nobody can be inside it need not be called.  All of them take NULL.
 *   - WEFT_EMISUSE is the calling code's mistake, and the log says which.  So it does when a
 *     task ends that holds a lock.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SYNC_H
#define WEFT_SYNC_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/select.h>

WEFT_BEGIN_DECLS

struct weft_waiter;

/* Tasks that wait, in their order. */
typedef struct weft_waiters {
    struct weft_waiter *first;
    struct weft_waiter *last;
    size_t count;
} weft_waiters;

/* --- Lock ----------------------------------------------------------------------------------
 */

/* Held by one task at a time (asyncio.Lock). */
typedef struct weft_lock {
    weft_task *holder;
    weft_waiters waiters;
    size_t returning; /* tasks in weft_condition_wait(), which come back to it */
} weft_lock;

/*
 * Wait until the calling task holds the lock (asyncio.Lock.acquire).  0; UV_ECANCELED or
 * UV_ETIMEDOUT; WEFT_EMISUSE when the task holds it already, as it would wait for itself, or
 * outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_lock_acquire(weft_lock *lock);

/* Take it if it is free.  0; UV_EBUSY when a task holds it, also the calling one; WEFT_EMISUSE
 * outside of a task. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_lock_try(weft_lock *lock);

/* Let go of it: the first that waits holds it from now on (asyncio.Lock.release).  0, or
 * WEFT_EMISUSE when the calling task does not hold it. */
WEFT_EXPORT int weft_lock_release(weft_lock *lock);

/* The calling task holds it from now on, for weft_select().  Its result: 0, or WEFT_EMISUSE
 * when it did before. */
WEFT_EXPORT weft_case weft_on_lock(weft_lock *lock);

/* Whether any task holds it (asyncio.Lock.locked). */
WEFT_EXPORT bool weft_lock_is_held(const weft_lock *lock);

WEFT_EXPORT int weft_lock_done(weft_lock *lock);

/* --- Event ---------------------------------------------------------------------------------
 */

/* Something that has happened, or not yet (asyncio.Event). */
typedef struct weft_event {
    bool set;
    weft_waiters waiters;
} weft_event;

/* It has happened: all that wait go on (asyncio.Event.set).  Also outside of tasks, from
 * callbacks on the loop's thread. */
WEFT_EXPORT void weft_event_set(weft_event *event);

/* It has not (asyncio.Event.clear).  Tasks that a set has let go on are not held back. */
WEFT_EXPORT void weft_event_clear(weft_event *event);

WEFT_EXPORT bool weft_event_is_set(const weft_event *event);

/* Wait until it is set (asyncio.Event.wait).  0, at once when it is set; UV_ECANCELED or
 * UV_ETIMEDOUT; WEFT_EMISUSE outside of a task. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_event_wait(weft_event *event);

/* It is set, for weft_select(). */
WEFT_EXPORT weft_case weft_on_event(weft_event *event);

WEFT_EXPORT int weft_event_done(weft_event *event);

/* --- Condition -----------------------------------------------------------------------------
 */

/*
 * A change of what a lock protects (asyncio.Condition).
 *
 *     while (queue_is_empty(queue)) {
 *         rc = weft_condition_wait(&queue->filled, &queue->lock);
 *         if (rc < 0)
 *             return rc;                       // still holding the lock
 *     }
 */
typedef struct weft_condition {
    weft_waiters waiters;
    weft_lock *lock; /* of the tasks inside */
    size_t inside;   /* tasks in weft_condition_wait(), notified ones too */
} weft_condition;

/*
 * Release `lock`, wait to be notified, and acquire it again (asyncio.Condition.wait).  Whatever
 * comes back but WEFT_EMISUSE, the calling task then holds the lock: acquiring it again cannot
 * be cancelled.  What is waited for has to be looked at again then.
 *
 * 0; UV_ECANCELED or UV_ETIMEDOUT, and a notification that had come by then was passed on to
 * the next; WEFT_EMISUSE when the task does not hold `lock`, or when others wait with another
 * lock.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_condition_wait(weft_condition *condition,
                                                                  weft_lock *lock);

/* Wait until holds(arg), which is called with the lock held and must not suspend
 * (asyncio.Condition.wait_for).  As above. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_condition_wait_for(weft_condition *condition,
                                                                      weft_lock *lock,
                                                                      bool (*holds)(void *arg),
                                                                      void *arg);

/* Let the first `count` that wait go on, or all (asyncio.Condition.notify, notify_all).  Those
 * who come later are not notified.  Unlike asyncio's, the caller need not hold the lock. */
WEFT_EXPORT void weft_condition_notify(weft_condition *condition, size_t count);
WEFT_EXPORT void weft_condition_notify_all(weft_condition *condition);

WEFT_EXPORT int weft_condition_done(weft_condition *condition);

/* --- Semaphore -----------------------------------------------------------------------------
 */

/* A number of units that tasks take and give back (asyncio.Semaphore). */
typedef struct weft_semaphore {
    size_t units; /* free ones */
    size_t most;  /* that there can be when `bounded` */
    bool bounded;
    weft_waiters waiters;
} weft_semaphore;

/* Make one with `units`.  init_bounded: releasing more than were taken is a mistake that is
 * told (asyncio.BoundedSemaphore). */
WEFT_EXPORT void weft_semaphore_init(weft_semaphore *semaphore, size_t units);
WEFT_EXPORT void weft_semaphore_init_bounded(weft_semaphore *semaphore, size_t units);

/* Wait for a unit and take it (asyncio.Semaphore.acquire).  0; UV_ECANCELED or UV_ETIMEDOUT;
 * WEFT_EMISUSE outside of a task. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_semaphore_acquire(weft_semaphore *semaphore);

/* Take a unit if one is free.  0 or UV_EAGAIN.  Also outside of tasks. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_semaphore_try(weft_semaphore *semaphore);

/*
 * Give a unit to the first that waits, or back (asyncio.Semaphore.release).  By any task and
 * outside of tasks: units have no holder.  0, or WEFT_EMISUSE when a bounded one has all of its
 * units already, or no more can be counted.
 */
WEFT_EXPORT int weft_semaphore_release(weft_semaphore *semaphore);

/* A unit was taken, for weft_select().  Its result: 0. */
WEFT_EXPORT weft_case weft_on_semaphore(weft_semaphore *semaphore);

/* How many units are free. */
WEFT_EXPORT size_t weft_semaphore_units(const weft_semaphore *semaphore);

/* A bounded one is held as long as units are missing. */
WEFT_EXPORT int weft_semaphore_done(weft_semaphore *semaphore);

/* --- Barrier -------------------------------------------------------------------------------
 */

/* A point that tasks pass together, again and again (asyncio.Barrier). */
typedef struct weft_barrier {
    unsigned parties;
    bool broken;
    weft_waiters waiters;
} weft_barrier;

/* Make one that `parties` tasks pass together.  0, or WEFT_EMISUSE when that is 0 or above
 * INT_MAX. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_barrier_init(weft_barrier *barrier, unsigned parties);

/*
 * Wait until as many tasks wait as there are parties (asyncio.Barrier.wait).  One that is
 * cancelled is counted no more; the others wait on.
 *
 * The caller's place among those that pass, by arrival: 0 to parties - 1, each given once, so
 * that one of them can be told to do what is to be done once.  UV_ECANCELED or UV_ETIMEDOUT;
 * WEFT_EBROKEN when the barrier is broken, or is broken or reset meanwhile; WEFT_EMISUSE
 * outside of a task, or when the barrier was not made.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_barrier_wait(weft_barrier *barrier);

/* Make it whole and empty: those that wait get WEFT_EBROKEN (asyncio.Barrier.reset). */
WEFT_EXPORT void weft_barrier_reset(weft_barrier *barrier);

/* Break it: those that wait and those that come get WEFT_EBROKEN, until it is reset
 * (asyncio.Barrier.abort). */
WEFT_EXPORT void weft_barrier_abort(weft_barrier *barrier);

WEFT_EXPORT bool weft_barrier_is_broken(const weft_barrier *barrier);

/* How many wait (asyncio.Barrier.n_waiting). */
WEFT_EXPORT size_t weft_barrier_waiting(const weft_barrier *barrier);

WEFT_EXPORT int weft_barrier_done(weft_barrier *barrier);

/* --- Read-write lock -----------------------------------------------------------------------
 */

/*
 * Held by one task that writes, or by any number that read; asyncio has none.  Tasks get it in
 * the order in which they came, those that read next to each other together; so a reader waits
 * behind a writer that waits, and neither side starves the other.  Misuse by a task that reads
 * is told while it reads four such locks at most.
 */
typedef struct weft_rwlock {
    weft_task *writer;
    size_t readers;
    weft_waiters waiters;
} weft_rwlock;

/*
 * Wait until the calling task may read, or write.  0; UV_ECANCELED or UV_ETIMEDOUT;
 * WEFT_EMISUSE when it reads or writes already, as it could wait for itself, or outside of a
 * task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_rwlock_read(weft_rwlock *lock);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_rwlock_write(weft_rwlock *lock);

/* The same if it can be had at once, and nobody waits.  0; UV_EBUSY, also when the calling task
 * holds it; WEFT_EMISUSE outside of a task. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_rwlock_try_read(weft_rwlock *lock);
WEFT_EXPORT WEFT_MUST_CHECK int weft_rwlock_try_write(weft_rwlock *lock);

/* Let go of it.  0, or WEFT_EMISUSE when the calling task does not hold it. */
WEFT_EXPORT int weft_rwlock_release(weft_rwlock *lock);

WEFT_EXPORT int weft_rwlock_done(weft_rwlock *lock);

/* --- Held until a block is left --------------------------------------------------------------
 */

#ifndef __cplusplus
/*
 * Acquire, and release when the block is left by whatever way.  `name` becomes an int: 0, or
 * why it was not acquired; then nothing is released, and the block has to be left:
 *
 *     WEFT_LOCKED(locked, &account->lock);
 *     if (locked < 0)
 *         return locked;
 *
 * What is held like this must not be released by hand.
 */
#define WEFT_LOCKED(name, lock)    WEFT__HELD(name, weft_lock, acquire, lock)
#define WEFT_ACQUIRED(name, sem)   WEFT__HELD(name, weft_semaphore, acquire, sem)
#define WEFT_READING(name, rwlock) WEFT__HELD(name, weft_rwlock, read, rwlock)
#define WEFT_WRITING(name, rwlock) WEFT__HELD(name, weft_rwlock, write, rwlock)

/* `name` is not used here, so that the compiler warns where nobody looks at it. */
#define WEFT__HELD(name, type, how, object)                                             \
    type *const name##_object = (object);                                               \
    const int name##_code = type##_##how(name##_object);                                \
    WEFT_CLEANUP(weft__leave_##type)                                                    \
    __attribute__((unused)) type *name##_held = name##_code < 0 ? NULL : name##_object; \
    const int name = name##_code

static inline void weft__leave_weft_lock(weft_lock **held)
{
    if (*held != NULL)
        (void)weft_lock_release(*held);
}

static inline void weft__leave_weft_semaphore(weft_semaphore **held)
{
    if (*held != NULL)
        (void)weft_semaphore_release(*held);
}

static inline void weft__leave_weft_rwlock(weft_rwlock **held)
{
    if (*held != NULL)
        (void)weft_rwlock_release(*held);
}
#endif

WEFT_END_DECLS
#endif
