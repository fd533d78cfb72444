/*
 * task/timer.c - see timer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/timer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "task/runtime.h"

enum { CHILDREN = 4, MIN_CAPACITY = 16 };

static bool before(const struct weft__timer *a, const struct weft__timer *b)
{
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms;
    return a->order < b->order;
}

/* A task knows its place, counted from 1; 0 is none. */
static void put(struct weft__timers *timers, size_t place, struct weft__timer timer)
{
    timers->heap[place] = timer;
    timer.task->timer_place = (uint32_t)place + 1;
}

static void sift_up(struct weft__timers *timers, size_t place, struct weft__timer timer)
{
    while (place > 0) {
        size_t parent = (place - 1) / CHILDREN;

        if (!before(&timer, &timers->heap[parent]))
            break;
        put(timers, place, timers->heap[parent]);
        place = parent;
    }
    put(timers, place, timer);
}

static void sift_down(struct weft__timers *timers, size_t place, struct weft__timer timer)
{
    for (;;) {
        size_t first = place * CHILDREN + 1;
        size_t least = first;

        if (first >= timers->count)
            break;
        for (size_t i = first + 1; i < first + CHILDREN && i < timers->count; i++) {
            if (before(&timers->heap[i], &timers->heap[least]))
                least = i;
        }
        if (!before(&timers->heap[least], &timer))
            break;
        put(timers, place, timers->heap[least]);
        place = least;
    }
    put(timers, place, timer);
}

static int resize(struct weft__timers *timers, size_t capacity)
{
    size_t bytes;
    struct weft__timer *heap;

    if (__builtin_mul_overflow(capacity, sizeof(*heap), &bytes))
        return UV_ENOMEM;
    heap = weft__realloc(timers->heap, bytes);
    if (heap == NULL)
        return UV_ENOMEM;
    timers->heap = heap;
    timers->capacity = capacity;
    return 0;
}

int weft__timers_reserve(struct weft__timers *timers, size_t count)
{
    size_t capacity = timers->capacity;

    if (count <= capacity)
        return 0;
    if (count > UINT32_MAX - 1)
        return UV_ENOMEM;
    capacity = capacity < MIN_CAPACITY ? MIN_CAPACITY : capacity * 2;
    return resize(timers, capacity < count ? count : capacity);
}

void weft__timers_shrink(struct weft__timers *timers, size_t count)
{
    if (count < MIN_CAPACITY)
        count = MIN_CAPACITY;
    if (count < timers->count)
        count = timers->count;
    if (timers->capacity / 4 >= count)
        (void)resize(timers, count * 2); /* it only stays larger where that fails */
}

static void on_timer(uv_timer_t *handle);

static void arm(struct weft__timers *timers, uint64_t due_ms)
{
    uint64_t now_ms = uv_now(timers->handle.loop);

    timers->armed_ms = due_ms;
    uv_timer_start(&timers->handle, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

void weft__timers_fire(struct weft__timers *timers, uint64_t now_ms)
{
    while (timers->count > 0 && timers->heap[0].due_ms <= now_ms) {
        weft_task *task = timers->heap[0].task;

        weft__timers_remove(timers, task);
        weft__task_due(task, now_ms);
    }
}

static void on_timer(uv_timer_t *handle)
{
    struct weft__timers *timers = handle->data;

    weft__timers_fire(timers, uv_now(handle->loop));
    timers->armed_ms = UINT64_MAX;
    if (timers->count > 0)
        arm(timers, timers->heap[0].due_ms);
}

void weft__timers_add(struct weft__timers *timers, weft_task *task, uint64_t due_ms)
{
    struct weft__timer timer = { .due_ms = due_ms, .task = task };

    assert(timers->count < timers->capacity && task->timer_place == 0);
    timer.order = timers->next_order++;
    sift_up(timers, timers->count++, timer);
    if (due_ms < timers->armed_ms && !timers->by_hand)
        arm(timers, due_ms);
}

void weft__timers_remove(struct weft__timers *timers, weft_task *task)
{
    size_t place = task->timer_place - 1;
    struct weft__timer last = timers->heap[--timers->count];

    task->timer_place = 0;
    if (place == timers->count)
        return;
    if (place > 0 && before(&last, &timers->heap[(place - 1) / CHILDREN]))
        sift_up(timers, place, last);
    else
        sift_down(timers, place, last);
}

void weft__timers_init(struct weft__timers *timers, uv_loop_t *uv)
{
    *timers = (struct weft__timers){ .armed_ms = UINT64_MAX };
    uv_timer_init(uv, &timers->handle);
    timers->handle.data = timers;
    uv_unref((uv_handle_t *)&timers->handle);
}

void weft__timers_done(struct weft__timers *timers)
{
    free(timers->heap);
    timers->heap = NULL;
}
