/*
 * Select: exactly one case happens, whichever way the task is woken.
 */
#include <weft/log.h>
#include <weft/queue.h>
#include <weft/select.h>
#include <weft/sync.h>

#include <limits.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static int things[64];

static void put(weft_queue *queue, int *thing)
{
    cr_assert(zero(int, weft_queue_try_put(queue, thing)));
}

/* --- Ready at once */

WEFT_TASK_TEST(select, takes_what_is_ready)
{
    weft_queue empty = { 0 }, full = { 0 };
    void *a = NULL, *b = NULL;
    weft_case cases[] = { weft_on_get(&empty, &a), weft_on_get(&full, &b) };

    put(&full, &things[1]);
    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(zero(int, cases[1].result));
    cr_expect(eq(ptr, b, &things[1]));
    cr_expect(eq(ptr, a, NULL));
    weft_queue_done(&full);
    cr_expect(zero(int, weft_queue_done(&empty)));
}

WEFT_TASK_TEST(select, first_takes_the_first_that_is_ready)
{
    weft_queue queues[3] = { { 0 } };
    void *it;
    weft_case cases[] = { weft_on_get(&queues[0], &it), weft_on_get(&queues[1], &it),
                          weft_on_get(&queues[2], &it), weft_on_time(0) };

    for (int i = 0; i < 10; i++) {
        put(&queues[1], &things[1]);
        put(&queues[2], &things[2]);
    }
    for (int i = 0; i < 10; i++)
        cr_expect(eq(int, weft_select_first(cases, 4), 1));
    for (int i = 0; i < 10; i++)
        cr_expect(eq(int, weft_select_first(cases, 4), 2));
    cr_expect(eq(int, weft_select_first(cases, 4), 3), "it does not wait");
    for (int i = 0; i < 3; i++)
        cr_expect(zero(int, weft_queue_done(&queues[i])));
}

/* Among any two of several cases; a third that is never ready makes no difference. */
WEFT_TASK_TEST(select, prefers_none_that_is_ready)
{
    enum { CASES = 5, ROUNDS = 2000 };
    weft_case cases[CASES] = { { 0 } };
    int times[CASES] = { 0 };

    cases[1] = weft_on_time(0);
    cases[2] = weft_on_time(0);
    for (int i = 0; i < ROUNDS; i++) {
        int chosen = weft_select(cases, CASES);

        cr_assert(ge(int, chosen, 0));
        times[chosen]++;
    }
    cr_expect(gt(int, times[1], ROUNDS * 2 / 5));
    cr_expect(gt(int, times[2], ROUNDS * 2 / 5));
    cr_expect(eq(int, times[1] + times[2], ROUNDS));
}

WEFT_TASK_TEST(select, puts)
{
    weft_queue full, roomy = { 0 };
    const weft_queue_options options = { .capacity = 1 };
    weft_case cases[2];

    cr_assert(zero(int, weft_queue_init(&full, &options)));
    put(&full, &things[0]);
    cases[0] = weft_on_put(&full, &things[1]);
    cases[1] = weft_on_put(&roomy, &things[2]);
    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(eq(sz, weft_queue_size(&full), 1));
    cr_expect(eq(sz, weft_queue_size(&roomy), 1));
    cases[1] = weft_on_put_at(&roomy, &things[2], 3);
    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(eq(int, cases[1].result, WEFT_EMISUSE), "not by priority");
    weft_queue_done(&full);
    weft_queue_done(&roomy);
}

/* Getting and putting at the same queue does not meet itself. */
WEFT_TASK_TEST(select, does_not_hand_to_itself)
{
    weft_queue queue;
    const weft_queue_options options = { .capacity = 1 };
    void *it = NULL;
    weft_case cases[2];

    cr_assert(zero(int, weft_queue_init(&queue, &options)));
    cases[0] = weft_on_get(&queue, &it);
    cases[1] = weft_on_put(&queue, &things[1]);
    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(eq(ptr, it, NULL));
    cr_expect(eq(int, weft_select(cases, 2), 0));
    cr_expect(eq(ptr, it, &things[1]));
    cr_expect(zero(sz, weft_queue_size(&queue)));
    weft_queue_done(&queue);
}

