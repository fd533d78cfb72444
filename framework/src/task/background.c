/*
 * task/background.c - see background.h; and how threads and other loops start such tasks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/background.h"

#include "task/diag/debug.h"
#include "task/diag/watch.h"
#include "task/runtime.h"

/* --- Sets ------------------------------------------------------------------------------- */

void weft__background_init(struct weft__background *set)
{
    *set = (struct weft__background){ 0 };
    weft__list_init(&set->tasks);
}

/* The task has ended: it leaves its set. */
static void leave(weft_task *task)
{
    struct weft__background *set = task->background;
    struct weft__wait *waiter = set->waiter;

    task->background = NULL;
    weft__list_remove(&task->sibling);
    if (waiter != NULL && weft__list_empty(&set->tasks)) {
        set->waiter = NULL;
        weft__wait_complete(waiter, 0);
    }
}

static void ended(weft_task *task, void *arg)
{
    (void)arg;
    if (task->result < 0)
        weft__debug_unwanted(task);
    leave(task);
}

/* Take a task into the set; it is not yet ready. */
static int take(struct weft__background *set, weft_loop *loop, weft_task_fn fn, void *arg,
                weft_task **ret_task)
{
    weft_task *task;
    int rc;

    if (set->ending)
        return UV_ECANCELED;
    rc = weft__task_take(loop, fn, arg, &task);
    if (rc < 0)
        return rc;
    task->background = set;
    weft__list_append(&set->tasks, &task->sibling);
    *ret_task = task;
    return 0;
}

/* It is a task that keeps the libuv loop alive, before it has run for the first time too. */
static void begin(weft_task *task, void (*on_ended)(weft_task *task, void *arg))
{
    task->on_ended = on_ended;
    weft__task_ready(task);
    if (!task->loop->held)
        weft__loop_hold(task->loop);
}

int weft__background_spawn(struct weft__background *set, weft_loop *loop, weft_task_fn fn,
                           void *arg, void *from)
{
    weft_task *task;
    int rc = take(set, loop, fn, arg, &task);

    if (rc < 0)
        return rc;
    if (WEFT_UNLIKELY(loop->debugging))
        weft__debug_created(task, fn, from);
    begin(task, ended);
    return 0;
}

void weft__background_cancel(struct weft__background *set)
{
    struct weft__list *node;

    set->ending = true;
    for (node = set->tasks.next; node != &set->tasks; node = node->next)
        weft_task_cancel(weft__list_entry(node, weft_task, sibling));
}

void weft__background_end(struct weft__background *set)
{
    struct weft__wait wait;

    weft__background_cancel(set);
    if (!weft__list_empty(&set->tasks)) {
        weft__wait_init(&wait, "tasks in the background");
        set->waiter = &wait;
        weft__wait_uncancelled(&wait);
    }
    set->ending = false;
}

/* --- Of a loop -------------------------------------------------------------------------- */

struct weft__background *weft__loop_background(weft_loop *loop)
{
    return &loop->background;
}

int weft_loop_spawn(weft_loop *loop, weft_task_fn fn, void *arg)
{
    return weft__background_spawn(&loop->background, loop, fn, arg,
                                  __builtin_return_address(0));
}

/* --- From another thread */

struct await {
    weft_loop *loop;
    weft_task_fn fn;
    void *arg;
    uv_sem_t over;
    int rc;
    int result;
    struct weft__call call;
};

static int run_awaited(void *arg)
{
    struct await *await = arg;

    return await->fn(await->arg);
}

static void await_ended(weft_task *task, void *arg)
{
    struct await *await = arg;

    leave(task);
    await->result = task->result;
    uv_sem_post(&await->over);
}

static void begin_awaited(void *arg)
{
    struct await *await = arg;
    weft_task *task;

    await->rc = take(&await->loop->background, await->loop, run_awaited, await, &task);
    if (await->rc < 0)
        uv_sem_post(&await->over);
    else
        begin(task, await_ended);
}

int weft_loop_await(weft_loop *loop, weft_task_fn fn, void *arg, int *ret_result)
{
    struct await await = { .loop = loop, .fn = fn, .arg = arg };
    int rc;

    if (weft__loop_here == loop)
        return weft__misuse("weft_loop_await", "it would hold the loop that it waits for");
    rc = uv_sem_init(&await.over, 0);
    if (rc < 0)
        return rc;
    await.call = (struct weft__call){ .fn = begin_awaited, .arg = &await };
    rc = weft__loop_post(loop, &await.call);
    if (rc == 0) {
        uv_sem_wait(&await.over);
        rc = await.rc;
    }
    uv_sem_destroy(&await.over);
    if (rc == 0 && ret_result != NULL)
        *ret_result = await.result;
    return rc;
}

/* --- Inside a libuv loop of the program's */

int weft_loop_attach(weft_loop **ret_loop, const weft_loop_options *options)
{
    int rc;

    if (options == NULL || options->uv == NULL)
        return UV_EINVAL;
    rc = weft__loop_new(ret_loop, options);
    if (rc == 0)
        weft__watch_begin(*ret_loop, options->held_ms);
    return rc;
}

void weft_loop_detach(weft_loop *loop)
{
    if (loop == NULL)
        return;
    weft__background_cancel(&loop->background);
    while (weft__task_count(loop) > 0)
        uv_run(loop->uv, UV_RUN_ONCE);
    weft__loop_free(loop);
}
