/*
 * task/future.c - results that callbacks and threads deliver (weft/future.h).
 *
 * `taken` decides who sets it, among all threads.  From another thread the result travels as a
 * call to the loop, whose node lies in the future: delivering needs no memory.  All else is
 * touched by the loop's thread only.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/future.h>

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "task/runtime.h"
#include "task/select.h"
#include "task/waiters.h"

struct weft_future {
    atomic_size_t refs;
    atomic_bool taken; /* somebody sets it */
    bool set;
    int result; /* written by who has taken it, before the loop learns of it */
    void *value;
    weft_loop *loop;
    weft_waiters waiters;
    struct weft__call call;
};

int weft_future_new(weft_future **ret_future)
{
    weft_loop *loop = weft__loop_here;
    weft_future *future;

    if (loop == NULL)
        return weft__misuse("weft_future_new", "no loop runs on this thread");
    future = weft__calloc(1, sizeof(*future));
    if (future == NULL)
        return UV_ENOMEM;
    atomic_init(&future->refs, 1);
    atomic_init(&future->taken, false);
    future->loop = weft_loop_ref(loop);
    *ret_future = future;
    return 0;
}

weft_future *weft_future_ref(weft_future *future)
{
    atomic_fetch_add_explicit(&future->refs, 1, memory_order_relaxed);
    return future;
}

void weft_future_unref(weft_future *future)
{
    if (future == NULL)
        return;
    if (atomic_fetch_sub_explicit(&future->refs, 1, memory_order_acq_rel) > 1)
        return;
    weft_loop_unref(future->loop);
    free(future);
}

static void deliver(weft_future *future)
{
    future->set = true;
    while (weft__waiters_wake(&future->waiters, 0))
        ;
}

/* The call from another thread has come, with a reference of its own. */
static void arrive(void *arg)
{
    deliver(arg);
    weft_future_unref(arg);
}

int weft_future_set(weft_future *future, int result, void *value)
{
    int rc;

    if (atomic_exchange_explicit(&future->taken, true, memory_order_acq_rel))
        return weft__misuse("weft_future_set", "the future is set already");
    future->result = result;
    future->value = value;
    if (weft__loop_here == future->loop) {
        deliver(future);
        return 0;
    }
    future->call = (struct weft__call){ .fn = arrive, .arg = weft_future_ref(future) };
    rc = weft__loop_post(future->loop, &future->call);
    if (rc < 0)
        weft_future_unref(future);
    return rc;
}

bool weft_future_is_set(const weft_future *future)
{
    return future->set;
}

static int attempt_wait(const weft_case *c)
{
    const weft_future *future = c->object;

    if (weft__loop_here != future->loop)
        return weft__misuse("weft_future_wait", "the future is another loop's");
    return future->set ? 0 : UV_EAGAIN;
}

static void enlist_wait(struct weft__case_waiter *waiter)
{
    weft_future *future = waiter->of->object;

    weft__waiters_join(&future->waiters, &waiter->waiter, "future");
}

static const struct weft__case_kind set_kind = { "weft_future_wait", attempt_wait,
                                                 enlist_wait };

weft_case weft_on_future(weft_future *future)
{
    return (weft_case){ .kind = &set_kind, .object = future };
}

int weft_future_wait(weft_future *future, int *ret_result, void **ret_value)
{
    const weft_case set = weft_on_future(future);
    int rc;

    weft_future_ref(future); /* whoever sets it may release his own at once */
    rc = weft__case_wait(&set);
    if (rc == 0 && ret_result != NULL)
        *ret_result = future->result;
    if (rc == 0 && ret_value != NULL)
        *ret_value = future->value;
    weft_future_unref(future);
    return rc;
}
