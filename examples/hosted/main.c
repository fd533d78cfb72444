/*
 * main.c - tasks in a program that has a libuv loop of its own already.
 *
 * The program is written with callbacks: a timer that ticks.  Tasks are attached to the same
 * loop, and the two meet in both directions: a task waits for what a callback brings (a
 * future), and the program ends when the task has told a callback that it is done.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <uv.h>
#include <weft/future.h>
#include <weft/task.h>

enum { TICK_MS = 20, TICKS = 3 };

/* --- The program as it was: callbacks ------------------------------------------------------
 */

struct clock {
    uv_timer_t timer;
    int ticks;
    weft_future *third; /* set at the third tick */
};

static void on_tick(uv_timer_t *timer)
{
    struct clock *clock = timer->data;

    clock->ticks++;
    printf("callback: tick %d\n", clock->ticks);
    if (clock->ticks == TICKS) {
        uv_timer_stop(timer);
        weft_future_set(clock->third, clock->ticks, NULL);
    }
}

/* --- What is new: a task -------------------------------------------------------------------
 */

static int wait_for_ticks(void *arg)
{
    struct clock *clock = arg;
    int ticks = 0;
    int rc;

    printf("task: I wait for %d ticks\n", TICKS);
    {
        WEFT_TIMEOUT(limit, 5000);

        rc = weft_future_wait(clock->third, &ticks, NULL);
    }
    if (rc == 0)
        printf("task: there were %d\n", ticks);
    uv_close((uv_handle_t *)&clock->timer, NULL); /* the last handle: uv_run() returns */
    return rc;
}

int main(void)
{
    struct clock clock = { .ticks = 0 };
    weft_loop *loop;
    uv_loop_t uv;
    int rc = uv_loop_init(&uv);

    if (rc < 0)
        return 1;
    uv_timer_init(&uv, &clock.timer);
    clock.timer.data = &clock;
    uv_timer_start(&clock.timer, on_tick, TICK_MS, TICK_MS);

    rc = weft_loop_attach(&loop, &(weft_loop_options){ .uv = &uv });
    if (rc == 0)
        rc = weft_future_new(&clock.third);
    if (rc == 0)
        rc = weft_loop_spawn(loop, wait_for_ticks, &clock);
    if (rc < 0) {
        fprintf(stderr, "hosted: %s\n", weft_strerror(rc));
        return 1;
    }
    uv_run(&uv, UV_RUN_DEFAULT);
    weft_future_unref(clock.third);
    weft_loop_detach(loop);
    return uv_loop_close(&uv) == 0 ? 0 : 1;
}
