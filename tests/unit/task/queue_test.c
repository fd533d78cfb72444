/*
 * Queues between tasks: bounds, fairness, cancels, shutting down, joining; also in 1,000
 * orders.
 */
#include <weft/log.h>
#include <weft/queue.h>
#include <weft/test_task.h>

#include <inttypes.h>
#include <string.h>

#include "in_task.h"
#include "orders.h"
#include "numbers.h"

struct call {
    weft_queue *queue;
    int number;
    int *turns; /* counted up when the call has returned */
    int turn;
};

static int get_one(void *arg)
{
    struct call *call = arg;
    void *it;
    int rc = weft_queue_get(call->queue, &it);

    if (rc == 0)
        call->number = number_of(it);
    if (call->turns != NULL)
        call->turn = ++*call->turns;
    return rc;
}

static int put_one(void *arg)
{
    struct call *call = arg;
    int rc = weft_queue_put(call->queue, item((size_t)call->number));

    if (call->turns != NULL)
        call->turn = ++*call->turns;
    return rc;
}

static int join_queue(void *arg)
{
    return weft_queue_join(arg);
}

static void init(weft_queue *queue, size_t capacity, weft_queue_order order)
{
    const weft_queue_options options = { .capacity = capacity, .order = order };

    cr_assert(zero(int, weft_queue_init(queue, &options)));
}

static void done(weft_queue *queue)
{
    cr_expect(zero(int, weft_queue_done(queue)));
}

/* --- Waiting */

WEFT_TASK_TEST(queue, get_waits_for_put)
{
    weft_queue queue = { 0 };
    struct call call = { &queue };
    weft_task *task = weft_test_spawn(get_one, &call);

    cr_assert(zero(int, weft_queue_put(&queue, item(5))));
    cr_expect(zero(sz, weft_queue_size(&queue)), "handed over directly");
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(eq(int, call.number, 5));
    done(&queue);
}

WEFT_TASK_TEST(queue, put_waits_for_room)
{
    weft_queue queue;
    struct call call = { &queue, 2 };
    weft_task *task;

    init(&queue, 1, WEFT_QUEUE_FIFO);
    cr_assert(zero(int, weft_queue_put(&queue, item(1))));
    cr_expect(weft_queue_full(&queue));
    task = weft_test_spawn(put_one, &call);
    cr_expect(not(weft_task_ended(task)));
    cr_expect(eq(int, got(&queue), 1));
    cr_expect(eq(sz, weft_queue_size(&queue), 1), "who waited is in it at once");
    cr_expect(eq(int, weft_queue_try_put(&queue, item(3)), UV_EAGAIN), "nobody overtakes");
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(eq(int, got(&queue), 2));
    done(&queue);
}

WEFT_TASK_TEST(queue, serves_getters_as_they_came)
{
    weft_queue queue = { 0 };
    struct call calls[5];
    weft_task *tasks[5];
    int turns = 0;

    for (int i = 0; i < 5; i++) {
        calls[i] = (struct call){ &queue, .turns = &turns };
        tasks[i] = weft_test_spawn(get_one, &calls[i]);
    }
    for (size_t i = 0; i < 5; i++)
        cr_assert(zero(int, weft_queue_put(&queue, item(i))));
    for (int i = 0; i < 5; i++) {
        cr_expect(zero(int, weft_test_join(tasks[i])));
        cr_expect(eq(int, calls[i].number, i));
        cr_expect(eq(int, calls[i].turn, i + 1));
    }
    done(&queue);
}

WEFT_TASK_TEST(queue, serves_putters_as_they_came)
{
    weft_queue queue;
    struct call calls[5];
    weft_task *tasks[5];
    int turns = 0;

    init(&queue, 1, WEFT_QUEUE_FIFO);
    cr_assert(zero(int, weft_queue_put(&queue, item(9))));
    for (int i = 0; i < 5; i++) {
        calls[i] = (struct call){ &queue, i, &turns };
        tasks[i] = weft_test_spawn(put_one, &calls[i]);
    }
    cr_expect(eq(int, got(&queue), 9));
    for (int i = 0; i < 5; i++)
        cr_expect(eq(int, got(&queue), i));
    for (int i = 0; i < 5; i++) {
        cr_expect(zero(int, weft_test_join(tasks[i])));
        cr_expect(eq(int, calls[i].turn, i + 1));
    }
    done(&queue);
}

