/*
 * task/test_task.c - scenarios under test conditions (weft/test_task.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/test_task.h>

#include "base/alloc.h"

int weft_test_seeds(weft_task_fn scenario, void *arg, uint64_t seeds, uint64_t *ret_seed)
{
    int rc = 0;

    for (uint64_t seed = 1; seed <= seeds && rc >= 0; seed++) {
        const weft_loop_options options = { .seed = seed, .virtual_clock = true };

        rc = weft_run_with(scenario, arg, &options);
        if (rc < 0 && ret_seed != NULL)
            *ret_seed = seed;
    }
    return rc < 0 ? rc : 0;
}

int weft_test_fail_waits(weft_task_fn scenario, void *arg, uint64_t *ret_runs)
{
    uint64_t runs = 0;
    uint64_t left;
    int rc;

    do {
        const weft_loop_options options = { .fail_wait = &left, .virtual_clock = true };

        left = ++runs;
        rc = weft_run_with(scenario, arg, &options);
    } while (left == 0);
    if (ret_runs != NULL)
        *ret_runs = runs - 1;
    return rc;
}

/* --- Allocations */

struct failing {
    weft_task_fn scenario;
    void *arg;
    uint64_t nth;
    bool begun;
};

/* From here on, so that a scenario meets no failure of what is made before its first line. */
static int run_failing(void *arg)
{
    struct failing *failing = arg;

    failing->begun = true;
    weft__alloc_fail(failing->nth);
    return failing->scenario(failing->arg);
}

int weft_test_fail_allocations(weft_task_fn scenario, void *arg, uint64_t *ret_runs)
{
    const weft_loop_options options = { .virtual_clock = true };
    struct failing failing = { .scenario = scenario, .arg = arg };
    bool failed;
    int rc;

    do {
        failing.nth++;
        failing.begun = false;
        rc = weft_run_with(run_failing, &failing, &options);
        /* One that was not begun did not count; it may lie within another that does. */
        failed = failing.begun && weft__alloc_fail_stop();
    } while (failed);
    if (ret_runs != NULL)
        *ret_runs = failing.nth - 1;
    return rc;
}
