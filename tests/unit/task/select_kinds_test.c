/*
 * What can stand in a select besides queues: locks, semaphores, futures, groups, signals.  Each
 * ready at once, ready later, cancelled meanwhile, chosen with others at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/future.h>
#include <weft/log.h>
#include <weft/select.h>
#include <weft/signal.h>
#include <weft/sync.h>

#include <signal.h>
#include <unistd.h>

#include "in_task.h"
#include "orders.h"

/* --- What each kind has in common */

struct choosing {
    weft_case cases[2];
};

static int choose(void *arg)
{
    struct choosing *choosing = arg;

    return weft_select(choosing->cases, 2);
}

/* Not ready: a select waits, and a cancel or its time takes it back. */
static void expect_wait(weft_case c)
{
    struct choosing choosing = { .cases = { c } };
    weft_task *task = weft_test_spawn(choose, &choosing);

    cr_expect(not(weft_task_ended(task)));
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    choosing.cases[1] = weft_on_timeout(1);
    cr_expect(eq(int, weft_select(choosing.cases, 2), 1));
}

/* Ready: it is chosen, also in a cancelled task. */
static void expect_ready(weft_case c, int result)
{
    cr_expect(zero(int, weft_select(&c, 1)));
    cr_expect(eq(int, c.result, result));
}

/* --- Locks */

static int take_either(void *arg)
{
    weft_lock *locks = arg;
    weft_case cases[] = { weft_on_lock(&locks[0]), weft_on_lock(&locks[1]) };
    int chosen = weft_select(cases, 2);

    if (chosen >= 0 && cases[chosen].result == 0)
        weft_lock_release(&locks[chosen]);
    return chosen;
}

WEFT_TASK_TEST(select_lock, takes_one)
{
    weft_lock locks[2] = { { 0 } };
    weft_task *task;

    expect_ready(weft_on_lock(&locks[0]), 0);
    weft_log_set_level(WEFT_LOG_ERROR + 1);
    expect_ready(weft_on_lock(&locks[0]), WEFT_EMISUSE);
    weft_log_set_level(WEFT_LOG_INFO);
    cr_assert(zero(int, weft_lock_acquire(&locks[1])));
    task = weft_test_spawn(take_either, locks);
    cr_expect(zero(int, weft_lock_release(&locks[1])));
    cr_expect(zero(int, weft_lock_release(&locks[0])), "in the same turn: it is not taken");
    cr_expect(not(weft_lock_is_held(&locks[0])));
    cr_expect(weft_lock_is_held(&locks[1]), "handed over");
    weft_task_cancel(task); /* it has got it already */
    cr_expect(eq(int, weft_test_join(task), 1));
    for (int i = 0; i < 2; i++)
        cr_expect(zero(int, weft_lock_done(&locks[i])));
}

struct held {
    weft_lock lock;
    weft_event enough;
};

static int hold(void *arg)
{
    struct held *held = arg;
    int rc = weft_lock_acquire(&held->lock);

    if (rc < 0)
        return rc;
    rc = weft_event_wait(&held->enough);
    if (rc == 0)
        rc = weft_sleep(1); /* somebody waits for the lock by then */
    weft_lock_release(&held->lock);
    return rc;
}

WEFT_TASK_TEST(select_lock, waits_in_line)
{
    struct held held = { 0 };
    weft_lock *lock = &held.lock;
    weft_task *holder = weft_test_spawn(hold, &held);

    expect_wait(weft_on_lock(lock));
    weft_event_set(&held.enough);
    expect_ready(weft_on_lock(lock), 0);
    cr_expect(zero(int, weft_lock_release(lock)));
    cr_expect(zero(int, weft_test_join(holder)));
    cr_expect(zero(int, weft_lock_done(lock)));
    cr_expect(zero(int, weft_event_done(&held.enough)));
}

/* --- Semaphores */

WEFT_TASK_TEST(select_semaphore, takes_a_unit)
{
    weft_semaphore semaphore;
    struct choosing choosing;
    weft_task *task;

    weft_semaphore_init_bounded(&semaphore, 1);
    expect_ready(weft_on_semaphore(&semaphore), 0);
    expect_wait(weft_on_semaphore(&semaphore));
    choosing.cases[0] = choosing.cases[1] = weft_on_semaphore(&semaphore);
    task = weft_test_spawn(choose, &choosing);
    cr_expect(eq(int, weft_semaphore_done(&semaphore), UV_EBUSY));
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(ge(int, weft_test_join(task), 0));
    cr_expect(zero(sz, weft_semaphore_units(&semaphore)), "one, though it stood there twice");
    cr_expect(zero(int, weft_semaphore_release(&semaphore)));
    cr_expect(zero(int, weft_semaphore_done(&semaphore)));
}

