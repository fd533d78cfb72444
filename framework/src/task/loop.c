/*
 * task/loop.c - the scheduler on libuv.
 *
 * A turn of the libuv loop, and where tasks run in it:
 *
 *     timers -> idle -> PREPARE -> poll -> CHECK -> closing
 *
 * Whatever a callback makes ready runs in the next PREPARE or CHECK, before the loop blocks in
 * poll.  A callback may come after PREPARE too, from a handle of the embedding program; so the
 * first task that becomes ready starts the idle handle, with which poll does not block.
 *
 * All handles but the async one are unreferenced for good; that one is referenced while tasks
 * exist, which is what keeps uv_run() from returning.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "task/diag/debug.h"
#include "task/diag/dump.h"
#include "task/diag/loops.h"
#include "task/diag/watch.h"
#include "task/runtime.h"

enum {
    /*
     * Tasks that make each other ready run on in one turn, this many times round; then the
     * loop polls, so that they cannot shut out its events.
     */
    MAX_ROUNDS = 16,
    KEPT_TASKS = 16, /* pooled ones that are never trimmed */
    TRIM_INTERVAL_MS = 2000,
    /* A large pool goes in slices: unmapping 1,000 stacks takes a millisecond. */
    TRIM_SLICES = 32,
    MIN_TRIM_SLICE = 1024,
    TRIM_PAUSE_MS = 50,
    DEFAULT_MAX_TASKS = 1000000,
};

_Thread_local weft_loop *weft__loop_here;

/* --- Turns */

static void set_idling(weft_loop *loop, bool on);

static void run_hooks(struct weft__list *hooks)
{
    struct weft__list *node = hooks->next;

    while (node != hooks) {
        struct weft__loop_hook *hook = weft__list_entry(node, struct weft__loop_hook, link);

        node = node->next; /* a hook may remove itself */
        hook->fn(hook);
    }
}

/* Run what is ready now, once; what becomes ready meanwhile is another round. */
static void run_round(weft_loop *loop)
{
    loop->round = loop->ready.head;
    weft__queue_init(&loop->ready);
    if (WEFT_UNLIKELY(loop->in_lab))
        loop->round = weft__lab_shuffle(loop, loop->round);
    weft__round_run(loop);
}

