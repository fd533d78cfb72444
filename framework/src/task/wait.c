/*
 * task/wait.c - how a task suspends, and what ends that: completion, cancel, deadline.
 *
 * Cancels and deadlines are levels, not edges: weft__task_pending() derives them from the state
 * of the task each time it is about to wait, and weft__task_interrupt() does the same when that
 * state changes while it waits.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"

/* --- What reaches a task */

int weft__task_pending(weft_task *task)
{
    uint64_t now_ms = weft__clock_ms(task->loop);
    weft_scope *expired = NULL;
    uint64_t earliest_ms = UINT64_MAX;
    bool shielded = false;

    for (weft_scope *scope = task->scope; scope != NULL && !shielded; scope = scope->outer) {
        if (scope->cancelled)
            return UV_ECANCELED;
        if (scope->own_ms <= earliest_ms) { /* of equal ones the outermost counts */
            earliest_ms = scope->own_ms;
            expired = scope;
        }
        shielded = scope->shielded;
    }
    if (!shielded) {
        if (task->cancels > 0)
            return UV_ECANCELED;
        if (task->deadline_ms <= earliest_ms) {
            earliest_ms = task->deadline_ms;
            expired = NULL;
        }
    }
    if (earliest_ms == UINT64_MAX || earliest_ms > now_ms)
        return 0;
    if (expired != NULL)
        expired->expired = true;
    return UV_ETIMEDOUT;
}

/* What is asked at every wait: weft__task_pending() where that could find something. */
static inline int pending_quickly(weft_task *task)
{
    if (WEFT_LIKELY(task->limit_ms == UINT64_MAX))
        return 0;
    return task->limit_ms <= weft__clock_ms(task->loop) ? weft__task_pending(task) : 0;
}

int weft_check_cancelled(void)
{
    weft_task *task = weft__task_here();

    if (task == NULL)
        return 0;
    /* The caller may have computed for long: the loop's clock stood still meanwhile. */
    if (weft__task_deadline(task) != UINT64_MAX)
        (void)weft__clock_read(task->loop);
    return weft__task_pending(task);
}

/* --- Waits */

void weft__wait_init(struct weft__wait *wait, const char *what)
{
    *wait =
        (struct weft__wait){ .task = weft__task_here(), .due_ms = UINT64_MAX, .what = what };
}

bool weft__wait_take_back(struct weft__wait *wait)
{
    if (wait->detach == NULL)
        weft__list_remove(&wait->link);
    else
        wait->refused = !wait->detach(wait);
    return !wait->refused;
}

/* When the wait ends by itself, by its own time or by the task's. */
static uint64_t wait_end(const struct weft__wait *wait, uint64_t deadline_ms)
{
    return wait->refused || wait->due_ms < deadline_ms ? wait->due_ms : deadline_ms;
}

static void suspend(weft_task *task, struct weft__wait *wait)
{
    wait->since_ms = weft__clock_ms(task->loop);
    task->wait = wait;
    weft__task_leave(task->loop, task);
}

/* Out of line, so that a wait that nothing bounds pays for none of it. */
static __attribute__((noinline)) int wait_bounded(weft_task *task, struct weft__wait *wait)
{
    uint64_t end_ms;
    int rc;

    if (task->loop->in_lab && weft__lab_fails(task->loop) && weft__wait_take_back(wait))
        return UV_ECANCELED;
    rc = pending_quickly(task);
    if (rc < 0 && weft__wait_take_back(wait))
        return rc;
    if (wait->done) /* by its `detach`, which then refused */
        return wait->result;
    end_ms = wait_end(wait, weft__task_deadline(task));
    if (end_ms != UINT64_MAX)
        weft__timers_add(&task->loop->timers, task, end_ms);
    suspend(task, wait);
    return wait->result;
}

int weft__wait(struct weft__wait *wait)
{
    weft_task *task = wait->task;

    if (wait->done)
        return wait->result;
    if (WEFT_UNLIKELY(task == NULL))
        return weft__misuse("weft__wait", "only a task can wait");
    assert(task->loop->current == task);
    if ((task->limit_ms & wait->due_ms) != UINT64_MAX || task->loop->in_lab)
        return wait_bounded(task, wait);
    suspend(task, wait);
    return wait->result;
}

static bool refuse(struct weft__wait *wait)
{
    (void)wait;
    return false;
}

void weft__wait_uncancelled(struct weft__wait *wait)
{
    int rc;

    wait->detach = refuse;
    rc = weft__wait(wait);
    (void)rc; /* what it was completed with; nothing else can end it */
}

void weft__wait_complete(struct weft__wait *wait, int result)
{
    weft_task *task = wait->task;

    assert(!wait->done);
    wait->done = true;
    wait->result = result;
    if (task->wait != wait) { /* before it is waited for, or as a part of a larger wait */
        if (wait->relay != NULL)
            wait->relay(wait);
        return;
    }
    task->wait = NULL;
    if (task->timer_place != 0)
        weft__timers_remove(&task->loop->timers, task);
    weft__task_ready(task);
}

void weft__task_interrupt(weft_task *task)
{
    struct weft__wait *wait = task->wait;
    int rc;

    if (wait == NULL || wait->refused)
        return;
    rc = weft__task_pending(task);
    if (rc < 0 && weft__wait_take_back(wait))
        weft__wait_complete(wait, rc);
}

void weft__task_rearm(weft_task *task)
{
    struct weft__timers *timers = &task->loop->timers;
    uint64_t end_ms;

    if (task->wait == NULL)
        return;
    if (task->timer_place != 0)
        weft__timers_remove(timers, task);
    end_ms = wait_end(task->wait, weft__task_deadline(task));
    if (end_ms != UINT64_MAX)
        weft__timers_add(timers, task, end_ms);
}

/* The wait's own time has come. */
static void end_in_time(struct weft__wait *wait)
{
    if (!wait->refused)
        (void)weft__wait_take_back(wait);
    if (!wait->done)
        weft__wait_complete(wait, 0);
}

void weft__task_due(weft_task *task, uint64_t now_ms)
{
    struct weft__wait *wait = task->wait;

    if (wait->due_ms <= now_ms && wait_end(wait, weft__task_deadline(task)) == wait->due_ms) {
        end_in_time(wait);
        return;
    }
    weft__task_interrupt(task);
    weft__task_rearm(task); /* where the wait goes on, the deadline counts no more for it */
}

/* --- Sleeping */

int weft_sleep(uint64_t ms)
{
    struct weft__wait wait;
    uint64_t now_ms;

    if (ms == 0)
        return weft_yield();
    weft__wait_init(&wait, "sleep");
    if (wait.task == NULL)
        return weft__misuse("weft_sleep", "only a task can wait");
    now_ms = weft__clock_read(wait.task->loop); /* time spent computing must not shorten it */
    wait.due_ms = ms < UINT64_MAX - now_ms ? now_ms + ms : UINT64_MAX;
    return weft__wait(&wait);
}

int weft_yield(void)
{
    weft_loop *loop = weft__loop_here;
    weft_task *task;
    int rc;

    if (WEFT_UNLIKELY(loop == NULL || loop->current == NULL))
        return weft__misuse("weft_yield", "only a task can wait");
    task = loop->current;
    rc = pending_quickly(task);
    if (rc < 0)
        return rc;
    weft__queue_push(&loop->yielded, task);
    if (WEFT_UNLIKELY(!loop->awake))
        weft__loop_wake(loop);
    weft__task_leave(loop, task);
    return pending_quickly(task);
}
