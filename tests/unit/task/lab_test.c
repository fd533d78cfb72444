/*
 * Test conditions: the virtual clock, the seeded order of tasks, waits that fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/test_task.h>

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static const weft_loop_options virtual = { .virtual_clock = true };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- The virtual clock ------------------------------------------------------------------- */

static int sleep_a_day(void *arg)
{
    uint64_t before = weft_now_ms();

    (void)arg;
    cr_expect(zero(int, weft_sleep(DAY_MS)));
    cr_expect(eq(u64, weft_now_ms() - before, DAY_MS));
    return 0;
}

WEFT_TEST(lab, a_day_takes_no_time)
{
    double begun = seconds();

    cr_expect(zero(int, weft_run_with(sleep_a_day, NULL, &virtual)));
    cr_expect(lt(dbl, seconds() - begun, 5.0));
}

struct diary {
    char text[16];
    size_t length;
};

struct sleeper {
    struct diary *diary;
    uint64_t ms;
    char name;
};

static int note_after(void *arg)
{
    struct sleeper *sleeper = arg;
    int rc = weft_sleep(sleeper->ms);

    sleeper->diary->text[sleeper->diary->length++] = sleeper->name;
    return rc;
}

static int three_sleepers(void *arg)
{
    struct diary *diary = arg;
    struct sleeper late = { diary, 3000, 'c' };
    struct sleeper early = { diary, 1000, 'a' };
    struct sleeper middle = { diary, 2000, 'b' };
    WEFT_GROUP(group, 0);

    cr_assert(zero(int, weft_group_go(group, note_after, &late)));
    cr_assert(zero(int, weft_group_go(group, note_after, &early)));
    cr_assert(zero(int, weft_group_go(group, note_after, &middle)));
    return weft_group_wait(group);
}

WEFT_TEST(lab, the_clock_jumps_to_the_next_deadline)
{
    struct diary diary = { 0 };

    cr_expect(zero(int, weft_run_with(three_sleepers, &diary, &virtual)));
    cr_expect(eq(str, diary.text, (char *)"abc"));
}

