/*
 * Task-locals: inherited, but not shared.
 */
#include <weft/task.h>

#include "failalloc.h"
#include "in_task.h"

static const weft_key red = { "red" }, green = { "green" }, blue = { "blue" };
static int one, two, three;

WEFT_TASK_TEST(local, what_was_set)
{
    cr_expect(eq(ptr, weft_local_get(&red), NULL));
    cr_assert(zero(int, weft_local_set(&red, &one)));
    cr_assert(zero(int, weft_local_set(&green, &two)));
    cr_expect(eq(ptr, weft_local_get(&red), &one));
    cr_expect(eq(ptr, weft_local_get(&green), &two));
    cr_expect(eq(ptr, weft_local_get(&blue), NULL));
    cr_assert(zero(int, weft_local_set(&red, &three)));
    cr_expect(eq(ptr, weft_local_get(&red), &three));
    cr_assert(zero(int, weft_local_set(&red, NULL)));
    cr_expect(eq(ptr, weft_local_get(&red), NULL));
}

static int look_and_change(void *arg)
{
    (void)arg;
    cr_expect(eq(ptr, weft_local_get(&red), &one));
    cr_assert(zero(int, weft_local_set(&red, &two)));
    cr_assert(zero(int, weft_local_set(&blue, &three)));
    cr_expect(zero(int, weft_yield()));
    cr_expect(eq(ptr, weft_local_get(&red), &two));
    return 0;
}

WEFT_TASK_TEST(local, children_inherit_and_change_their_own)
{
    weft_task *task;

    cr_assert(zero(int, weft_local_set(&red, &one)));
    cr_assert(zero(int, weft_spawn(&task, look_and_change, NULL)));
    cr_assert(zero(int, weft_local_set(&red, &three)), "after the start: not seen");
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(ptr, weft_local_get(&red), &three));
    cr_expect(eq(ptr, weft_local_get(&blue), NULL));
}

static int look(void *arg)
{
    return weft_local_get(&red) == arg ? 0 : UV_EINVAL;
}

WEFT_TASK_TEST(local, members_of_groups_inherit)
{
    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_local_set(&red, &one)));
    cr_assert(zero(int, weft_group_go(group, look, &one)));
    cr_expect(zero(int, weft_group_wait(group)));
}

WEFT_TASK_TEST(local, out_of_memory_changes_nothing)
{
    cr_assert(zero(int, weft_local_set(&red, &one)));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_local_set(&green, &two), UV_ENOMEM));
    cr_expect(zero(int, weft_local_set(&red, &two)), "it is there already");
    weft_test_fail_stop();
    cr_expect(eq(ptr, weft_local_get(&red), &two));
    cr_expect(eq(ptr, weft_local_get(&green), NULL));
}
