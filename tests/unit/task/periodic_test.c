/*
 * Periodic jobs: their times, overruns, ends and failures.
 */
#include <weft/periodic.h>

#include <weft/log.h>

#include "in_task.h"
#include "orders.h"

struct record {
    uint64_t began_ms[8];
    int count;
    int last;         /* the run that ends the job; 0 for none */
    uint64_t slow_ms; /* what the first run takes */
    int fails;        /* the run that fails */
};

static int note(void *arg)
{
    struct record *record = arg;
    int run = record->count++;

    record->began_ms[run] = weft_now_ms();
    if (run == 0 && record->slow_ms > 0 && weft_sleep(record->slow_ms) < 0)
        return UV_ECANCELED;
    if (record->count == record->fails)
        return UV_EIO;
    return record->count == record->last;
}

WEFT_TASK_TEST(periodic, runs_in_time)
{
    struct record record = { .last = 4 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 5 };
    uint64_t start_ms = weft_now_ms();

    cr_expect(zero(int, weft_periodic_run(&job)));
    cr_expect(eq(int, record.count, 4));
    cr_expect(eq(u64, job.runs, 4));
    cr_expect(ge(u64, record.began_ms[0] - start_ms, 5));
    cr_expect(ge(u64, record.began_ms[3] - start_ms, 20));
}

WEFT_TASK_TEST(periodic, begins_at_once)
{
    struct record record = { .last = 1 };
    weft_periodic job = {
        .fn = note, .arg = &record, .interval_ms = 1000000, .begin_at_once = true
    };

    cr_expect(zero(int, weft_periodic_run(&job)));
    cr_expect(eq(int, record.count, 1));
}

WEFT_TASK_TEST(periodic, jitter_stays_within_its_bound)
{
    struct record record = { .last = 3 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 10, .jitter_ms = 3 };
    uint64_t start_ms = weft_now_ms();

    cr_expect(zero(int, weft_periodic_run(&job)));
    cr_expect(ge(u64, record.began_ms[2] - start_ms, 30), "jitter does not add up");
}

static void drop_line(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (*(int *)arg)++;
}

WEFT_TASK_TEST(periodic, goes_on_after_a_failure)
{
    struct record record = { .last = 3, .fails = 2 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 1 };
    int lines = 0;

    weft_log_set_sink(drop_line, &lines);
    cr_expect(zero(int, weft_periodic_run(&job)));
    weft_log_set_sink(NULL, NULL);
    cr_expect(eq(int, lines, 1), "the failure is logged");
    cr_expect(eq(u64, job.failed, 1));
    cr_expect(eq(u64, job.runs, 3));
}

WEFT_TASK_TEST(periodic, ends_on_failure_if_told_to)
{
    struct record record = { .fails = 2 };
    weft_periodic job = {
        .fn = note, .arg = &record, .interval_ms = 1, .end_on_failure = true
    };

    cr_expect(eq(int, weft_periodic_run(&job), UV_EIO));
    cr_expect(eq(u64, job.runs, 2));
}

static int own_a_job(void *arg)
{
    int rc = weft_spawn(NULL, weft_periodic_run, arg);

    return rc < 0 ? rc : weft_sleep(3);
}

WEFT_TASK_TEST(periodic, stops_with_its_owner)
{
    struct record record = { 0 };
    weft_periodic job = {
        .fn = note, .arg = &record, .interval_ms = 1000000, .begin_at_once = true
    };
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, own_a_job, &job)));
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(int, record.count, 1));
}

WEFT_TEST(periodic, refusals)
{
    weft_periodic job = { .fn = note, .interval_ms = 1 };

    cr_expect(eq(int, weft_periodic_run(&job), WEFT_EMISUSE));
    job.interval_ms = 0;
    cr_expect(eq(int, weft_run(weft_periodic_run, &job), UV_EINVAL));
    job = (weft_periodic){ .fn = note, .interval_ms = 5, .jitter_ms = 5 };
    cr_expect(eq(int, weft_run(weft_periodic_run, &job), UV_EINVAL));
}

/* --- On a clock that jumps: exact times, in any order of tasks */

/* Runs that fall due during another are left out, and the others stay where they were. */
static int expect_times(void *arg)
{
    struct record record = { .last = 5, .slow_ms = 2500 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 1000 };
    const uint64_t due_ms[] = { 1000, 4000, 5000, 6000, 7000 }; /* 2000 and 3000 are skipped */
    uint64_t start_ms = weft_now_ms();
    int rc = weft_periodic_run(&job);

    (void)arg;
    for (int i = 0; i < 5 && rc == 0; i++)
        rc = record.began_ms[i] == start_ms + due_ms[i] ? 0 : UV_ERANGE;
    return rc == 0 && job.skipped != 2 ? UV_EIO : rc;
}

static int expect_jitter(void *arg)
{
    struct record record = { .last = 8 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 1000, .jitter_ms = 999 };
    uint64_t start_ms = weft_now_ms();
    int rc = weft_periodic_run(&job);

    (void)arg;
    for (unsigned i = 0; i < 8 && rc == 0; i++) {
        uint64_t due_ms = start_ms + (i + 1) * 1000;

        if (record.began_ms[i] < due_ms || record.began_ms[i] > due_ms + 999)
            rc = UV_ERANGE;
    }
    return rc;
}

static int expect_stops(void *arg)
{
    struct record record = { .slow_ms = 1000 };
    weft_periodic job = { .fn = note, .arg = &record, .interval_ms = 10000 };
    int during, between;

    (void)arg;
    {
        WEFT_TIMEOUT(scope, 10500);
        during = weft_periodic_run(&job);
    }
    record = (struct record){ 0 };
    {
        WEFT_TIMEOUT(scope, 15000);
        between = weft_periodic_run(&job);
    }
    return during == UV_ETIMEDOUT && between == UV_ETIMEDOUT && job.runs == 2 ? 0 : UV_EIO;
}

static int two_jobs(void *arg)
{
    struct record quick = { .last = 6 }, slow = { .last = 3 };
    weft_periodic jobs[] = {
        { .fn = note, .arg = &quick, .interval_ms = 500 },
        { .fn = note, .arg = &slow, .interval_ms = 1000 },
    };
    uint64_t start_ms = weft_now_ms();
    int rc;

    (void)arg;
    WEFT_GROUP(group, 0);
    rc = weft_group_go(group, weft_periodic_run, &jobs[0]);
    if (rc == 0)
        rc = weft_group_go(group, weft_periodic_run, &jobs[1]);
    if (rc == 0)
        rc = weft_group_wait(group);
    return rc == 0 && weft_now_ms() != start_ms + 3000 ? UV_ERANGE : rc;
}

WEFT_TEST(periodic, in_any_order)
{
    expect_in_any_order(expect_times, NULL);
    expect_in_any_order(expect_stops, NULL);
    expect_in_any_order(expect_jitter, NULL);
    expect_in_any_order(two_jobs, NULL);
}
