/*
 * A pipeline of three stages over bounded queues: one task reads lines, some square the numbers
 * in them, one adds the squares up.
 *
 *     seq 1000 | ./dev run pipeline
 *
 * No stage runs ahead of the next one by more than a queue holds, however long the input is.
 * The end travels down the queues: whoever puts no more shuts its queue down, and who gets from
 * it drains it first.  A failure travels both ways: the group cancels all stages.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <weft/queue.h>
#include <weft/select.h>
#include <weft/stream.h>
#include <weft/task.h>

enum { SQUARERS = 3, CAPACITY = 16, PAUSE_MS = 1000 };

/* What moves down the pipeline; owned by the queue or the stage that has it. */
struct job {
    unsigned line;
    char text[32];
    int64_t square;
};

struct pipeline {
    weft_queue lines;
    weft_queue squares;
    int squarers; /* that may still put something into `squares` */
};

/* --- The first stage: read */

/* The next line as a job, or NULL at the end. */
static int read_job(struct weft_stream *input, unsigned line, struct job **ret_job)
{
    struct job *job = calloc(1, sizeof(*job));
    int rc;

    if (job == NULL)
        return UV_ENOMEM;
    job->line = line;
    rc = weft_stream_read_line(input, job->text, sizeof(job->text));
    if (rc == WEFT_ELIMIT)
        fprintf(stderr, "pipeline: line %u is too long\n", line);
    *ret_job = rc > 0 ? job : NULL;
    if (rc <= 0)
        free(job);
    return rc < 0 ? rc : 0;
}

static int put_lines(struct pipeline *pipeline, struct weft_stream *input)
{
    for (unsigned line = 1;; line++) {
        struct job *job;
        int rc = read_job(input, line, &job);

        if (rc < 0 || job == NULL)
            return rc;
        rc = weft_queue_put(&pipeline->lines, job); /* waits while the squarers are behind */
        if (rc < 0) {
            free(job);
            return rc;
        }
    }
}

static int read_lines(void *arg)
{
    struct pipeline *pipeline = arg;
    struct weft_stream *input;
    int rc = weft_stdin(&input);

    if (rc < 0)
        return rc;
    rc = put_lines(pipeline, input);
    weft_stream_close(input);
    weft_queue_shutdown(&pipeline->lines); /* no more will come */
    return rc;
}

/* --- The second stage: square */

static int parse(const char *text, int64_t *ret_number)
{
    const char *at = text;
    int64_t number = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number))
            return UV_ERANGE;
    }
    if (at == text || (*at != '\n' && *at != '\0'))
        return UV_EINVAL;
    *ret_number = number;
    return 0;
}

static int square(struct job *job)
{
    int64_t number = 0;
    int rc = parse(job->text, &number);

    if (rc == 0 && __builtin_mul_overflow(number, number, &job->square))
        rc = UV_ERANGE;
    if (rc < 0)
        fprintf(stderr, "pipeline: line %u: %s\n", job->line, weft_strerror(rc));
    return rc;
}

static int square_lines(void *arg)
{
    struct pipeline *pipeline = arg;
    void *job;
    int rc;

    while ((rc = weft_queue_get(&pipeline->lines, &job)) == 0) {
        rc = square(job);
        if (rc == 0)
            rc = weft_queue_put(&pipeline->squares, job);
        if (rc < 0) {
            free(job);
            return rc;
        }
    }
    if (rc != WEFT_ESHUTDOWN)
        return rc;
    if (--pipeline->squarers == 0)
        weft_queue_shutdown(&pipeline->squares); /* this was the last one */
    return 0;
}

/* --- The third stage: add up */

static int add(struct job *job, int64_t *sum)
{
    int rc = __builtin_add_overflow(*sum, job->square, sum) ? UV_ERANGE : 0;

    free(job);
    return rc;
}

static int add_up(void *arg)
{
    enum { SQUARE, PAUSE };
    struct pipeline *pipeline = arg;
    int64_t sum = 0;
    int rc = 0;

    while (rc == 0) {
        void *job;
        weft_case cases[] = {
            [SQUARE] = weft_on_get(&pipeline->squares, &job),
            [PAUSE] = weft_on_timeout(PAUSE_MS),
        };
        int chosen = weft_select(cases, 2);

        if (chosen < 0)
            rc = chosen;
        else if (chosen == PAUSE)
            fprintf(stderr, "pipeline: %" PRId64 " so far\n", sum);
        else if (cases[SQUARE].result == 0)
            rc = add(job, &sum);
        else
            rc = cases[SQUARE].result;
    }
    if (rc != WEFT_ESHUTDOWN)
        return rc;
    printf("%" PRId64 "\n", sum);
    return 0;
}

/* --- All of them */

static int run_stages(struct pipeline *pipeline)
{
    int rc;

    WEFT_GROUP(stages, 0);
    rc = weft_group_go(stages, read_lines, pipeline);
    for (int i = 0; i < SQUARERS && rc == 0; i++)
        rc = weft_group_go(stages, square_lines, pipeline);
    if (rc == 0)
        rc = weft_group_go(stages, add_up, pipeline);
    return rc == 0 ? weft_group_wait(stages) : rc;
}

static int run_pipeline(void *arg)
{
    const weft_queue_options bounded = { .capacity = CAPACITY };
    struct pipeline pipeline = { .squarers = SQUARERS };
    int rc = weft_queue_init(&pipeline.lines, &bounded);

    (void)arg;
    if (rc == 0)
        rc = weft_queue_init(&pipeline.squares, &bounded);
    if (rc == 0)
        rc = run_stages(&pipeline);
    /* After a failure there are jobs left. */
    weft_queue_shutdown_now(&pipeline.lines, free);
    weft_queue_shutdown_now(&pipeline.squares, free);
    weft_queue_done(&pipeline.lines);
    weft_queue_done(&pipeline.squares);
    return rc;
}

int main(void)
{
    int rc = weft_run(run_pipeline, NULL);

    if (rc < 0)
        fprintf(stderr, "pipeline: %s\n", weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
