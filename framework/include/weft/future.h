/*
 * weft/future.h - where callbacks and threads meet tasks.
 *
 * A future is a result that is not there yet (asyncio.Future).  Whoever calls a library that
 * answers by a callback makes one, gives it to the callback, and waits; the callback sets it,
 * on the loop's thread or on any other.
 *
 *     weft_future *answer;
 *     rc = weft_future_new(&answer);
 *     library_ask(question, on_answer, weft_future_ref(answer));
 *     rc = weft_future_wait(answer, &result, &value);
 *     weft_future_unref(answer);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_FUTURE_H
#define WEFT_FUTURE_H

#include <weft/select.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

typedef struct weft_future weft_future;

/*
 * A future of the loop that runs on this thread, with one reference (loop.create_future).
 *
 * 0; UV_ENOMEM; WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_future_new(weft_future **ret_future);

/* One reference more; returns `future`.  From any thread. */
WEFT_EXPORT weft_future *weft_future_ref(weft_future *future);

/* One less; the last one frees it.  From any thread.  Takes NULL. */
WEFT_EXPORT void weft_future_unref(weft_future *future);

/*
 * Set the result, once, and wake all who wait for it (set_result, set_exception).  From any
 * thread, also after the loop has ended.
 *
 * result  a code or a count, as functions return it; `value` is handed on as it is.
 *
 * 0; WEFT_EMISUSE when it was set before; UV_ECANCELED when the loop is ending or has
 * ended, and nobody waits.
 */
WEFT_EXPORT int weft_future_set(weft_future *future, int result, void *value);

/* Whether it is set, as far as the loop knows (Future.done).  On the loop's thread. */
WEFT_EXPORT bool weft_future_is_set(const weft_future *future);

/*
 * Wait until it is set (await future).  Any number of tasks of its loop may.
 *
 * ret_result, ret_value  set to what was set when 0 is returned; may be NULL.
 *
 * 0, for a future that is set also when the caller is cancelled; UV_ECANCELED or UV_ETIMEDOUT:
 * the future is still to be set, so its callback must find it alive; WEFT_EMISUSE outside of
 * its loop's tasks.  The wait holds a reference of its own, so whoever sets the future may
 * release his at once.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_future_wait(weft_future *future, int *ret_result, void **ret_value);

/* It is set, for weft_select(): weft_future_wait() then gives the result without waiting.  Its
 * own result: 0, or WEFT_EMISUSE outside of its loop's tasks. */
WEFT_EXPORT weft_case weft_on_future(weft_future *future);

WEFT_END_DECLS
#endif
