/*
 * weft/gather.h - several calls at once, and their results: all, the first, or as they come.
 *
 *     weft_call calls[] = { { .fn = load_profile, .arg = &profile },
 *                           { .fn = load_feed, .arg = &feed } };
 *
 *     rc = weft_gather(calls, 2);
 *     if (rc == 0)
 *         show(calls[0].result, calls[1].result);
 *
 * Each call runs as a task of its own.  All of these functions return only when every task that
 * they have started has ended, whatever happens; so calls, arguments and results may lie on the
 * caller's stack.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_GATHER_H
#define WEFT_GATHER_H

#include <weft/task.h>

WEFT_BEGIN_DECLS

/* One call: set fn and arg, read `result`. */
typedef struct weft_call {
    weft_task_fn fn;
    void *arg;
    int result; /* what fn returned; UV_ECANCELED when it was never called */
    bool ended; /* set when it has ended; private from here on */
    struct weft_call *next_ended;
    struct weft_completions *of;
} weft_call;

/*
 * Make all calls at once (asyncio.gather).  The first that returns a negative code cancels the
 * others.
 *
 * 0; that code; UV_ECANCELED or UV_ETIMEDOUT when the caller is cancelled or out of time, which
 * cancels all; UV_ENOMEM or UV_EAGAIN when not all could be started; WEFT_EMISUSE outside of a
 * task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_gather(weft_call *calls, size_t count);

/*
 * The same, but a failure cancels nothing: each has its own result
 * (asyncio.gather(return_exceptions=True)).
 *
 * How many of them returned a negative code; or UV_ECANCELED and so on as weft_gather().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_gather_settled(weft_call *calls,
                                                                  size_t count);

/*
 * Make all calls at once, take the first that ends, whatever it returns, and cancel the others
 * (asyncio.wait with FIRST_COMPLETED).
 *
 * ret_first  set to its index when 0 is returned; may be NULL.
 *
 * 0; codes as weft_gather(); UV_EINVAL without any call.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_first(weft_call *calls, size_t count,
                                                         size_t *ret_first);

/*
 * Calls that are taken as they end (asyncio.as_completed).  Lives on the stack of the task that
 * makes it; its fields are private.
 *
 *     WEFT_COMPLETIONS(done, 5000);
 *     for (size_t i = 0; i < n; i++)
 *         rc = weft_completions_add(done, &calls[i]);
 *     while ((rc = weft_completions_next(done, &call)) > 0)
 *         use(call->arg, call->result);
 */
typedef struct weft_completions {
    weft_group group;
    weft_call *first; /* that has ended and was not taken */
    weft_call **last;
    void *waiter;
    size_t left; /* that were added and not taken */
} weft_completions;

/* Make an empty one (as_completed); what runs in it ends `timeout_ms` from now, 0 for no time
 * of its own. */
WEFT_EXPORT weft_completions *weft_completions_init(weft_completions *completions,
                                                    uint64_t timeout_ms);

/* Start a call, which must live until weft_completions_done().  0, or the codes of
 * weft_group_go(). */
WEFT_EXPORT WEFT_MUST_CHECK int weft_completions_add(weft_completions *completions,
                                                     weft_call *call);

/*
 * Wait for the next call that ends (the next of as_completed).
 *
 * ret_call  set to it when 1 is returned.
 *
 * 1; 0 when all that were added have been taken; UV_ECANCELED or UV_ETIMEDOUT when the caller
 * is cancelled or out of time: the calls run on.  WEFT_EMISUSE when the caller did not make it.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_completions_next(weft_completions *completions, weft_call **ret_call);

/* Cancel and await what is left; shielded.  Runs by itself at the end of a WEFT_COMPLETIONS's
 * block. */
WEFT_EXPORT WEFT_SUSPENDS void weft_completions_done(weft_completions *completions);

#ifndef __cplusplus
/* Completions called `name` (a weft_completions *) that cannot outlive their block. */
#define WEFT_COMPLETIONS(name, timeout_ms)                               \
    WEFT_CLEANUP(weft_completions_done) weft_completions name##_storage; \
    weft_completions *name = weft_completions_init(&name##_storage, (timeout_ms))
#endif

WEFT_END_DECLS
#endif
