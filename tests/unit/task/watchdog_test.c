/*
 * The watch over a loop that a task holds.
 */
#include <weft/diagnostics.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"

enum { HELD_MS = 20, PATIENCE_S = 20 };

static char said[16 * 1024];
static int saved_stderr, log_fd;

static void catch_stderr(void)
{
    log_fd = memfd_create("stderr", MFD_CLOEXEC);
    saved_stderr = dup(STDERR_FILENO);
    dup2(log_fd, STDERR_FILENO);
}

static void give_back_stderr(void)
{
    ssize_t length;

    dup2(saved_stderr, STDERR_FILENO);
    length = pread(log_fd, said, sizeof(said) - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    close(saved_stderr);
    close(log_fd);
}

/* Hold the loop until an incident was counted, or for long: whether it was. */
static __attribute__((noinline)) bool hold_until(uint64_t count)
{
    struct timespec start, now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (weft_held_count() < count && now.tv_sec - start.tv_sec < PATIENCE_S);
    return weft_held_count() >= count;
}

static unsigned reports(void)
{
    unsigned count = 0;

    for (const char *at = said; (at = strstr(at, "still is, by task")) != NULL; at++)
        count++;
    return count;
}

WEFT_TASK_TEST(watchdog, names_who_holds_the_loop)
{
    bool seen;

    weft_task_set_name(weft_task_current(), "glutton");
    cr_assert(zero(int, weft_watch_loop(HELD_MS)));
    cr_assert(zero(int, weft_yield()));
    catch_stderr();
    seen = hold_until(1);
    give_back_stderr();
    cr_assert(seen);
    cr_expect(eq(uint, reports(), 1));
    cr_expect(strstr(said, "held for 20 ms and still is, by task") != NULL, "%s", said);
    cr_expect(strstr(said, "\"glutton\"; incident 1\n") != NULL, "%s", said);
#ifndef __SANITIZE_THREAD__ /* which calls the handler from a place of its own */
    cr_expect(strstr(said, " hold_until+0x") != NULL, "%s", said);
#endif
}

WEFT_TASK_TEST(watchdog, tells_each_incident_once)
{
    bool first, second;

    cr_assert(zero(int, weft_watch_loop(HELD_MS)));
    catch_stderr();
    first = hold_until(1);
    for (volatile unsigned long i = 0; i < 20000000; i++) /* on, in the same turn */
        ;
    cr_expect(zero(int, weft_sleep(2 * HELD_MS)));
    second = hold_until(2);
    give_back_stderr();
    cr_expect(first && second);
    cr_expect(eq(uint, reports(), 2), "%s", said);
    cr_expect(eq(u64, weft_held_count(), 2));
}

WEFT_TASK_TEST(watchdog, says_nothing_of_an_idle_loop)
{
    cr_assert(zero(int, weft_watch_loop(4)));
    cr_assert(zero(int, weft_sleep(200))); /* long enough for the watch to sleep, too */
    cr_expect(zero(u64, weft_held_count()));
}

WEFT_TASK_TEST(watchdog, wakes_with_the_loop)
{
    bool seen;

    cr_assert(zero(int, weft_watch_loop(4)));
    cr_assert(zero(int, weft_sleep(200)));
    catch_stderr();
    seen = hold_until(1);
    give_back_stderr();
    cr_expect(seen);
}

WEFT_TASK_TEST(watchdog, is_replaced_and_ended)
{
    cr_assert(zero(int, weft_watch_loop(60000)));
    cr_assert(zero(int, weft_watch_loop(30000)));
    cr_assert(zero(int, weft_watch_loop(0)));
    cr_assert(zero(int, weft_watch_loop(0)));
    cr_assert(zero(int, weft_watch_loop(60000))); /* and ends with the loop */
}

WEFT_TASK_TEST(watchdog, tells_of_memory_that_is_out)
{
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_watch_loop(1000), UV_ENOMEM));
    cr_expect(weft_test_fail_stop());
}

WEFT_TEST(watchdog, wants_a_loop)
{
    cr_expect(eq(int, weft_watch_loop(100), WEFT_EMISUSE));
    cr_expect(zero(u64, weft_held_count()));
}

/* ThreadSanitizer holds the signal back until the task has ended, and nobody watches there by
 * default. */
#ifndef __SANITIZE_THREAD__

/* One of many that each hold the loop for a part of the limit only. */
static int hold_a_little(void *arg)
{
    struct timespec start, now;
    long ms;

    (void)arg;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        ms = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
    } while (ms < HELD_MS / 2);
    return 0;
}

WEFT_TASK_TEST(watchdog, tells_of_many_that_hold_the_loop_together)
{
    int rc = 0;
    WEFT_GROUP(group, 0);

    cr_assert(zero(int, weft_watch_loop(HELD_MS)));
    cr_assert(zero(int, weft_yield()));
    catch_stderr();
    for (int i = 0; i < 20 && rc == 0; i++)
        rc = weft_group_go(group, hold_a_little, NULL);
    if (rc == 0)
        rc = weft_group_wait(group);
    give_back_stderr();
    cr_expect(zero(int, rc));
    cr_expect(ge(uint, reports(), 1), "%s", said);
}

WEFT_TASK_TEST(watchdog, is_there_by_default)
{
    bool seen;

    catch_stderr();
    seen = hold_until(1);
    give_back_stderr();
    cr_expect(seen);
    cr_expect(strstr(said, "held for 100 ms and still is, by task") != NULL, "%s", said);
}

static int hold_long(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++)
        (void)hold_a_little(NULL);
    return (int)weft_held_count();
}

WEFT_TEST(watchdog, is_not_there_where_it_is_not_wanted)
{
    const weft_loop_options options = { .held_ms = UINT32_MAX }, short_one = { .held_ms = 30 };
    int seen;

    cr_expect(zero(int, weft_run_with(hold_long, NULL, &options)));
    catch_stderr();
    seen = weft_run_with(hold_long, NULL, &short_one);
    give_back_stderr();
    cr_expect(eq(int, seen, 1), "%s", said);
}
#endif