static void take_turn(weft_loop *loop)
{
    unsigned rounds = 0;

    loop->awake = true;
    do {
        while (loop->ready.head != NULL && rounds++ < MAX_ROUNDS)
            run_round(loop);
        run_hooks(&loop->hooks);
    } while (loop->ready.head != NULL && rounds < MAX_ROUNDS);

    loop->awake = loop->ready.head != NULL || loop->yielded.head != NULL;
    if (WEFT_UNLIKELY(loop->in_lab) && weft__lab_before_poll(loop))
        loop->awake = true;
    if (loop->awake != loop->idling)
        set_idling(loop, loop->awake);
    if (loop->held && weft__task_count(loop) == 0) {
        uv_unref((uv_handle_t *)&loop->async);
        loop->held = false;
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    take_turn(handle->data);
}

static void on_check(uv_check_t *handle)
{
    weft_loop *loop = handle->data;

    loop->turns++;
    weft__queue_splice(&loop->ready, &loop->yielded);
    if (WEFT_UNLIKELY(loop->in_lab))
        weft__lab_behind_poll(loop);
    take_turn(loop);
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle; /* that it is active keeps poll from blocking */
}

static void set_idling(weft_loop *loop, bool on)
{
    loop->idling = on;
    if (on)
        uv_idle_start(&loop->idle, on_idle);
    else
        uv_idle_stop(&loop->idle);
}

void weft__loop_wake(weft_loop *loop)
{
    loop->awake = true;
    if (!loop->idling)
        set_idling(loop, true);
}

void weft__loop_hold(weft_loop *loop)
{
    loop->held = true;
    uv_ref((uv_handle_t *)&loop->async);
}

static void on_async(uv_async_t *handle)
{
    weft_loop *loop = handle->data;

    if (loop->offload != NULL)
        weft__offload_collect(loop->offload);
    weft__calls_run(loop);
    if (loop->dump_asked)
        weft__dump_late(loop);
}

/* --- Trimming */

/*
 * Take at most `limit` of the tasks that stood in the pool all the time since the last trim
 * back to the system; whether more of them are left.
 */
static bool trim_some(weft_loop *loop, size_t limit)
{
    size_t spare = loop->pooled > KEPT_TASKS ? loop->pooled - KEPT_TASKS : 0;

    if (spare > loop->pooled_low)
        spare = loop->pooled_low;
    if (spare > limit) {
        weft__pool_shrink(loop, loop->pooled - limit);
        loop->pooled_low -= limit;
        return true;
    }
    weft__pool_shrink(loop, loop->pooled - spare);
    loop->pooled_low = loop->pooled;
    weft__timers_shrink(&loop->timers, loop->stacks.taken);
    return false;
}

void weft__loop_trim(weft_loop *loop)
{
    (void)trim_some(loop, SIZE_MAX);
}

static void on_trim(uv_timer_t *handle)
{
    weft_loop *loop = handle->data;
    size_t slice = loop->pooled / TRIM_SLICES;
    bool more = trim_some(loop, slice > MIN_TRIM_SLICE ? slice : MIN_TRIM_SLICE);

    loop->trimming = more || loop->stacks.taken > KEPT_TASKS;
    if (loop->trimming)
        uv_timer_start(&loop->trim, on_trim, more ? TRIM_PAUSE_MS : TRIM_INTERVAL_MS, 0);
}

void weft__loop_grown(weft_loop *loop)
{
    if (loop->trimming || loop->stacks.taken <= KEPT_TASKS)
        return;
    loop->trimming = true;
    uv_timer_start(&loop->trim, on_trim, TRIM_INTERVAL_MS, 0);
}

/* --- Life */

static void unref(void *handle)
{
    uv_unref(handle);
}

/* The async handle is the only one that can fail, so it comes first. */
static int open_handles(weft_loop *loop)
{
    int rc = uv_async_init(loop->uv, &loop->async, on_async);

    if (rc < 0)
        return rc;
    uv_prepare_init(loop->uv, &loop->prepare);
    uv_check_init(loop->uv, &loop->check);
    uv_idle_init(loop->uv, &loop->idle);
    uv_timer_init(loop->uv, &loop->trim);
    weft__timers_init(&loop->timers, loop->uv);
    loop->timers.by_hand = loop->lab.virtual_clock;
    loop->async.data = loop;
    loop->prepare.data = loop;
    loop->check.data = loop;
    loop->idle.data = loop;
    loop->trim.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_check_start(&loop->check, on_check);
    unref(&loop->async);
    unref(&loop->prepare);
    unref(&loop->check);
    unref(&loop->idle);
    unref(&loop->trim);
    return 0;
}

static void on_close(uv_handle_t *handle)
{
    weft_loop *loop = handle->data;

    loop->open_handles--;
}

static void close_handles(weft_loop *loop)
{
    uv_handle_t *handles[] = {
        (uv_handle_t *)&loop->async, (uv_handle_t *)&loop->prepare,
        (uv_handle_t *)&loop->check, (uv_handle_t *)&loop->idle,
        (uv_handle_t *)&loop->trim,  (uv_handle_t *)&loop->timers.handle
    };

    loop->timers.handle.data = loop;
    loop->open_handles = sizeof(handles) / sizeof(handles[0]);
    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
        uv_close(handles[i], on_close);
    while (loop->open_handles > 0)
        uv_run(loop->uv, UV_RUN_NOWAIT);
}

/* What has to end by itself may take its time: a look-up that a thread has begun.  Whoever has
 * a hook here keeps the libuv loop alive, by a request or a handle that closes. */
static void close_users(weft_loop *loop)
{
    run_hooks(&loop->end_hooks);
    while (!weft__list_empty(&loop->end_hooks))
        uv_run(loop->uv, UV_RUN_ONCE);
}

static int own_uv(weft_loop *loop)
{
    int rc;

    loop->uv = weft__malloc(sizeof(*loop->uv));
    if (loop->uv == NULL)
        return UV_ENOMEM;
    rc = uv_loop_init(loop->uv);
    if (rc < 0) {
        free(loop->uv);
        return rc;
    }
    loop->owns_uv = true;
    return 0;
}

/* Where the program has left handles of its own open, they point at the loop: it stays. */
static void disown_uv(weft_loop *loop)
{
    if (loop->owns_uv && uv_loop_close(loop->uv) == 0)
        free(loop->uv);
}

static void apply(weft_loop *loop, const weft_loop_options *options)
{
    loop->max_tasks = options->max_tasks != 0 ? options->max_tasks : DEFAULT_MAX_TASKS;
    loop->offload_threads = options->offload_threads;
    loop->offload_queue = options->offload_queue;
    loop->uv = options->uv;
    weft__stacks_init(&loop->stacks, options->stack_bytes);
    weft__lab_init(loop, options);
    loop->debugging = weft__debug_wanted(options->debug);
    loop->choices = options->seed;
}

int weft__loop_new(weft_loop **ret_loop, const weft_loop_options *options)
{
    weft_loop *loop;
    int rc = 0;

    if (weft__loop_here != NULL)
        return UV_EBUSY;
    loop = weft__calloc(1, sizeof(*loop));
    if (loop == NULL)
        return UV_ENOMEM;
    atomic_init(&loop->refs, 1);
    apply(loop, options != NULL ? options : &(weft_loop_options){ 0 });
    weft__queue_init(&loop->ready);
    weft__queue_init(&loop->yielded);
    weft__list_init(&loop->hooks);
    weft__list_init(&loop->end_hooks);
    weft__background_init(&loop->background);
    weft__list_init(&loop->records);
    weft__coro_init_here(&loop->coro);
#ifdef WEFT_ASAN
    weft__loop_find_stack(loop);
#endif
    if (loop->uv == NULL)
        rc = own_uv(loop);
    if (rc < 0)
        goto fail;
    rc = weft__calls_init(&loop->calls);
    if (rc < 0)
        goto fail_uv;
    rc = open_handles(loop);
    if (rc < 0)
        goto fail_calls;
    weft__loop_here = loop;
    weft__loops_add(loop);
    *ret_loop = loop;
    return 0;
fail_calls:
    weft__calls_done(&loop->calls);
fail_uv:
    disown_uv(loop);
fail:
    free(loop);
    return rc;
}

void weft__loop_run(weft_loop *loop)
{
    uv_run(loop->uv, UV_RUN_DEFAULT);
}

void weft__loop_stop(weft_loop *loop)
{
    uv_stop(loop->uv);
}

void weft__loop_free(weft_loop *loop)
{
    if (loop == NULL)
        return;
    assert(weft__task_count(loop) == 0 && loop->current == NULL);
    weft__loops_remove(loop);
    weft__watch_stop(loop);
    weft__offload_free(loop->offload);
    weft__calls_close(loop);
    close_users(loop);
    close_handles(loop);
    weft__pool_shrink(loop, 0);
    weft__stacks_done(&loop->stacks);
    weft__timers_done(&loop->timers);
    disown_uv(loop);
    if (weft__loop_here == loop)
        weft__loop_here = NULL;
    weft_loop_unref(loop);
}

weft_loop *weft_loop_ref(weft_loop *loop)
{
    atomic_fetch_add_explicit(&loop->refs, 1, memory_order_relaxed);
    return loop;
}

void weft_loop_unref(weft_loop *loop)
{
    if (loop == NULL || atomic_fetch_sub_explicit(&loop->refs, 1, memory_order_acq_rel) > 1)
        return;
    weft__calls_done(&loop->calls);
    free(loop);
}

/* --- What the layers above ask */

void weft__loop_add_hook(weft_loop *loop, struct weft__loop_hook *hook)
{
    hook->link = (struct weft__list){ 0 };
    weft__list_append(&loop->hooks, &hook->link);
}

void weft__loop_add_end_hook(weft_loop *loop, struct weft__loop_hook *hook)
{
    hook->link = (struct weft__list){ 0 };
    weft__list_append(&loop->end_hooks, &hook->link);
}

void weft__loop_remove_hook(struct weft__loop_hook *hook)
{
    weft__list_remove(&hook->link);
}

uint64_t weft__loop_now_ms(const weft_loop *loop)
{
    return weft__clock_ms(loop);
}

struct weft__loop_stats weft__loop_stats(const weft_loop *loop)
{
    return (struct weft__loop_stats){ .tasks = weft__task_count(loop),
                                      .pooled_stacks = loop->pooled,
                                      .switches = loop->switches };
}

weft_loop *weft_loop_current(void)
{
    return weft__loop_here;
}

uv_loop_t *weft_loop_uv(weft_loop *loop)
{
    return loop->uv;
}

uint64_t weft_now_ms(void)
{
    return weft__loop_here != NULL ? weft__clock_ms(weft__loop_here) : 0;
}
