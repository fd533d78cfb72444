/*
 * support/in_task.h - WEFT_TASK_TEST: a test whose body runs in a task; tasks for it.
 *
 *     WEFT_TASK_TEST(sleep, takes_its_time)
 *     {
 *         cr_expect(zero(int, weft_sleep(1)));
 *     }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_IN_TASK_H
#define WEFT_TESTS_SUPPORT_IN_TASK_H

#include <weft/task.h>

#include "test.h"

#define WEFT_TASK_TEST(suite, name)                                               \
    static void suite##_##name##_body(void);                                      \
    static int suite##_##name##_task(void *arg)                                   \
    {                                                                             \
        (void)arg;                                                                \
        suite##_##name##_body();                                                  \
        return 0;                                                                 \
    }                                                                             \
    WEFT_TEST(suite, name)                                                        \
    {                                                                             \
        cr_assert(zero(int, weft_run(suite##_##name##_task, NULL)));              \
        cr_assert(eq(ptr, weft_loop_current(), NULL), "the loop is still there"); \
    }                                                                             \
    static void suite##_##name##_body(void)

/* A task that has run until it waits. */
static inline weft_task *weft_test_spawn(weft_task_fn fn, void *arg)
{
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, fn, arg)));
    cr_assert(zero(int, weft_yield()));
    return task;
}

/* Its result, when it has ended. */
static inline int weft_test_join(weft_task *task)
{
    int result = 0;

    cr_assert(zero(int, weft_task_join(task, &result)));
    return result;
}

#endif
