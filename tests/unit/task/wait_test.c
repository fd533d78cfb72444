/*
 * Waits, as the layers above use them: completion, detaching, refusing.
 */
#include <weft/task.h>

#include "in_task.h"
#include "task/task.h"

enum { LONG_MS = 60000 };

/* Something that completes the waits standing in its list. */
struct source {
    struct weft__list waiting;
    int detached;
    bool refuses;
};

struct source_wait {
    struct weft__wait wait;
    struct source *source;
};

static bool detach(struct weft__wait *wait)
{
    struct source *source = weft__list_entry(wait, struct source_wait, wait)->source;

    source->detached++;
    if (source->refuses)
        return false;
    weft__list_remove(&wait->link);
    return true;
}

static void complete_all(struct source *source, int result)
{
    struct weft__list *node;

    while ((node = weft__list_pop(&source->waiting)) != NULL)
        weft__wait_complete(weft__list_entry(node, struct weft__wait, link), result);
}

static void init(struct source *source, bool refuses)
{
    *source = (struct source){ .refuses = refuses };
    weft__list_init(&source->waiting);
}

static int wait_for(void *arg)
{
    struct source_wait wait = { .source = arg };

    weft__wait_init(&wait.wait, "test");
    wait.wait.detach = detach;
    weft__list_append(&wait.source->waiting, &wait.wait.link);
    return weft__wait(&wait.wait);
}

WEFT_TASK_TEST(wait, returns_what_it_is_completed_with)
{
    struct source source;
    weft_task *one, *two;
    int result;

    init(&source, false);
    cr_assert(zero(int, weft_spawn(&one, wait_for, &source)));
    cr_assert(zero(int, weft_spawn(&two, wait_for, &source)));
    cr_assert(zero(int, weft_yield()));
    complete_all(&source, 5);
    weft_task_cancel(one); /* too late */
    cr_expect(zero(int, weft_task_join(one, &result)));
    cr_expect(eq(int, result, 5));
    cr_expect(zero(int, weft_task_join(two, &result)));
    cr_expect(eq(int, result, 5));
    cr_expect(zero(int, source.detached));
}

WEFT_TASK_TEST(wait, completed_before_it_is_waited_for)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    weft__wait_complete(&wait, 7);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft__wait(&wait), 7), "even in a cancelled task");
    weft_task_uncancel();
}

WEFT_TASK_TEST(wait, detached_by_cancel)
{
    struct source source;
    weft_task *task;
    int result;

    init(&source, false);
    cr_assert(zero(int, weft_spawn(&task, wait_for, &source)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    cr_expect(weft__list_empty(&source.waiting), "at once");
    weft_task_cancel(task);
    cr_expect(eq(int, source.detached, 1));
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

WEFT_TASK_TEST(wait, detached_when_cancelled_before)
{
    struct source source;

    init(&source, false);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, wait_for(&source), UV_ECANCELED));
    cr_expect(eq(int, source.detached, 1));
    cr_expect(weft__list_empty(&source.waiting));
    weft_task_uncancel();
}

WEFT_TASK_TEST(wait, detached_by_deadline)
{
    struct source source;

    init(&source, false);
    WEFT_TIMEOUT(scope, 2);
    cr_expect(eq(int, wait_for(&source), UV_ETIMEDOUT));
    cr_expect(eq(int, wait_for(&source), UV_ETIMEDOUT));
    cr_expect(eq(int, source.detached, 2));
    cr_expect(weft__list_empty(&source.waiting));
}

WEFT_TASK_TEST(wait, without_detach_is_unlinked)
{
    struct weft__list list;
    struct weft__wait wait;

    weft__list_init(&list);
    weft__wait_init(&wait, "test");
    weft__list_append(&list, &wait.link);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft__wait(&wait), UV_ECANCELED));
    cr_expect(weft__list_empty(&list));
    weft_task_uncancel();
}

static int complete_later(void *arg)
{
    int rc = weft_sleep(10);

    complete_all(arg, 3);
    return rc;
}

/* A refusal holds for the cancel, for the deadline, and for what comes after. */
WEFT_TASK_TEST(wait, refused_goes_on_until_completed)
{
    struct source source;
    weft_task *helper, *waiter;
    int result;

    init(&source, true);
    cr_assert(zero(int, weft_spawn(&helper, complete_later, &source)));
    cr_assert(zero(int, weft_spawn(&waiter, wait_for, &source)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(waiter);
    weft_task_cancel(waiter);
    cr_expect(zero(int, weft_task_join(waiter, &result)));
    cr_expect(eq(int, result, 3));
    cr_expect(eq(int, source.detached, 1));
    cr_expect(zero(int, weft_task_join(helper, NULL)));
}

WEFT_TASK_TEST(wait, refused_before_and_by_deadline)
{
    struct source source;
    weft_task *helper;

    init(&source, true);
    cr_assert(zero(int, weft_spawn(&helper, complete_later, &source)));
    {
        WEFT_TIMEOUT(scope, 1);
        cr_expect(eq(int, wait_for(&source), 3), "while it waits");
        cr_expect(eq(int, source.detached, 1));
        cr_expect(eq(int, weft_check_cancelled(), UV_ETIMEDOUT), "shows in the next");
    }
    cr_expect(zero(int, weft_task_join(helper, NULL)));
    cr_assert(zero(int, weft_spawn(&helper, complete_later, &source)));
    {
        WEFT_DEADLINE(scope, 0);
        cr_expect(eq(int, wait_for(&source), 3), "before it waits");
    }
    cr_expect(zero(int, weft_task_join(helper, NULL)));
}

static bool complete_in_detach(struct weft__wait *wait)
{
    weft__wait_complete(wait, 11);
    return false;
}

WEFT_TASK_TEST(wait, may_be_completed_by_its_detach)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    wait.detach = complete_in_detach;
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft__wait(&wait), 11));
    weft_task_uncancel();
}