static int put_number_at(void *arg)
{
    struct call *call = arg;

    return weft_queue_put_at(call->queue, item((size_t)call->number), (uint64_t)call->number);
}

WEFT_TASK_TEST(queue, by_priority_takes_who_waits_in_at_his_number)
{
    weft_queue queue;
    struct call late = { &queue, 7 }, early = { &queue, 1 };
    weft_task *tasks[2];

    init(&queue, 2, WEFT_QUEUE_PRIORITY);
    cr_assert(zero(int, weft_queue_put_at(&queue, item(3), 3)));
    cr_assert(zero(int, weft_queue_put_at(&queue, item(5), 5)));
    tasks[0] = weft_test_spawn(put_number_at, &late);
    tasks[1] = weft_test_spawn(put_number_at, &early);
    cr_expect(eq(int, got(&queue), 3), "the line outside is first in, first out");
    cr_expect(eq(int, got(&queue), 5));
    cr_expect(eq(int, got(&queue), 1));
    cr_expect(eq(int, got(&queue), 7));
    cr_expect(zero(int, weft_test_join(tasks[0])));
    cr_expect(zero(int, weft_test_join(tasks[1])));
    done(&queue);
}

/* --- Cancels and time */

WEFT_TASK_TEST(queue, cancelled_getter_leaves_the_line)
{
    weft_queue queue = { 0 };
    struct call first = { &queue }, second = { &queue };
    weft_task *one = weft_test_spawn(get_one, &first), *two = weft_test_spawn(get_one, &second);

    weft_task_cancel(one);
    cr_assert(zero(int, weft_queue_put(&queue, item(4))));
    cr_expect(eq(int, weft_test_join(one), UV_ECANCELED));
    cr_expect(zero(int, weft_test_join(two)));
    cr_expect(eq(int, second.number, 4));
    done(&queue);
}

WEFT_TASK_TEST(queue, getter_cancelled_after_the_hand_over_has_the_item)
{
    weft_queue queue = { 0 };
    struct call call = { &queue };
    weft_task *task = weft_test_spawn(get_one, &call);

    cr_assert(zero(int, weft_queue_put(&queue, item(4))));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(eq(int, call.number, 4));
    done(&queue);
}

WEFT_TASK_TEST(queue, cancelled_putter_keeps_the_item)
{
    weft_queue queue;
    struct call first = { &queue, 1 }, second = { &queue, 2 };
    weft_task *one, *two;

    init(&queue, 1, WEFT_QUEUE_FIFO);
    cr_assert(zero(int, weft_queue_put(&queue, item(0))));
    one = weft_test_spawn(put_one, &first);
    two = weft_test_spawn(put_one, &second);
    weft_task_cancel(one);
    cr_expect(eq(int, got(&queue), 0));
    cr_expect(eq(int, weft_test_join(one), UV_ECANCELED));
    weft_task_cancel(two);
    cr_expect(zero(int, weft_test_join(two)), "it was in before the cancel");
    cr_expect(eq(int, got(&queue), 2));
    done(&queue);
}

