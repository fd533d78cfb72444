/*
 * weft/queue.h - queues between tasks.
 *
 * A queue hands items from the tasks that put them to the tasks that get them.  With a capacity
 * it holds the fast ones back: putting waits while it is full, getting while it is empty.  Who
 * waits is served first in, first out, and an item put while somebody waits for it goes
 * straight to him, so nobody can overtake.  A cancel loses no item: either the call returns the
 * item (or has put it) and the cancel shows in the next wait, or the item stays where it was.
 *
 *     weft_queue jobs;
 *
 *     weft_queue_init(&jobs, &(weft_queue_options){ .capacity = 64 });
 *     rc = weft_queue_put(&jobs, job);        // one task
 *     rc = weft_queue_get(&jobs, &job);       // another
 *     weft_queue_shutdown(&jobs);             // no more come: get drains it, then
 * WEFT_ESHUTDOWN weft_queue_done(&jobs);
 *
 * An item is a pointer, which the queue neither reads nor frees; it may be NULL.  A queue
 * belongs to the thread of one loop.  There, functions that do not suspend may be called
 * outside of tasks, too: by callbacks, and by weft_loop_call() from other threads.
 *
 * A struct of zeros is a queue without a bound, first in, first out.  Once used, a queue must
 * not be copied or moved.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_QUEUE_H
#define WEFT_QUEUE_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/select.h>
#include <weft/sync.h>

WEFT_BEGIN_DECLS

/* Which item is got next. */
typedef enum weft_queue_order {
    WEFT_QUEUE_FIFO,     /* the oldest (asyncio.Queue) */
    WEFT_QUEUE_LIFO,     /* the newest (asyncio.LifoQueue) */
    WEFT_QUEUE_PRIORITY, /* the first by priority, of equals the oldest (asyncio.PriorityQueue)
                          */
} weft_queue_order;

/* How a queue is set up.  A field left zero takes its default. */
typedef struct weft_queue_options {
    size_t capacity; /* items at most; default: no bound but memory */
    weft_queue_order order;
    /* With WEFT_QUEUE_PRIORITY: negative, 0 or positive where `a` comes before, with or after
     * `b`.  NULL: by the number given to weft_queue_put_at().  Must not suspend. */
    int (*compare)(const void *a, const void *b);
} weft_queue_options;

/* The fields are private. */
typedef struct weft_queue {
    void *slots;
    size_t room; /* how many items `slots` has memory for */
    size_t first;
    size_t size;
    size_t capacity;
    size_t unfinished; /* items put and not yet told of by weft_queue_task_done() */
    uint64_t arrivals;
    int (*compare)(const void *a, const void *b);
    weft_waiters getters;
    weft_waiters putters;
    weft_waiters joiners;
    weft_queue_order order;
    bool shut;
} weft_queue;

/*
 * Make an empty queue (asyncio.Queue).  With a capacity its memory, 8 bytes an item or 24 by
 * priority, is taken here, and putting never fails for want of it.  NULL takes all defaults.
 *
 * 0 or UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_queue_init(weft_queue *queue,
                                                const weft_queue_options *options);

/*
 * Free its memory; it is then a struct of zeros.  Items that are left are forgotten, and stay
 * the caller's: weft_queue_shutdown_now() frees them.  Takes NULL.
 *
 * 0; UV_EBUSY, changing nothing, while tasks wait on it.
 */
WEFT_EXPORT int weft_queue_done(weft_queue *queue);

/* --- Putting
 * ----------------------------------------------------------------------------------
 */

/*
 * Put an item in, waiting while the queue is full (Queue.put).
 *
 * 0: the item is the queue's.  On failure it is still the caller's: WEFT_ESHUTDOWN when the
 * queue is shut down, also while the call waits; UV_ECANCELED or UV_ETIMEDOUT when the caller
 * is cancelled or out of time while there is no room; UV_ENOMEM (without a capacity only);
 * WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_queue_put(weft_queue *queue, void *item);

/* The same without waiting: UV_EAGAIN when it is full (Queue.put_nowait). */
WEFT_EXPORT WEFT_MUST_CHECK int weft_queue_try_put(weft_queue *queue, void *item);

/*
 * The same for a queue in order of priority: items with a lower number are got first (0 without
 * a number).  WEFT_EMISUSE for other queues, and for those with a function that compares.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_queue_put_at(weft_queue *queue, void *item,
                                                                uint64_t priority);
WEFT_EXPORT WEFT_MUST_CHECK int weft_queue_try_put_at(weft_queue *queue, void *item,
                                                      uint64_t priority);

/* --- Getting
 * ----------------------------------------------------------------------------------
 */

/*
 * Take the next item out, waiting while the queue is empty (Queue.get).
 *
 * ret_item  set when 0 is returned: the item is the caller's.
 *
 * 0; WEFT_ESHUTDOWN when the queue is shut down and empty, also while the call waits;
 * UV_ECANCELED or UV_ETIMEDOUT when it would have to wait; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_queue_get(weft_queue *queue,
                                                             void **ret_item);

/* The same without waiting: UV_EAGAIN when it is empty (Queue.get_nowait). */
WEFT_EXPORT WEFT_MUST_CHECK int weft_queue_try_get(weft_queue *queue, void **ret_item);

/* How many items are in it (Queue.qsize). */
WEFT_EXPORT size_t weft_queue_size(const weft_queue *queue);

/* Whether putting would wait (Queue.full). */
WEFT_EXPORT bool weft_queue_full(const weft_queue *queue);

/* --- The end
 * ----------------------------------------------------------------------------------
 */

/*
 * Take no more items (Queue.shutdown).  Putting fails with WEFT_ESHUTDOWN from now on, also for
 * those who wait to put; what is in the queue can be got; then getting fails with the same
 * code. Has no effect the second time.
 */
WEFT_EXPORT void weft_queue_shutdown(weft_queue *queue);

/*
 * The same, and throw away what is in it (Queue.shutdown with immediate=True): the items count
 * as finished, and drop(item) is called for each, in the order of getting.  drop: may be NULL,
 * must not suspend.
 */
WEFT_EXPORT void weft_queue_shutdown_now(weft_queue *queue, void (*drop)(void *item));

/*
 * Tell that the work on an item that was got is done (Queue.task_done), for weft_queue_join().
 * 0, or WEFT_EMISUSE when it was told for all items that were got.
 */
WEFT_EXPORT int weft_queue_task_done(weft_queue *queue);

/*
 * Wait until the work on every item put so far and meanwhile is done (Queue.join).
 *
 * 0, at once where nothing is unfinished; UV_ECANCELED or UV_ETIMEDOUT; WEFT_EMISUSE outside of
 * a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_queue_join(weft_queue *queue);

/* --- Cases of weft_select()
 * -------------------------------------------------------------------
 */

/* An item was got, as by weft_queue_get(), or this has failed.  `ret_item` is borrowed until
 * weft_select() returns. */
WEFT_EXPORT weft_case weft_on_get(weft_queue *queue, void **ret_item);

/* The item was put, as by weft_queue_put() and weft_queue_put_at(), or this has failed.  Where
 * another case was chosen it is still the caller's. */
WEFT_EXPORT weft_case weft_on_put(weft_queue *queue, void *item);
WEFT_EXPORT weft_case weft_on_put_at(weft_queue *queue, void *item, uint64_t priority);

WEFT_END_DECLS
#endif
