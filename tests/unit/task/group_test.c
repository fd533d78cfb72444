/*
 * Groups: their members end together, whatever ends them.
 */
#include <weft/task.h>

#include "in_task.h"
#include "task/task.h"

enum { LONG_MS = 60000 };

struct job {
    uint64_t ms;    /* to sleep */
    int result;     /* when nothing disturbs it */
    int cleanup_ms; /* shielded, after a disturbance */
    bool hides;     /* a disturbance: returns 0 all the same */
    int ended;      /* the code of its sleep, or 1 for none */
};

static int work(void *arg)
{
    struct job *job = arg;
    int rc = weft_sleep(job->ms);

    if (rc < 0 && job->cleanup_ms > 0) {
        WEFT_SHIELD(shield, 0);
        cr_expect(zero(int, weft_sleep((uint64_t)job->cleanup_ms)));
    }
    job->ended = rc < 0 ? rc : 1;
    return rc < 0 && !job->hides ? rc : job->result;
}

static size_t tasks(void)
{
    return weft__loop_stats(weft_loop_current()).tasks;
}

WEFT_TASK_TEST(group, waits_for_all)
{
    struct job jobs[] = { { .ms = 1 }, { .ms = 4 }, { .ms = 2, .result = 5 } };

    WEFT_GROUP(group, 0);
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_group_go(group, work, &jobs[i])));
    cr_expect(zero(int, weft_group_wait(group)));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(int, jobs[i].ended, 1));
    cr_expect(eq(sz, tasks(), 1));
    cr_expect(zero(int, weft_group_wait(group)), "nothing is left");
    cr_assert(zero(int, weft_group_go(group, work, &jobs[0])), "it can go on");
    cr_expect(zero(int, weft_group_wait(group)));
}

WEFT_TASK_TEST(group, empty)
{
    WEFT_GROUP(group, 0);
    cr_expect(zero(int, weft_group_wait(group)));
}

WEFT_TASK_TEST(group, the_first_failure_cancels_the_others)
{
    struct job jobs[] = { { .ms = LONG_MS, .cleanup_ms = 2 },
                          { .ms = 1, .result = UV_EIO },
                          { .ms = LONG_MS, .hides = true, .result = UV_EPIPE } };

    WEFT_GROUP(group, 0);
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_group_go(group, work, &jobs[i])));
    cr_expect(eq(int, weft_group_wait(group), UV_EIO));
    cr_expect(eq(int, jobs[0].ended, UV_ECANCELED));
    cr_expect(eq(int, jobs[2].ended, UV_ECANCELED));
    cr_expect(eq(sz, tasks(), 1), "and all are awaited");
    cr_expect(eq(int, weft_group_go(group, work, &jobs[0]), UV_ECANCELED));
    cr_expect(eq(int, weft_group_wait(group), UV_EIO));
}

WEFT_TASK_TEST(group, its_time_cancels_all)
{
    struct job jobs[] = { { .ms = LONG_MS }, { .ms = 1 }, { .ms = LONG_MS, .cleanup_ms = 3 } };

    WEFT_GROUP(group, 300);
    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_group_go(group, work, &jobs[i])));
    cr_expect(eq(int, weft_group_wait(group), UV_ETIMEDOUT));
    cr_expect(eq(int, jobs[0].ended, UV_ETIMEDOUT));
    cr_expect(eq(int, jobs[1].ended, 1));
    cr_expect(eq(sz, tasks(), 1));
}

/* What members make of the time does not change what the group says. */
WEFT_TASK_TEST(group, its_time_is_told_as_such)
{
    struct job hiding = { .ms = LONG_MS, .hides = true };
    struct job translating = { .ms = LONG_MS, .hides = true, .result = UV_EIO };

    {
        WEFT_GROUP(group, 300); /* so that the member has begun by then */
        cr_assert(zero(int, weft_group_go(group, work, &hiding)));
        cr_expect(eq(int, weft_group_wait(group), UV_ETIMEDOUT));
    }
    WEFT_GROUP(group, 300);
    cr_assert(zero(int, weft_group_go(group, work, &translating)));
    cr_expect(eq(int, weft_group_wait(group), UV_ETIMEDOUT));
}