WEFT_TASK_TEST(select, tells_of_shut_queues)
{
    weft_queue queue = { 0 };
    void *it;
    weft_case cases[] = { weft_on_get(&queue, &it), weft_on_put(&queue, &things[0]) };

    weft_queue_shutdown(&queue);
    cr_expect(eq(int, weft_select(&cases[0], 1), 0));
    cr_expect(eq(int, cases[0].result, WEFT_ESHUTDOWN));
    cr_expect(eq(int, weft_select(&cases[1], 1), 0));
    cr_expect(eq(int, cases[1].result, WEFT_ESHUTDOWN));
    weft_queue_done(&queue);
}

/* --- Waiting */

struct choice {
    weft_queue *queues;
    size_t count;
    void *got;
    uint64_t deadline_ms;
};

/* Get from any of the queues, or until the deadline: the index of the case. */
static int choose(void *arg)
{
    struct choice *choice = arg;
    weft_case cases[16];

    for (size_t i = 0; i < choice->count; i++)
        cases[i] = weft_on_get(&choice->queues[i], &choice->got);
    cases[choice->count] = weft_on_time(choice->deadline_ms);
    return weft_select(cases, choice->count + 1);
}

static void done_all(weft_queue *queues, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(zero(int, weft_queue_done(&queues[i])));
}

WEFT_TASK_TEST(select, consumes_exactly_one)
{
    weft_queue queues[3] = { { 0 } };
    struct choice choice = { queues, 3, .deadline_ms = UINT64_MAX };
    weft_task *task = weft_test_spawn(choose, &choice);

    put(&queues[2], &things[2]);
    put(&queues[0], &things[0]); /* in the same turn: stays */
    put(&queues[2], &things[3]);
    cr_expect(eq(int, weft_test_join(task), 2));
    cr_expect(eq(ptr, choice.got, &things[2]));
    cr_expect(eq(sz, weft_queue_size(&queues[0]), 1));
    cr_expect(eq(sz, weft_queue_size(&queues[2]), 1));
    done_all(queues, 3);
}

WEFT_TASK_TEST(select, of_many_cases)
{
    weft_queue queues[12] = { { 0 } };
    struct choice choice = { queues, 12, .deadline_ms = UINT64_MAX };
    weft_task *task = weft_test_spawn(choose, &choice);

    put(&queues[11], &things[2]);
    put(&queues[0], &things[0]);
    cr_expect(eq(int, weft_test_join(task), 11));
    cr_expect(eq(sz, weft_queue_size(&queues[0]), 1));
    done_all(queues, 12);
}

WEFT_TASK_TEST(select, waits_in_line)
{
    weft_queue queue = { 0 };
    struct choice choices[3];
    weft_task *tasks[3];

    for (int i = 0; i < 3; i++) {
        choices[i] = (struct choice){ &queue, 1, .deadline_ms = UINT64_MAX };
        tasks[i] = weft_test_spawn(choose, &choices[i]);
    }
    for (int i = 0; i < 3; i++)
        put(&queue, &things[i]);
    for (int i = 0; i < 3; i++) {
        cr_expect(zero(int, weft_test_join(tasks[i])));
        cr_expect(eq(ptr, choices[i].got, &things[i]));
    }
    done_all(&queue, 1);
}

/* The same queue twice: the first completes, and shutting down finds nobody left. */
WEFT_TASK_TEST(select, same_queue_twice)
{
    weft_queue queues[1] = { { 0 } };
    void *a, *b;
    weft_case cases[] = { weft_on_get(queues, &a), weft_on_get(queues, &b) };
    struct choice choice = { queues, 1, .deadline_ms = UINT64_MAX };
    weft_task *task = weft_test_spawn(choose, &choice);

    put(queues, &things[0]);
    put(queues, &things[1]);
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(ge(int, weft_select(cases, 2), 0));
    cr_expect(zero(sz, weft_queue_size(queues)));
    task = weft_test_spawn(choose, &choice);
    weft_queue_shutdown(queues);
    cr_expect(zero(int, weft_test_join(task)));
    done_all(queues, 1);
}

static int put_either(void *arg)
{
    weft_queue *queues = arg;
    weft_case cases[] = { weft_on_put(&queues[0], &things[10]),
                          weft_on_put(&queues[1], &things[11]) };

    return weft_select(cases, 2);
}