WEFT_TASK_TEST(queue, times_out)
{
    weft_queue queue;
    void *it = NULL;

    init(&queue, 1, WEFT_QUEUE_FIFO);
    WEFT_TIMEOUT(scope, 2);
    cr_expect(eq(int, weft_queue_get(&queue, &it), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
    cr_expect(eq(ptr, it, NULL));
    cr_expect(zero(int, weft_queue_put(&queue, item(1))), "need not wait");
    cr_expect(eq(int, weft_queue_put(&queue, item(2)), UV_ETIMEDOUT));
    cr_expect(eq(int, weft_queue_join(&queue), UV_ETIMEDOUT));
    cr_expect(zero(int, weft_queue_get(&queue, &it)), "need not wait");
    cr_expect(eq(int, number_of(it), 1));
    cr_expect(eq(int, weft_queue_get(&queue, &it), UV_ETIMEDOUT));
    weft_scope_leave(&scope);
    cr_assert(zero(int, weft_queue_put(&queue, item(3))));
    {
        WEFT_TIMEOUT(again, 2);
        cr_expect(eq(int, weft_queue_put(&queue, item(4)), UV_ETIMEDOUT));
    }
    cr_expect(eq(int, got(&queue), 3));
    cr_expect(eq(int, got(&queue), UV_EAGAIN));
    done(&queue);
}

/* --- Misuse */

static void count_line(weft_log_level level, const char *line, void *arg)
{
    (void)line;
    *(int *)arg += level == WEFT_LOG_ERROR;
}

static void expect_busy(weft_queue *queue, weft_task_fn fn, void *arg)
{
    weft_task *task = weft_test_spawn(fn, arg);
    int errors = 0;

    weft_log_set_sink(count_line, &errors);
    cr_expect(eq(int, weft_queue_done(queue), UV_EBUSY));
    weft_log_set_sink(NULL, NULL);
    cr_expect(eq(int, errors, 1));
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED), "it waited on");
}

WEFT_TASK_TEST(queue, refuses_its_end_while_waited_on)
{
    weft_queue queue;
    struct call call = { &queue, 1 };

    init(&queue, 1, WEFT_QUEUE_FIFO);
    expect_busy(&queue, get_one, &call);
    cr_assert(zero(int, weft_queue_put(&queue, item(3))));
    expect_busy(&queue, put_one, &call);
    expect_busy(&queue, join_queue, &queue);
    cr_expect(eq(int, got(&queue), 3));
    done(&queue);
}

WEFT_TEST(queue, outside_of_tasks_may_not_wait)
{
    weft_queue queue = { 0 };
    void *it;

    cr_expect(eq(int, weft_queue_put(&queue, item(1)), WEFT_EMISUSE));
    cr_expect(zero(int, weft_queue_try_put(&queue, item(1))));
    cr_expect(eq(int, weft_queue_get(&queue, &it), WEFT_EMISUSE));
    cr_expect(eq(int, weft_queue_join(&queue), WEFT_EMISUSE));
    cr_expect(eq(int, weft_queue_try_put_at(&queue, item(1), 1), WEFT_EMISUSE));
    cr_expect(eq(int, got(&queue), 1));
    done(&queue);
}

static void put_from_callback(void *arg)
{
    cr_expect(zero(int, weft_queue_try_put(arg, item(8))));
}

WEFT_TASK_TEST(queue, takes_items_from_callbacks)
{
    weft_queue queue = { 0 };
    void *it = NULL;

    cr_assert(zero(int, weft_loop_call(weft_loop_current(), put_from_callback, &queue)));
    cr_expect(zero(int, weft_queue_get(&queue, &it)));
    cr_expect(eq(int, number_of(it), 8));
    done(&queue);
}

/* --- Joining */

WEFT_TASK_TEST(queue, join_waits_for_all_work)
{
    weft_queue queue = { 0 };
    weft_task *one, *two;

    cr_expect(zero(int, weft_queue_join(&queue)), "there is none");
    cr_expect(eq(int, weft_queue_task_done(&queue), WEFT_EMISUSE));
    cr_assert(zero(int, weft_queue_put(&queue, item(1))));
    cr_assert(zero(int, weft_queue_put(&queue, item(2))));
    cr_expect(eq(int, weft_queue_task_done(&queue), WEFT_EMISUSE), "it was not got");
    one = weft_test_spawn(join_queue, &queue);
    two = weft_test_spawn(join_queue, &queue);
    cr_expect(eq(int, got(&queue), 1));
    cr_expect(eq(int, got(&queue), 2));
    cr_expect(zero(int, weft_queue_task_done(&queue)));
    cr_assert(zero(int, weft_yield()));
    cr_expect(not(weft_task_ended(one)));
    weft_task_cancel(two);
    cr_expect(eq(int, weft_test_join(two), UV_ECANCELED));
    cr_expect(zero(int, weft_queue_task_done(&queue)));
    cr_expect(zero(int, weft_test_join(one)));
    cr_expect(eq(int, weft_queue_task_done(&queue), WEFT_EMISUSE));
    {
        WEFT_DEADLINE(past, 0);
        cr_expect(zero(int, weft_queue_join(&queue)), "what need not wait is not stopped");
    }
    done(&queue);
}

