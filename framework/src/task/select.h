/*
 * task/select.h - how an object takes part in weft_select().
 *
 * It describes each thing that can be waited for as a kind of case, and offers a public
 * function that makes such a case.  Its own suspending function may be the same case waited for
 * alone, so that it needs to be written once:
 *
 *     static const struct weft__case_kind kind = { "weft_queue_get", attempt_get, enlist_get };
 *
 *     weft_case weft_on_get(weft_queue *queue, void **ret_item)
 *     {
 *         return (weft_case){ .kind = &kind, .object = queue, .value = ret_item };
 *     }
 *
 *     int weft_queue_get(weft_queue *queue, void **ret_item)
 *     {
 *         weft_case get = weft_on_get(queue, ret_item);
 *
 *         return weft__case_wait(&get);
 *     }
 *
 * Whoever completes such a wait, by weft__waiters_wake() or weft__wait_complete(), need not
 * know whether a select waits: all other waits of the select are taken back within that call,
 * so exactly one of them is ever completed.  They may stand in the same queue.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_SELECT_H
#define WEFT_TASK_SELECT_H

#include <weft/select.h>

#include "task/waiters.h"

/* The wait for a case. */
struct weft__case_waiter {
    struct weft_waiter waiter;
    const weft_case *of; /* its `value` may be written through */
};

/* `object`, `value` and `number` of a case are its kind's to use. */
struct weft__case_kind {
    const char *call; /* that it stands for */

    /* Do it now if that needs no waiting: its result, or UV_EAGAIN, having changed nothing. */
    int (*attempt)(const weft_case *c);

    /* After an attempt came to UV_EAGAIN: make the wait and put it where it will be completed,
     * with weft__waiters_join(), or by hand with a `detach` that never refuses, or set its
     * `due_ms`.  Must not complete this wait or another. */
    void (*enlist)(struct weft__case_waiter *waiter);
};

/*
 * Do what the case stands for, waiting until that is possible.  Its result; UV_ECANCELED or
 * UV_ETIMEDOUT when it would have to wait and the calling task is cancelled or out of time;
 * WEFT_EMISUSE outside of a task.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__case_wait(const weft_case *c);

/* Who has waited longest in a queue of such waits; NULL when nobody waits. */
static inline const weft_case *weft__waiters_first_case(const weft_waiters *queue)
{
    return queue->first == NULL
               ? NULL
               : weft__list_entry(queue->first, struct weft__case_waiter, waiter)->of;
}

#endif