WEFT_TASK_TEST(select, puts_exactly_one)
{
    weft_queue queues[2];
    const weft_queue_options options = { .capacity = 1 };
    weft_task *task;
    void *it = NULL;

    for (int i = 0; i < 2; i++) {
        cr_assert(zero(int, weft_queue_init(&queues[i], &options)));
        put(&queues[i], &things[i]);
    }
    task = weft_test_spawn(put_either, queues);
    cr_expect(zero(int, weft_queue_try_get(&queues[1], &it)));
    cr_expect(zero(int, weft_queue_try_get(&queues[0], &it)));
    cr_expect(eq(int, weft_test_join(task), 1));
    cr_expect(zero(sz, weft_queue_size(&queues[0])));
    cr_expect(zero(int, weft_queue_try_get(&queues[1], &it)));
    cr_expect(eq(ptr, it, &things[11]));
    done_all(queues, 2);
}

/* --- Events */

static int await_either(void *arg)
{
    weft_event *events = arg;
    weft_case cases[] = { weft_on_event(&events[0]), weft_on_event(&events[1]),
                          weft_on_event(&events[0]) };

    return weft_select(cases, 3);
}

WEFT_TASK_TEST(select, waits_for_an_event)
{
    weft_event events[2] = { { 0 } };
    weft_task *task = weft_test_spawn(await_either, events);

    weft_event_set(&events[1]);
    weft_event_set(&events[0]);
    cr_expect(eq(int, weft_test_join(task), 1));
    weft_event_clear(&events[1]);
    task = weft_test_spawn(await_either, events);
    cr_expect(weft_task_ended(task), "it is set");
    cr_expect(zero(int, weft_test_join(task) % 2));
    weft_event_clear(&events[0]);
    task = weft_test_spawn(await_either, events);
    weft_event_set(&events[0]);
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(zero(int, weft_event_done(&events[0])));
    cr_expect(zero(int, weft_event_done(&events[1])), "nobody waits for it");
}

/* --- Tasks */

static int nap(void *arg)
{
    (void)arg;
    return weft_sleep(1) < 0 ? UV_EIO : 42;
}

WEFT_TASK_TEST(select, waits_for_the_end_of_a_task)
{
    weft_queue queue = { 0 };
    void *it;
    weft_task *task = weft_test_spawn(nap, NULL);
    weft_case cases[] = { weft_on_get(&queue, &it), weft_on_end(task) };

    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(zero(int, cases[1].result));
    cr_expect(weft_task_ended(task));
    cr_expect(eq(int, weft_select(cases, 2), 1), "it has ended still");
    cr_expect(eq(int, weft_test_join(task), 42));
    done_all(&queue, 1);
}

WEFT_TASK_TEST(select, leaves_a_task_to_be_joined)
{
    weft_task *task = weft_test_spawn(nap, NULL);
    weft_case cases[] = { weft_on_end(task), weft_on_time(0) };

    cr_expect(eq(int, weft_select(cases, 2), 1));
    cr_expect(eq(int, weft_test_join(task), 42));
}

/* A cancel of the select lets go of the task. */
WEFT_TASK_TEST(select, out_of_time_leaves_a_task_to_be_joined)
{
    weft_task *task = weft_test_spawn(nap, NULL);
    weft_case end = weft_on_end(task);

    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_select(&end, 1), UV_ECANCELED));
    weft_task_uncancel();
    {
        WEFT_TIMEOUT(scope, 1);
        cr_expect(weft_select(&end, 1) <= 0);
    }
    cr_expect(eq(int, weft_test_join(task), 42));
}

WEFT_TASK_TEST(select, refuses_tasks_of_others)
{
    weft_case cases[] = { weft_on_end(NULL), weft_on_end(weft_task_current()) };

    for (int i = 0; i < 2; i++) {
        cr_expect(zero(int, weft_select(&cases[i], 1)));
        cr_expect(eq(int, cases[i].result, WEFT_EMISUSE));
    }
}

/* --- Time and cancels */

WEFT_TASK_TEST(select, ends_in_time)
{
    weft_queue queue = { 0 };
    void *it;
    weft_case cases[] = { weft_on_get(&queue, &it), weft_on_timeout(60000), weft_on_timeout(2),
                          weft_on_time(UINT64_MAX) };

    cr_expect(eq(int, weft_select(cases, 4), 2));
    cr_expect(zero(int, cases[2].result));
    cr_expect(zero(int, weft_queue_done(&queue)), "nobody waits on it");
}

