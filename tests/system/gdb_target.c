/*
 * What gdb_test.py looks at: a task in each state, and a second loop on a thread of its own.
 *
 *     gdb_target [mprotect] [abort] [stay]
 *
 * stop_in_task(), stop_in_loop(), outside() and inlined() are for breakpoints; with `abort` the
 * second does not return, with `stay` the program does not end.  With `mprotect` stacks are
 * guarded as on older kernels: linked with --wrap=madvise.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/sync.h>
#include <weft/task.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_MS = 600 * 1000, MADV_GUARD = 102 };

static bool by_mprotect, aborts, stays;
static weft_event never, stopped;

int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice)
{
    if (by_mprotect && advice == MADV_GUARD) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(address, length, advice);
}

static __attribute__((noinline)) int wait_for_bell(int bells)
{
    volatile int kept = bells * 2;
    int rc = weft_sleep(LONG_MS);

    return kept > 0 ? rc : 0;
}

static int sleeper(void *arg)
{
    (void)arg;
    weft_task_set_name(weft_task_current(), "sleeper");
    return wait_for_bell(21);
}

static int waiter(void *arg)
{
    WEFT_TIMEOUT(limit, LONG_MS);

    weft_task_set_name(weft_task_current(), arg);
    return weft_event_wait(&never);
}

static int nothing(void *arg)
{
    (void)arg;
    return 7;
}

/*
 * Where a thread is in an inlined function gdb has several frames for its one.  This comes from
 * outside(), in a thread without tasks, and then from look(), in a task.  After the first of
 * its instructions gdb is in the midst of it.
 */
static inline __attribute__((always_inline)) void inlined(void)
{
    __asm__ volatile("nop\n\tnop\n\tnop");
}

static inline __attribute__((always_inline)) void inlined_twice(void)
{
    inlined();
}

static __attribute__((noinline)) void outside(void)
{
    inlined_twice();
    __asm__ volatile(""); /* no tail call */
}

/* gdb stops here with one task running, */
__attribute__((noinline)) void stop_in_task(void);
void stop_in_task(void)
{
    __asm__ volatile("");
}

/* and here with none. */
__attribute__((noinline)) void stop_in_loop(void *arg);
void stop_in_loop(void *arg)
{
    (void)arg;
    if (aborts)
        abort();
    if (stays) {
        puts("staying");
        fflush(stdout);
        return;
    }
    weft_event_set(&stopped);
}

static char first_name[] = "in a group", background_name[] = "background",
            other_name[] = "elsewhere";
static uv_sem_t other_is_there;

static void other_rests(void *arg)
{
    (void)arg;
    uv_sem_post(&other_is_there);
}

static int other_main(void *arg)
{
    weft_task_set_name(weft_task_current(), arg);
    if (weft_loop_call(weft_loop_current(), other_rests, NULL) < 0)
        abort();
    return weft_sleep(LONG_MS);
}

static void other_loop(void *arg)
{
    (void)weft_run(other_main, arg);
}

static int look(void *arg)
{
    weft_task *asleep, *ended, *fresh;
    WEFT_GROUP(group, 0);
    int rc;

    (void)arg;
    if (weft_spawn(&asleep, sleeper, NULL) < 0 || weft_spawn(&ended, nothing, NULL) < 0 ||
        weft_group_go(group, waiter, first_name) < 0 ||
        weft_loop_spawn(weft_loop_current(), waiter, background_name) < 0)
        return UV_ENOMEM;
    weft_task_set_name(ended, "done");
    rc = weft_yield();
    if (rc < 0 || weft_spawn(&fresh, nothing, NULL) < 0)
        return UV_ENOMEM;
    weft_task_set_name(fresh, "fresh");
    stop_in_task();
    inlined_twice();
    rc = weft_loop_call(weft_loop_current(), stop_in_loop, NULL);
    return rc < 0 ? rc : weft_event_wait(&stopped);
}

int main(int argc, char **argv)
{
    uv_thread_t thread;

    for (int i = 1; i < argc; i++) {
        by_mprotect = by_mprotect || strcmp(argv[i], "mprotect") == 0;
        aborts = aborts || strcmp(argv[i], "abort") == 0;
        stays = stays || strcmp(argv[i], "stay") == 0;
    }
    if (uv_sem_init(&other_is_there, 0) < 0 ||
        uv_thread_create(&thread, other_loop, other_name) < 0)
        return 1;
    uv_sem_wait(&other_is_there);
    outside();
    if (weft_run(look, NULL) < 0)
        return 1;
    puts("went on");
    fflush(stdout);
    _Exit(0); /* the other loop sleeps on */
}
