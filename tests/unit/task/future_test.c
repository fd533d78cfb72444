/*
 * Futures: set by callbacks, tasks and threads; waited for by one, by many, by none.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/future.h>
#include <weft/test_task.h>

#include <pthread.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static int value;

static void on_timer(uv_timer_t *timer)
{
    cr_expect(zero(int, weft_future_set(timer->data, 7, &value)));
    weft_future_unref(timer->data);
    uv_close((uv_handle_t *)timer, NULL);
}

WEFT_TASK_TEST(future, is_set_by_a_callback)
{
    static uv_timer_t timer;
    weft_future *future;
    void *got = NULL;
    int result = 0;

    cr_assert(zero(int, weft_future_new(&future)));
    cr_expect(not(weft_future_is_set(future)));
    uv_timer_init(weft_loop_uv(weft_loop_current()), &timer);
    timer.data = weft_future_ref(future);
    uv_timer_start(&timer, on_timer, 1, 0);
    cr_expect(zero(int, weft_future_wait(future, &result, &got)));
    cr_expect(eq(int, result, 7));
    cr_expect(eq(ptr, got, &value));
    cr_expect(weft_future_is_set(future));
    cr_expect(zero(int, weft_future_wait(future, NULL, NULL)), "again, at once");
    cr_expect(eq(int, weft_future_set(future, 8, NULL), WEFT_EMISUSE));
    weft_future_unref(future);
    cr_expect(zero(int, weft_sleep(1))); /* the timer closes */
}

static void *set_it(void *arg)
{
    cr_expect(zero(int, weft_future_set(arg, UV_EIO, &value)));
    weft_future_unref(arg);
    return NULL;
}

WEFT_TASK_TEST(future, is_set_by_a_thread)
{
    for (int i = 0; i < 50; i++) {
        weft_future *future;
        pthread_t thread;
        void *got = NULL;
        int result = 0;

        cr_assert(zero(int, weft_future_new(&future)));
        cr_assert(zero(int, pthread_create(&thread, NULL, set_it, weft_future_ref(future))));
        cr_expect(zero(int, weft_future_wait(future, &result, &got)));
        cr_expect(eq(int, result, UV_EIO));
        cr_expect(eq(ptr, got, &value));
        weft_future_unref(future);
        cr_assert(zero(int, pthread_join(thread, NULL)));
    }
}

struct contest {
    weft_future *future;
    int rc;
};

static void *compete(void *arg)
{
    struct contest *contest = arg;

    contest->rc = weft_future_set(contest->future, 1, NULL);
    return NULL;
}

WEFT_TASK_TEST(future, is_set_once_by_many_threads)
{
    struct contest contests[8];
    pthread_t threads[8];
    weft_future *future;
    int won = 0;

    cr_assert(zero(int, weft_future_new(&future)));
    for (int i = 0; i < 8; i++) {
        contests[i].future = future;
        cr_assert(zero(int, pthread_create(&threads[i], NULL, compete, &contests[i])));
    }
    cr_expect(zero(int, weft_future_wait(future, NULL, NULL)));
    for (int i = 0; i < 8; i++) {
        cr_assert(zero(int, pthread_join(threads[i], NULL)));
        won += contests[i].rc == 0;
        cr_expect(contests[i].rc == 0 || contests[i].rc == WEFT_EMISUSE);
    }
    cr_expect(eq(int, won, 1));
    weft_future_unref(future);
}

/* Nobody waits, and the loop ends before it hears of it. */
WEFT_TASK_TEST(future, may_be_set_for_nobody)
{
    weft_future *future;
    pthread_t thread;

    cr_assert(zero(int, weft_future_new(&future)));
    cr_assert(zero(int, pthread_create(&thread, NULL, set_it, weft_future_ref(future))));
    cr_assert(zero(int, pthread_join(thread, NULL)));
    weft_future_unref(future);
}

static int wait_for(void *arg)
{
    int result;
    int rc = weft_future_wait(arg, &result, NULL);

    return rc < 0 ? rc : result;
}

