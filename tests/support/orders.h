/*
 * support/orders.h - a scenario of tasks that has to hold in any order, whatever wait fails.
 *
 * How many orders, which is 1,000, can be set: WEFT_TEST_SEEDS in the environment.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_ORDERS_H
#define WEFT_TESTS_SUPPORT_ORDERS_H

#include <weft/test_task.h>

#include <stdint.h>
#include <stdlib.h>

#include "test.h"

/* ThreadSanitizer makes each cost far more, and looks for something else. */
#ifdef __SANITIZE_THREAD__
enum { ORDERS_USUAL = 50 };
#else
enum { ORDERS_USUAL = 1000 };
#endif

static inline uint64_t orders(void)
{
    const char *wanted = getenv("WEFT_TEST_SEEDS");
    uint64_t count = wanted != NULL ? strtoull(wanted, NULL, 10) : 0;

    return count > 0 ? count : ORDERS_USUAL;
}

/* It returns 0 under each seed. */
static inline void expect_in_any_order(weft_task_fn scenario, void *arg)
{
    uint64_t seed = 0;
    int rc = weft_test_seeds(scenario, arg, orders(), &seed);

    cr_expect(zero(int, rc), "seed %lu: %d", (unsigned long)seed, rc);
}

/* It comes to its end whichever of its waits fails; more than `least` of them do. */
static inline void expect_whatever_wait_fails(weft_task_fn scenario, void *arg, uint64_t least)
{
    uint64_t runs = 0;

    cr_expect(zero(int, weft_test_fail_waits(scenario, arg, &runs)));
    cr_expect(gt(u64, runs, least));
}

/* --- Parts of scenarios --------------------------------------------------------------------
 */

/*
 * All `parts`, up to a NULL, with `arg` and at once, and a victim besides, which is cancelled
 * after so long.  Returns when all have ended: the code of the first part that failed, or of a
 * wait of its own.
 */
static inline int cancel_one_amid(const weft_task_fn *parts, weft_task_fn victim, uint64_t ms,
                                  void *arg)
{
    int rc = 0;

    WEFT_GROUP(others, 1000);
    WEFT_GROUP(victims, 0);
    for (; *parts != NULL && rc == 0; parts++)
        rc = weft_group_go(others, *parts, arg);
    if (rc == 0)
        rc = weft_group_go(victims, victim, arg);
    if (rc == 0)
        rc = weft_sleep(ms);
    weft_group_cancel(victims);
    return rc == 0 ? weft_group_wait(others) : rc;
}

/* fn(arg) as a task that is cancelled after so long; its result. */
static inline int cancel_after(weft_task_fn fn, uint64_t ms, void *arg)
{
    weft_task *task;
    int result = 0;
    int rc = weft_spawn(&task, fn, arg);

    if (rc == 0)
        rc = weft_sleep(ms);
    if (rc < 0)
        return rc;
    weft_task_cancel(task);
    rc = weft_task_join(task, &result);
    return rc < 0 ? rc : result;
}

#endif
