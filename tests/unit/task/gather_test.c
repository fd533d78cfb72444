/*
 * Calls made at once: all, settled, the first, as they end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/gather.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

enum { HOUR_MS = 3600 * 1000, CALLS = 3 };

/* Sleep, then return. */
struct nap {
    uint64_t ms;
    int result;
    int interrupted; /* what the sleep returned */
};

static int nap(void *arg)
{
    struct nap *self = arg;

    self->interrupted = weft_sleep(self->ms);
    return self->interrupted < 0 ? self->interrupted : self->result;
}

static void prepare(weft_call *calls, struct nap *naps)
{
    for (int i = 0; i < CALLS; i++) {
        naps[i] = (struct nap){ .ms = (uint64_t)(CALLS - i) * 1000, .result = i + 1 };
        calls[i] = (weft_call){ .fn = nap, .arg = &naps[i] };
    }
}

/* Each body runs on a virtual clock. */
#define SCENARIO(name)                                                    \
    static int name##_body(void *arg);                                    \
    WEFT_TEST(gather, name)                                               \
    {                                                                     \
        const weft_loop_options options = { .virtual_clock = true };      \
                                                                          \
        cr_expect(zero(int, weft_run_with(name##_body, NULL, &options))); \
    }                                                                     \
    static int name##_body(void *arg)

SCENARIO(gives_each_its_result)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    uint64_t begun = weft_now_ms();

    (void)arg;
    prepare(calls, naps);
    cr_expect(zero(int, weft_gather(calls, CALLS)));
    cr_expect(eq(u64, weft_now_ms() - begun, 3000), "they run at the same time");
    for (int i = 0; i < CALLS; i++) {
        cr_expect(eq(int, calls[i].result, i + 1));
        cr_expect(calls[i].ended);
    }
    cr_expect(zero(int, weft_gather(NULL, 0)));
    return 0;
}

SCENARIO(the_first_failure_cancels_the_others)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];

    (void)arg;
    prepare(calls, naps);
    naps[2].result = UV_EIO;
    cr_expect(eq(int, weft_gather(calls, CALLS), UV_EIO));
    cr_expect(eq(int, calls[0].result, UV_ECANCELED));
    cr_expect(eq(int, calls[1].result, UV_ECANCELED));
    cr_expect(eq(int, calls[2].result, UV_EIO));
    return 0;
}

SCENARIO(settled_waits_for_all)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];

    (void)arg;
    prepare(calls, naps);
    naps[2].result = UV_EIO;
    naps[0].result = UV_EINVAL;
    cr_expect(eq(int, weft_gather_settled(calls, CALLS), 2));
    cr_expect(eq(int, calls[0].result, UV_EINVAL));
    cr_expect(eq(int, calls[1].result, 2));
    cr_expect(eq(int, calls[2].result, UV_EIO));
    cr_expect(zero(int, weft_gather_settled(calls, 0)));
    return 0;
}

SCENARIO(the_first_wins)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    uint64_t begun = weft_now_ms();
    size_t first = 99;

    (void)arg;
    prepare(calls, naps);
    naps[2].result = UV_EIO; /* an end like any other */
    cr_expect(zero(int, weft_first(calls, CALLS, &first)));
    cr_expect(eq(sz, first, 2));
    cr_expect(eq(u64, weft_now_ms() - begun, 1000));
    cr_expect(eq(int, calls[2].result, UV_EIO));
    cr_expect(eq(int, naps[0].interrupted, UV_ECANCELED));
    cr_expect(eq(int, weft_first(calls, 0, &first), UV_EINVAL));
    cr_expect(zero(int, weft_first(calls, 1, NULL)));
    return 0;
}

SCENARIO(completions_come_as_they_end)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    weft_call *call;
    WEFT_COMPLETIONS(done, 0);

    (void)arg;
    prepare(calls, naps);
    cr_expect(zero(int, weft_completions_next(done, &call)), "nothing was added");
    for (int i = 0; i < CALLS; i++)
        cr_assert(zero(int, weft_completions_add(done, &calls[i])));
    for (int i = CALLS - 1; i >= 0; i--) {
        cr_assert(eq(int, weft_completions_next(done, &call), 1));
        cr_expect(eq(ptr, call, &calls[i]));
        cr_expect(eq(int, call->result, i + 1));
    }
    cr_expect(zero(int, weft_completions_next(done, &call)));
    naps[0].ms = 1;
    cr_assert(zero(int, weft_completions_add(done, &calls[0])), "a call that was taken");
    cr_expect(eq(int, weft_completions_next(done, &call), 1));
    return 0;
}

SCENARIO(a_time_out_leaves_the_calls_running)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    weft_call *call;
    WEFT_COMPLETIONS(done, 0);

    (void)arg;
    prepare(calls, naps);
    cr_assert(zero(int, weft_completions_add(done, &calls[0])));
    {
        WEFT_TIMEOUT(scope, 500);

        cr_expect(eq(int, weft_completions_next(done, &call), UV_ETIMEDOUT));
    }
    cr_expect(eq(int, weft_completions_next(done, &call), 1));
    cr_expect(eq(int, call->result, 1));
    return 0;
}

