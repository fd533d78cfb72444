/*
 * The deadline that moves for all tasks that have inherited it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/deadline.h"

#include <string.h>
#include <weft/sync.h>
#include <weft/task.h>

#include "in_task.h"

enum { SHORT_MS = 500, LONG_MS = 60000 };

static struct weft__moving_deadline moving;
static weft_event gate;
static uint64_t base_ms;

/* A task that waits at the gate, and what its deadline was before and behind it. */
struct waiter {
    uint64_t own_ms; /* of a scope of its own, or of its group; 0: none */
    uint64_t before_ms;
    uint64_t behind_ms;
    int rc;
};

static int wait_here(void *arg)
{
    struct waiter *waiter = arg;

    waiter->before_ms = weft_deadline_ms();
    waiter->rc = weft_event_wait(&gate);
    waiter->behind_ms = weft_deadline_ms();
    return 0;
}

static int wait_in_a_scope(void *arg)
{
    struct waiter *waiter = arg;

    WEFT_DEADLINE(own, waiter->own_ms);
    return wait_here(waiter);
}

static int wait_in_a_shield(void *arg)
{
    WEFT_SHIELD(own, LONG_MS / 2);
    return wait_here(arg);
}

static int wait_below(void *arg)
{
    weft_task *task;
    int rc = weft_spawn(&task, wait_here, arg);

    if (rc == 0) {
        WEFT_SHIELD(until_it_ends, UINT32_MAX);
        rc = weft_task_join(task, NULL);
    }
    return rc;
}

static int wait_below_a_scope(void *arg)
{
    struct waiter *waiter = arg;

    WEFT_DEADLINE(own, waiter->own_ms);
    return wait_below(arg);
}

static int wait_in_a_group(void *arg)
{
    struct waiter *waiter = arg;

    WEFT_GROUP(group, waiter->own_ms == 0 ? 0 : waiter->own_ms - weft_now_ms());
    cr_expect(zero(int, weft_group_go(group, wait_below, arg)));
    WEFT_SHIELD(until_it_ends, UINT32_MAX);
    return weft_group_wait(group);
}

static void open_gate(void)
{
    weft_event_clear(&gate);
    base_ms = weft_now_ms();
}

static void until_begun(const struct waiter *waiter)
{
    while (waiter->before_ms == 0 && weft_yield() == 0)
        ;
}

/* --- Where it is inherited -----------------------------------------------------------------
 */

struct inherited {
    const char *what;
    weft_task_fn fn;
    uint64_t own_ms; /* after `base_ms` */
    uint64_t first_ms, later_ms,
        gone_ms; /* what counts; after `base_ms`, UINT64_MAX for none */
};

static const struct inherited rows[] = {
    { "a task", wait_here, 0, 1000, 2000, UINT64_MAX },
    { "a task of a task", wait_below, 0, 1000, 2000, UINT64_MAX },
    { "an earlier scope", wait_in_a_scope, 500, 500, 500, 500 },
    { "a scope in between", wait_in_a_scope, 1500, 1000, 1500, 1500 },
    { "a later scope", wait_in_a_scope, 5000, 1000, 2000, 5000 },
    { "below an earlier scope", wait_below_a_scope, 500, 500, 500, 500 },
    { "below a scope in between", wait_below_a_scope, 1500, 1000, 1500, 1500 },
    { "below a later scope", wait_below_a_scope, 5000, 1000, 2000, 5000 },
    { "below a member", wait_in_a_group, 0, 1000, 2000, UINT64_MAX },
};

static uint64_t after(uint64_t ms)
{
    return ms == UINT64_MAX ? UINT64_MAX : base_ms + ms * 100;
}

