/*
 * task/semaphore.c - a number of units that tasks take and give back.
 *
 * Tasks wait only while no unit is free: a unit that is given back while somebody waits is
 * handed over and never counted as free.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/runtime.h"
#include "task/waiters.h"

void weft_semaphore_init(weft_semaphore *semaphore, size_t units)
{
    *semaphore = (weft_semaphore){ .units = units };
}

void weft_semaphore_init_bounded(weft_semaphore *semaphore, size_t units)
{
    *semaphore = (weft_semaphore){ .units = units, .most = units, .bounded = true };
}

int weft_semaphore_acquire(weft_semaphore *semaphore)
{
    struct weft_waiter waiter;

    if (weft__task_here() == NULL)
        return weft__sync_misuse("weft_semaphore_acquire", "only a task can wait");
    if (semaphore->units > 0) {
        semaphore->units--;
        return 0;
    }
    weft__waiters_join(&semaphore->waiters, &waiter, "semaphore");
    return weft__wait(&waiter.wait);
}

int weft_semaphore_try(weft_semaphore *semaphore)
{
    if (semaphore->units == 0)
        return UV_EAGAIN;
    semaphore->units--;
    return 0;
}

int weft_semaphore_release(weft_semaphore *semaphore)
{
    if (semaphore->units == (semaphore->bounded ? semaphore->most : SIZE_MAX))
        return weft__sync_misuse("weft_semaphore_release", "no unit is missing");
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