WEFT_TASK_TEST(future, a_cancelled_waiter_leaves_the_others)
{
    weft_future *future;
    weft_task *tasks[3];
    int results[3];

    cr_assert(zero(int, weft_future_new(&future)));
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_spawn(&tasks[i], wait_for, future)));
    cr_expect(zero(int, weft_yield()));
    weft_task_cancel(tasks[1]);
    {
        WEFT_TIMEOUT(scope, 1);
        cr_expect(eq(int, weft_future_wait(future, NULL, NULL), UV_ETIMEDOUT));
    }
    cr_expect(zero(int, weft_future_set(future, 5, NULL)));
    weft_task_cancel(tasks[2]); /* too late: it is set */
    for (int i = 0; i < 3; i++)
        cr_expect(zero(int, weft_task_join(tasks[i], &results[i])));
    cr_expect(eq(int, results[0], 5));
    cr_expect(eq(int, results[1], UV_ECANCELED));
    cr_expect(eq(int, results[2], 5));
    weft_future_unref(future);
}

static int race(void *arg)
{
    weft_future *future;
    int rc = weft_future_new(&future);

    (void)arg;
    if (rc < 0)
        return rc;
    {
        WEFT_GROUP(group, 0);

        for (int i = 0; i < 3 && rc == 0; i++)
            rc = weft_group_go(group, wait_for, future);
        if (rc == 0)
            rc = weft_sleep(10);
        if (rc == 0)
            rc = weft_future_set(future, 1, NULL);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    weft_future_unref(future);
    return rc;
}

WEFT_TEST(future, holds_in_any_order)
{
    expect_in_any_order(race, NULL);
    cr_expect(zero(int, weft_test_fail_waits(race, NULL, NULL)));
}

WEFT_TASK_TEST(future, says_that_memory_is_out)
{
    weft_future *future;

    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_future_new(&future), UV_ENOMEM));
    cr_expect(eq(int, weft_test_fail_stop(), 1));
}

WEFT_TEST(future, needs_a_loop)
{
    weft_future *future;

    cr_expect(eq(int, weft_future_new(&future), WEFT_EMISUSE));
    weft_future_unref(NULL);
}

/* --- Threads that come late ----------------------------------------------------------------
 */

static weft_future *late;

static int leave_it_unset(void *arg)
{
    (void)arg;
    cr_assert(zero(int, weft_future_new(&late)));
    {
        WEFT_TIMEOUT(limit, 1);

        cr_expect(eq(int, weft_future_wait(late, NULL, NULL), UV_ETIMEDOUT));
    }
    return 0;
}

static void *set_late(void *arg)
{
    cr_expect(eq(int, weft_future_set(arg, 1, NULL), UV_ECANCELED));
    weft_future_unref(arg);
    return NULL;
}

WEFT_TEST(future, may_be_set_when_its_loop_is_gone)
{
    pthread_t thread;

    cr_assert(zero(int, weft_run(leave_it_unset, NULL)));
    cr_assert(zero(int, pthread_create(&thread, NULL, set_late, weft_future_ref(late))));
    cr_assert(zero(int, pthread_join(thread, NULL)));
    cr_expect(eq(int, weft_future_set(late, 1, NULL), WEFT_EMISUSE), "it was set");
    weft_future_unref(late);
}

static void *set_whenever(void *arg)
{
    int rc = weft_future_set(arg, 1, NULL);

    cr_expect(rc == 0 || rc == UV_ECANCELED, "%d", rc);
    weft_future_unref(arg);
    return NULL;
}

static int race_with_the_end(void *arg)
{
    weft_future *future;

    cr_assert(zero(int, weft_future_new(&future)));
    cr_assert(zero(int, pthread_create(arg, NULL, set_whenever, weft_future_ref(future))));
    weft_future_unref(future);
    return 0;
}

WEFT_TEST(future, may_be_set_while_its_loop_ends)
{
    for (int i = 0; i < 100; i++) {
        pthread_t thread;

        cr_assert(zero(int, weft_run(race_with_the_end, &thread)));
        cr_assert(zero(int, pthread_join(thread, NULL)));
    }
}
