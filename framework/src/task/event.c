/*
 * task/event.c - something that has happened, or not yet.
 *
 * Tasks wait only while the event is not set.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/waiters.h"

void weft_event_set(weft_event *event)
{
    event->set = true;
    while (weft__waiters_wake(&event->waiters, 0))
        ;
}

void weft_event_clear(weft_event *event)
{
    event->set = false;
}

bool weft_event_is_set(const weft_event *event)
{
    return event->set;
}

int weft_event_wait(weft_event *event)
{
    struct weft_waiter waiter;

    if (weft__task_here() == NULL)
        return weft__sync_misuse("weft_event_wait", "only a task can wait");
    if (event->set)
        return 0;
    weft__waiters_join(&event->waiters, &waiter, "event");
    return weft__wait(&waiter.wait);
}

int weft_event_done(weft_event *event)
{
    if (event == NULL)
        return 0;
    if (event->waiters.count > 0)
        return weft__sync_busy("weft_event");
    event->set = false;
    return 0;
}
