/*
 * What tasks wait for each other with, while each allocation fails once: the code comes back,
 * and nothing is left waiting.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/future.h>
#include <weft/gather.h>
#include <weft/periodic.h>
#include <weft/queue.h>
#include <weft/sync.h>

#include "fail_each.h"

enum { MEMBERS = 70 }; /* more than one slab has stacks for, and timers than a first heap has */

/* Members that are all there at once; the timers are those of their time-outs. */
static int crowd(weft_task_fn member, void *object, int count)
{
    WEFT_GROUP(group, 0);

    for (int i = 0; i < count; i++) {
        int rc = weft_group_go(group, member, object);

        if (rc < 0)
            return rc;
    }
    return weft_group_wait(group);
}

/* --- Sync */

static int with_lock(void *arg)
{
    WEFT_TIMEOUT(scope, 3600 * 1000);
    WEFT_LOCKED(held, arg);
    return held < 0 ? held : weft_yield();
}

static int use_lock(void *arg)
{
    weft_lock lock = { 0 };
    int rc = crowd(with_lock, &lock, MEMBERS);

    (void)arg;
    cr_expect(zero(int, weft_lock_done(&lock)), "somebody holds it or waits for it");
    return rc;
}

static int await_event(void *arg)
{
    WEFT_TIMEOUT(scope, 3600 * 1000);
    return weft_event_wait(arg);
}

static int set_event(void *arg)
{
    int rc = weft_sleep(1);

    weft_event_set(arg);
    return rc;
}