/* --- Shutting down */

WEFT_TASK_TEST(queue, shut_down_is_drained)
{
    weft_queue queue;
    struct call call = { &queue, 3 };
    weft_task *putter;
    void *it;

    init(&queue, 2, WEFT_QUEUE_FIFO);
    cr_assert(zero(int, weft_queue_put(&queue, item(1))));
    cr_assert(zero(int, weft_queue_put(&queue, item(2))));
    putter = weft_test_spawn(put_one, &call);
    weft_queue_shutdown(&queue);
    weft_queue_shutdown(&queue);
    cr_expect(eq(int, weft_test_join(putter), WEFT_ESHUTDOWN));
    cr_expect(eq(int, weft_queue_put(&queue, item(4)), WEFT_ESHUTDOWN));
    cr_expect(eq(int, weft_queue_try_put(&queue, item(4)), WEFT_ESHUTDOWN));
    cr_expect(zero(int, weft_queue_get(&queue, &it)));
    cr_expect(eq(int, number_of(it), 1));
    cr_expect(eq(int, weft_queue_put(&queue, item(4)), WEFT_ESHUTDOWN));
    cr_expect(zero(int, weft_queue_get(&queue, &it)));
    cr_expect(eq(int, weft_queue_get(&queue, &it), WEFT_ESHUTDOWN));
    cr_expect(eq(int, got(&queue), WEFT_ESHUTDOWN));
    cr_expect(zero(int, weft_queue_task_done(&queue)));
    cr_expect(zero(int, weft_queue_task_done(&queue)));
    cr_expect(zero(int, weft_queue_join(&queue)));
    done(&queue);
}

WEFT_TASK_TEST(queue, shut_down_wakes_getters)
{
    weft_queue queue = { 0 };
    struct call calls[2] = { { &queue }, { &queue } };
    weft_task *one = weft_test_spawn(get_one, &calls[0]),
              *two = weft_test_spawn(get_one, &calls[1]);

    cr_assert(zero(int, weft_queue_put(&queue, item(6))));
    weft_queue_shutdown(&queue);
    cr_expect(zero(int, weft_test_join(one)), "has its item already");
    cr_expect(eq(int, calls[0].number, 6));
    cr_expect(eq(int, weft_test_join(two), WEFT_ESHUTDOWN));
    done(&queue);
}

static char dropped[64];

static void drop(void *it)
{
    dropped[strlen(dropped)] = (char)('0' + number_of(it));
}

WEFT_TASK_TEST(queue, shut_down_now_drops_what_is_in_it)
{
    weft_queue queue;
    weft_task *joiner;

    init(&queue, 0, WEFT_QUEUE_PRIORITY);
    for (size_t i = 0; i < 4; i++)
        cr_assert(zero(int, weft_queue_put_at(&queue, item(i), 9 - i)));
    joiner = weft_test_spawn(join_queue, &queue);
    cr_expect(eq(int, got(&queue), 3));
    weft_queue_shutdown(&queue);
    weft_queue_shutdown_now(&queue, drop);
    cr_expect(eq(str, dropped, (char *)"210"));
    cr_expect(eq(int, got(&queue), WEFT_ESHUTDOWN));
    cr_assert(zero(int, weft_yield()));
    cr_expect(not(weft_task_ended(joiner)), "one is being worked on");
    cr_expect(zero(int, weft_queue_task_done(&queue)));
    cr_expect(zero(int, weft_test_join(joiner)));
    weft_queue_shutdown_now(&queue, NULL);
    done(&queue);
}

WEFT_TASK_TEST(queue, shut_down_now_without_drop_forgets)
{
    weft_queue queue = { 0 };

    cr_assert(zero(int, weft_queue_put(&queue, item(1))));
    weft_queue_shutdown_now(&queue, NULL);
    cr_expect(zero(sz, weft_queue_size(&queue)));
    cr_expect(zero(int, weft_queue_join(&queue)));
    done(&queue);
}

/* --- In every order */

enum { PRODUCERS = 2, EACH = 8 }; /* and as many consumers */