WEFT_TASK_TEST(group, a_deadline_around_it_counts)
{
    struct job job = { .ms = LONG_MS };

    WEFT_TIMEOUT(scope, 2);
    WEFT_GROUP(group, LONG_MS);
    cr_assert(zero(int, weft_group_go(group, work, &job)));
    cr_expect(eq(int, weft_group_wait(group), UV_ETIMEDOUT));
    cr_expect(ne(int, job.ended, 1));
    cr_expect(weft_scope_expired(&scope));
}

static int waste_time(void *arg)
{
    (void)arg;
    while (weft_check_cancelled() == 0)
        ;
    return weft_sleep(LONG_MS);
}

/* It is a member that meets it, and not the wait for the group. */
WEFT_TASK_TEST(group, a_deadline_around_it_counts_for_the_scope)
{
    WEFT_TIMEOUT(scope, 2);
    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, waste_time, NULL)));
    cr_expect(eq(int, weft_group_wait(group), UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scope));
}

static int wait_for_group(void *arg)
{
    struct job *jobs = arg;

    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, work, &jobs[0])));
    cr_assert(zero(int, weft_group_go(group, work, &jobs[1])));
    return weft_group_wait(group);
}

WEFT_TASK_TEST(group, cancel_of_the_owner)
{
    struct job jobs[] = { { .ms = LONG_MS, .cleanup_ms = 3 }, { .ms = LONG_MS } };
    weft_task *owner;
    int result;

    cr_assert(zero(int, weft_spawn(&owner, wait_for_group, jobs)));
    cr_assert(zero(int, weft_sleep(1)));
    weft_task_cancel(owner);
    cr_expect(zero(int, weft_task_join(owner, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(eq(int, jobs[0].ended, UV_ECANCELED));
    cr_expect(eq(int, jobs[1].ended, UV_ECANCELED));
}

struct meeting {
    struct weft__wait wait;
    weft_task *owner;
};

static int wait_to_meet(void *arg)
{
    struct meeting *meeting = arg;

    weft__wait_init(&meeting->wait, "test");
    return weft__wait(&meeting->wait);
}

static int own_the_meeting(void *arg)
{
    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, wait_to_meet, arg)));
    return weft_group_wait(group);
}

/* Both are ready in one turn: the last member ends before the owner has gone on. */
WEFT_TASK_TEST(group, cancel_of_the_owner_as_the_last_member_ends)
{
    struct meeting meeting;
    int result;

    cr_assert(zero(int, weft_spawn(&meeting.owner, own_the_meeting, &meeting)));
    cr_assert(zero(int, weft_yield()));
    weft__wait_complete(&meeting.wait, 0);
    weft_task_cancel(meeting.owner);
    cr_expect(zero(int, weft_task_join(meeting.owner, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

WEFT_TASK_TEST(group, owner_cancelled_before)
{
    struct job job = { .ms = LONG_MS };

    WEFT_GROUP(group, 0);
    weft_task_cancel(weft_task_current());
    cr_assert(zero(int, weft_group_go(group, work, &job)));
    cr_expect(eq(int, weft_group_wait(group), UV_ECANCELED));
    cr_expect(zero(int, job.ended), "it never began");
    weft_task_uncancel();
}

WEFT_TASK_TEST(group, cancelled_on_purpose_is_no_failure)
{
    struct job job = { .ms = LONG_MS };

    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, work, &job)));
    cr_assert(zero(int, weft_yield()));
    weft_group_cancel(group);
    weft_group_cancel(group);
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(int, job.ended, UV_ECANCELED));
}