/* --- Futures */

WEFT_TASK_TEST(select_future, is_set)
{
    weft_future *future;
    struct choosing choosing = { .cases = { { 0 } } };
    weft_task *task;
    int result = 0;

    cr_assert(zero(int, weft_future_new(&future)));
    expect_wait(weft_on_future(future));
    choosing.cases[1] = weft_on_future(future);
    task = weft_test_spawn(choose, &choosing);
    cr_expect(zero(int, weft_future_set(future, 7, NULL)));
    cr_expect(eq(int, weft_test_join(task), 1));
    expect_ready(weft_on_future(future), 0);
    cr_expect(zero(int, weft_future_wait(future, &result, NULL)));
    cr_expect(eq(int, result, 7));
    weft_future_unref(future);
}

static void set_there(void *arg)
{
    (void)!weft_future_set(arg, 3, NULL);
    weft_future_unref(arg);
}

WEFT_TASK_TEST(select_future, is_set_by_a_thread)
{
    weft_future *future;
    weft_case c;
    uv_thread_t thread;

    cr_assert(zero(int, weft_future_new(&future)));
    c = weft_on_future(future);
    cr_assert(zero(int, uv_thread_create(&thread, set_there, weft_future_ref(future))));
    cr_expect(zero(int, weft_select(&c, 1)));
    uv_thread_join(&thread);
    weft_future_unref(future);
}

/* --- Groups */

static int yield_twice(void *arg)
{
    (void)arg;
    weft_yield();
    weft_yield();
    return 5;
}

static int foreign_group(void *arg)
{
    weft_case c = weft_on_group(arg);
    int rc = weft_select(&c, 1);

    return rc < 0 ? rc : c.result;
}

WEFT_TASK_TEST(select_group, has_no_member_left)
{
    WEFT_GROUP(group, 0);
    weft_case cases[] = { weft_on_group(group), weft_on_timeout(5000) };

    expect_ready(weft_on_group(group), 0);
    cr_assert(zero(int, weft_group_go(group, yield_twice, NULL)));
    weft_log_set_level(WEFT_LOG_ERROR + 1);
    cr_expect(eq(int, weft_test_join(weft_test_spawn(foreign_group, group)), WEFT_EMISUSE));
    weft_log_set_level(WEFT_LOG_INFO);
    cr_assert(zero(int, weft_group_go(group, yield_twice, NULL)));
    cr_expect(zero(int, weft_select(cases, 2)));
    cr_expect(zero(int, weft_group_wait(group)));
}

/* --- Signals */

WEFT_TASK_TEST(select_signal, has_come)
{
    weft_signal signals = { 0 };
    struct choosing choosing = { .cases = { { 0 } } };
    weft_task *task;

    expect_ready(weft_on_signal(&signals), WEFT_EMISUSE);
    cr_assert(zero(int, weft_signal_open(&signals, (const int[]){ SIGUSR1 }, 1)));
    expect_wait(weft_on_signal(&signals));
    choosing.cases[0] = weft_on_signal(&signals);
    task = weft_test_spawn(choose, &choosing);
    cr_expect(eq(int, weft_signal_close(&signals), UV_EBUSY));
    kill(getpid(), SIGUSR1);
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(eq(int, choosing.cases[0].result, SIGUSR1));
    cr_expect(zero(int, weft_signal_close(&signals)));
}

/* --- In every order */

enum { WORKERS = 4, ROUNDS = 6 };

struct shop {
    weft_lock lock;
    weft_semaphore semaphore;
    weft_event closed;
    weft_future *late;
    unsigned inside[2]; /* behind the lock, with a unit */
    bool wrong;
};

/* Whichever of the two can be had; none is ever held by more than one. */
static int shop_once(struct shop *shop)
{
    weft_case cases[] = { weft_on_lock(&shop->lock), weft_on_semaphore(&shop->semaphore),
                          weft_on_event(&shop->closed), weft_on_future(shop->late) };
    int chosen = weft_select(cases, 4);
    int rc;

    if (chosen < 0)
        return chosen;
    if (cases[chosen].result < 0)
        return cases[chosen].result;
    if (chosen >= 2)
        return 1;
    shop->wrong |= ++shop->inside[chosen] > 1;
    rc = weft_yield();
    shop->inside[chosen]--;
    if (chosen == 0)
        weft_lock_release(&shop->lock);
    else
        weft_semaphore_release(&shop->semaphore);
    return rc;
}

