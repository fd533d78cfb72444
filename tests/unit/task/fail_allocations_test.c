/*
 * weft_test_fail_allocations(): what counts, what it returns, what it finds.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/future.h>
#include <weft/test_task.h>

#include <errno.h>

#include "base/alloc.h"
#include "test.h"

/* A future is one allocation. */
static int three_futures(void *arg)
{
    int *made = arg;
    weft_future *futures[3] = { NULL };
    int rc = 0;

    for (int i = 0; i < 3 && rc == 0; i++) {
        rc = weft_future_new(&futures[i]);
        *made += rc == 0;
    }
    for (int i = 0; i < 3; i++)
        weft_future_unref(futures[i]);
    return rc;
}

WEFT_TEST(fail_allocations, each_fails_once)
{
    uint64_t runs = 0;
    int made = 0;

    cr_expect(zero(int, weft_test_fail_allocations(three_futures, &made, &runs)));
    cr_expect(eq(u64, runs, 3));
    cr_expect(eq(int, made, 0 + 1 + 2 + 3));
    made = 0;
    cr_expect(zero(int, weft_test_fail_allocations(three_futures, &made, NULL)));
    cr_expect(zero(int, weft_run(three_futures, &made)), "none fails any more");
}

static int sleep_an_hour(void *arg)
{
    (void)arg;
    return weft_sleep(3600 * 1000);
}

/* Neither the loop nor its first task, which has been made; time is virtual. */
WEFT_TEST(fail_allocations, begin_with_the_scenario)
{
    uint64_t runs = 9;

    cr_expect(zero(int, weft_test_fail_allocations(sleep_an_hour, NULL, &runs)));
    cr_expect(le(u64, runs, 1), "the room for its timer");
}

static int two_tries(void *arg)
{
    int *refused = arg;
    weft_future *future;

    if (weft_future_new(&future) < 0) {
        ++*refused;
        if (weft_future_new(&future) < 0)
            return UV_ENOMEM;
    }
    weft_future_unref(future);
    return 7;
}

WEFT_TEST(fail_allocations, a_scenario_may_cope)
{
    uint64_t runs = 0;
    int refused = 0;

    cr_expect(eq(int, weft_test_fail_allocations(two_tries, &refused, &runs), 7));
    cr_expect(eq(u64, runs, 1), "what comes behind the failed one succeeds");
    cr_expect(eq(int, refused, 1));
}

static int wrong(void *arg)
{
    weft_future *future;

    (void)arg;
    if (weft_future_new(&future) < 0)
        return 0;
    weft_future_unref(future);
    return UV_EPROTO;
}

WEFT_TEST(fail_allocations, the_last_run_decides)
{
    cr_expect(eq(int, weft_test_fail_allocations(wrong, NULL, NULL), UV_EPROTO));
}

#ifdef WEFT_ASAN
static void *lost; /* where the test finds what the scenario loses, hidden from LeakSanitizer */

/* Forgets the first future when there is none to be had for the second. */
static int forgetful(void *arg)
{
    weft_future *first;
    weft_future *second;

    (void)arg;
    if (weft_future_new(&first) < 0)
        return UV_ENOMEM;
    if (weft_future_new(&second) < 0) {
        lost = (void *)~(uintptr_t)first;
        return UV_ENOMEM;
    }
    weft_future_unref(first);
    weft_future_unref(second);
    return 0;
}

WEFT_TEST(fail_allocations, leaks_are_found)
{
    cr_expect(zero(int, weft_test_fail_allocations(forgetful, NULL, NULL)));
    cr_expect(weft_test_leaks() != 0);
    weft_future_unref((weft_future *)~(uintptr_t)lost);
}
#endif

/* --- What counts */

static void nothing(void *arg)
{
    (void)arg;
}

static int call_from_thread(void *arg)
{
    return weft_loop_call(arg, nothing, NULL);
}

static int offload_a_call(void *arg)
{
    int *refused = arg;
    int rc = weft_offload(call_from_thread, weft_loop_current());

    *refused += rc == UV_ENOMEM;
    return rc;
}

WEFT_TEST(fail_allocations, other_threads_count)
{
    uint64_t runs = 0;
    int refused = 0;

    cr_expect(zero(int, weft_test_fail_allocations(offload_a_call, &refused, &runs)));
    cr_expect(eq(u64, runs, 2), "the pool of threads, and the call that one of them makes");
    cr_expect(eq(int, refused, 2));
}

static int allocate_at_the_end(void *arg)
{
    int *refused = arg;
    weft_future *future;

    (void)weft_sleep(3600 * 1000); /* cancelled: the loop ends */
    if (weft_future_new(&future) < 0)
        ++*refused;
    else
        weft_future_unref(future);
    return 0;
}

static int leave_running(void *arg)
{
    int rc = weft_loop_spawn(weft_loop_current(), allocate_at_the_end, arg);

    return rc < 0 ? rc : weft_sleep(1);
}

WEFT_TEST(fail_allocations, the_end_of_the_loop_counts)
{
    int refused = 0;

    cr_expect(zero(int, weft_test_fail_allocations(leave_running, &refused, NULL)));
    cr_expect(eq(int, refused, 1));
}

static int end(void *arg)
{
    (void)arg;
    return 0;
}

/* More tasks at once than one mapping of stacks has room for. */
static int many_tasks(void *arg)
{
    WEFT_GROUP(group, 0);

    (void)arg;
    for (int i = 0; i < 200; i++) {
        int rc = weft_group_go(group, end, NULL);

        if (rc < 0)
            return rc == UV_ENOMEM ? rc : UV_EPROTO;
    }
    return weft_group_wait(group);
}

WEFT_TEST(fail_allocations, stacks_count)
{
    uint64_t runs = 0;

    cr_expect(zero(int, weft_test_fail_allocations(many_tasks, NULL, &runs)));
    cr_expect(ge(u64, runs, 4), "of each slab its record and its mapping");
}

WEFT_TEST(fail_allocations, errno_says_why)
{
    weft__alloc_fail(2);
    free(weft__malloc(1));
    errno = 0;
    cr_expect(eq(ptr, weft__realloc(NULL, 1), NULL));
    cr_expect(eq(int, errno, ENOMEM));
    cr_expect(weft__alloc_fail_stop());
}

/* --- Where it cannot run */

static int nested(void *arg)
{
    weft_future *future;
    uint64_t runs = 9;
    int rc;

    cr_expect(eq(int, weft_test_fail_allocations(three_futures, arg, &runs), UV_EBUSY));
    cr_expect(zero(u64, runs));
    rc = weft_future_new(&future);
    if (rc == 0)
        weft_future_unref(future);
    return rc;
}

WEFT_TEST(fail_allocations, refuses_a_second_loop)
{
    uint64_t runs = 0;
    int made = 0;

    cr_expect(zero(int, weft_test_fail_allocations(nested, &made, &runs)));
    cr_expect(eq(u64, runs, 1), "and goes on counting for the first");
    cr_expect(zero(int, made));
}