static int use_event(void *arg)
{
    weft_event event = { 0 };
    int rc;

    (void)arg;
    {
        WEFT_GROUP(group, 0);
        rc = weft_group_go(group, set_event, &event);
        for (int i = 0; i < MEMBERS && rc == 0; i++)
            rc = weft_group_go(group, await_event, &event);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    cr_expect(zero(int, weft_event_done(&event)));
    return rc;
}

struct board {
    weft_lock lock;
    weft_condition changed;
    int waiting;
};

static bool all_wait(void *arg)
{
    return ((struct board *)arg)->waiting == MEMBERS;
}

static int meet(void *arg)
{
    struct board *board = arg;

    WEFT_TIMEOUT(scope, 3600 * 1000);
    WEFT_LOCKED(held, &board->lock);
    if (held < 0)
        return held;
    board->waiting++;
    weft_condition_notify_all(&board->changed);
    return weft_condition_wait_for(&board->changed, &board->lock, all_wait, board);
}

static int use_condition(void *arg)
{
    struct board board = { 0 };
    int rc = crowd(meet, &board, MEMBERS);

    (void)arg;
    cr_expect(zero(int, weft_condition_done(&board.changed)));
    cr_expect(zero(int, weft_lock_done(&board.lock)));
    return rc;
}

static int with_unit(void *arg)
{
    WEFT_TIMEOUT(scope, 3600 * 1000);
    WEFT_ACQUIRED(held, arg);
    return held < 0 ? held : weft_yield();
}

static int use_semaphore(void *arg)
{
    weft_semaphore semaphore;
    int rc;

    (void)arg;
    weft_semaphore_init(&semaphore, 3);
    rc = crowd(with_unit, &semaphore, MEMBERS);
    cr_expect(eq(sz, weft_semaphore_units(&semaphore), 3));
    cr_expect(zero(int, weft_semaphore_done(&semaphore)));
    return rc;
}

static int pass_barrier(void *arg)
{
    WEFT_TIMEOUT(scope, 3600 * 1000);
    int rc = weft_barrier_wait(arg);

    return rc < 0 ? rc : 0;
}

static int use_barrier(void *arg)
{
    weft_barrier barrier;
    int rc = weft_barrier_init(&barrier, MEMBERS);

    (void)arg;
    cr_expect(zero(int, rc));
    rc = crowd(pass_barrier, &barrier, MEMBERS);
    cr_expect(zero(int, weft_barrier_done(&barrier)));
    return rc;
}

static int read_and_write(void *arg)
{
    WEFT_TIMEOUT(scope, 3600 * 1000);
    {
        WEFT_READING(reading, arg);
        if (reading < 0 || weft_yield() < 0)
            return reading < 0 ? reading : UV_ECANCELED;
    }
    WEFT_WRITING(writing, arg);
    return writing < 0 ? writing : weft_yield();
}

static int use_rwlock(void *arg)
{
    weft_rwlock lock = { 0 };
    int rc = crowd(read_and_write, &lock, MEMBERS);

    (void)arg;
    cr_expect(zero(int, weft_rwlock_done(&lock)));
    return rc;
}

WEFT_TEST(alloc_objects, sync)
{
    weft_test_fail_each(use_lock, 4, 0);
    weft_test_fail_each(use_event, 4, 0);
    weft_test_fail_each(use_condition, 4, 0);
    weft_test_fail_each(use_semaphore, 4, 0);
    weft_test_fail_each(use_barrier, 4, 0);
    weft_test_fail_each(use_rwlock, 4, 0);
}

/* --- Queues and select */

enum { ITEMS = 100 };

static int produce(void *arg)
{
    weft_queue *queue = arg;
    int rc = 0;

    for (uintptr_t i = 1; i <= ITEMS && rc == 0; i++)
        rc = queue->order == WEFT_QUEUE_PRIORITY
                 ? weft_queue_put_at(queue, (void *)i, ITEMS - i)
                 : weft_queue_put(queue, (void *)i);
    weft_queue_shutdown(queue);
    return rc;
}

static int consume(void *arg)
{
    weft_queue *queue = arg;
    void *item;
    int rc;

    while ((rc = weft_queue_get(queue, &item)) == 0)
        (void)weft_queue_task_done(queue);
    return rc == WEFT_ESHUTDOWN ? 0 : rc;
}

static int use_queue(weft_queue_order order, size_t capacity)
{
    const weft_queue_options options = { .order = order, .capacity = capacity };
    weft_queue queue;
    int rc = weft_queue_init(&queue, &options);

    if (rc < 0)
        return rc;
    {
        WEFT_GROUP(group, 0);
        rc = weft_group_go(group, produce, &queue);
        if (rc == 0)
            rc = weft_group_go(group, consume, &queue);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    weft_queue_shutdown_now(&queue, NULL);
    cr_expect(zero(int, weft_queue_done(&queue)));
    return rc;
}

static int use_fifo(void *arg)
{
    (void)arg;
    return use_queue(WEFT_QUEUE_FIFO, 0);
}

static int use_priorities(void *arg)
{
    (void)arg;
    return use_queue(WEFT_QUEUE_PRIORITY, 0);
}

static int use_bounded(void *arg)
{
    (void)arg;
    return use_queue(WEFT_QUEUE_LIFO, 4);
}

enum { CASES = 20 }; /* more than fit on the stack */

static int put_one(void *arg)
{
    return weft_queue_put(arg, arg);
}

/* The queue that is put to holds its item, or it was chosen; never neither. */
static int select_of_many(void *arg)
{
    weft_queue queues[CASES];
    weft_case cases[CASES];
    void *item = NULL;
    int rc = 0;

    (void)arg;
    for (int i = 0; i < CASES; i++) {
        cr_expect(zero(int, weft_queue_init(&queues[i], NULL)));
        cases[i] = weft_on_get(&queues[i], &item);
    }
    {
        WEFT_GROUP(group, 0);
        rc = weft_group_go(group, put_one, &queues[7]);
        if (rc == 0)
            rc = weft_select(cases, CASES);
        cr_expect(rc < 0 || (rc == 7 && item == &queues[7]));
        if (rc >= 0)
            rc = weft_group_wait(group);
    }
    for (int i = 0; i < CASES; i++) {
        weft_queue_shutdown_now(&queues[i], NULL);
        cr_expect(zero(int, weft_queue_done(&queues[i])));
    }
    return rc;
}

WEFT_TEST(alloc_objects, queues_and_select)
{
    weft_test_fail_each(use_fifo, 4, 3); /* memory that is not given back early is kept */
    weft_test_fail_each(use_priorities, 4, 3);
    weft_test_fail_each(use_bounded, 1, 0);
    weft_test_fail_each(select_of_many, 1, 0);
}

/* --- Tasks */

static int nap(void *arg)
{
    int rc = weft_sleep(10);

    return rc < 0 || arg == NULL ? rc : UV_EPROTO;
}

static int gather_calls(void *arg)
{
    weft_call calls[MEMBERS] = { { 0 } };
    size_t first;
    int rc;

    (void)arg;
    for (size_t i = 0; i < MEMBERS; i++)
        calls[i].fn = nap;
    rc = weft_gather(calls, MEMBERS);
    if (rc == 0)
        rc = weft_gather_settled(calls, MEMBERS);
    return rc < 0 ? rc : weft_first(calls, MEMBERS, &first);
}

static int take_as_they_end(void *arg)
{
    weft_call calls[MEMBERS] = { { 0 } };
    weft_call *ended;
    int rc;
    WEFT_COMPLETIONS(all, 0);

    (void)arg;
    for (size_t i = 0; i < MEMBERS; i++) {
        calls[i].fn = nap;
        rc = weft_completions_add(all, &calls[i]);
        if (rc < 0)
            return rc;
    }
    while ((rc = weft_completions_next(all, &ended)) == 1) {
        if (ended->result < 0)
            return ended->result;
    }
    return rc;
}

/* Failures that there is no memory to tell of count all the same. */
static int fail_in_group(void *arg)
{
    int rc = 0;
    WEFT_GROUP(group, 0);

    for (int i = 0; i < 3 && rc == 0; i++)
        rc = weft_group_go(group, nap, group);
    if (rc < 0)
        return rc;
    (void)arg;
    rc = weft_group_wait(group);
    cr_expect(ge(sz, weft_group_failures(group, NULL, 0), 1));
    return rc == UV_EPROTO ? 0 : rc;
}

static void count_end(weft_task *task, int result, void *arg)
{
    (void)task;
    (void)result;
    ++*(int *)arg;
}

/* Told of its end when that was promised, and not otherwise. */
static int spawn_and_join(void *arg)
{
    static int ends;
    weft_task *task;
    int result = 0;
    int rc = weft_spawn(&task, nap, NULL);

    (void)arg;
    if (rc < 0)
        return rc;
    ends = 0;
    rc = weft_task_on_done(task, count_end, &ends);
    if (rc < 0)
        weft_task_cancel(task);
    if (weft_task_join(task, &result) < 0)
        return UV_EIO;
    cr_expect(eq(int, ends, rc == 0));
    if (rc == 0)
        rc = result;
    return rc;
}

static int count_locals(void *arg)
{
    static const weft_key keys[12] = { { "a" }, { "b" } };

    for (size_t i = 0; i < 12; i++) {
        int rc = weft_local_set(&keys[i], arg);

        if (rc < 0)
            return rc;
        cr_expect(eq(ptr, weft_local_get(&keys[i]), arg));
    }
    return 0;
}

static int inherit_locals(void *arg)
{
    static const weft_key key = { "outer" };
    int rc = weft_local_set(&key, &rc);

    (void)arg;
    return rc < 0 ? rc : crowd(count_locals, &rc, 2);
}

static int run_job(void *arg)
{
    int *left = arg;

    return --*left > 0 ? weft_sleep(1) : 1;
}

static int run_five_times(void *arg)
{
    int left = 5;
    weft_periodic job = {
        .fn = run_job, .arg = &left, .interval_ms = 10, .end_on_failure = true
    };

    (void)arg;
    return weft_periodic_run(&job);
}

static int run_periodically(void *arg)
{
    return crowd(run_five_times, arg, MEMBERS);
}

WEFT_TEST(alloc_objects, tasks)
{
    weft_test_fail_each(gather_calls, 2, 0);
    weft_test_fail_each(take_as_they_end, 2, 0);
    weft_test_fail_each(fail_in_group, 0, 3);
    weft_test_fail_each(spawn_and_join, 1, 0);
    weft_test_fail_each(inherit_locals, 20, 0);
    weft_test_fail_each(run_periodically, 4, 0);
}
