/*
 * task/pool.c - tasks with their stacks, kept for reuse, hottest first.
 *
 * A pooled task's coroutine rests in weft__task_main() and goes round its loop when it is used
 * again: a start from the pool sets up no frame.  Taking and releasing are in runtime.h.  Under
 * AddressSanitizer a pooled task's struct is poisoned, so that a handle used after its join is
 * found.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/poison.h"
#include "task/diag/debug.h"
#include "task/runtime.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, top) 0
#define VALGRIND_STACK_DEREGISTER(id)     ((void)(id))
#endif

enum {
    LINE_BYTES = 64,
    COLOURS = 16,
};

/*
 * Where the task lies at the top of its stack.  All stacks begin at the same place within a
 * page, so their hot lines would contend for the same few sets of the cache; a colour moves
 * each by some lines.
 */
static weft_task *place_task(const struct weft__stack *stack)
{
    size_t colour = stack->slot % COLOURS * LINE_BYTES;
    size_t bytes = (sizeof(weft_task) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;

    return (weft_task *)(void *)(stack->top - colour - bytes);
}

int weft__pool_grow(weft_loop *loop)
{
    struct weft__stack stack;
    weft_task *task;
    int rc;

    if (loop->stacks.taken >= loop->max_tasks)
        return UV_EAGAIN;
    rc = weft__timers_reserve(&loop->timers, loop->stacks.taken + 1);
    if (rc < 0)
        return rc;
    rc = weft__stack_take(&loop->stacks, &stack);
    if (rc < 0)
        return rc;

    task = place_task(&stack);
    memset(task, 0, sizeof(*task));
    task->loop = loop;
    task->stack = stack;
    weft__list_init(&task->children);
    weft__coro_init(&task->coro, stack.low, (char *)task, weft__task_main, task);
    task->valgrind_id = VALGRIND_STACK_REGISTER(stack.low, (char *)task);
    weft__poison(&task->fn, sizeof(*task) - offsetof(weft_task, fn));
    task->next = loop->pool;
    loop->pool = task;
    loop->pooled++;
    weft__loop_grown(loop);
    return 0;
}

struct each {
    void (*fn)(void *arg, const weft_task *task);
    void *arg;
};

/*
 * Tasks in the pool have never run, or have ended and belong to no list.  AddressSanitizer does
 * not let them be read.
 */
static WEFT_NO_ASAN void each_task(void *arg, const struct weft__stack *stack)
{
    const struct each *each = arg;
    const weft_task *task = place_task(stack);

    if (task->fn != NULL && !(task->ended && task->sibling.next == NULL))
        each->fn(each->arg, task);
}

void weft__pool_each(const weft_loop *loop, void (*fn)(void *arg, const weft_task *task),
                     void *arg)
{
    struct each each = { fn, arg };

    weft__stacks_each(&loop->stacks, each_task, &each);
}

static void dispose(weft_loop *loop, weft_task *task)
{
    struct weft__stack stack;

    weft__unpoison(task, sizeof(*task));
    if (task->record != NULL)
        weft__debug_forget(task);
    stack = task->stack; /* a copy, as the task lies on it */
    VALGRIND_STACK_DEREGISTER(task->valgrind_id);
    weft__coro_done(&task->coro);
    weft__stack_give(&loop->stacks, &stack);
}

void weft__pool_shrink(weft_loop *loop, size_t keep)
{
    weft_task **last = &loop->pool;

    if (loop->pooled <= keep)
        return;
    for (size_t i = 0; i < keep; i++)
        last = &(*last)->next;
    while (*last != NULL) {
        weft_task *task = *last;

        *last = task->next;
        loop->pooled--;
        dispose(loop, task);
    }
    weft__stacks_sweep(&loop->stacks);
}
