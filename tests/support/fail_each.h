/*
 * support/fail_each.h - a scenario in which each allocation fails once, and leaves nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_FAIL_EACH_H
#define WEFT_TESTS_SUPPORT_FAIL_EACH_H

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weft/test_task.h>

#include "task/task.h"
#include "test.h"

struct weft_test_trial {
    weft_task_fn scenario;
    unsigned refused; /* runs that came to UV_ENOMEM */
};

/* A task that was cancelled and awaited is gone; one that was forgotten counts. */
static inline int weft_test_try(void *arg)
{
    struct weft_test_trial *trial = arg;
    int rc = trial->scenario(NULL);

    cr_expect(rc == 0 || rc == UV_ENOMEM, "the failure became %d", rc);
    cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, 1), "a task is left");
    trial->refused += rc == UV_ENOMEM;
    return rc;
}

static inline int weft_test_free_fd(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

/*
 * Each failure comes back as UV_ENOMEM, `refused` times at least, or is coped with, `coped`
 * times at most; no task, descriptor or process is left.  Leaks are looked for by WEFT_TEST.
 *
 * A first run, in which nothing fails, makes what is made once for the process.
 */
static inline void weft_test_fail_each(weft_task_fn scenario, unsigned refused, unsigned coped)
{
    struct weft_test_trial trial = { scenario, 0 };
    uint64_t runs = 0;
    int fd;

    cr_expect(zero(int, weft_run(weft_test_try, &trial)));
    fd = weft_test_free_fd();
    cr_expect(zero(int, weft_test_fail_allocations(weft_test_try, &trial, &runs)));
    cr_expect(ge(uint, trial.refused, refused));
    cr_expect(le(u64, runs - trial.refused, coped));
    cr_expect(eq(int, weft_test_free_fd(), fd), "a descriptor is left open");
    cr_expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a process is left");
}

#endif
