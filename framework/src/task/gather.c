/*
 * task/gather.c - calls made at once, over a group (weft/gather.h).
 *
 * The group sees only whether a call's failure is to cancel the others; results are kept in the
 * calls, which their owner provides, so nothing is allocated but the tasks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/gather.h>

#include "task/runtime.h"

/* --- As they end */

weft_completions *weft_completions_init(weft_completions *completions, uint64_t timeout_ms)
{
    *completions = (weft_completions){ .first = NULL };
    completions->last = &completions->first;
    weft_group_init(&completions->group, timeout_ms);
    return completions;
}

static void note_end(weft_call *call)
{
    weft_completions *of = call->of;
    struct weft__wait *waiter = of->waiter;

    call->ended = true;
    call->next_ended = NULL;
    *of->last = call;
    of->last = &call->next_ended;
    of->waiter = NULL;
    if (waiter != NULL)
        weft__wait_complete(waiter, 0);
}

static int run_call(void *arg)
{
    weft_call *call = arg;

    call->result = call->fn(call->arg);
    return 0;
}

/* Also for a call whose task was cancelled before it began. */
static void call_ended(weft_task *task, void *arg)
{
    (void)task;
    note_end(arg);
}

static int add(weft_completions *completions, weft_call *call, weft_task_fn run)
{
    int rc;

    call->result = UV_ECANCELED;
    call->ended = false;
    call->of = completions;
    rc = weft__group_go(&completions->group, run, call, call_ended);
    if (rc == 0)
        completions->left++;
    return rc;
}

int weft_completions_add(weft_completions *completions, weft_call *call)
{
    return add(completions, call, run_call);
}

struct next_wait {
    struct weft__wait wait;
    weft_completions *completions;
};

static bool detach_next(struct weft__wait *wait)
{
    weft__list_entry(wait, struct next_wait, wait)->completions->waiter = NULL;
    return true;
}

static int await_next(weft_completions *completions)
{
    struct next_wait next = { .completions = completions };
    int rc;

    weft__wait_init(&next.wait, "the next call");
    next.wait.detach = detach_next;
    completions->waiter = &next.wait;
    rc = weft__wait(&next.wait);
    completions->waiter = NULL;
    return rc;
}

int weft_completions_next(weft_completions *completions, weft_call **ret_call)
{
    weft_group *group = &completions->group;
    weft_call *call;

    if (group->owner == NULL || group->owner != weft__task_here())
        return weft__misuse("weft_completions_next", "the calls are not the caller's");
    if (completions->left == 0)
        return 0;
    if (completions->first == NULL) {
        int rc = await_next(completions);

        if (rc < 0)
            return rc;
    }
    call = completions->first;
    completions->first = call->next_ended;
    if (completions->first == NULL)
        completions->last = &completions->first;
    completions->left--;
    *ret_call = call;
    return 1;
}

void weft_completions_done(weft_completions *completions)
{
    weft_group_done(&completions->group);
}

/* --- All, and the first */

static int add_all(weft_completions *completions, weft_call *calls, size_t count,
                   weft_task_fn run)
{
    int rc = 0;

    for (size_t i = 0; i < count; i++) { /* those that are never started have a result, too */
        calls[i].result = UV_ECANCELED;
        calls[i].ended = false;
    }
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = add(completions, &calls[i], run);
    return rc;
}

/* Its failure is the group's. */
static int run_strictly(void *arg)
{
    weft_call *call = arg;

    call->result = call->fn(call->arg);
    return call->result < 0 ? call->result : 0;
}

static int gather(weft_call *calls, size_t count, weft_task_fn run)
{
    weft_completions completions;
    int rc;

    weft_completions_init(&completions, 0);
    rc = add_all(&completions, calls, count, run);
    if (rc == 0)
        rc = weft_group_wait(&completions.group);
    weft_completions_done(&completions);
    return rc;
}

int weft_gather(weft_call *calls, size_t count)
{
    return gather(calls, count, run_strictly);
}

int weft_gather_settled(weft_call *calls, size_t count)
{
    int rc = gather(calls, count, run_call);
    int failed = 0;

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < count; i++)
        failed += calls[i].result < 0;
    return failed;
}

int weft_first(weft_call *calls, size_t count, size_t *ret_first)
{
    weft_completions completions;
    weft_call *first = NULL;
    int rc;

    if (count == 0)
        return UV_EINVAL;
    weft_completions_init(&completions, 0);
    rc = add_all(&completions, calls, count, run_call);
    if (rc == 0)
        rc = weft_completions_next(&completions, &first);
    weft_completions_done(&completions);
    if (rc < 0)
        return rc;
    if (ret_first != NULL)
        *ret_first = (size_t)(first - calls);
    return 0;
}
