/*
 * task/semaphore.c - a number of units that tasks take and give back.
 *
 * Tasks wait only while no unit is free: a unit that is given back while somebody waits is
 * handed over and never counted as free.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/select.h"
#include "task/waiters.h"

void weft_semaphore_init(weft_semaphore *semaphore, size_t units)
{
    *semaphore = (weft_semaphore){ .units = units };
}

void weft_semaphore_init_bounded(weft_semaphore *semaphore, size_t units)
{
    *semaphore = (weft_semaphore){ .units = units, .most = units, .bounded = true };
}

int weft_semaphore_try(weft_semaphore *semaphore)
{
    if (semaphore->units == 0)
        return UV_EAGAIN;
    semaphore->units--;
    return 0;
}

static int attempt_acquire(const weft_case *c)
{
    return weft_semaphore_try(c->object);
}

static void enlist_acquire(struct weft__case_waiter *waiter)
{
    weft_semaphore *semaphore = waiter->of->object;

    weft__waiters_join(&semaphore->waiters, &waiter->waiter, "semaphore");
}

static const struct weft__case_kind acquire_kind = { "weft_semaphore_acquire", attempt_acquire,
                                                     enlist_acquire };

weft_case weft_on_semaphore(weft_semaphore *semaphore)
{
    return (weft_case){ .kind = &acquire_kind, .object = semaphore };
}

int weft_semaphore_acquire(weft_semaphore *semaphore)
{
    const weft_case acquire = weft_on_semaphore(semaphore);

    return weft__case_wait(&acquire);
}

int weft_semaphore_release(weft_semaphore *semaphore)
{
    if (semaphore->units == (semaphore->bounded ? semaphore->most : SIZE_MAX))
        return weft__misuse("weft_semaphore_release", "no unit is missing");
    if (!weft__waiters_wake(&semaphore->waiters, 0))
        semaphore->units++;
    return 0;
}

size_t weft_semaphore_units(const weft_semaphore *semaphore)
{
    return semaphore->units;
}

int weft_semaphore_done(weft_semaphore *semaphore)
{
    if (semaphore == NULL)
        return 0;
    if (semaphore->waiters.count > 0 ||
        (semaphore->bounded && semaphore->units < semaphore->most))
        return weft__sync_busy("weft_semaphore");
    *semaphore = (weft_semaphore){ .units = 0 };
    return 0;
}