/* What comes after the time, in the same turn, is not taken. */
static int time_then_item(void *arg)
{
    weft_queue queue = { 0 };
    struct choice choice = { &queue, 1, .deadline_ms = weft_now_ms() + 10 };
    weft_task *task;
    int chosen, rc;

    (void)arg;
    rc = weft_spawn(&task, choose, &choice);
    if (rc == 0)
        rc = weft_sleep(10);
    if (rc == 0)
        rc = weft_queue_put(&queue, &things[1]);
    if (rc == 0)
        rc = weft_task_join(task, &chosen);
    if (rc == 0 && (chosen == 0) != (weft_queue_size(&queue) == 0))
        rc = UV_EIO;
    weft_queue_done(&queue);
    return rc;
}

WEFT_TEST(select, time_and_item_in_one_turn)
{
    expect_in_any_order(time_then_item, NULL);
}

WEFT_TASK_TEST(select, cancelled_takes_nothing)
{
    weft_queue queues[2] = { { 0 } };
    struct choice choice = { queues, 2, .deadline_ms = UINT64_MAX };
    weft_task *task = weft_test_spawn(choose, &choice);

    weft_task_cancel(task);
    put(&queues[0], &things[0]);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    cr_expect(eq(sz, weft_queue_size(&queues[0]), 1));
    done_all(queues, 2);
}

WEFT_TASK_TEST(select, cancelled_after_the_hand_over_has_the_item)
{
    weft_queue queues[2] = { { 0 } };
    struct choice choice = { queues, 2, .deadline_ms = UINT64_MAX };
    weft_task *task = weft_test_spawn(choose, &choice);

    put(&queues[1], &things[1]);
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), 1));
    cr_expect(eq(ptr, choice.got, &things[1]));
    done_all(queues, 2);
}

WEFT_TASK_TEST(select, out_of_time_takes_nothing)
{
    weft_queue queue = { 0 };
    void *it = NULL;
    weft_case get = weft_on_get(&queue, &it);

    WEFT_TIMEOUT(scope, 2);
    cr_expect(eq(int, weft_select(&get, 1), UV_ETIMEDOUT));
    cr_expect(eq(ptr, it, NULL));
    put(&queue, &things[0]);
    cr_expect(zero(int, weft_select(&get, 1)), "need not wait");
    cr_expect(eq(ptr, it, &things[0]));
    cr_expect(eq(int, weft_select(&get, 1), UV_ETIMEDOUT));
    done_all(&queue, 1);
}

/* --- Limits and misuse */

static int wait_for_either(void *arg)
{
    weft_case *cases = arg;

    return weft_select(cases, 2);
}

WEFT_TASK_TEST(select, keeps_what_it_waits_for)
{
    weft_queue queue = { 0 };
    weft_event event = { 0 };
    void *it;
    weft_case cases[] = { weft_on_get(&queue, &it), weft_on_event(&event) };
    weft_task *task = weft_test_spawn(wait_for_either, cases);

    weft_log_set_level(WEFT_LOG_ERROR + 1);
    cr_expect(eq(int, weft_queue_done(&queue), UV_EBUSY));
    cr_expect(eq(int, weft_event_done(&event), UV_EBUSY));
    weft_log_set_level(WEFT_LOG_INFO);
    weft_event_set(&event);
    cr_expect(eq(int, weft_test_join(task), 1));
    cr_expect(zero(int, weft_queue_done(&queue)));
    cr_expect(zero(int, weft_event_done(&event)));
}

WEFT_TASK_TEST(select, refuses_misuse)
{
    weft_case none = { 0 };

    cr_expect(eq(int, weft_select(&none, 0), WEFT_EMISUSE));
    cr_expect(eq(int, weft_select_first(&none, (size_t)INT_MAX + 1), WEFT_EMISUSE));
    WEFT_TIMEOUT(scope, 1);
    cr_expect(eq(int, weft_select(&none, 1), UV_ETIMEDOUT), "is never ready");
}

