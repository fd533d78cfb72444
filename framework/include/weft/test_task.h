/*
 * weft/test_task.h - concurrent code under test: time without waiting, other orders, failures.
 *
 * A scenario is a function that runs as the first task of a loop of its own, with a virtual
 * clock: a sleep of an hour takes no time.  It returns a negative code when it fails.
 *
 *     static int transfer(void *arg) { ... two tasks, a queue, a time-out ... }
 *
 *     assert(weft_test_seeds(transfer, NULL, 1000, NULL) == 0);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TEST_TASK_H
#define WEFT_TEST_TASK_H

#include <weft/task.h>

WEFT_BEGIN_DECLS

/*
 * Run the scenario once with each seed from 1 to `seeds`, which permutes the tasks that are
 * ready at the same time: what depends on their order shows.  Ends at the first failure.
 *
 * ret_seed  set to the seed that failed, with which it fails again; may be NULL.
 *
 * 0, or what the scenario returned; UV_EBUSY when a loop runs on this thread.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_test_seeds(weft_task_fn scenario, void *arg,
                                                uint64_t seeds, uint64_t *ret_seed);

/*
 * Run the scenario with its first wait failing (UV_ECANCELED), then with its second one, and so
 * on, until it comes to its end before the wait that is to fail.  A failed wait must make it
 * fail or be coped with; either way nothing may be lost, leaked or left running.
 *
 * ret_runs  set to the number of runs in which a wait failed; may be NULL.
 *
 * What the scenario returned in the last run, in which no wait failed; UV_EBUSY when a loop
 * runs on this thread.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_test_fail_waits(weft_task_fn scenario, void *arg,
                                                     uint64_t *ret_runs);

/*
 * Run the scenario with its first allocation failing, then with its second one, and so on,
 * until it comes to its end before the allocation that is to fail.  A failure must come back to
 * it as UV_ENOMEM or be coped with, and either way nothing may be lost, leaked or left running:
 * in builds with AddressSanitizer the leaks show at the end of the program.
 *
 * What counts is all memory that Weft takes, on any thread, from the scenario's first line
 * until its loop is gone: of objects and buffers, the mappings of stacks, requests' arenas, and
 * so what a handler takes by weft_alloc().  One fails in each run and those behind it succeed.
 * It may be one that a task makes while it is cancelled as the loop ends, where nobody learns
 * of its code; the ending itself needs no memory.  What does not count: the making of the loop,
 * what the scenario takes from libc itself, what libuv and other libraries take.  What Weft
 * keeps for the process's life counts in the run that makes it.
 *
 * The count is one for the process: no other thread may use Weft on its own meanwhile.
 *
 * ret_runs  set to the number of runs in which an allocation failed; may be NULL.
 *
 * What the scenario returned in the last run, in which none failed; UV_EBUSY when a loop runs
 * on this thread.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_test_fail_allocations(weft_task_fn scenario, void *arg,
                                                           uint64_t *ret_runs);

WEFT_END_DECLS
#endif