struct market {
    weft_queue queue;
    size_t next;
    bool seen[PRODUCERS * EACH];
    bool twice; /* an item was */
    size_t count;
};

static int produce(void *arg)
{
    struct market *market = arg;
    int rc = 0;

    for (int i = 0; i < EACH && rc == 0; i++) {
        rc = weft_queue_put(&market->queue, item(market->next++));
        if (rc == 0 && i % 3 == 0)
            rc = weft_yield();
    }
    return rc;
}

/* Each item is seen once, whatever happens to those who see it. */
static void see(struct market *market, const void *it)
{
    int number = number_of(it);

    market->twice |= market->seen[number];
    market->seen[number] = true;
    market->count++;
}

static int consume(void *arg)
{
    struct market *market = arg;
    void *it;
    int rc;

    while ((rc = weft_queue_get(&market->queue, &it)) == 0) {
        see(market, it);
        rc = weft_queue_task_done(&market->queue);
        if (rc < 0)
            return rc;
    }
    return rc == WEFT_ESHUTDOWN ? 0 : rc;
}

/* Also where a wait is made to fail: the task uses what lies on this stack. */
static int join_surely(weft_task *task, int *ret_result)
{
    int rc;

    WEFT_SHIELD(shield, 0);
    rc = weft_task_join(task, ret_result);
    return rc == UV_ECANCELED ? weft_task_join(task, ret_result) : rc;
}

static int trade(struct market *market)
{
    weft_task *victim;
    int rc;

    WEFT_GROUP(consumers, 0);
    WEFT_GROUP(producers, 0);
    for (int i = 0; i < PRODUCERS; i++) {
        rc = weft_group_go(producers, produce, market);
        if (rc == 0)
            rc = weft_group_go(consumers, consume, market);
        if (rc < 0)
            return rc;
    }
    rc = weft_spawn(&victim, consume, market); /* cancelled amid the others */
    if (rc < 0)
        return rc;
    rc = weft_yield();
    weft_task_cancel(victim);
    if (rc == 0)
        rc = join_surely(victim, NULL);
    if (rc == 0)
        rc = weft_group_wait(producers);
    if (rc == 0)
        rc = weft_queue_join(&market->queue);
    weft_queue_shutdown(&market->queue);
    return rc == 0 ? weft_group_wait(consumers) : rc;
}

static weft_queue_options markets[] = {
    { .capacity = 1 },
    { .capacity = 2, .order = WEFT_QUEUE_LIFO },
    { .capacity = 3, .order = WEFT_QUEUE_PRIORITY },
    { 0 },
};

enum { MARKETS = sizeof(markets) / sizeof(markets[0]) };

/* Another kind of queue each day. */
static int market_day(void *arg)
{
    size_t *day = arg;
    struct market market = { .next = 0 };
    int rc = weft_queue_init(&market.queue, &markets[(*day)++ % MARKETS]);

    if (rc == 0)
        rc = trade(&market);
    if (rc == 0 && (market.twice || market.count != (size_t)PRODUCERS * EACH))
        rc = UV_EIO;
    if (rc == 0)
        rc = weft_queue_done(&market.queue);
    return rc;
}

WEFT_TEST(queue, loses_nothing_in_any_order)
{
    size_t day = 0;

    expect_in_any_order(market_day, &day);
}

/* With any wait failing, each item is got at most once, and all that wait are let go. */
static int failing_day(void *arg)
{
    struct market market = { .next = 0 };
    int rc = weft_queue_init(&market.queue, arg);

    if (rc < 0)
        return rc;
    {
        WEFT_TIMEOUT(stuck, 1000); /* producers, when the consumers have failed */
        rc = trade(&market);
    }
    weft_queue_shutdown_now(&market.queue, NULL);
    if (weft_queue_done(&market.queue) < 0 || market.twice)
        return UV_EIO;
    return rc == UV_ECANCELED || rc == UV_ETIMEDOUT ? 0 : rc;
}

WEFT_TEST(queue, copes_with_each_wait_failing)
{
    for (size_t i = 0; i < MARKETS; i++) {
        uint64_t runs = 0;

        cr_expect(zero(int, weft_test_fail_waits(failing_day, &markets[i], &runs)));
        cr_expect(gt(u64, runs, 5));
    }
}
