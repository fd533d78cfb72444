/*
 * The barrier: passed by all of a round, or by none of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>

#include <limits.h>

#include "cast.h"
#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static int pass(void *arg)
{
    struct actor *actor = arg;
    int rc = weft_barrier_wait(actor->stage);

    if (rc >= 0)
        note(actor->name);
    return rc;
}

WEFT_TASK_TEST(barrier, passed_together_in_order)
{
    weft_barrier barrier;
    struct actor actors[3];

    cr_assert(zero(int, weft_barrier_init(&barrier, 4)));
    for (int round = 0; round < 2; round++) {
        diary.length = 0;
        cast(actors, 3, pass, &barrier);
        cr_expect(eq(sz, weft_barrier_waiting(&barrier), 3));
        cr_expect(zero(sz, diary.length));
        cr_expect(eq(int, weft_barrier_wait(&barrier), 3), "the last place");
        cr_expect(zero(sz, weft_barrier_waiting(&barrier)));
        dismiss(actors, 3);
        for (int i = 0; i < 3; i++)
            cr_expect(eq(int, actors[i].rc, i));
        cr_expect(eq(str, diary.text, (char *)"abc"));
    }
    cr_expect(zero(int, weft_barrier_done(&barrier)));
}

WEFT_TASK_TEST(barrier, of_one_is_always_open)
{
    weft_barrier barrier;

    cr_assert(zero(int, weft_barrier_init(&barrier, 1)));
    weft_task_cancel(weft_task_current());
    cr_expect(zero(int, weft_barrier_wait(&barrier)), "what need not wait is not stopped");
    weft_task_uncancel();
}

/* Before those who pass have run, the next round has begun. */
WEFT_TASK_TEST(barrier, a_new_round_begins_at_once)
{
    weft_barrier barrier;
    struct actor first;
    struct actor second;

    cr_assert(zero(int, weft_barrier_init(&barrier, 2)));
    cast(&first, 1, pass, &barrier);
    cr_expect(eq(int, weft_barrier_wait(&barrier), 1));
    cast(&second, 1, pass, &barrier);
    cr_expect(weft_task_ended(first.task));
    cr_expect(not(weft_task_ended(second.task)));
    cr_expect(eq(int, weft_barrier_wait(&barrier), 1));
    dismiss(&first, 1);
    dismiss(&second, 1);
    cr_expect(zero(int, first.rc));
    cr_expect(zero(int, second.rc));
}

/* --- Cancelled and out of time ----------------------------------------------------------- */

WEFT_TASK_TEST(barrier, who_gives_up_is_not_counted)
{
    weft_barrier barrier;
    struct actor actors[3];
    struct actor late;

    cr_assert(zero(int, weft_barrier_init(&barrier, 4)));
    cast(actors, 3, pass, &barrier);
    weft_task_cancel(actors[0].task);
    cr_expect(eq(sz, weft_barrier_waiting(&barrier), 2));
    cast(&late, 1, pass, &barrier);
    cr_expect(not(weft_barrier_is_broken(&barrier)));
    cr_expect(eq(int, weft_barrier_wait(&barrier), 3));
    dismiss(actors, 3);
    dismiss(&late, 1);
    cr_expect(eq(int, actors[0].rc, UV_ECANCELED));
    cr_expect(zero(int, actors[1].rc), "each place is given once");
    cr_expect(eq(int, actors[2].rc, 1));
    cr_expect(eq(int, late.rc, 2));
}

static int pass_in_time(void *arg)
{
    WEFT_TIMEOUT(limit, 2);

    return pass(arg);
}

WEFT_TASK_TEST(barrier, out_of_time)
{
    weft_barrier barrier;
    struct actor actor;

    cr_assert(zero(int, weft_barrier_init(&barrier, 2)));
    cast(&actor, 1, pass_in_time, &barrier);
    dismiss(&actor, 1);
    cr_expect(eq(int, actor.rc, UV_ETIMEDOUT));
    cr_expect(zero(sz, weft_barrier_waiting(&barrier)));
    cr_expect(not(weft_barrier_is_broken(&barrier)));
}

WEFT_TASK_TEST(barrier, passed_before_the_cancel)
{
    weft_barrier barrier;
    struct actor actor;

    cr_assert(zero(int, weft_barrier_init(&barrier, 2)));
    cast(&actor, 1, pass, &barrier);
    cr_expect(eq(int, weft_barrier_wait(&barrier), 1));
    weft_task_cancel(actor.task);
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc), "all have passed, or none");
}