static void play(const struct inherited *row, uint64_t to_ms, uint64_t expected_ms)
{
    struct waiter waiter = { 0 };
    weft_task *task;

    weft__deadline_enter(&moving, after(1000));
    waiter.own_ms = row->own_ms == 0 ? 0 : after(row->own_ms);
    cr_expect(eq(u64, weft_deadline_ms(), after(1000)));
    cr_assert(zero(int, weft_spawn(&task, row->fn, &waiter)));
    until_begun(&waiter);
    weft__deadline_move(&moving, to_ms);
    cr_expect(eq(u64, weft_deadline_ms(), to_ms));
    weft_event_set(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)), "%s", row->what);
    cr_expect(weft__list_empty(&moving.heirs), "%s", row->what);
    weft__deadline_leave(&moving);
    cr_expect(zero(int, waiter.rc), "%s", row->what);
    cr_expect(eq(u64, waiter.before_ms, after(row->first_ms)), "%s", row->what);
    cr_expect(eq(u64, waiter.behind_ms, expected_ms), "%s", row->what);
    weft_event_clear(&gate);
}

WEFT_TASK_TEST(moving_deadline, reaches_all_who_inherited_it)
{
    open_gate();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        play(&rows[i], after(2000), after(rows[i].later_ms));
        play(&rows[i], UINT64_MAX, after(rows[i].gone_ms));
        play(&rows[i], after(100), after(100));
    }
}

