/*
 * task/event.c - something that has happened, or not yet.
 *
 * Tasks wait only while the event is not set.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/select.h"
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

static int attempt_wait(const weft_case *c)
{
    const weft_event *event = c->object;

    return event->set ? 0 : UV_EAGAIN;
}

static void enlist_wait(struct weft__case_waiter *waiter)
{
    weft_event *event = waiter->of->object;

    weft__waiters_join(&event->waiters, &waiter->waiter, "event");
}

static const struct weft__case_kind set_kind = { "weft_event_wait", attempt_wait, enlist_wait };

weft_case weft_on_event(weft_event *event)
{
    return (weft_case){ .kind = &set_kind, .object = event };
}

int weft_event_wait(weft_event *event)
{
    const weft_case set = weft_on_event(event);

    return weft__case_wait(&set);
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
