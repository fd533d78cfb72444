/*
 * Scopes: deadlines, shields, and what comes out on top when several apply.
 */
#include <weft/task.h>

#include "in_task.h"

enum { LONG_MS = 60000 };

/* Let the clock of the loop reach `ms`, without waiting for anything. */
static void compute_until(uint64_t ms)
{
    while (weft_now_ms() < ms)
        uv_update_time(weft_loop_uv(weft_loop_current()));
}

/* --- Deadlines */

WEFT_TASK_TEST(timeout, ends_a_wait)
{
    weft_scope scope;

    weft_scope_enter(&scope, 5);
    cr_expect(eq(u64, weft_deadline_ms(), scope.deadline_ms));
    cr_expect(not(weft_scope_expired(&scope)));
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT), "and all later ones inside");
    cr_expect(eq(int, weft_yield(), UV_ETIMEDOUT));
    cr_expect(eq(int, weft_check_cancelled(), UV_ETIMEDOUT));
    weft_scope_leave(&scope);
    cr_expect(weft_scope_expired(&scope), "it can be asked afterwards");
    cr_expect(zero(int, weft_sleep(1)));
}

WEFT_TASK_TEST(timeout, not_reached)
{
    WEFT_TIMEOUT(scope, LONG_MS);
    cr_expect(zero(int, weft_sleep(1)));
    cr_expect(not(weft_scope_expired(&scope)));
}

WEFT_TASK_TEST(timeout, none)
{
    WEFT_TIMEOUT(scope, 0);
    cr_expect(eq(u64, weft_deadline_ms(), UINT64_MAX));
    cr_expect(zero(int, weft_sleep(1)));
}

WEFT_TASK_TEST(timeout, sleep_that_is_due_first_is_no_failure)
{
    WEFT_DEADLINE(scope, weft_now_ms() + 1000);
    cr_expect(zero(int, weft_sleep(2)));
}

WEFT_TASK_TEST(timeout, in_the_past)
{
    WEFT_DEADLINE(scope, 0);
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
}

WEFT_TASK_TEST(timeout, overflow_is_for_ever)
{
    WEFT_TIMEOUT(scope, UINT64_MAX);
    cr_expect(eq(u64, weft_deadline_ms(), UINT64_MAX));
}

/* A computation does not turn the loop: only the asking moves its clock. */
WEFT_TASK_TEST(timeout, shows_in_a_computation)
{
    int rounds = 0;

    WEFT_TIMEOUT(scope, 5);
    while (weft_check_cancelled() == 0)
        rounds++;
    cr_expect(gt(int, rounds, 0));
    cr_expect(weft_scope_expired(&scope));
}

WEFT_TASK_TEST(timeout, begins_when_it_is_entered)
{
    uint64_t before_ns;

    before_ns = uv_hrtime();
    while (uv_hrtime() - before_ns < 60000000)
        ; /* the loop's clock stands still */
    WEFT_TIMEOUT(scope, 50);
    cr_expect(zero(int, weft_sleep(1)));
}

/* --- Nesting */

WEFT_TASK_TEST(nested, the_outer_is_nearer)
{
    WEFT_TIMEOUT(outer, 5);
    WEFT_TIMEOUT(inner, LONG_MS);
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&outer));
    cr_expect(not(weft_scope_expired(&inner)));
}

WEFT_TASK_TEST(nested, the_inner_is_nearer)
{
    WEFT_TIMEOUT(outer, LONG_MS);
    {
        WEFT_TIMEOUT(inner, 5);
        cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
        cr_expect(weft_scope_expired(&inner));
    }
    cr_expect(zero(int, weft_sleep(1)), "the outer one goes on");
    cr_expect(not(weft_scope_expired(&outer)));
}

WEFT_TASK_TEST(nested, of_equal_ones_the_outer_counts)
{
    uint64_t deadline_ms = weft_now_ms() + 5;

    WEFT_DEADLINE(outer, deadline_ms);
    WEFT_DEADLINE(inner, deadline_ms);
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&outer));
    cr_expect(not(weft_scope_expired(&inner)));
}

WEFT_TASK_TEST(nested, a_scope_may_be_left_early)
{
    WEFT_TIMEOUT(scope, 1);
    weft_scope_leave(&scope);
    cr_expect(zero(int, weft_sleep(5)));
}

/* --- Moving */

WEFT_TASK_TEST(moved, later_and_earlier)
{
    WEFT_TIMEOUT(outer, LONG_MS);
    WEFT_TIMEOUT(middle, 1);
    WEFT_TIMEOUT(inner, 0);
    cr_expect(eq(u64, weft_deadline_ms(), middle.own_ms));
    weft_scope_set_deadline(&middle, UINT64_MAX);
    cr_expect(eq(u64, weft_deadline_ms(), outer.own_ms), "it shows in the scopes inside");
    cr_expect(zero(int, weft_sleep(5)));
    weft_scope_set_deadline(&outer, weft_now_ms() + 1);
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&outer));
}

