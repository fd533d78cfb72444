/*
 * What everything else is made of, in every order: joins, sleeps, scopes, shields and groups
 * under the seeded scheduler, where an end, a time and a cancel come in the same turn.
 *
 * Each scenario counts which of its outcomes it has met, so that one that no order leads to
 * does not pass for tested.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/sync.h>
#include <weft/task.h>
#include <weft/test_task.h>

#include "in_task.h"
#include "orders.h"

enum { HOUR_MS = 3600 * 1000, MEMBERS = 4 };

/* How often a scenario has gone one way and the other. */
static struct {
    unsigned sleeps;
    int had;      /* what was waited for */
    int given_up; /* cancelled, or out of time */
} met;

static void in_every_order(weft_task_fn scenario)
{
    memset(&met, 0, sizeof(met));
    expect_in_any_order(scenario, NULL);
    if (orders() >= 1000) {
        cr_expect(gt(int, met.had, 0));
        cr_expect(gt(int, met.given_up, 0));
    }
}

/* Beside a limit of 10 ms: less, as much, or more.  Of one time the limit comes first. */
static int sleep_about_10_ms(void)
{
    return weft_sleep(9 + met.sleeps++ % 3);
}

/* --- Joins and yields */

static int yield_twice(void *arg)
{
    int rc = weft_yield();

    (void)arg;
    return rc < 0 ? rc : weft_yield() + 7;
}

/* Cancelled or not, the child ends on its own, and is joined in the end. */
static int join_a_child(void *arg)
{
    weft_task *child;
    int result = 0;
    int rc = weft_spawn(&child, yield_twice, NULL);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_task_join(child, &result);
    if (rc == UV_ECANCELED) {
        met.given_up++;
        weft_task_uncancel();
        rc = weft_task_join(child, &result);
    } else {
        met.had++;
    }
    return rc == 0 && result == 7 ? 0 : UV_EIO;
}

static int cancel_a_join(void *arg)
{
    weft_task *task;
    int result = 0;
    int rc = weft_spawn(&task, join_a_child, arg);

    for (int i = 0; i < 2 && rc == 0; i++)
        rc = weft_yield();
    if (rc < 0)
        return rc;
    weft_task_cancel(task);
    rc = weft_task_join(task, &result);
    return rc < 0 ? rc : result;
}

WEFT_TEST(order, of_a_childs_end_and_a_cancel)
{
    in_every_order(cancel_a_join);
}

static int give_after_a_while(void *arg)
{
    (void)arg;
    return sleep_about_10_ms() + 7;
}

/* Its end and the deadline come close to one another. */
static int join_in_time(void *arg)
{
    weft_task *child;
    int result = 0;
    int rc = weft_spawn(&child, give_after_a_while, NULL);
    bool expired;

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_yield(); /* so that it sleeps */
    if (rc == 0) {
        WEFT_TIMEOUT(limit, 10);
        rc = weft_task_join(child, &result);
        expired = weft_scope_expired(&limit);
        if (expired != (rc == UV_ETIMEDOUT))
            return UV_EIO;
    }
    if (rc == UV_ETIMEDOUT) {
        met.given_up++;
        rc = weft_task_join(child, &result);
    } else {
        met.had++;
    }
    return rc == 0 && result == 7 ? 0 : UV_EIO;
}

WEFT_TEST(order, of_a_childs_end_and_a_deadline)
{
    in_every_order(join_in_time);
}

/* --- Times */

static int ring_after_a_while(void *arg)
{
    int rc = sleep_about_10_ms();

    if (rc == 0)
        weft_event_set(arg);
    return rc;
}

/* A scope has expired where its time was what ended the wait, and only there. */
static int wait_10_ms(void *arg)
{
    int rc;

    WEFT_TIMEOUT(limit, 10);
    rc = weft_event_wait(arg);
    if (rc == 0)
        met.had++;
    else
        met.given_up++;
    if (rc != 0 && rc != UV_ETIMEDOUT)
        return rc;
    return weft_scope_expired(&limit) == (rc == UV_ETIMEDOUT) ? 0 : UV_EIO;
}

/* A shield keeps the time out, and what lies behind it does not. */
static int sleep_behind_a_shield(void *arg)
{
    uint64_t began_ms = weft_now_ms();
    int rc;

    (void)arg;
    WEFT_TIMEOUT(limit, 10);
    {
        WEFT_SHIELD(shield, HOUR_MS);
        rc = weft_sleep(20);
    }
    if (rc < 0)
        return rc;
    rc = weft_sleep(1);
    return rc == UV_ETIMEDOUT && weft_now_ms() - began_ms == 20 ? 0 : UV_EIO;
}

static int ring_and_wait(void *arg)
{
    weft_event rings = { 0 };
    int rc = 0;

    (void)arg;
    WEFT_GROUP(group, 0);
    for (int i = 0; i < MEMBERS && rc == 0; i++)
        rc = weft_group_go(group, i % 2 == 0 ? ring_after_a_while : wait_10_ms, &rings);
    if (rc == 0)
        rc = weft_group_go(group, sleep_behind_a_shield, NULL);
    if (rc == 0)
        rc = weft_group_wait(group);
    return rc == 0 ? weft_event_done(&rings) : rc;
}

WEFT_TEST(order, of_events_and_deadlines)
{
    in_every_order(ring_and_wait);
}

/* --- Groups */

struct team {
    int begun;
    int at_work;
};

static int work_10_ms(void *arg)
{
    struct team *team = arg;
    int mine = team->begun++;
    int rc;

    team->at_work++;
    rc = weft_sleep(10);
    if (rc < 0) {
        WEFT_SHIELD(shield, 0);
        (void)weft_sleep(1); /* others have ended meanwhile, and it is awaited */
    }
    team->at_work--;
    return rc == 0 && mine == 1 ? UV_EPIPE : rc; /* the second to begin fails */
}

static int run_a_team(struct team *team)
{
    WEFT_GROUP(group, 0);
    for (int i = 0; i < MEMBERS; i++) {
        int rc = weft_group_go(group, work_10_ms, team);

        if (rc < 0)
            return rc;
    }
    return weft_group_wait(group);
}

/* The group inside is one member of the group around it. */
static int lead_a_team(void *arg)
{
    struct team *team = arg;
    int rc = run_a_team(team);

    if (rc == UV_EPIPE)
        met.had++;
    else
        met.given_up++;
    return team->at_work == 0 && (rc == UV_EPIPE || rc == UV_ECANCELED) ? 0 : UV_EIO;
}

/* The leader is cancelled in the turn in which the members end. */
static int cancel_a_team(void *arg)
{
    struct team team = { 0 };

    (void)arg;
    return cancel_after(lead_a_team, 10, &team);
}

WEFT_TEST(order, of_members_ends_and_a_cancel)
{
    in_every_order(cancel_a_team);
}

WEFT_TEST(order, goes_on_whatever_wait_fails)
{
    uint64_t runs = 0;

    cr_expect(zero(int, weft_test_fail_waits(ring_and_wait, NULL, &runs)));
    cr_expect(ge(u64, runs, MEMBERS));
}
