/*
 * task/os/signal.c - signals as events.
 *
 * A signal that has come is either handed to a waiting task in the same callback or marked: so
 * at most one of `waiters` and `pending` holds anything.
 *
 * The struct outlives the object of the caller until libuv has closed the handles.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/signal.h>

#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "task/runtime.h"
#include "task/select.h"

struct watch {
    uv_signal_t handle;
    struct weft__signals *set;
    struct weft__list link; /* in `pending` */
};

struct weft__signals {
    struct weft__loop_hook at_end;
    struct weft__list waiters; /* tasks, longest first */
    struct weft__list pending; /* watches whose signal nobody has taken, oldest first */
    size_t open;               /* watches whose handle is not closed */
    bool closing;
    bool left; /* by its owner, when the loop ended */
    struct watch watches[];
};

static void on_close(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct weft__signals *set = watch->set;

    if (--set->open > 0)
        return;
    if (set->left) {
        weft__loop_leave_behind(&set->at_end);
        return;
    }
    weft__loop_remove_hook(&set->at_end);
    free(set);
}

static void close_all(struct weft__signals *set)
{
    size_t count = set->open; /* the first ones, when opening has failed half-way */

    set->closing = true;
    for (size_t i = 0; i < count; i++)
        uv_close((uv_handle_t *)&set->watches[i].handle, on_close);
}

static void on_loop_end(struct weft__loop_hook *hook)
{
    struct weft__signals *set = weft__list_entry(hook, struct weft__signals, at_end);

    if (set->closing)
        return;
    weft_log(WEFT_LOG_ERROR, "signals are watched still when their loop ends");
    set->left = true;
    close_all(set);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct watch *watch = handle->data;
    struct weft__list *first = weft__list_pop(&watch->set->waiters);

    if (first != NULL)
        weft__wait_complete(weft__list_entry(first, struct weft__wait, link), number);
    else if (!weft__list_linked(&watch->link))
        weft__list_append(&watch->set->pending, &watch->link);
}

/* Synchronous faults of the program itself: returning from a handler would repeat them. */
static bool is_fault(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
}

static int start(struct weft__signals *set, weft_loop *loop, int number)
{
    struct watch *watch = &set->watches[set->open];
    int rc;

    if (is_fault(number))
        return UV_EINVAL;
    rc = uv_signal_init(loop->uv, &watch->handle);
    if (rc < 0)
        return rc;
    set->open++;
    watch->set = set;
    watch->handle.data = watch;
    uv_unref((uv_handle_t *)&watch->handle);
    return uv_signal_start(&watch->handle, on_signal, number);
}

static struct weft__signals *make(weft_loop *loop, size_t count)
{
    struct weft__signals *set;
    size_t bytes;

    if (__builtin_mul_overflow(count, sizeof(set->watches[0]), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(*set), &bytes))
        return NULL;
    set = weft__calloc(1, bytes);
    if (set == NULL)
        return NULL;
    set->at_end.fn = on_loop_end;
    weft__list_init(&set->waiters);
    weft__list_init(&set->pending);
    weft__loop_add_end_hook(loop, &set->at_end);
    return set;
}

static void unmake(struct weft__signals *set)
{
    if (set->open > 0) {
        close_all(set);
        return;
    }
    weft__loop_remove_hook(&set->at_end);
    free(set);
}

int weft_signal_open(weft_signal *signals, const int *numbers, size_t count)
{
    weft_loop *loop = weft_loop_current();
    struct weft__signals *set;

    if (loop == NULL)
        return weft__misuse("weft_signal_open", "no loop runs on this thread");
    if (signals->inner != NULL)
        return UV_EBUSY;
    if (count == 0)
        return UV_EINVAL;
    set = make(loop, count);
    if (set == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int rc = start(set, loop, numbers[i]);

        if (rc < 0) {
            unmake(set);
            return rc;
        }
    }
    signals->inner = set;
    return 0;
}

static int attempt_wait(const weft_case *c)
{
    struct weft__signals *set = ((weft_signal *)c->object)->inner;
    struct weft__list *first;

    if (set == NULL)
        return weft__misuse("weft_signal_wait", "the set is closed");
    if (set->left)
        return weft__misuse("weft_signal_wait", "the loop of the set has ended");
    first = weft__list_pop(&set->pending);
    return first != NULL ? weft__list_entry(first, struct watch, link)->handle.signum
                         : UV_EAGAIN;
}

static void enlist_wait(struct weft__case_waiter *waiter)
{
    struct weft__wait *wait = &waiter->waiter.wait;

    weft__wait_init(wait, "signal");
    weft__list_append(&((weft_signal *)waiter->of->object)->inner->waiters, &wait->link);
}

static const struct weft__case_kind signal_kind = { "weft_signal_wait", attempt_wait,
                                                    enlist_wait };

weft_case weft_on_signal(weft_signal *signals)
{
    return (weft_case){ .kind = &signal_kind, .object = signals };
}

int weft_signal_wait(weft_signal *signals)
{
    const weft_case come = weft_on_signal(signals);

    return weft__case_wait(&come);
}

int weft_signal_close(weft_signal *signals)
{
    struct weft__signals *set = signals->inner;

    if (set == NULL)
        return 0;
    if (!weft__list_empty(&set->waiters)) {
        weft_log(WEFT_LOG_ERROR, "signals are closed while a task waits for one");
        return UV_EBUSY;
    }
    signals->inner = NULL;
    if (set->left) {
        weft__loop_left_closed(&set->at_end);
        free(set);
        return 0;
    }
    close_all(set);
    return 0;
}
