/*
 * Rounds: ready tasks run one after another, and one that suspends goes straight on in the
 * next.  Whether they began before, end, or start others, the order is that of getting ready.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/task.h>

#include "in_task.h"
#include "task/task.h"

static char order[64];
static size_t length;

static void note(char what)
{
    cr_assert(lt(sz, length, sizeof(order) - 1));
    order[length++] = what;
    order[length] = '\0';
}

struct runner {
    char name;
    int turns;
};

static int take_turns(void *arg)
{
    const struct runner *runner = arg;
    int rc = 0;

    note(runner->name);
    for (int turn = 1; turn < runner->turns && rc == 0; turn++) {
        rc = weft_yield();
        note(runner->name);
    }
    return rc;
}

WEFT_TASK_TEST(round, runs_in_order_though_some_end)
{
    struct runner runners[] = { { 'a', 4 }, { 'b', 2 }, { 'c', 1 }, { 'd', 3 } };
    WEFT_GROUP(group, 0);

    length = 0;
    for (size_t i = 0; i < 4; i++)
        cr_assert(zero(int, weft_group_go(group, take_turns, &runners[i])));
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(str, order, (char *)"abcdabdada"));
}

/* A task that begins stands between two that go on. */
static int yield_and_start(void *arg)
{
    weft_group *group = arg;
    static struct runner late[] = { { 'x', 2 }, { 'y', 1 } };

    note('s');
    for (size_t i = 0; i < 2; i++)
        cr_expect(zero(int, weft_group_go(group, take_turns, &late[i])));
    cr_expect(zero(int, weft_yield()));
    note('s');
    return 0;
}

WEFT_TASK_TEST(round, takes_in_what_begins)
{
    struct runner runners[] = { { 'a', 3 }, { 'b', 3 } };
    WEFT_GROUP(group, 0);

    length = 0;
    cr_assert(zero(int, weft_group_go(group, take_turns, &runners[0])));
    cr_assert(zero(int, weft_group_go(group, yield_and_start, group)));
    cr_assert(zero(int, weft_group_go(group, take_turns, &runners[1])));
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(str, order, (char *)"asbxyasbxab"));
}

/* A cancel reaches a task that stands in the round, in either way of going on. */
static int cancel_others(void *arg)
{
    weft_group *group = arg;

    cr_expect(zero(int, weft_yield()));
    note('!');
    weft_group_cancel(group);
    return 0;
}

static int note_cancel(void *arg)
{
    int rc = weft_yield();

    if (rc == 0)
        rc = weft_yield();
    note(rc == UV_ECANCELED ? *(char *)arg : '?');
    return rc;
}

WEFT_TASK_TEST(round, cancels_reach_who_stands_in_it)
{
    char names[] = "ab";
    WEFT_GROUP(group, 0);

    length = 0;
    cr_assert(zero(int, weft_group_go(group, cancel_others, group)));
    cr_assert(zero(int, weft_group_go(group, note_cancel, &names[0])));
    cr_assert(zero(int, weft_group_go(group, note_cancel, &names[1])));
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(str, order, (char *)"!ab"), "at the yield that they stood in");
}

/*
 * What is started where an end is told, on the loop's stack, runs by itself: it must not go on
 * in the round from there, or a thousand ends would lie on that stack.
 */
static struct runner at_end = { 'z', 2 };

static void start_at_end(weft_task *task, void *arg)
{
    weft_loop *loop = weft_loop_current();

    (void)task;
    (void)arg;
    note('(');
    cr_expect(zero(int, weft__task_start(loop, NULL, take_turns, &at_end, NULL)));
    note(')');
}

WEFT_TEST(round, starts_at_an_end_stay_out_of_it)
{
    struct runner first = { 'a', 2 }, second = { 'b', 3 };
    weft_loop *loop;

    length = 0;
    cr_assert(zero(int, weft__loop_new(&loop, NULL)));
    cr_assert(zero(int, weft__task_start(loop, NULL, take_turns, &first, start_at_end)));
    cr_assert(zero(int, weft__task_start(loop, NULL, take_turns, &second, NULL)));
    weft__loop_run(loop);
    cr_expect(eq(str, order, (char *)"aba(z)bzb"));
    weft__loop_free(loop);
}
