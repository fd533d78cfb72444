/*
 * task/waiters.c - queues of tasks that wait, and how misuse is told.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/waiters.h"

#include <string.h>
#include <weft/log.h>

static bool give_up(struct weft__wait *wait)
{
    weft__waiters_leave(weft__list_entry(wait, struct weft_waiter, wait));
    return true;
}

void weft__waiters_join(weft_waiters *queue, struct weft_waiter *waiter, const char *what)
{
    weft__wait_init(&waiter->wait, what);
    waiter->wait.detach = give_up;
    waiter->queue = queue;
    waiter->next = NULL;
    waiter->prev = queue->last;
    if (queue->last != NULL)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
    queue->count++;
}

void weft__waiters_leave(struct weft_waiter *waiter)
{
    weft_waiters *queue = waiter->queue;

    if (waiter->prev != NULL)
        waiter->prev->next = waiter->next;
    else
        queue->first = waiter->next;
    if (waiter->next != NULL)
        waiter->next->prev = waiter->prev;
    else
        queue->last = waiter->prev;
    queue->count--;
}

bool weft__waiters_wake(weft_waiters *queue, int result)
{
    struct weft_waiter *first = queue->first;

    if (first == NULL)
        return false;
    weft__waiters_leave(first);
    weft__wait_complete(&first->wait, result);
    return true;
}

int weft__sync_own_lock(const char *call, const weft_task *task, const void *lock)
{
    struct weft__say say;

    weft__say_init_kept(&say);
    weft__say(&say, "it holds the lock already");
    weft__debug_say_lock(&say, task, lock);
    return weft__misuse(call, weft__say_text(&say));
}

void weft__task_left_locks(weft_task *task)
{
    weft_log(WEFT_LOG_ERROR,
             "task \"%s\" ends and still holds %u lock(s): nobody can release them",
             weft_task_name(task), task->held_locks);
    if (task->record != NULL)
        weft__debug_left_locks(task);
    task->held_locks = 0;
    task->more_reads = 0;
    memset(task->reads, 0, sizeof(task->reads));
}

int weft__sync_busy(const char *what)
{
    weft_log(WEFT_LOG_ERROR, "%s_done(): tasks still wait for it or hold it", what);
    return UV_EBUSY;
}