WEFT_TASK_TEST(wait, has_a_time_of_its_own)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    wait.due_ms = weft_now_ms() + 2;
    cr_expect(zero(int, weft__wait(&wait)));
}

/* In the list of whoever might complete it meanwhile, it is taken out of there first. */
static int wait_until(struct source *source, uint64_t due_ms)
{
    struct source_wait wait = { .source = source };

    weft__wait_init(&wait.wait, "test");
    wait.wait.detach = detach;
    wait.wait.due_ms = due_ms;
    weft__list_append(&source->waiting, &wait.wait.link);
    return weft__wait(&wait.wait);
}

WEFT_TASK_TEST(wait, is_taken_back_in_its_time)
{
    struct source source;

    init(&source, false);
    cr_expect(zero(int, wait_until(&source, weft_now_ms() + 2)));
    cr_expect(eq(int, source.detached, 1));
    cr_expect(weft__list_empty(&source.waiting));
}

WEFT_TASK_TEST(wait, cannot_refuse_its_own_time)
{
    struct source source;

    init(&source, true);
    weft_task_cancel(weft_task_current());
    cr_expect(zero(int, wait_until(&source, weft_now_ms() + 2)));
    weft_task_uncancel();
    cr_expect(eq(int, source.detached, 1), "it has refused already");
    weft__list_init(&source.waiting);
    cr_expect(zero(int, wait_until(&source, weft_now_ms() + 2)));
    cr_expect(eq(int, source.detached, 2));
}

WEFT_TASK_TEST(wait, uncancelled_has_a_time_of_its_own)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    wait.due_ms = weft_now_ms() + 2;
    weft_task_cancel(weft_task_current());
    weft__wait_uncancelled(&wait);
    weft_task_uncancel();
    cr_expect(zero(int, wait.result));
    weft__wait_init(&wait, "test");
    wait.due_ms = weft_now_ms() + 2;
    weft__wait_uncancelled(&wait);
    cr_expect(zero(int, wait.result));
}

/* Completed by its detach, in a cancelled task and in its time. */
static int completed_in_detach(uint64_t due_ms)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    wait.detach = complete_in_detach;
    wait.due_ms = due_ms;
    return weft__wait(&wait);
}

WEFT_TASK_TEST(wait, may_be_completed_by_its_detach_in_its_time)
{
    cr_expect(eq(int, completed_in_detach(weft_now_ms() + 1), 11));
}

static int completed_though_failing(void *arg)
{
    (void)arg;
    return completed_in_detach(UINT64_MAX);
}

WEFT_TEST(wait, may_be_completed_by_its_detach_when_made_to_fail)
{
    uint64_t left = 1;
    const weft_loop_options options = { .fail_wait = &left };

    cr_expect(eq(int, weft_run_with(completed_though_failing, NULL, &options), 11));
    cr_expect(zero(u64, left));
}

/* --- Parts of a larger wait */

struct either {
    struct weft__wait all;
    struct weft__wait parts[2];
    int relayed;
};

static struct either *either_here; /* a relay gets the part only */

static void relay(struct weft__wait *wait)
{
    either_here->relayed++;
    weft__wait_complete(&either_here->all, (int)(wait - either_here->parts));
}

static int complete_part(void *arg)
{
    weft__wait_complete(arg, 0);
    return 0;
}

WEFT_TASK_TEST(wait, relays_to_the_larger_one)
{
    struct either either = { .relayed = 0 };

    either_here = &either;
    weft__wait_init(&either.all, "either");
    for (int i = 0; i < 2; i++) {
        weft__wait_init(&either.parts[i], "part");
        either.parts[i].relay = relay;
    }
    cr_assert(zero(int, weft_spawn(NULL, complete_part, &either.parts[1])));
    cr_expect(eq(int, weft__wait(&either.all), 1));
    cr_expect(eq(int, either.relayed, 1));
}

WEFT_TEST(wait, outside_of_tasks_is_misuse)
{
    struct weft__wait wait;

    weft__wait_init(&wait, "test");
    cr_expect(eq(int, weft__wait(&wait), WEFT_EMISUSE));
    cr_expect(not(weft__in_task()));
}

/* --- Context */

static int tell_context(void *arg)
{
    *(void **)arg = weft__task_context();
    weft__task_set_context(weft_task_current(), NULL);
    return 0;
}

WEFT_TASK_TEST(context, is_inherited)
{
    int thing;
    void *seen = NULL;
    weft_task *task;

    cr_expect(eq(ptr, weft__task_context(), NULL));
    weft__task_set_context(weft_task_current(), &thing);
    cr_assert(zero(int, weft_spawn(&task, tell_context, &seen)));
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(ptr, seen, &thing));
    cr_expect(eq(ptr, weft__task_context(), &thing), "the child changed its own");
}
