/*
 * task/timer.h - the deadlines of suspended tasks: one heap, one uv_timer_t.
 *
 * A task stands in the heap only while it is suspended and something will end its wait in time,
 * so what never suspends pays nothing.  Room for every task is reserved when its stack is made:
 * adding cannot fail.
 *
 * The heap is 4-ary, ordered by time and then by order of adding.  Taking out the earliest
 * leaves the uv_timer_t as it is: it may fire once for nothing, which is cheaper than setting
 * it anew each time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_TIMER_H
#define WEFT_TASK_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include <weft/fwd.h>

struct weft__timer {
    uint64_t due_ms;
    uint64_t order; /* of adding */
    weft_task *task;
};

struct weft__timers {
    struct weft__timer *heap;
    size_t count;
    size_t capacity;
    uint64_t next_order;
    uint64_t armed_ms; /* when the handle fires; UINT64_MAX when it is not active */
    bool by_hand;      /* the handle is not used: somebody calls weft__timers_fire() */
    uv_timer_t handle;
};

/* Make room for `count` tasks.  0 or UV_ENOMEM. */
int weft__timers_reserve(struct weft__timers *timers, size_t count);

/* Have weft__task_due() called for `task` at `due_ms`.  It is in no heap. */
void weft__timers_add(struct weft__timers *timers, weft_task *task, uint64_t due_ms);

/* Take it out; it is in the heap. */
void weft__timers_remove(struct weft__timers *timers, weft_task *task);

/* Call weft__task_due() for all whose time has come by `now_ms`. */
void weft__timers_fire(struct weft__timers *timers, uint64_t now_ms);

/* Give back what a peak has left unused; room for `count` tasks remains. */
void weft__timers_shrink(struct weft__timers *timers, size_t count);

/* The loop's handle for it, not keeping the loop alive. */
void weft__timers_init(struct weft__timers *timers, uv_loop_t *uv);

/* After the handle was closed. */
void weft__timers_done(struct weft__timers *timers);

#endif
