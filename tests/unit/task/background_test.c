/*
 * Tasks that the loop owns, loops inside other loops, calls when a task has ended.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/task.h>

#include <pthread.h>
#include <stdatomic.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

enum { HOUR_MS = 3600 * 1000 };

static int begun;
static int cancelled;

static int sleep_long(void *arg)
{
    int rc;

    (void)arg;
    begun++;
    rc = weft_sleep(HOUR_MS);
    if (rc == UV_ECANCELED) {
        WEFT_SHIELD(shield, 0);

        cancelled++;
        cr_expect(zero(int, weft_sleep(1)), "it is awaited");
        cancelled++;
    }
    return rc;
}

/* --- Tasks of the loop ---------------------------------------------------------------------
 */

static int spawn_and_end(void *arg)
{
    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), sleep_long, NULL)));
    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), sleep_long, NULL)));
    return weft_sleep((uint64_t)(*(int *)arg));
}

WEFT_TEST(background, ends_with_the_first_task)
{
    int ms = 1;

    begun = cancelled = 0;
    cr_expect(zero(int, weft_run(spawn_and_end, &ms)));
    cr_expect(eq(int, begun, 2));
    cr_expect(eq(int, cancelled, 4));
}

WEFT_TEST(background, that_never_began_never_begins)
{
    int ms = 0;

    begun = cancelled = 0;
    cr_expect(zero(int, weft_run(spawn_and_end, &ms)));
    cr_expect(eq(int, cancelled, 2 * begun));
}

static int in_a_deadline(void *arg)
{
    WEFT_TIMEOUT(scope, 1);

    (void)arg;
    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), sleep_long, NULL)));
    cr_expect(eq(int, weft_sleep(HOUR_MS), UV_ETIMEDOUT));
    return 0;
}

WEFT_TEST(background, inherits_no_deadline)
{
    const weft_loop_options options = { .virtual_clock = true }; /* or it is over at once */

    begun = cancelled = 0;
    cr_expect(zero(int, weft_run_with(in_a_deadline, NULL, &options)));
    cr_expect(eq(int, cancelled, 2), "cancelled, not out of time");
}

static int spawn_another(void *arg)
{
    int rc = weft_sleep(HOUR_MS);

    cr_expect(eq(int, rc, UV_ECANCELED));
    *(int *)arg = weft_loop_spawn(weft_loop_current(), sleep_long, NULL);
    return rc;
}

static int end_early(void *arg)
{
    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), spawn_another, arg)));
    return weft_sleep(1);
}

WEFT_TEST(background, none_begins_while_the_loop_ends)
{
    int rc = 0;

    cr_expect(zero(int, weft_run(end_early, &rc)));
    cr_expect(eq(int, rc, UV_ECANCELED));
}

/* Stacks are mapped several at a time: not every task takes memory. */
WEFT_TASK_TEST(background, survives_failed_allocations)
{
    int rc = 0;

    weft_test_fail_alloc(1);
    for (int i = 0; i < 200 && rc == 0; i++)
        rc = weft_loop_spawn(weft_loop_current(), sleep_long, NULL);
    cr_expect(weft_test_fail_stop());
    cr_expect(eq(int, rc, UV_ENOMEM));
    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), sleep_long, NULL)));
}

/* --- From another thread -------------------------------------------------------------------
 */

struct visitor {
    weft_loop *loop;
    int rc;
    int result;
    pthread_t thread;
};

static atomic_int visits; /* that have ended */

static int double_it(void *arg)
{
    int rc = weft_sleep(1);

    return rc < 0 ? rc : 2 * *(int *)arg;
}

static void *visit(void *arg)
{
    struct visitor *visitor = arg;
    int number = 21;

    visitor->rc = weft_loop_await(visitor->loop, double_it, &number, &visitor->result);
    atomic_fetch_add(&visits, 1);
    return NULL;
}

/* The loop goes on until the threads have what they came for. */
static void await_visits(int count)
{
    while (atomic_load(&visits) < count)
        cr_assert(zero(int, weft_sleep(1)));
    atomic_store(&visits, 0);
}

WEFT_TASK_TEST(background, threads_await_tasks)
{
    struct visitor visitors[4];

    for (int i = 0; i < 4; i++) {
        visitors[i] = (struct visitor){ .loop = weft_loop_current(), .rc = 1 };
        cr_assert(zero(int, pthread_create(&visitors[i].thread, NULL, visit, &visitors[i])));
    }
    cr_expect(
        eq(int, weft_loop_await(weft_loop_current(), double_it, NULL, NULL), WEFT_EMISUSE));
    await_visits(4);
    for (int i = 0; i < 4; i++) {
        cr_assert(zero(int, pthread_join(visitors[i].thread, NULL)));
        cr_expect(zero(int, visitors[i].rc));
        cr_expect(eq(int, visitors[i].result, 42));
    }
}

