/*
 * weft/select.h - wait for the first of several things.
 *
 * A case is one thing to wait for: that a queue has an item or takes one, that a task has
 * ended, that a time has come.  weft_select() returns which of them has happened, and only that
 * one has: where it was an item's arrival, no other queue has lost one.
 *
 *     enum { JOB, STOPPED, TICK };
 *     void *job;
 *     weft_case cases[] = {
 *         [JOB] = weft_on_get(&jobs, &job),
 *         [STOPPED] = weft_on_end(supervisor),
 *         [TICK] = weft_on_timeout(1000),
 *     };
 *
 *     switch (weft_select(cases, 3)) {
 *     case JOB:
 *         if (cases[JOB].result < 0) ...     // the queue was shut down
 *
 * Cases are made by functions weft_on_...() that stand with what they wait for: a queue, an
 * event, a lock, a stream.  A case may be used again, as often as one likes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SELECT_H
#define WEFT_SELECT_H

#include <weft/export.h>

#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

struct weft_group;

/* One thing to wait for.  All zeros: nothing; it is never ready, and so takes a case out. */
typedef struct weft_case {
    /* Set in the case that was chosen: what the call that it stands for would have returned,
     * such as weft_queue_get(). */
    int result;

    /* Private. */
    const struct weft__case_kind *kind;
    void *object;
    void *value;
    uint64_t number;
} weft_case;

/*
 * Wait until one of the cases is ready, do what that one stands for, and return its index
 * (asyncio.wait with FIRST_COMPLETED; Go's select).
 *
 * Of several that are ready the choice is free of preference: the search begins at a random one
 * and goes from there up or down, so none is starved by another, and of two each is as likely.
 * Those that were not ready are chosen as they happen, and each waits in line with the other
 * tasks that wait for the same.
 *
 * The index, where a case is ready in a cancelled task also; UV_ECANCELED or UV_ETIMEDOUT when
 * it would have to wait, and then nothing has been taken or given away; UV_ENOMEM (with more
 * than 8 cases only); WEFT_EMISUSE outside of a task, or without a case.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_select(weft_case *cases, size_t count);

/*
 * The same, but of several that are ready the first in the list is chosen: for a case that has
 * precedence, such as an order to stop.  With weft_on_time(0) as the last case it does not
 * wait.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_select_first(weft_case *cases, size_t count);

/*
 * The calling task's child `task` has ended; it is then joined without waiting, and is to be
 * joined still.  Its result: 0, or WEFT_EMISUSE when the caller could not join it.
 */
WEFT_EXPORT weft_case weft_on_end(weft_task *task);

/* No member of the calling task's group is left: weft_group_wait() then returns its code
 * without waiting.  Its own result: 0, or WEFT_EMISUSE when the caller did not make the group.
 */
WEFT_EXPORT weft_case weft_on_group(struct weft_group *group);

/* The clock of weft_now_ms() has reached `deadline_ms`; UINT64_MAX for never.  Its result: 0.
 */
WEFT_EXPORT weft_case weft_on_time(uint64_t deadline_ms);

/* The time is `timeout_ms` after this call; the same case, used again, is not later. */
WEFT_EXPORT weft_case weft_on_timeout(uint64_t timeout_ms);

WEFT_END_DECLS
#endif