/* --- Broken ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(barrier, aborted_stays_broken)
{
    weft_barrier barrier;
    struct actor actors[2];

    cr_assert(zero(int, weft_barrier_init(&barrier, 3)));
    cast(actors, 2, pass, &barrier);
    weft_barrier_abort(&barrier);
    cr_expect(weft_barrier_is_broken(&barrier));
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, WEFT_EBROKEN));
    cr_expect(eq(int, actors[1].rc, WEFT_EBROKEN));
    cr_expect(eq(int, weft_barrier_wait(&barrier), WEFT_EBROKEN));
    weft_barrier_reset(&barrier);
    cr_expect(not(weft_barrier_is_broken(&barrier)));
    cast(actors, 2, pass, &barrier);
    cr_expect(eq(int, weft_barrier_wait(&barrier), 2));
    dismiss(actors, 2);
}

WEFT_TASK_TEST(barrier, reset_sends_away)
{
    weft_barrier barrier;
    struct actor actors[2];
    struct actor late;

    cr_assert(zero(int, weft_barrier_init(&barrier, 3)));
    cast(actors, 2, pass, &barrier);
    weft_barrier_reset(&barrier);
    cast(&late, 1, pass, &barrier);
    dismiss(actors, 2);
    cr_expect(eq(int, actors[0].rc, WEFT_EBROKEN));
    cr_expect(eq(sz, weft_barrier_waiting(&barrier), 1), "it is whole for who came later");
    weft_barrier_abort(&barrier);
    weft_task_cancel(late.task);
    dismiss(&late, 1);
    cr_expect(eq(int, late.rc, WEFT_EBROKEN), "it was broken before the cancel");
}

/* --- Misuse ------------------------------------------------------------------------------ */

WEFT_TEST(barrier, refuses_impossible_numbers)
{
    weft_barrier barrier;

    keep_log();
    cr_expect(eq(int, weft_barrier_init(&barrier, 0), WEFT_EMISUSE));
    cr_expect(logged_one("weft_barrier_init"));
    cr_expect(eq(int, weft_barrier_init(&barrier, (unsigned)INT_MAX + 1), WEFT_EMISUSE));
    cr_expect(zero(int, weft_barrier_init(&barrier, INT_MAX)));
    cr_expect(eq(int, weft_barrier_wait(&barrier), WEFT_EMISUSE), "outside of tasks");
    cr_expect(zero(int, weft_barrier_done(&barrier)));
    cr_expect(zero(int, weft_barrier_done(NULL)));
}

WEFT_TASK_TEST(barrier, has_to_be_made)
{
    weft_barrier barrier = { 0 };

    keep_log();
    cr_expect(eq(int, weft_barrier_wait(&barrier), WEFT_EMISUSE));
    cr_expect(logged_one("was not made"));
}

WEFT_TASK_TEST(barrier, destroyed_while_waited_for)
{
    weft_barrier barrier;
    struct actor actor;

    keep_log();
    cr_assert(zero(int, weft_barrier_init(&barrier, 2)));
    cast(&actor, 1, pass, &barrier);
    cr_expect(eq(int, weft_barrier_done(&barrier), UV_EBUSY));
    cr_expect(logged_one("weft_barrier_done"));
    cr_expect(eq(int, weft_barrier_wait(&barrier), 1), "nothing has changed");
    cr_expect(zero(int, weft_barrier_done(&barrier)));
    dismiss(&actor, 1);
    cr_expect(zero(int, actor.rc));
}

WEFT_TASK_TEST(barrier, needs_no_memory)
{
    weft_barrier barrier;
    struct actor actors[2];

    cr_assert(zero(int, weft_barrier_init(&barrier, 3)));
    cast(actors, 2, pass, &barrier);
    weft_test_fail_alloc_from(1);
    cr_expect(eq(int, weft_barrier_wait(&barrier), 2));
    dismiss(actors, 2);
    cr_expect(not(weft_test_fail_stop()));
}

/* --- Any order, any failure -------------------------------------------------------------- */

enum { PARTIES = 3, ROUNDS = 4 };

/* Nobody may be in a round that another has not left, and each place is taken once a round. */
struct race {
    weft_barrier barrier;
    int places[ROUNDS]; /* a bit for each that was given */
    int arrived[ROUNDS];
};

static int run_rounds(void *arg)
{
    struct race *race = arg;

    for (int round = 0; round < ROUNDS; round++) {
        int place;

        race->arrived[round]++;
        place = weft_barrier_wait(&race->barrier);
        if (place < 0) {
            weft_barrier_abort(&race->barrier);
            return place;
        }
        if (race->arrived[round] != PARTIES || (race->places[round] & 1 << place) != 0)
            return UV_EPROTO;
        race->places[round] |= 1 << place;
    }
    return 0;
}

/* One that comes, finds it too slow, and goes: it must not count. */
static int look_in(void *arg)
{
    struct race *race = arg;
    int rc;

    WEFT_TIMEOUT(limit, 1);
    rc = weft_barrier_wait(&race->barrier);
    return rc == UV_ETIMEDOUT ? 0 : rc;
}

static int compete(void *arg)
{
    struct race race = { .arrived = { 0 } };
    int rc = weft_barrier_init(&race.barrier, PARTIES);

    (void)arg;
    WEFT_GROUP(group, 0);
    if (rc == 0)
        rc = weft_group_go(group, look_in, &race);
    if (rc == 0)
        rc = weft_sleep(2);
    for (int i = 0; i < PARTIES && rc == 0; i++)
        rc = weft_group_go(group, run_rounds, &race);
    if (rc == 0)
        rc = weft_group_wait(group);
    weft_group_done(group);
    if (weft_barrier_done(&race.barrier) < 0)
        return UV_EPROTO;
    for (int round = 0; rc == 0 && round < ROUNDS; round++) {
        if (race.places[round] != (1 << PARTIES) - 1)
            rc = UV_EPROTO;
    }
    return rc;
}

WEFT_TEST(barrier, holds_in_any_order)
{
    expect_in_any_order(compete, NULL);
}

WEFT_TEST(barrier, holds_whatever_wait_fails)
{
    expect_whatever_wait_fails(compete, NULL, 5);
}