WEFT_TASK_TEST(moving_deadline, is_capped_by_a_group)
{
    struct waiter waiter = { 0 };

    open_gate();
    waiter.own_ms = base_ms + LONG_MS;
    weft__deadline_enter(&moving, base_ms + LONG_MS / 2);
    weft_task *task;
    cr_assert(zero(int, weft_spawn(&task, wait_in_a_group, &waiter)));
    until_begun(&waiter);
    cr_expect(eq(u64, waiter.before_ms, base_ms + LONG_MS / 2));
    weft__deadline_move(&moving, UINT64_MAX);
    weft_event_set(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(ge(u64, waiter.behind_ms, waiter.own_ms - 1000));
    cr_expect(le(u64, waiter.behind_ms, waiter.own_ms + 1000));
    weft__deadline_leave(&moving);
}

WEFT_TASK_TEST(moving_deadline, does_not_reach_into_a_shield)
{
    struct waiter waiter = { 0 };
    weft_task *task;

    open_gate();
    weft__deadline_enter(&moving, base_ms + LONG_MS);
    cr_assert(zero(int, weft_spawn(&task, wait_in_a_shield, &waiter)));
    until_begun(&waiter);
    weft__deadline_move(&moving, 0);
    weft_event_set(&gate);
    weft__deadline_leave(&moving);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(zero(int, waiter.rc));
    cr_expect(eq(u64, waiter.before_ms, waiter.behind_ms));
}

/* Nor is it inherited by tasks that are started in one. */
WEFT_TASK_TEST(moving_deadline, is_not_inherited_in_a_shield)
{
    struct waiter waiter = { 0 };
    weft_task *task;

    open_gate();
    weft__deadline_enter(&moving, base_ms + LONG_MS);
    weft_scope shield;
    weft_scope_shield(&shield, 2 * LONG_MS);
    cr_assert(zero(int, weft_spawn(&task, wait_below, &waiter)));
    cr_expect(weft__list_empty(&moving.heirs));
    until_begun(&waiter);
    weft__deadline_move(&moving, 0);
    weft_event_set(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    weft_scope_leave(&shield);
    weft__deadline_leave(&moving);
    cr_expect(zero(int, waiter.rc));
    cr_expect(gt(u64, waiter.behind_ms, base_ms + LONG_MS));
}

/* --- What it does to waits ---------------------------------------------------------------- */

WEFT_TASK_TEST(moving_deadline, ends_and_spares_waits)
{
    static const struct {
        uint64_t first_ms, then_ms;
        int rc;
    } cases[] = {
        { LONG_MS, 0, UV_ETIMEDOUT },
        { LONG_MS, 5, UV_ETIMEDOUT },
        { SHORT_MS, LONG_MS, 0 },
        { SHORT_MS, UINT64_MAX, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct waiter waiters[3] = { 0 };
        weft_task *tasks[3];

        open_gate();
        weft__deadline_enter(&moving, base_ms + cases[i].first_ms);
        for (size_t n = 0; n < 3; n++)
            cr_assert(
                zero(int, weft_spawn(&tasks[n], n == 0 ? wait_here : wait_below, &waiters[n])));
        for (size_t n = 0; n < 3; n++)
            until_begun(&waiters[n]);
        weft__deadline_move(
            &moving, cases[i].then_ms == UINT64_MAX ? UINT64_MAX : base_ms + cases[i].then_ms);
        if (cases[i].rc == 0) {
            cr_expect(zero(int, weft_sleep(SHORT_MS + 50)));
            weft_event_set(&gate);
        }
        weft_scope shield;
        weft_scope_shield(&shield, LONG_MS);
        for (size_t n = 0; n < 3; n++) {
            cr_expect(zero(int, weft_task_join(tasks[n], NULL)));
            cr_expect(eq(int, waiters[n].rc, cases[i].rc), "%zu, %zu", i, n);
        }
        weft_scope_leave(&shield);
        weft__deadline_leave(&moving);
    }
}

/* --- Its end ------------------------------------------------------------------------------ */

WEFT_TASK_TEST(moving_deadline, stays_with_those_who_outlive_its_scope)
{
    struct waiter waiters[2] = { 0 };
    weft_task *task;
    weft_task *next;

    open_gate();
    weft__deadline_enter(&moving, base_ms + LONG_MS);
    cr_assert(zero(int, weft_spawn(&task, wait_below, &waiters[0])));
    until_begun(&waiters[0]);
    weft__deadline_move(&moving, base_ms + 2 * LONG_MS);
    weft__deadline_leave(&moving);
    memset(&moving, 0xff, sizeof(moving)); /* nobody looks at it any more */
    cr_expect(eq(u64, weft_deadline_ms(), UINT64_MAX));
    cr_assert(zero(int, weft_spawn(&next, wait_below, &waiters[1])));
    until_begun(&waiters[1]);
    weft_event_set(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(zero(int, weft_task_join(next, NULL)));
    cr_expect(eq(u64, waiters[0].before_ms, base_ms + LONG_MS));
    cr_expect(eq(u64, waiters[0].behind_ms, base_ms + 2 * LONG_MS));
    cr_expect(eq(u64, waiters[1].before_ms, UINT64_MAX));
}

/* A task that is cancelled before it begins leaves no trace either. */
WEFT_TASK_TEST(moving_deadline, forgets_those_who_never_begin)
{
    struct waiter waiter = { 0 };
    weft_task *task;
    int result;

    open_gate();
    weft__deadline_enter(&moving, base_ms + LONG_MS);
    cr_assert(zero(int, weft_spawn(&task, wait_here, &waiter)));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(weft__list_empty(&moving.heirs));
    weft__deadline_leave(&moving);
}

/* Of two the inner one moves, and the outer one counts as it is. */
WEFT_TASK_TEST(moving_deadline, within_another)
{
    struct weft__moving_deadline outer;
    struct waiter waiter = { 0 };
    weft_task *task;

    open_gate();
    weft__deadline_enter(&outer, base_ms + 2 * LONG_MS);
    weft__deadline_enter(&moving, base_ms + LONG_MS);
    cr_assert(zero(int, weft_spawn(&task, wait_below, &waiter)));
    until_begun(&waiter);
    weft__deadline_move(&moving, UINT64_MAX);
    weft_event_set(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    weft__deadline_leave(&moving);
    weft__deadline_leave(&outer);
    cr_expect(eq(u64, waiter.before_ms, base_ms + LONG_MS));
    cr_expect(eq(u64, waiter.behind_ms, base_ms + 2 * LONG_MS));
}
