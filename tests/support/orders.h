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

#endif
