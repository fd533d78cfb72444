/*
 * task/periodic.c - jobs that run again and again.
 *
 * `due_ms` moves by whole intervals only, so nothing that happens between two runs shifts those
 * that follow; jitter is added to it for one wait and forgotten.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/periodic.h>

#include <inttypes.h>
#include <weft/log.h>

#include "task/runtime.h"

struct clock {
    weft_loop *loop;
    uint64_t due_ms;
    uint64_t noise;
};

static uint64_t later(uint64_t at_ms, uint64_t ms)
{
    return ms < UINT64_MAX - at_ms ? at_ms + ms : UINT64_MAX;
}

/* xorshift64: programs that were started together shall not stay together, no more. */
static uint64_t jitter(struct clock *clock, uint64_t below_ms)
{
    if (below_ms == 0)
        return 0;
    clock->noise ^= clock->noise << 13;
    clock->noise ^= clock->noise >> 7;
    clock->noise ^= clock->noise << 17;
    return clock->noise % (below_ms + 1);
}

static uint64_t seed(void)
{
    uint64_t noise = 0;

    if (uv_random(NULL, NULL, &noise, sizeof(noise), 0, NULL) < 0)
        noise = uv_hrtime();
    return noise | 1; /* xorshift never leaves 0 */
}

static int sleep_until(uint64_t at_ms)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "next run");
    wait.due_ms = at_ms;
    return weft__wait(&wait);
}

/* Past the run that was: to the first time that lies ahead. */
static void advance(weft_periodic *job, struct clock *clock)
{
    uint64_t now_ms = weft__clock_read(clock->loop); /* a run may have computed for long */
    uint64_t missed = now_ms > clock->due_ms ? (now_ms - clock->due_ms) / job->interval_ms : 0;

    job->skipped += missed;
    clock->due_ms = later(clock->due_ms + missed * job->interval_ms, job->interval_ms);
}

/* Whether the job goes on; else `*ret_rc` is what it ends with. */
static bool run_once(weft_periodic *job, int *ret_rc)
{
    int rc = job->fn(job->arg);

    job->runs++;
    *ret_rc = weft_check_cancelled();
    if (*ret_rc < 0)
        return false;
    if (rc < 0) {
        job->failed++;
        *ret_rc = rc;
        if (job->end_on_failure)
            return false;
        weft_log(WEFT_LOG_ERROR, "periodic job %s, run %" PRIu64 ": %s",
                 weft_task_name(weft_task_current()), job->runs, weft_strerror(rc));
    }
    return rc <= 0;
}

int weft_periodic_run(void *arg)
{
    weft_periodic *job = arg;
    struct clock clock = { .loop = weft_loop_current() };
    int rc;

    if (!weft__in_task())
        return weft__misuse("weft_periodic_run", "only a task can run jobs");
    if (job->interval_ms == 0 || job->jitter_ms >= job->interval_ms)
        return UV_EINVAL;
    if (job->jitter_ms > 0)
        clock.noise = seed();
    clock.due_ms =
        later(weft__clock_read(clock.loop), job->begin_at_once ? 0 : job->interval_ms);
    for (;;) {
        rc = sleep_until(later(clock.due_ms, jitter(&clock, job->jitter_ms)));
        if (rc < 0 || !run_once(job, &rc))
            return rc;
        advance(job, &clock);
    }
}
