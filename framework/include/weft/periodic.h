/*
 * weft/periodic.h - a job that runs again and again.
 *
 *     weft_periodic sweep = { .fn = sweep_cache, .arg = &cache, .interval_ms = 60000 };
 *     rc = weft_spawn(NULL, weft_periodic_run, &sweep);   // stops with the task that spawned
 * it
 *
 * It is a task like any other, and its owner is whoever starts it: spawned, it ends with the
 * task that did; as a member of a group it ends with the group.  asyncio has no counterpart.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_PERIODIC_H
#define WEFT_PERIODIC_H

#include <weft/export.h>

#include <stdbool.h>
#include <stdint.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

/*
 * The job, in memory of the caller's that outlives the task that runs it: beside its group on
 * the stack, or longer; the stack of a task that spawns it is gone before it has ended.  What
 * is set before it starts stays as it is while it runs; a field left zero takes its default.
 */
typedef struct weft_periodic {
    /* One run, in the job's own task; may suspend.  0: again in time; positive: no more; a
     * negative code: this run has failed. */
    weft_task_fn fn;
    void *arg;
    uint64_t interval_ms; /* from one beginning to the next; at least 1 */
    uint64_t jitter_ms; /* each run begins up to this much late, at random; below interval_ms */
    bool begin_at_once; /* else the first run is one interval after the start */
    bool end_on_failure; /* else a failed run is logged, and the next one comes in time */

    /* What has happened; may be read at any time. */
    uint64_t runs;    /* that have ended */
    uint64_t failed;  /* of these */
    uint64_t skipped; /* whose time passed while one was running */
} weft_periodic;

/*
 * Run the job `arg`, a weft_periodic, until it ends or the task is cancelled.  A weft_task_fn:
 * for weft_spawn(), weft_group_go() and weft_run(), or called straight.
 *
 * Times do not drift: run n is due n intervals after the start, however long runs take.  Runs
 * of one job never overlap: those that fall due while one is running are skipped.  A cancel
 * during fn is fn's to see; the job ends when fn returns.
 *
 * 0 when fn has ended the job; fn's code, with end_on_failure; UV_ECANCELED or UV_ETIMEDOUT;
 * UV_EINVAL for an interval of 0 or a jitter that is not below it; WEFT_EMISUSE outside of a
 * task.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_periodic_run(void *arg);

WEFT_END_DECLS
#endif
