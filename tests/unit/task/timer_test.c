/*
 * The heap of deadlines, on tasks that never run.
 */
#include "task/timer.h"

#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "task/runtime.h"
#include "test.h"

enum { COUNT = 500 };

static weft_task tasks[COUNT];

/* A generator of our own, so that each run is the same. */
static uint32_t random_state = 12345;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

static void setup(struct weft__timers *timers, uv_loop_t *uv)
{
    cr_assert(zero(int, uv_loop_init(uv)));
    weft__timers_init(timers, uv);
    cr_assert(zero(int, weft__timers_reserve(timers, COUNT)));
    memset(tasks, 0, sizeof(tasks));
}

static void teardown(struct weft__timers *timers, uv_loop_t *uv)
{
    uv_close((uv_handle_t *)&timers->handle, NULL);
    uv_run(uv, UV_RUN_DEFAULT);
    cr_expect(zero(int, uv_loop_close(uv)));
    weft__timers_done(timers);
}

static void expect_heap(const struct weft__timers *timers)
{
    for (size_t i = 0; i < timers->count; i++) {
        cr_expect(eq(u32, timers->heap[i].task->timer_place, (uint32_t)i + 1));
        if (i > 0)
            cr_expect(le(u64, timers->heap[(i - 1) / 4].due_ms, timers->heap[i].due_ms));
    }
}

/* Taking the earliest again and again gives all in order, equal ones as they were added. */
static void expect_order(struct weft__timers *timers)
{
    struct weft__timer last = { 0 };

    while (timers->count > 0) {
        struct weft__timer first = timers->heap[0];

        cr_expect(first.due_ms > last.due_ms ||
                  (first.due_ms == last.due_ms && first.order >= last.order));
        last = first;
        weft__timers_remove(timers, first.task);
        cr_expect(zero(u32, first.task->timer_place));
    }
}

WEFT_TEST(timer, earliest_first)
{
    struct weft__timers timers;
    uv_loop_t uv;

    setup(&timers, &uv);
    for (size_t i = 0; i < COUNT; i++)
        weft__timers_add(&timers, &tasks[i], 1000000 + draw(50));
    expect_heap(&timers);
    expect_order(&timers);
    teardown(&timers, &uv);
}

WEFT_TEST(timer, any_can_be_removed)
{
    struct weft__timers timers;
    uv_loop_t uv;

    setup(&timers, &uv);
    for (int step = 0; step < 20 * COUNT; step++) {
        weft_task *task = &tasks[draw(COUNT)];

        if (task->timer_place != 0)
            weft__timers_remove(&timers, task);
        else
            weft__timers_add(&timers, task, 1000000 + draw(1000));
        if (step % 100 == 0)
            expect_heap(&timers);
    }
    expect_order(&timers);
    teardown(&timers, &uv);
}

WEFT_TEST(timer, shrinks_after_a_peak)
{
    struct weft__timers timers;
    uv_loop_t uv;

    setup(&timers, &uv);
    cr_assert(zero(int, weft__timers_reserve(&timers, 10000)));
    for (size_t i = 0; i < 100; i++)
        weft__timers_add(&timers, &tasks[i], 1000000 + draw(50));
    weft__timers_shrink(&timers, 10);
    cr_expect(lt(sz, timers.capacity, 1000));
    cr_expect(eq(sz, timers.count, 100));
    expect_order(&timers);
    teardown(&timers, &uv);
}

WEFT_TEST(timer, refuses_what_it_has_no_room_for)
{
    struct weft__timers timers;
    uv_loop_t uv;

    setup(&timers, &uv);
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__timers_reserve(&timers, 100 * COUNT), UV_ENOMEM));
    weft_test_fail_stop();
    cr_expect(eq(int, weft__timers_reserve(&timers, SIZE_MAX), UV_ENOMEM));
    cr_expect(ge(sz, timers.capacity, COUNT), "what there was is kept");
    teardown(&timers, &uv);
}