static int sleep_in_scope(void *arg)
{
    weft_scope *scope = arg;
    int rc;

    weft_scope_enter(scope, LONG_MS);
    rc = weft_sleep(LONG_MS);
    weft_scope_leave(scope);
    return rc;
}

WEFT_TASK_TEST(moved, while_its_task_waits)
{
    weft_scope scope;
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, sleep_in_scope, &scope)));
    cr_assert(zero(int, weft_yield()));
    weft_scope_set_deadline(&scope, 0);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
}

/* --- Cancelling a scope */

WEFT_TASK_TEST(scope_cancel, ends_a_wait_of_another_task)
{
    weft_scope scope;
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, sleep_in_scope, &scope)));
    cr_assert(zero(int, weft_yield()));
    weft_scope_cancel(&scope);
    weft_scope_cancel(&scope);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(not(weft_scope_expired(&scope)));
}

WEFT_TASK_TEST(scope_cancel, lasts_as_long_as_the_scope)
{
    {
        WEFT_TIMEOUT(outer, 0);
        {
            WEFT_TIMEOUT(inner, 0);
            weft_scope_cancel(&inner);
            cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
            cr_expect(eq(int, weft_yield(), UV_ECANCELED));
        }
        cr_expect(zero(int, weft_sleep(1)));
        weft_scope_cancel(&outer);
        WEFT_TIMEOUT(inner, 0);
        cr_expect(eq(int, weft_sleep(1), UV_ECANCELED), "the inner is inside of the outer");
    }
    cr_expect(zero(int, weft_sleep(1)));
}

WEFT_TASK_TEST(scope_cancel, beats_a_deadline_that_has_passed)
{
    WEFT_TIMEOUT(outer, 0);
    WEFT_DEADLINE(inner, 0);
    cr_expect(eq(int, weft_sleep(1), UV_ETIMEDOUT));
    weft_scope_cancel(&outer);
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
}

WEFT_TASK_TEST(scope_cancel, of_the_task_beats_a_deadline_that_has_passed)
{
    WEFT_DEADLINE(scope, 0);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
    weft_task_uncancel();
    cr_expect(eq(int, weft_sleep(1), UV_ETIMEDOUT));
}

/* --- Shields */

WEFT_TASK_TEST(shield, keeps_out_cancels_and_deadlines)
{
    WEFT_DEADLINE(outer, 0);
    weft_task_cancel(weft_task_current());
    {
        WEFT_SHIELD(shield, 0);
        cr_expect(zero(int, weft_sleep(1)));
        cr_expect(zero(int, weft_check_cancelled()));
        weft_scope_cancel(&outer);
        cr_expect(zero(int, weft_sleep(1)));
        WEFT_TIMEOUT(inner, 1);
        cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT), "a deadline inside counts");
    }
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
    weft_task_uncancel();
}

WEFT_TASK_TEST(shield, is_bounded)
{
    {
        WEFT_SHIELD(shield, 0);
        compute_until(weft_now_ms() + 1);
        cr_expect(le(u64, weft_deadline_ms(), weft_now_ms() + 5000));
    }
    WEFT_SHIELD(shield, 2);
    cr_expect(eq(int, weft_sleep(LONG_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&shield));
}

static int sleep_shielded(void *arg)
{
    int *order = arg;
    int rc;

    {
        WEFT_SHIELD(shield, 0);
        rc = weft_sleep(10);
        *order = rc;
    }
    return weft_sleep(LONG_MS);
}

/* A cancel that comes while a shielded wait lasts shows after the shield. */
WEFT_TASK_TEST(shield, holds_a_cancel_back)
{
    weft_task *task;
    int inside = 1, result;

    cr_assert(zero(int, weft_spawn(&task, sleep_shielded, &inside)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(zero(int, inside));
    cr_expect(eq(int, result, UV_ECANCELED));
}

/* --- Inheriting */

static int tell_deadline(void *arg)
{
    *(uint64_t *)arg = weft_deadline_ms();
    return weft_sleep(LONG_MS);
}

WEFT_TASK_TEST(inherited, deadline_of_the_parent)
{
    uint64_t inherited;
    weft_task *task;
    int result;

    {
        WEFT_TIMEOUT(scope, 5);
        cr_assert(zero(int, weft_spawn(&task, tell_deadline, &inherited)));
    }
    cr_expect(zero(int, weft_task_join(task, &result)), "the parent has left the scope");
    cr_expect(eq(int, result, UV_ETIMEDOUT));
}

WEFT_TASK_TEST(inherited, not_the_shield)
{
    uint64_t inherited;
    weft_task *task;
    int result;

    WEFT_SHIELD(shield, 0);
    cr_assert(zero(int, weft_spawn(&task, tell_deadline, &inherited)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(eq(u64, inherited, shield.deadline_ms), "but its bound");
}

WEFT_TEST(scope, outside_of_tasks_does_nothing)
{
    WEFT_TIMEOUT(scope, 1);
    weft_scope_cancel(&scope);
    weft_scope_set_deadline(&scope, 5);
    cr_expect(not(weft_scope_expired(&scope)));
}
