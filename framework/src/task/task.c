/*
 * task/task.c - tasks: start, run, end, join, cancel.  runtime.h draws their life.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/task.h"

#include "task/deadline.h"
#include "task/diag/debug.h"
#include "task/runtime.h"

/* --- Running and ending */

void weft__task_reap(weft_task *task)
{
    weft__list_remove(&task->sibling);
    weft__task_release(task);
}

static void await_child(weft_task *child)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "children");
    child->joiner = &wait;
    weft__wait_uncancelled(&wait);
}

/* A task ends with all that it owns, which may use its memory until then. */
static __attribute__((noinline)) void end_children(weft_task *task)
{
    struct weft__list *node;
    bool debugging = task->loop->debugging;

    if (debugging)
        weft__debug_left_children(task);
    for (node = task->children.next; node != &task->children; node = node->next)
        weft_task_cancel(weft__list_entry(node, weft_task, sibling));
    while ((node = weft__list_first(&task->children)) != NULL) {
        weft_task *child = weft__list_entry(node, weft_task, sibling);

        if (!child->ended) {
            await_child(child); /* comes round again, unless it is released by itself */
            continue;
        }
        if (debugging)
            weft__debug_unjoined(child);
        weft__task_reap(child);
    }
}

void weft__task_renew(void)
{
    weft_task *task = weft__task_here();

    if (WEFT_UNLIKELY(!weft__list_empty(&task->children)))
        end_children(task);
    if (WEFT_UNLIKELY(task->held_locks > 0))
        weft__task_left_locks(task);
    if (task->locals != NULL)
        weft__locals_unref(task->locals);
    task->locals = NULL;
    task->name = NULL;
    if (WEFT_UNLIKELY(task->cancels > 0)) {
        task->cancels = 0;
        weft__task_limit(task);
    }
}

static void run(weft_task *task)
{
    task->result = task->fn(task->arg);
    assert(task->scope == NULL); /* scopes are left in the function that entered them */
    if (WEFT_UNLIKELY(!weft__list_empty(&task->children)))
        end_children(task);
    if (WEFT_UNLIKELY(task->held_locks > 0))
        weft__task_left_locks(task);
    task->ended = true;
}

WEFT_NO_ASAN void weft__task_main(void *arg)
{
    weft_task *task = arg;

    weft__coro_arrived(&task->loop->coro);
    for (;;) {
        run(task);
        weft__coro_rest(&task->coro, &task->loop->coro); /* until it is taken from the pool */
    }
}

/* On the loop's stack: tell who waits for the task, and release it where nobody will. */
static void finish(weft_task *task)
{
    if (task->locals != NULL)
        weft__locals_unref(task->locals);
    task->locals = NULL;
    weft__deadline_forget(task);
    if (WEFT_UNLIKELY(task->done != NULL))
        weft__done_run(task);
    if (task->owner != NULL) {
        if (task->joiner != NULL)
            weft__wait_complete(task->joiner, 0);
        if (task->unowned) {
            if (WEFT_UNLIKELY(task->result < 0))
                weft__debug_unwanted(task);
            weft__task_reap(task);
        }
        return;
    }
    if (task->group != NULL)
        weft__group_member_ended(task->group, task);
    else if (task->on_ended != NULL)
        task->on_ended(task, task->arg);
    weft__task_release(task);
}

/* Run `task`, and those of the round that follow without coming back here; the last of them. */
static inline weft_task *switch_to(weft_loop *loop, weft_task *task)
{
    loop->current = task;
    loop->switches++;
#ifdef WEFT_ASAN
    weft__loop_mark_left(loop);
#endif
    weft__coro_switch(&loop->coro, &task->coro);
#ifdef WEFT_ASAN
    weft__loop_mark_back(loop);
#endif
    task = loop->current;
    loop->current = NULL;
    return task;
}

/* What is told of the end may start tasks, which must not go on in the round from down there.
 */
static void finish_in_round(weft_loop *loop, weft_task *task)
{
    weft_task *rest = loop->round;

    loop->round = NULL;
    finish(task);
    loop->round = rest;
}

void weft__round_run(weft_loop *loop)
{
    weft_task *task;

    if (!loop->held)
        weft__loop_hold(loop);
    while ((task = loop->round) != NULL) {
        loop->round = task->next;
        if (!task->begun && task->cancels > 0) {
            task->result = UV_ECANCELED;
            task->ended = true;
        } else {
            task->begun = true;
            task = switch_to(loop, task);
        }
        if (task->ended)
            finish_in_round(loop, task);
    }
}

/* --- Starting */

/* Out of line, so that the arguments need not be kept across a call on the straight path. */
static __attribute__((noinline)) int start_with_new(weft_loop *loop, weft_task **ret_task,
                                                    weft_task_fn fn, void *arg,
                                                    void (*ended)(weft_task *task, void *arg))
{
    int rc = weft__pool_grow(loop);

    return rc < 0 ? rc : weft__task_start(loop, ret_task, fn, arg, ended);
}