WEFT_TEST(select, outside_of_tasks_is_misuse)
{
    weft_case due = weft_on_timeout(0);

    cr_expect(eq(int, weft_select(&due, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_select_first(&due, 1), WEFT_EMISUSE));
}

WEFT_TASK_TEST(select, without_memory_takes_nothing)
{
    weft_queue queues[9] = { { 0 } };
    struct choice choice = { queues, 9, .deadline_ms = UINT64_MAX };
    int rc;

    weft_test_fail_alloc(1);
    rc = choose(&choice);
    cr_expect(weft_test_fail_stop());
    cr_expect(eq(int, rc, UV_ENOMEM));
    done_all(queues, 9);
}

/* --- In every order */

enum { CHOOSERS = 3, ITEMS = 12 };

struct fair {
    weft_queue queues[2];
    bool seen[ITEMS];
    bool wrong; /* an item was, or somebody waits who should not */
    int count;
};

static int visit(void *arg)
{
    struct fair *fair = arg;

    for (;;) {
        void *it;
        weft_case cases[] = { weft_on_get(&fair->queues[0], &it),
                              weft_on_get(&fair->queues[1], &it) };
        int rc = weft_select(cases, 2);

        if (rc < 0)
            return rc;
        if (cases[rc].result < 0)
            return 0;
        fair->wrong |= fair->seen[(int *)it - things];
        fair->seen[(int *)it - things] = true;
        fair->count++;
    }
}

static int supply(void *arg)
{
    struct fair *fair = arg;
    int rc = 0;

    for (int i = 0; i < ITEMS && rc == 0; i += 2) {
        weft_case cases[] = { weft_on_put(&fair->queues[0], &things[i]),
                              weft_on_put(&fair->queues[1], &things[i]) };

        rc = weft_select(cases, 2);
        if (rc >= 0)
            rc = cases[rc].result;
        if (rc == 0)
            rc = weft_queue_put(&fair->queues[i % 4 / 2], &things[i + 1]);
    }
    return rc;
}

/* Also where a wait is made to fail: the task uses what lies on this stack. */
static int join_surely(weft_task *task, int *ret_result)
{
    int rc;

    WEFT_SHIELD(shield, 0);
    rc = weft_task_join(task, ret_result);
    return rc == UV_ECANCELED ? weft_task_join(task, ret_result) : rc;
}

static int hold_fair(struct fair *fair)
{
    weft_task *supplier, *victim;
    int rc, result;

    WEFT_GROUP(visitors, 0);
    for (int i = 0; i < CHOOSERS; i++) {
        rc = weft_group_go(visitors, visit, fair);
        if (rc < 0)
            return rc;
    }
    rc = weft_spawn(&victim, visit, fair);
    if (rc == 0)
        rc = weft_spawn(&supplier, supply, fair);
    if (rc == 0)
        rc = weft_yield();
    if (rc < 0)
        return rc;
    weft_task_cancel(victim);
    rc = join_surely(victim, NULL);
    if (rc == 0)
        rc = join_surely(supplier, &result);
    if (rc == 0)
        rc = result;
    weft_queue_shutdown(&fair->queues[0]);
    weft_queue_shutdown(&fair->queues[1]);
    return rc == 0 ? weft_group_wait(visitors) : rc;
}

static void close_fair(struct fair *fair)
{
    void *it;

    /* A visitor has left at the first queue that was shut: the other may hold some. */
    for (int i = 0; i < 2; i++) {
        while (weft_queue_try_get(&fair->queues[i], &it) == 0)
            fair->count++;
        fair->wrong |= weft_queue_done(&fair->queues[i]) < 0;
    }
}

static int open_fair(struct fair *fair)
{
    const weft_queue_options options = { .capacity = 1 };
    int rc = weft_queue_init(&fair->queues[0], &options);

    return rc == 0 ? weft_queue_init(&fair->queues[1], &options) : rc;
}

static int fair_scenario(void *arg)
{
    struct fair fair = { .count = 0 };
    int rc = open_fair(&fair);

    (void)arg;
    if (rc == 0)
        rc = hold_fair(&fair);
    close_fair(&fair);
    if (fair.wrong || (rc == 0 && fair.count != ITEMS))
        rc = UV_EIO;
    return rc;
}

WEFT_TEST(select, loses_nothing_in_any_order)
{
    expect_in_any_order(fair_scenario, NULL);
}

static int failing_fair(void *arg)
{
    int rc = fair_scenario(arg);

    return rc == UV_ECANCELED ? 0 : rc;
}

WEFT_TEST(select, copes_with_each_wait_failing)
{
    expect_whatever_wait_fails(failing_fair, NULL, 5);
}
