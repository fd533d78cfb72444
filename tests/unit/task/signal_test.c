/*
 * Signals as events: order, coalescing, several waiters and sets, cancels, closing.
 */
#include <weft/signal.h>

#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static void raise_here(int number)
{
    cr_assert(zero(int, kill(getpid(), number)));
}

/* Let the loop see what the kernel has delivered. */
static void turns(void)
{
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_yield()));
}

static int wait_for_one(void *arg)
{
    return weft_signal_wait(arg);
}

static void open_two(weft_signal *signals)
{
    *signals = (weft_signal){ 0 };
    cr_assert(zero(int, weft_signal_open(signals, (const int[]){ SIGUSR1, SIGUSR2 }, 2)));
}

WEFT_TASK_TEST(signal, wakes_who_waits)
{
    weft_signal signals;
    weft_task *task;
    int which;

    open_two(&signals);
    cr_assert(zero(int, weft_spawn(&task, wait_for_one, &signals)));
    turns();
    raise_here(SIGUSR2);
    cr_expect(zero(int, weft_task_join(task, &which)));
    cr_expect(eq(int, which, SIGUSR2));
    cr_expect(zero(int, weft_signal_close(&signals)));
    cr_expect(zero(int, weft_signal_close(&signals)), "closing twice does nothing");
}

WEFT_TASK_TEST(signal, remembers_and_coalesces)
{
    weft_signal signals;

    open_two(&signals);
    raise_here(SIGUSR2);
    turns();
    raise_here(SIGUSR1);
    turns();
    raise_here(SIGUSR2);
    turns();
    cr_expect(eq(int, weft_signal_wait(&signals), SIGUSR2), "in the order of coming");
    cr_expect(eq(int, weft_signal_wait(&signals), SIGUSR1));
    {
        WEFT_TIMEOUT(scope, 5);
        cr_expect(eq(int, weft_signal_wait(&signals), UV_ETIMEDOUT), "both were one");
    }
    cr_expect(zero(int, weft_signal_close(&signals)));
}

WEFT_TASK_TEST(signal, goes_to_who_has_waited_longest)
{
    weft_signal signals;
    weft_task *first, *second;
    int which;

    open_two(&signals);
    cr_assert(zero(int, weft_spawn(&first, wait_for_one, &signals)));
    cr_assert(zero(int, weft_spawn(&second, wait_for_one, &signals)));
    turns();
    raise_here(SIGUSR1);
    cr_expect(zero(int, weft_task_join(first, &which)));
    cr_expect(eq(int, which, SIGUSR1));
    cr_expect(not(weft_task_ended(second)));
    cr_expect(eq(int, weft_signal_close(&signals), UV_EBUSY), "a task waits");
    raise_here(SIGUSR2);
    cr_expect(zero(int, weft_task_join(second, &which)));
    cr_expect(eq(int, which, SIGUSR2));
    cr_expect(zero(int, weft_signal_close(&signals)));
}

WEFT_TASK_TEST(signal, each_set_gets_it)
{
    weft_signal one, other;

    open_two(&one);
    open_two(&other);
    raise_here(SIGUSR1);
    cr_expect(eq(int, weft_signal_wait(&one), SIGUSR1));
    cr_expect(eq(int, weft_signal_wait(&other), SIGUSR1));
    cr_expect(zero(int, weft_signal_close(&one)));
    cr_expect(zero(int, weft_signal_close(&other)));
}

WEFT_TASK_TEST(signal, a_cancelled_wait_loses_none)
{
    weft_signal signals;
    weft_task *task;
    int which;

    open_two(&signals);
    cr_assert(zero(int, weft_spawn(&task, wait_for_one, &signals)));
    turns();
    weft_task_cancel(task);
    raise_here(SIGUSR1);
    cr_expect(zero(int, weft_task_join(task, &which)));
    cr_expect(eq(int, which, UV_ECANCELED));
    cr_expect(eq(int, weft_signal_wait(&signals), SIGUSR1));
    cr_expect(zero(int, weft_signal_close(&signals)));
}