static int work(void *arg)
{
    int rc = 0;

    for (int i = 0; i < ROUNDS && rc == 0; i++)
        rc = shop_once(arg);
    return rc < 0 ? rc : 0;
}

static int keep_shop(struct shop *shop)
{
    weft_task *victim;
    int rc = 0;

    WEFT_GROUP(workers, 0);
    for (int i = 0; i < WORKERS && rc == 0; i++)
        rc = weft_group_go(workers, work, shop);
    if (rc == 0)
        rc = weft_spawn(&victim, work, shop);
    if (rc < 0)
        return rc;
    for (int i = 0; i < 3; i++)
        (void)weft_yield();
    weft_task_cancel(victim); /* maybe just as it is given something */
    {
        WEFT_SHIELD(shield, 0);
        rc = weft_task_join(victim, NULL);
        if (rc == UV_ECANCELED) /* the wait that was made to fail */
            rc = weft_task_join(victim, NULL);
    }
    weft_event_set(&shop->closed);
    (void)!weft_future_set(shop->late, 0, NULL);
    return rc == 0 ? weft_group_wait(workers) : rc;
}

static int shop_scenario(void *arg)
{
    struct shop shop = { .wrong = false };
    int rc = weft_future_new(&shop.late);

    (void)arg;
    if (rc < 0)
        return rc;
    weft_semaphore_init_bounded(&shop.semaphore, 1);
    rc = keep_shop(&shop);
    shop.wrong |= weft_lock_done(&shop.lock) < 0 || weft_event_done(&shop.closed) < 0 ||
                  weft_semaphore_done(&shop.semaphore) < 0;
    weft_future_unref(shop.late);
    return shop.wrong ? UV_EIO : rc;
}

struct catcher {
    weft_signal signals;
    int caught;
};

static int catch_in_time(void *arg)
{
    struct catcher *catcher = arg;
    weft_case cases[] = { weft_on_signal(&catcher->signals), weft_on_timeout(1000) };
    int chosen = weft_select(cases, 2);

    if (chosen == 0 && cases[0].result == SIGUSR1)
        catcher->caught++;
    return chosen < 0 ? chosen : 0;
}

/* One signal, two who wait for it, one of whom is cancelled; members that end meanwhile. */
static int catch_beside_a_group(struct catcher *catcher)
{
    WEFT_GROUP(catchers, 0);
    WEFT_GROUP(victims, 0);
    WEFT_GROUP(members, 0);
    weft_case cases[] = { weft_on_group(members), weft_on_group(catchers) };
    int rc = weft_group_go(catchers, catch_in_time, catcher);

    if (rc == 0)
        rc = weft_group_go(victims, catch_in_time, catcher);
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = weft_group_go(members, yield_twice, NULL);
    if (rc == 0)
        rc = weft_yield();
    kill(getpid(), SIGUSR1);
    if (rc == 0)
        rc = weft_yield();
    weft_group_cancel(victims);
    if (rc == 0)
        rc = weft_group_wait(victims);
    for (int ended = 0; ended < 2 && rc == 0; ended++) {
        int chosen = weft_select(cases, 2);

        if (chosen < 0 || cases[chosen].result < 0)
            return chosen < 0 ? chosen : cases[chosen].result;
        cases[chosen] = (weft_case){ 0 };
    }
    return rc;
}

static int catch_scenario(void *arg)
{
    struct catcher catcher = { .caught = 0 };
    int rc = weft_signal_open(&catcher.signals, (const int[]){ SIGUSR1 }, 1);

    (void)arg;
    if (rc == 0)
        rc = catch_beside_a_group(&catcher);
    if (rc == 0 && catcher.caught != 1)
        rc = UV_EIO;
    return weft_signal_close(&catcher.signals) < 0 ? UV_EBUSY : rc;
}

WEFT_TEST(select_kinds, lose_no_signal_and_no_end_in_any_order)
{
    expect_in_any_order(catch_scenario, NULL);
}

WEFT_TEST(select_kinds, lose_nothing_in_any_order)
{
    expect_in_any_order(shop_scenario, NULL);
}

static int failing_shop(void *arg)
{
    int rc = shop_scenario(arg);

    return rc == UV_ECANCELED ? 0 : rc;
}

WEFT_TEST(select_kinds, cope_with_each_wait_failing)
{
    expect_whatever_wait_fails(failing_shop, NULL, 5);
}