static int time_out(void *arg)
{
    WEFT_TIMEOUT(scope, 60 * 1000);

    (void)arg;
    cr_expect(eq(int, weft_sleep(DAY_MS), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
    return 0;
}

WEFT_TEST(lab, time_outs_come_in_virtual_time)
{
    cr_expect(zero(int, weft_run_with(time_out, NULL, &virtual)));
}

static int block(void *arg)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

    (void)arg;
    return nanosleep(&pause, NULL) == 0 ? 7 : -1;
}

/* With a minute's time-out, which would be over at once if the clock jumped. */
static int offload_in_time(void *arg)
{
    WEFT_TIMEOUT(scope, 60 * 1000);

    (void)arg;
    cr_expect(eq(int, weft_offload(block, NULL), 7));
    cr_expect(zero(int, weft_check_cancelled()));
    return 0;
}

WEFT_TEST(lab, the_clock_waits_for_threads)
{
    cr_expect(zero(int, weft_run_with(offload_in_time, NULL, &virtual)));
}

/* A callback of libuv's, with no task's doing, comes before time goes on. */
struct reader {
    uv_poll_t poll;
    bool read;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct reader *reader = poll->data;

    (void)status;
    (void)events;
    reader->read = true;
    uv_poll_stop(poll);
    uv_close((uv_handle_t *)poll, NULL);
}

static int readable_first(void *arg)
{
    struct reader reader = { .read = false };
    int ends[2];

    (void)arg;
    cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
    cr_assert(
        zero(int, uv_poll_init(weft_loop_uv(weft_loop_current()), &reader.poll, ends[0])));
    reader.poll.data = &reader;
    cr_assert(zero(int, uv_poll_start(&reader.poll, UV_READABLE, on_readable)));
    cr_assert(eq(long, write(ends[1], "x", 1), 1));
    cr_expect(zero(int, weft_sleep(DAY_MS)));
    cr_expect(reader.read);
    cr_expect(zero(int, weft_sleep(1))); /* until the handle is closed */
    close(ends[0]);
    close(ends[1]);
    return 0;
}

WEFT_TEST(lab, what_has_arrived_comes_before_time_goes_on)
{
    cr_expect(zero(int, weft_run_with(readable_first, NULL, &virtual)));
}

/* --- The order of tasks ------------------------------------------------------------------ */

static int note_at_once(void *arg)
{
    struct sleeper *sleeper = arg;

    sleeper->diary->text[sleeper->diary->length++] = sleeper->name;
    return 0;
}

static int four_at_once(void *arg)
{
    struct diary *diary = arg;
    struct sleeper all[4];
    WEFT_GROUP(group, 0);

    for (int i = 0; i < 4; i++) {
        all[i] = (struct sleeper){ .diary = diary, .name = (char)('a' + i) };
        cr_assert(zero(int, weft_group_go(group, note_at_once, &all[i])));
    }
    return weft_group_wait(group);
}

WEFT_TEST(lab, every_order_comes_up)
{
    char seen[24][5];
    size_t orders = 0;

    for (uint64_t seed = 0; seed <= 1000; seed++) {
        const weft_loop_options options = { .seed = seed };
        struct diary first = { 0 };
        struct diary again = { 0 };
        size_t i = 0;

        cr_assert(zero(int, weft_run_with(four_at_once, &first, &options)));
        cr_assert(zero(int, weft_run_with(four_at_once, &again, &options)));
        cr_assert(eq(str, first.text, again.text), "a seed's order is always the same");
        if (seed == 0)
            cr_expect(eq(str, first.text, (char *)"abcd"));
        while (i < orders && strcmp(seen[i], first.text) != 0)
            i++;
        if (i == orders) {
            cr_assert(lt(sz, orders, 24));
            memcpy(seen[orders++], first.text, 5);
        }
    }
    cr_expect(eq(sz, orders, 24));
}

/* A race: wrong where the second task runs before the first. */
static int race(void *arg)
{
    struct diary diary = { 0 };

    (void)arg;
    if (four_at_once(&diary) < 0)
        return UV_EIO;
    return strchr(diary.text, 'a') < strchr(diary.text, 'b') ? 0 : UV_EINVAL;
}

WEFT_TEST(lab, seeds_find_a_race_again)
{
    uint64_t seed = 0;
    weft_loop_options options = { .virtual_clock = true };

    cr_expect(eq(int, weft_test_seeds(race, NULL, 1000, &seed), UV_EINVAL));
    cr_expect(gt(u64, seed, 0));
    options.seed = seed;
    cr_expect(eq(int, weft_run_with(race, NULL, &options), UV_EINVAL));
    cr_expect(zero(int, weft_test_seeds(sleep_a_day, NULL, 10, NULL)));
}

/* --- Waits that fail --------------------------------------------------------------------- */

static int three_waits(void *arg)
{
    int *done = arg;

    for (int i = 0; i < 3; i++) {
        int rc = weft_sleep(1000);

        if (rc < 0)
            return rc;
        ++*done;
    }
    return 0;
}

WEFT_TEST(lab, each_wait_fails_once)
{
    uint64_t runs = 0;
    int done = 0;

    cr_expect(zero(int, weft_test_fail_waits(three_waits, &done, &runs)));
    cr_expect(eq(u64, runs, 3));
    cr_expect(eq(int, done, 0 + 1 + 2 + 3));
}

static int no_wait(void *arg)
{
    (void)arg;
    return 0;
}

WEFT_TEST(lab, what_does_not_wait_does_not_fail)
{
    uint64_t runs = 1;

    cr_expect(zero(int, weft_test_fail_waits(no_wait, NULL, &runs)));
    cr_expect(zero(u64, runs));
}

/* What a failed wait leaves running is cancelled and awaited, here by the group's end. */
static int group_of_waits(void *arg)
{
    int *done = arg;
    WEFT_GROUP(group, 0);

    if (weft_group_go(group, three_waits, done) < 0 ||
        weft_group_go(group, three_waits, done) < 0)
        return UV_EIO;
    return weft_group_wait(group);
}

WEFT_TEST(lab, a_group_copes_with_any_failed_wait)
{
    uint64_t runs = 0;
    int done = 0;

    cr_expect(zero(int, weft_test_fail_waits(group_of_waits, &done, &runs)));
    cr_expect(eq(u64, runs, 7), "six sleeps and the group's own wait");
}

static int nested(void *arg)
{
    (void)arg;
    cr_expect(eq(int, weft_test_seeds(no_wait, NULL, 3, NULL), UV_EBUSY));
    cr_expect(eq(int, weft_test_fail_waits(no_wait, NULL, NULL), UV_EBUSY));
    return 0;
}

WEFT_TEST(lab, refuses_a_second_loop)
{
    cr_expect(zero(int, weft_run(nested, NULL)));
}