/* Leaving the block by any way ends what uses its variables. */
WEFT_TASK_TEST(group, leaving_the_block_ends_the_members)
{
    struct job job = { .ms = LONG_MS, .cleanup_ms = 2 };

    {
        WEFT_GROUP(group, 0);
        cr_assert(zero(int, weft_group_go(group, work, &job)));
        cr_assert(zero(int, weft_yield()));
    }
    cr_expect(eq(int, job.ended, UV_ECANCELED));
    cr_expect(eq(sz, tasks(), 1));
}

WEFT_TASK_TEST(group, leaving_the_block_when_cancelled)
{
    struct job job = { .ms = LONG_MS, .cleanup_ms = 2 };

    {
        WEFT_GROUP(group, 0);
        cr_assert(zero(int, weft_group_go(group, work, &job)));
        cr_assert(zero(int, weft_yield()));
        weft_task_cancel(weft_task_current());
    }
    cr_expect(eq(int, job.ended, UV_ECANCELED), "it is awaited all the same");
    weft_task_uncancel();
}

static int nest(void *arg)
{
    struct job *jobs = arg;

    WEFT_GROUP(inner, 0);
    cr_assert(zero(int, weft_group_go(inner, work, &jobs[0])));
    cr_assert(zero(int, weft_group_go(inner, wait_for_group, &jobs[1])));
    return weft_group_wait(inner);
}

WEFT_TASK_TEST(group, nested_fails_outwards)
{
    struct job jobs[] = { { .ms = LONG_MS }, { .ms = LONG_MS }, { .ms = 2, .result = UV_EIO } };
    struct job other = { .ms = LONG_MS };

    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, nest, jobs)));
    cr_assert(zero(int, weft_group_go(group, work, &other)));
    cr_expect(eq(int, weft_group_wait(group), UV_EIO));
    cr_expect(eq(int, jobs[0].ended, UV_ECANCELED));
    cr_expect(eq(int, jobs[1].ended, UV_ECANCELED));
    cr_expect(eq(int, other.ended, UV_ECANCELED));
}

WEFT_TASK_TEST(group, nested_cancels_inwards)
{
    struct job jobs[] = { { .ms = LONG_MS }, { .ms = LONG_MS }, { .ms = LONG_MS } };
    struct job failing = { .ms = 2, .result = UV_EPIPE };

    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, nest, jobs)));
    cr_assert(zero(int, weft_group_go(group, work, &failing)));
    cr_expect(eq(int, weft_group_wait(group), UV_EPIPE));
    for (int i = 0; i < 3; i++)
        cr_expect(eq(int, jobs[i].ended, UV_ECANCELED));
}

struct adding {
    weft_group *group;
    struct job job;
};

static int add_a_member(void *arg)
{
    struct adding *adding = arg;

    return weft_group_go(adding->group, work, &adding->job);
}

WEFT_TASK_TEST(group, members_may_add_members)
{
    WEFT_GROUP(group, 0);
    struct adding adding = { .group = group, .job = { .ms = 2 } };

    cr_assert(zero(int, weft_group_go(group, add_a_member, &adding)));
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(int, adding.job.ended, 1));
}

static int wait_for_anothers(void *arg)
{
    return weft_group_wait(arg);
}

WEFT_TASK_TEST(group, only_the_owner_waits)
{
    struct job job = { .ms = 2 };
    weft_task *task;
    int result;

    WEFT_GROUP(group, 0);
    cr_assert(zero(int, weft_group_go(group, work, &job)));
    cr_assert(zero(int, weft_spawn(&task, wait_for_anothers, group)));
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, WEFT_EMISUSE));
    cr_expect(zero(int, weft_group_wait(group)));
}

WEFT_TEST(group, outside_of_tasks_is_misuse)
{
    WEFT_GROUP(group, 5);
    cr_expect(eq(int, weft_group_go(group, work, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_group_wait(group), WEFT_EMISUSE));
    weft_group_cancel(group);
}