int weft__task_start(weft_loop *loop, weft_task **ret_task, weft_task_fn fn, void *arg,
                     void (*ended)(weft_task *task, void *arg))
{
    weft_task *task = weft__pool_take(loop);

    assert(loop->current == NULL);
    if (WEFT_UNLIKELY(task == NULL))
        return start_with_new(loop, ret_task, fn, arg, ended);
    task->fn = fn;
    task->arg = arg;
    task->on_ended = ended;
    task->begun = true;
    if (WEFT_UNLIKELY(loop->debugging))
        weft__debug_created(task, NULL, NULL);
    if (ret_task != NULL)
        *ret_task = task;
    switch_to(loop, task);
    if (task->ended)
        finish(task);
    else if (WEFT_UNLIKELY(!loop->held))
        weft__loop_hold(loop);
    return 0;
}

int weft__task_take(weft_loop *loop, weft_task_fn fn, void *arg, weft_task **ret_task)
{
    weft_task *task = weft__pool_take(loop);
    weft_task *here = loop->current;

    if (task == NULL) {
        int rc = weft__pool_grow(loop);

        if (rc < 0)
            return rc;
        task = weft__pool_take(loop);
    }
    task->fn = fn;
    task->arg = arg;
    task->on_ended = NULL;
    if (here != NULL)
        task->locals = weft__locals_ref(here->locals);
    *ret_task = task;
    return 0;
}

int weft__task_begin(weft_loop *loop, weft_task **ret_task, weft_task_fn fn, void *arg,
                     void (*ended)(weft_task *task, void *arg))
{
    int rc = weft__task_take(loop, fn, arg, ret_task);

    if (rc < 0)
        return rc;
    (*ret_task)->on_ended = ended;
    if (WEFT_UNLIKELY(loop->debugging))
        weft__debug_created(*ret_task, NULL, NULL);
    weft__task_ready(*ret_task);
    if (!loop->held)
        weft__loop_hold(loop);
    return 0;
}

int weft__task_make(weft_task *parent, weft_task_fn fn, void *arg, weft_task **ret_task)
{
    int rc = weft__task_take(parent->loop, fn, arg, ret_task);

    if (rc < 0)
        return rc;
    weft__deadline_inherit(*ret_task, parent);
    (*ret_task)->context = parent->context;
    return 0;
}

int weft_spawn(weft_task **ret_task, weft_task_fn fn, void *arg)
{
    weft_task *owner = weft__task_here();
    weft_task *task;
    int rc;

    if (owner == NULL)
        return weft__misuse("weft_spawn", "only a task can start another");
    rc = weft__task_make(owner, fn, arg, &task);
    if (rc < 0)
        return rc;
    task->owner = owner;
    task->unowned = ret_task == NULL;
    weft__list_append(&owner->children, &task->sibling);
    if (WEFT_UNLIKELY(owner->loop->debugging))
        weft__debug_created(task, fn, __builtin_return_address(0));
    weft__task_ready(task);
    if (ret_task != NULL)
        *ret_task = task;
    return 0;
}

/* --- Joining */

struct join {
    struct weft__wait wait;
    weft_task *task;
};

static bool detach_join(struct weft__wait *wait)
{
    weft__list_entry(wait, struct join, wait)->task->joiner = NULL;
    return true;
}

static int await_end(weft_task *task)
{
    struct join join = { .task = task };

    weft__wait_init(&join.wait, "join");
    join.wait.detach = detach_join;
    task->joiner = &join.wait;
    return weft__wait(&join.wait);
}

int weft_task_join(weft_task *task, int *ret_result)
{
    weft_task *self = weft__task_here();
    int rc;

    if (self == NULL)
        return weft__misuse("weft_task_join", "only a task can wait");
    if (task == NULL || task->owner != self || task->unowned)
        return weft__misuse("weft_task_join", "the task is not the caller's to join");
    if (!task->ended) {
        rc = await_end(task);
        if (rc < 0)
            return rc;
    }
    if (ret_result != NULL)
        *ret_result = task->result;
    weft__task_reap(task);
    return 0;
}

/* --- Cancelling */

void weft_task_cancel(weft_task *task)
{
    if (task == NULL || task->ended)
        return;
    task->cancels++;
    weft__task_limit(task);
    weft__task_interrupt(task);
}

unsigned weft_task_uncancel(void)
{
    weft_task *task = weft__task_here();

    if (task == NULL || task->cancels == 0)
        return 0;
    task->cancels--;
    weft__task_limit(task);
    return task->cancels;
}

unsigned weft_task_cancelling(const weft_task *task)
{
    return task != NULL ? task->cancels : 0;
}

/* --- What a task tells */

bool weft_task_ended(const weft_task *task)
{
    return task->ended;
}

weft_task *weft_task_current(void)
{
    return weft__task_here();
}

bool weft__in_task(void)
{
    return weft__task_here() != NULL;
}

int weft__task_result(const weft_task *task)
{
    return task->result;
}

void weft_task_set_name(weft_task *task, const char *name)
{
    task->name = name;
}

const char *weft_task_name(const weft_task *task)
{
    return task->name != NULL ? task->name : "unnamed";
}

void weft__task_set_context(weft_task *task, void *context)
{
    task->context = context;
}

void *weft__task_context(void)
{
    weft_task *task = weft__task_here();

    return task != NULL ? task->context : NULL;
}

void *weft__task_context_or_offloaded(void)
{
    const weft_task *task = weft__task_here();

    if (task == NULL)
        task = weft__offloaded_for;
    return task != NULL ? task->context : NULL;
}