SCENARIO(the_end_of_the_block_cancels_what_is_left)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];

    (void)arg;
    prepare(calls, naps);
    {
        WEFT_COMPLETIONS(done, 0);

        for (int i = 0; i < CALLS; i++)
            cr_assert(zero(int, weft_completions_add(done, &calls[i])));
        cr_expect(zero(int, weft_sleep(1)), "they begin");
    }
    for (int i = 0; i < CALLS; i++) {
        cr_expect(calls[i].ended);
        cr_expect(eq(int, calls[i].result, UV_ECANCELED));
    }
    return 0;
}

SCENARIO(its_own_time_ends_the_calls)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    weft_call *call;
    WEFT_COMPLETIONS(done, 1500);

    (void)arg;
    prepare(calls, naps);
    for (int i = 0; i < CALLS; i++)
        cr_assert(zero(int, weft_completions_add(done, &calls[i])));
    cr_expect(eq(int, weft_completions_next(done, &call), 1));
    cr_expect(eq(int, call->result, 3));
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(int, weft_completions_next(done, &call), 1));
        cr_expect(eq(int, call->result, UV_ETIMEDOUT));
    }
    return 0;
}

static int gather_for_ever(void *arg)
{
    struct nap naps[CALLS];
    int (*wait)(weft_call * calls, size_t count) = *(int (**)(weft_call *, size_t))arg;
    weft_call calls[CALLS];
    int rc;

    prepare(calls, naps);
    for (int i = 0; i < CALLS; i++)
        naps[i].ms = HOUR_MS;
    rc = wait(calls, CALLS);
    for (int i = 0; i < CALLS; i++)
        cr_expect(lt(int, calls[i].result, 0));
    return rc;
}

static int first_of(weft_call *calls, size_t count)
{
    return weft_first(calls, count, NULL);
}

SCENARIO(a_cancel_ends_all)
{
    int (*waits[])(weft_call *, size_t) = { weft_gather, weft_gather_settled, first_of };

    (void)arg;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        weft_task *task;
        int result = 0;

        cr_assert(zero(int, weft_spawn(&task, gather_for_ever, &waits[i])));
        cr_expect(zero(int, weft_sleep(10)));
        weft_task_cancel(task);
        cr_expect(zero(int, weft_task_join(task, &result)));
        cr_expect(eq(int, result, UV_ECANCELED));
        {
            WEFT_TIMEOUT(scope, 10);

            cr_expect(eq(int, gather_for_ever(&waits[i]), UV_ETIMEDOUT));
        }
    }
    return 0;
}

WEFT_TEST(gather, needs_a_task)
{
    weft_call call = { .fn = nap };
    weft_call *taken;
    weft_completions completions;

    cr_expect(eq(int, weft_gather(&call, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_gather_settled(&call, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_first(&call, 1, NULL), WEFT_EMISUSE));
    weft_completions_init(&completions, 0);
    cr_expect(eq(int, weft_completions_next(&completions, &taken), WEFT_EMISUSE));
    weft_completions_done(&completions);
}

/* --- Any order, any failure ----------------------------------------------------------------
 */

static int race(void *arg)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    weft_call *call;
    size_t first;
    int count = 0;
    int rc;

    (void)arg;
    prepare(calls, naps);
    for (int i = 0; i < CALLS; i++)
        naps[i].ms = 5; /* at the same time */
    rc = weft_first(calls, CALLS, &first);
    if (rc < 0)
        return rc;
    if (calls[first].result != (int)first + 1)
        return UV_EINVAL;
    {
        WEFT_COMPLETIONS(done, 0);

        for (int i = 0; i < CALLS; i++) {
            rc = weft_completions_add(done, &calls[i]);
            if (rc < 0)
                return rc;
        }
        while ((rc = weft_completions_next(done, &call)) > 0)
            count += call->result;
    }
    if (rc < 0)
        return rc;
    return count == 1 + 2 + 3 ? weft_gather(calls, CALLS) : UV_EINVAL;
}

WEFT_TEST(gather, holds_in_any_order)
{
    expect_in_any_order(race, NULL);
}

static int gather_naps(void *arg)
{
    struct nap naps[CALLS];
    weft_call calls[CALLS];
    int rc;

    (void)arg;
    prepare(calls, naps);
    for (int i = 0; i < CALLS; i++)
        naps[i].ms = 5;
    rc = weft_gather(calls, CALLS);
    for (int i = 0; i < CALLS; i++) {
        if (!calls[i].ended)
            return UV_EIO;
    }
    return rc == UV_ECANCELED ? 0 : rc;
}

/* Its calls end and its caller is cancelled in the same turn. */
static int cancel_as_they_end(void *arg)
{
    return cancel_after(gather_naps, 5, arg);
}

WEFT_TEST(gather, is_cancelled_in_any_order)
{
    expect_in_any_order(cancel_as_they_end, NULL);
}

WEFT_TEST(gather, survives_every_failed_wait)
{
    expect_whatever_wait_fails(race, NULL, 10);
}

static int many(void *arg)
{
    static struct nap naps[40];
    static weft_call calls[40];

    (void)arg;
    for (int i = 0; i < 40; i++)
        calls[i] = (weft_call){ .fn = nap, .arg = &naps[i] };
    return weft_gather(calls, 40);
}

WEFT_TEST(gather, says_when_tasks_run_out)
{
    const weft_loop_options options = { .max_tasks = 20 };

    cr_expect(eq(int, weft_run_with(many, NULL, &options), UV_EAGAIN));
}