/* The signal was handed over before the cancel: the task has it. */
WEFT_TASK_TEST(signal, a_cancel_after_it_comes_too_late)
{
    weft_signal signals, probe;
    weft_task *task;
    int which;

    open_two(&signals);
    cr_assert(zero(int, weft_spawn(&task, wait_for_one, &signals)));
    turns();
    open_two(&probe);
    raise_here(SIGUSR1);
    while (!weft_task_ended(task) && weft_signal_wait(&probe) != SIGUSR1)
        ;
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &which)));
    cr_expect(eq(int, which, SIGUSR1));
    cr_expect(zero(int, weft_signal_close(&signals)));
    cr_expect(zero(int, weft_signal_close(&probe)));
}

WEFT_TASK_TEST(signal, refusals)
{
    weft_signal signals = { 0 };

    cr_expect(eq(int, weft_signal_wait(&signals), WEFT_EMISUSE));
    cr_expect(eq(int, weft_signal_open(&signals, NULL, 0), UV_EINVAL));
    cr_expect(eq(int, weft_signal_open(&signals, (const int[]){ SIGKILL }, 1), UV_EINVAL));
    cr_expect(eq(int, weft_signal_open(&signals, (const int[]){ SIGSEGV }, 1), UV_EINVAL));
    cr_expect(
        eq(int, weft_signal_open(&signals, (const int[]){ SIGUSR1, 4000 }, 2), UV_EINVAL));
    cr_expect(eq(int, weft_signal_wait(&signals), WEFT_EMISUSE), "it has stayed closed");
    open_two(&signals);
    cr_expect(eq(int, weft_signal_open(&signals, (const int[]){ SIGUSR1 }, 1), UV_EBUSY));
    cr_expect(zero(int, weft_signal_close(&signals)));
}

static int leave_open(void *arg)
{
    int rc = weft_signal_open(arg, (const int[]){ SIGUSR1 }, 1);

    raise_here(SIGUSR1); /* not told yet when the loop ends */
    return rc;
}

WEFT_TEST(signal, left_open_it_ends_with_the_loop)
{
    weft_signal signals = { 0 };

    cr_expect(zero(int, weft_run(leave_open, &signals)));
}

static int open_and_close(void *arg)
{
    weft_signal signals = { 0 };
    int rc = weft_signal_open(&signals, (const int[]){ SIGUSR1, SIGUSR2 }, 2);

    (void)arg;
    weft_signal_close(&signals);
    return rc;
}

WEFT_TEST(signal, every_refusal_is_told)
{
    for (unsigned long n = 1; n < 100; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(open_and_close, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
}

/* --- In any order */

struct catcher {
    weft_signal signals;
    int caught[2]; /* of SIGUSR1, SIGUSR2 */
};

static int catch_one(void *arg)
{
    struct catcher *catcher = arg;
    int which = weft_signal_wait(&catcher->signals);

    if (which > 0)
        catcher->caught[which == SIGUSR2]++;
    return which < 0 ? which : 0;
}

static int raise_both(void *arg)
{
    (void)arg;
    raise_here(SIGUSR1);
    raise_here(SIGUSR2);
    return 0;
}

static int catch_both(void *arg)
{
    struct catcher catcher = { 0 };
    weft_task *cancelled;
    int rc = weft_signal_open(&catcher.signals, (const int[]){ SIGUSR1, SIGUSR2 }, 2);
    int result = 0;

    (void)arg;
    if (rc == 0) {
        WEFT_GROUP(group, 0);
        rc = weft_spawn(&cancelled, catch_one, &catcher);
        if (rc == 0)
            rc = weft_group_go(group, catch_one, &catcher);
        if (rc == 0)
            rc = weft_group_go(group, raise_both, NULL);
        if (rc == 0)
            rc = weft_yield();
        if (rc == 0) {
            weft_task_cancel(cancelled); /* what it was not given, the next one gets */
            rc = weft_task_join(cancelled, &result);
        }
        if (rc == 0 && result == UV_ECANCELED)
            rc = catch_one(&catcher);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    weft_signal_close(&catcher.signals);
    return rc == 0 && (catcher.caught[0] != 1 || catcher.caught[1] != 1) ? UV_EIO : rc;
}

WEFT_TEST(signal, in_any_order)
{
    expect_in_any_order(catch_both, NULL);
}
