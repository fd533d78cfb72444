/*
 * task/background.c - tasks that the loop owns, started from tasks, callbacks and threads.
 *
 * Once `ending` is set no more are started, so cancelling and awaiting what there is comes to
 * an end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "task/diag/debug.h"
#include "task/runtime.h"

struct background {
    struct weft__list link; /* in loop->background */
    weft_task *task;
    weft_task_fn fn;
    void *arg;
    void (*ended)(int result, void *arg); /* may be NULL */
};

static int run(void *arg)
{
    struct background *self = arg;

    return self->fn(self->arg);
}

static void task_ended(weft_task *task, void *arg)
{
    struct background *self = arg;
    weft_loop *loop = task->loop;
    struct weft__wait *waiter = loop->background_waiter;

    weft__list_remove(&self->link);
    if (self->ended != NULL)
        self->ended(task->result, self->arg);
    else if (task->result < 0)
        weft__debug_unwanted(task);
    free(self);
    if (waiter != NULL && weft__list_empty(&loop->background)) {
        loop->background_waiter = NULL;
        weft__wait_complete(waiter, 0);
    }
}

static int start(weft_loop *loop, weft_task_fn fn, void *arg,
                 void (*ended)(int result, void *arg), void *return_address)
{
    struct background *self;
    int rc;

    if (loop->ending)
        return UV_ECANCELED;
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return UV_ENOMEM;
    *self = (struct background){ .fn = fn, .arg = arg, .ended = ended };
    rc = weft__task_take(loop, run, self, &self->task);
    if (rc < 0) {
        free(self);
        return rc;
    }
    self->task->on_ended = task_ended;
    if (WEFT_UNLIKELY(loop->debugging))
        weft__debug_created(self->task, fn, return_address);
    weft__list_append(&loop->background, &self->link);
    weft__task_ready(self->task);
    if (!loop->held)
        weft__loop_hold(loop);
    return 0;
}

int weft_loop_spawn(weft_loop *loop, weft_task_fn fn, void *arg)
{
    return start(loop, fn, arg, NULL, __builtin_return_address(0));
}

static void cancel_all(weft_loop *loop)
{
    struct weft__list *node;

    loop->ending = true;
    for (node = loop->background.next; node != &loop->background; node = node->next)
        weft_task_cancel(weft__list_entry(node, struct background, link)->task);
}

void weft__background_end(void)
{
    weft_loop *loop = weft__loop_here;
    struct weft__wait wait;

    cancel_all(loop);
    if (weft__list_empty(&loop->background))
        return;
    weft__wait_init(&wait, "tasks of the loop");
    loop->background_waiter = &wait;
    weft__wait_uncancelled(&wait);
}

void weft__background_again(void)
{
    weft__loop_here->ending = false;
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

static void await_ended(int result, void *arg)
{
    struct await *await = arg;

    await->result = result;
    uv_sem_post(&await->over);
}

static int run_awaited(void *arg)
{
    struct await *await = arg;

    return await->fn(await->arg);
}

static void begin(void *arg)
{
    struct await *await = arg;

    await->rc = start(await->loop, run_awaited, await, await_ended, NULL);
    if (await->rc < 0)
        uv_sem_post(&await->over);
}

int weft_loop_await(weft_loop *loop, weft_task_fn fn, void *arg, int *ret_result)
{
    struct await await = { .loop = loop, .fn = fn, .arg = arg };
    int rc;

    if (weft__loop_here == loop)
        return WEFT_EMISUSE;
    rc = uv_sem_init(&await.over, 0);
    if (rc < 0)
        return rc;
    await.call = (struct weft__call){ .fn = begin, .arg = &await };
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
    if (options == NULL || options->uv == NULL)
        return UV_EINVAL;
    return weft__loop_new(ret_loop, options);
}

void weft_loop_detach(weft_loop *loop)
{
    if (loop == NULL)
        return;
    cancel_all(loop);
    while (weft__task_count(loop) > 0)
        uv_run(loop->uv, UV_RUN_ONCE);
    weft__loop_free(loop);
}
