/*
 * Tasks: spawning, joining, ending with what they own.
 */
#include <weft/task.h>

#include "task/task.h"
#include "test.h"

static int give(void *arg)
{
    return *(int *)arg;
}

static int nap_and_give(void *arg)
{
    int rc = weft_sleep(1);

    return rc < 0 ? rc : *(int *)arg;
}

/* --- join */

static int join_two(void *arg)
{
    int three = 3, four = 4, got_three, got_four;
    weft_task *first, *second;

    (void)arg;
    cr_assert(zero(int, weft_spawn(&first, nap_and_give, &three)));
    cr_assert(zero(int, weft_spawn(&second, give, &four)));
    cr_expect(not(weft_task_ended(second)), "it runs when the caller suspends");
    cr_expect(zero(int, weft_task_join(first, &got_three)));
    cr_expect(weft_task_ended(second));
    cr_expect(zero(int, weft_task_join(second, &got_four)));
    return got_three + got_four;
}

WEFT_TEST(task, join_gives_the_result)
{
    cr_assert(eq(int, weft_run(join_two, NULL), 7));
    cr_assert(eq(ptr, weft_loop_current(), NULL));
}