/* Threads come as they come, tasks in the order of the seed; each gets its own result. */
static int two_visits(void *arg)
{
    struct visitor visitors[2];
    int rc = 0;

    (void)arg;
    for (int i = 0; i < 2; i++) {
        visitors[i] = (struct visitor){ .loop = weft_loop_current(), .rc = 1 };
        cr_assert(zero(int, pthread_create(&visitors[i].thread, NULL, visit, &visitors[i])));
    }
    await_visits(2);
    for (int i = 0; i < 2; i++) {
        cr_assert(zero(int, pthread_join(visitors[i].thread, NULL)));
        if (visitors[i].rc != 0 || visitors[i].result != 42)
            rc = UV_EIO;
    }
    return rc;
}

WEFT_TEST(background, threads_await_tasks_in_any_order)
{
    expect_in_any_order(two_visits, NULL);
}

static void *visit_long(void *arg)
{
    struct visitor *visitor = arg;

    visitor->rc = weft_loop_await(visitor->loop, sleep_long, NULL, &visitor->result);
    return NULL;
}

static int leave_a_visitor(void *arg)
{
    struct visitor *visitor = arg;

    begun = 0;
    visitor->loop = weft_loop_current();
    cr_assert(zero(int, pthread_create(&visitor->thread, NULL, visit_long, visitor)));
    while (begun == 0)
        cr_assert(zero(int, weft_sleep(1)));
    return 0;
}

WEFT_TEST(background, threads_do_not_hang_at_the_end)
{
    struct visitor visitor = { .rc = 1 };

    cr_expect(zero(int, weft_run(leave_a_visitor, &visitor)));
    cr_assert(zero(int, pthread_join(visitor.thread, NULL)));
    cr_expect(zero(int, visitor.rc));
    cr_expect(eq(int, visitor.result, UV_ECANCELED));
}

/* --- Inside another loop -------------------------------------------------------------------
 */

static int count_up(void *arg)
{
    for (int i = 0; i < 3; i++) {
        int rc = weft_sleep(1);

        if (rc < 0)
            return rc;
        ++*(int *)arg;
    }
    return 0;
}

WEFT_TEST(background, runs_inside_the_programs_loop)
{
    const weft_loop_options none = { 0 };
    weft_loop_options options = { 0 };
    weft_loop *loop;
    int count = 0;
    uv_loop_t uv;

    begun = cancelled = 0;
    cr_assert(zero(int, uv_loop_init(&uv)));
    options.uv = &uv;
    cr_expect(eq(int, weft_loop_attach(&loop, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_loop_attach(&loop, &none), UV_EINVAL));
    cr_assert(zero(int, weft_loop_attach(&loop, &options)));
    cr_assert(zero(int, weft_loop_spawn(loop, count_up, &count)));
    cr_expect(zero(int, uv_run(&uv, UV_RUN_DEFAULT)), "until no task is left");
    cr_expect(eq(int, count, 3));
    cr_assert(zero(int, weft_loop_spawn(loop, count_up, &count)));
    cr_assert(zero(int, weft_loop_spawn(loop, sleep_long, NULL)));
    uv_run(&uv, UV_RUN_NOWAIT);
    weft_loop_detach(loop);
    cr_expect(eq(int, cancelled, 2 * begun));
    cr_expect(zero(int, uv_loop_close(&uv)), "nothing of ours is open");
    weft_loop_detach(NULL);
}

/* --- Calls when a task has ended -----------------------------------------------------------
 */

struct told {
    int calls;
    int result;
    weft_task *task;
};

static void tell(weft_task *task, int result, void *arg)
{
    struct told *told = arg;

    cr_expect(eq(ptr, weft_task_current(), NULL));
    *told = (struct told){ told->calls + 1, result, task };
}

static void tell_here(weft_task *task, int result, void *arg)
{
    *(struct told *)arg = (struct told){ 1, result, task };
}

WEFT_TASK_TEST(done, is_called_when_the_task_has_ended)
{
    struct told told[2] = { { 0 }, { 0 } };
    struct told late_one = { 0 };
    int number = 4;
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, double_it, &number)));
    cr_assert(zero(int, weft_task_on_done(task, tell, &told[0])));
    cr_assert(zero(int, weft_task_on_done(task, tell, &told[1])));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_task_on_done(task, tell, &told[1]), UV_ENOMEM));
    weft_test_fail_stop();
    cr_expect(zero(int, weft_yield()));
    cr_expect(zero(int, told[0].calls));
    while (!weft_task_ended(task))
        cr_assert(zero(int, weft_sleep(1)));
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(int, told[i].calls, 1));
        cr_expect(eq(int, told[i].result, 8));
        cr_expect(eq(ptr, told[i].task, task));
    }
    cr_expect(zero(int, weft_task_on_done(task, tell_here, &late_one)));
    cr_expect(eq(int, late_one.result, 8), "at once");
    cr_expect(zero(int, weft_task_join(task, NULL)));
}

WEFT_TASK_TEST(done, is_called_for_a_task_that_never_began)
{
    struct told told = { 0 };
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, double_it, NULL)));
    cr_assert(zero(int, weft_task_on_done(task, tell, &told)));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(int, told.calls, 1));
    cr_expect(eq(int, told.result, UV_ECANCELED));
}
