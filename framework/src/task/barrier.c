/*
 * task/barrier.c - a point that tasks pass together.
 *
 * The last to arrive lets the others go on before anything else can happen, so there is no time
 * at which the barrier drains: who comes next begins the next round.  Places are given when a
 * round is complete, not on arrival, or a task that gave up would leave a gap.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>

#include "task/runtime.h"
#include "task/waiters.h"

int weft_barrier_init(weft_barrier *barrier, unsigned parties)
{
    if (parties == 0 || parties > INT_MAX)
        return weft__misuse("weft_barrier_init", "the number of parties is none");
    *barrier = (weft_barrier){ .parties = parties };
    return 0;
}

/* All others are here: let them go on; the caller's own place is the last. */
static int complete(weft_barrier *barrier)
{
    int place = 0;

    while (weft__waiters_wake(&barrier->waiters, place))
        place++;
    return place;
}

int weft_barrier_wait(weft_barrier *barrier)
{
    struct weft_waiter waiter;

    if (weft__task_here() == NULL)
        return weft__misuse("weft_barrier_wait", "only a task can wait");
    if (barrier->parties == 0)
        return weft__misuse("weft_barrier_wait", "the barrier was not made");
    if (barrier->broken)
        return WEFT_EBROKEN;
    if (barrier->waiters.count + 1 == barrier->parties)
        return complete(barrier);
    weft__waiters_join(&barrier->waiters, &waiter, "barrier");
    return weft__wait(&waiter.wait);
}

static void send_away(weft_barrier *barrier)
{
    while (weft__waiters_wake(&barrier->waiters, WEFT_EBROKEN))
        ;
}

void weft_barrier_reset(weft_barrier *barrier)
{
    barrier->broken = false;
    send_away(barrier);
}

void weft_barrier_abort(weft_barrier *barrier)
{
    barrier->broken = true;
    send_away(barrier);
}

bool weft_barrier_is_broken(const weft_barrier *barrier)
{
    return barrier->broken;
}

size_t weft_barrier_waiting(const weft_barrier *barrier)
{
    return barrier->waiters.count;
}

int weft_barrier_done(weft_barrier *barrier)
{
    if (barrier == NULL)
        return 0;
    if (barrier->waiters.count > 0)
        return weft__sync_busy("weft_barrier");
    *barrier = (weft_barrier){ .parties = 0 };
    return 0;
}
