/*
 * Tasks: spawning, joining, cancelling, and ending with what they own.
 */
#include <weft/task.h>

#include <string.h>

#include "in_task.h"
#include "task/coro.h"
#include "task/task.h"

static int give(void *arg)
{
    return *(int *)arg;
}

static int nap_and_give(void *arg)
{
    int rc = weft_sleep(1);

    return rc < 0 ? rc : *(int *)arg;
}

static int sleep_long(void *arg)
{
    (void)arg;
    return weft_sleep(60000);
}

/* --- Spawning and joining */

WEFT_TASK_TEST(task, join_gives_the_result)
{
    int three = 3, four = 4, got_three, got_four;
    weft_task *first, *second;

    cr_assert(zero(int, weft_spawn(&first, nap_and_give, &three)));
    cr_assert(zero(int, weft_spawn(&second, give, &four)));
    cr_expect(not(weft_task_ended(second)), "it runs when the caller suspends");
    cr_expect(zero(int, weft_task_join(first, &got_three)));
    cr_expect(weft_task_ended(second));
    cr_expect(zero(int, weft_task_join(second, &got_four)));
    cr_expect(eq(int, got_three, 3));
    cr_expect(eq(int, got_four, 4));
}

static int note(void *arg)
{
    char **at = arg;

    *(*at)++ = 'a';
    if (weft_yield() < 0)
        return UV_ECANCELED;
    *(*at)++ = 'b';
    return 0;
}

WEFT_TASK_TEST(task, tasks_take_turns)
{
    char order[5] = "", *at = order;
    weft_task *one, *two;

    cr_assert(zero(int, weft_spawn(&one, note, &at)));
    cr_assert(zero(int, weft_spawn(&two, note, &at)));
    cr_expect(zero(int, weft_task_join(one, NULL)));
    cr_expect(zero(int, weft_task_join(two, NULL)));
    cr_expect(eq(str, order, (char *)"aabb"));
}

static int join_the_parents_other(void *arg)
{
    return weft_task_join(arg, NULL);
}

static int join_itself(void *arg)
{
    (void)arg;
    return weft_task_join(weft_task_current(), NULL);
}

WEFT_TASK_TEST(task, only_the_owner_joins)
{
    int one = 1, result;
    weft_task *target, *other, *self;

    cr_assert(zero(int, weft_spawn(&target, nap_and_give, &one)));
    cr_assert(zero(int, weft_spawn(&other, join_the_parents_other, target)));
    cr_assert(zero(int, weft_spawn(&self, join_itself, NULL)));
    cr_expect(zero(int, weft_task_join(other, &result)));
    cr_expect(eq(int, result, WEFT_EMISUSE));
    cr_expect(zero(int, weft_task_join(self, &result)));
    cr_expect(eq(int, result, WEFT_EMISUSE));
    cr_expect(zero(int, weft_task_join(target, &result)));
    cr_expect(eq(int, weft_task_join(NULL, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_task_join(weft_task_current(), NULL), WEFT_EMISUSE));
}

WEFT_TEST(task, outside_of_tasks_all_is_misuse)
{
    weft_task *task;
    static const weft_key key = { "key" };

    cr_expect(eq(int, weft_spawn(&task, give, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_task_join(NULL, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_sleep(1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_yield(), WEFT_EMISUSE));
    cr_expect(eq(int, weft_offload(give, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_local_set(&key, NULL), WEFT_EMISUSE));
    cr_expect(eq(ptr, weft_local_get(&key), NULL));
    cr_expect(zero(int, weft_check_cancelled()));
    cr_expect(zero(u32, weft_task_uncancel()));
    cr_expect(eq(ptr, weft_task_current(), NULL));
    cr_expect(eq(u64, weft_deadline_ms(), UINT64_MAX));
    cr_expect(eq(ptr, weft__task_context(), NULL));
    cr_expect(zero(u64, weft_now_ms()));
    weft_task_cancel(NULL);
}

static int run_again(void *arg)
{
    (void)arg;
    return weft_run(give, NULL);
}

WEFT_TEST(task, one_loop_a_thread)
{
    cr_expect(eq(int, weft_run(run_again, NULL), UV_EBUSY));
}

static int start_at_limit(void *arg)
{
    weft_task *one, *two;
    int rc;

    (void)arg;
    cr_expect(zero(int, weft_spawn(&one, sleep_long, NULL)));
    rc = weft_spawn(&two, sleep_long, NULL);
    weft_task_cancel(one);
    cr_expect(zero(int, weft_task_join(one, NULL)));
    return rc;
}

WEFT_TEST(task, number_is_limited)
{
    weft_loop_options two = { .max_tasks = 2 };
    weft_loop_options three = { .max_tasks = 3 };

    cr_expect(eq(int, weft_run_with(start_at_limit, NULL, &two), UV_EAGAIN));
    cr_expect(zero(int, weft_run_with(start_at_limit, NULL, &three)));
}

WEFT_TASK_TEST(task, has_a_name)
{
    weft_task *self = weft_task_current();

    cr_expect(zero(int, strcmp(weft_task_name(self), "main")));
    weft_task_set_name(self, "other");
    cr_expect(zero(int, strcmp(weft_task_name(self), "other")));
    weft_task_set_name(self, NULL);
    cr_expect(zero(int, strcmp(weft_task_name(self), "unnamed")));
}

/* --- Cancelling */

WEFT_TASK_TEST(cancel, ends_a_wait)
{
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, sleep_long, NULL)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    cr_expect(not(weft_task_ended(task)));
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

static int set_flag(void *arg)
{
    *(bool *)arg = true;
    return 0;
}

WEFT_TASK_TEST(cancel, before_it_began)
{
    bool begun = false;
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, set_flag, &begun)));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(not(begun));
}

static int wait_again_and_again(void *arg)
{
    int *returned = arg;

    (void)weft_sleep(60000);
    returned[0] = weft_sleep(60000);
    returned[1] = weft_yield();
    returned[2] = weft_check_cancelled();
    returned[3] = weft_offload(give, arg);
    returned[4] = weft_sleep(0);
    cr_expect(eq(u32, weft_task_cancelling(weft_task_current()), 2));
    cr_expect(eq(u32, weft_task_uncancel(), 1));
    returned[5] = weft_sleep(60000);
    cr_expect(zero(u32, weft_task_uncancel()));
    cr_expect(zero(u32, weft_task_uncancel()));
    return weft_sleep(1);
}

WEFT_TASK_TEST(cancel, is_sticky_until_taken_back)
{
    int returned[6] = { 0 };
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, wait_again_and_again, returned)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    for (int i = 0; i < 6; i++)
        cr_expect(eq(int, returned[i], UV_ECANCELED), "wait %d", i);
    cr_expect(zero(int, result), "after both are taken back it waits again");
}

WEFT_TASK_TEST(cancel, of_an_ended_task_does_nothing)
{
    int one = 1, result;
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, give, &one)));
    cr_assert(zero(int, weft_yield()));
    cr_expect(weft_task_ended(task));
    weft_task_cancel(task);
    cr_expect(zero(u32, weft_task_cancelling(task)));
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, 1));
}

WEFT_TASK_TEST(cancel, of_oneself_counts_at_the_next_wait)
{
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_check_cancelled(), UV_ECANCELED));
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
    cr_expect(zero(u32, weft_task_uncancel()));
    cr_expect(zero(int, weft_sleep(1)));
}

static int yield_once(void *arg)
{
    (void)arg;
    return weft_yield();
}

/* It is ready already: the cancel shows when it goes on. */
WEFT_TASK_TEST(cancel, while_yielding)
{
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, yield_once, NULL)));
    cr_assert(zero(int, weft_sleep(0)));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

static int spawn_and_join(void *arg)
{
    weft_task **ret_inner = arg;
    int rc;

    cr_assert(zero(int, weft_spawn(ret_inner, sleep_long, NULL)));
    rc = weft_task_join(*ret_inner, NULL);
    cr_expect(eq(int, rc, UV_ECANCELED));
    cr_expect(not(weft_task_ended(*ret_inner)), "the joined task runs on");
    cr_expect(eq(int, weft_task_join(*ret_inner, NULL), UV_ECANCELED), "at once");
    cr_expect(zero(u32, weft_task_uncancel()));
    weft_task_cancel(*ret_inner);
    cr_expect(zero(int, weft_task_join(*ret_inner, &rc)), "it can still be joined");
    return rc;
}

WEFT_TASK_TEST(cancel, while_joining)
{
    weft_task *outer, *inner;
    int result;

    cr_assert(zero(int, weft_spawn(&outer, spawn_and_join, &inner)));
    cr_assert(zero(int, weft_sleep(1)));
    weft_task_cancel(outer);
    cr_expect(zero(int, weft_task_join(outer, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

/* An ended task is joined without waiting, so also by a cancelled one. */
WEFT_TASK_TEST(cancel, does_not_keep_from_joining_the_ended)
{
    int one = 1, result = 0;
    weft_task *task;

    cr_assert(zero(int, weft_spawn(&task, give, &one)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(weft_task_current());
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, 1));
    weft_task_uncancel();
}

/* --- Owners */

struct family {
    int ending, ended;
    char memory[64];
};

static int use_the_owners_memory(void *arg)
{
    struct family *family = arg;

    cr_expect(eq(int, weft_sleep(60000), UV_ECANCELED));
    family->ending++;
    WEFT_SHIELD(shield, 0);
    cr_expect(zero(int, weft_sleep(2)), "clean-up that waits");
    memset(family->memory, 'x', sizeof(family->memory));
    family->ended++;
    return 0;
}

static int leave_children_behind(void *arg)
{
    weft_task *joinable;
    int one = 1;

    cr_expect(zero(int, weft_spawn(&joinable, use_the_owners_memory, arg)));
    cr_expect(zero(int, weft_spawn(NULL, use_the_owners_memory, arg)));
    cr_expect(zero(int, weft_spawn(&joinable, give, &one)));
    cr_expect(zero(int, weft_yield()));
    cr_expect(weft_task_ended(joinable));
    cr_expect(zero(int, weft_spawn(NULL, use_the_owners_memory, arg)), "it never begins");
    return 9;
}

WEFT_TASK_TEST(owner, ends_after_its_children)
{
    struct family family = { 0 };
    weft_task *owner;
    int result;

    cr_assert(zero(int, weft_spawn(&owner, leave_children_behind, &family)));
    cr_expect(zero(int, weft_task_join(owner, &result)));
    cr_expect(eq(int, result, 9));
    cr_expect(eq(int, family.ended, 2));
}

/* Also when it is cancelled itself while it waits for them. */
WEFT_TASK_TEST(owner, cancelled_while_its_children_end)
{
    struct family family = { 0 };
    weft_task *owner;
    int result;

    cr_assert(zero(int, weft_spawn(&owner, leave_children_behind, &family)));
    while (family.ending == 0)
        cr_assert(zero(int, weft_yield()));
    weft_task_cancel(owner);
    cr_expect(zero(int, weft_task_join(owner, &result)));
    cr_expect(eq(int, result, 9));
    cr_expect(eq(int, family.ended, 2));
}

static int spawn_a_chain(void *arg)
{
    int *depth = arg;

    if (*depth == 0)
        return weft_sleep(60000);
    --*depth;
    cr_expect(zero(int, weft_spawn(NULL, spawn_a_chain, depth)));
    return weft_sleep(60000);
}

WEFT_TASK_TEST(owner, ends_a_whole_tree)
{
    int depth = 50;
    weft_task *root;
    int result;

    cr_assert(zero(int, weft_spawn(&root, spawn_a_chain, &depth)));
    while (depth > 0)
        cr_assert(zero(int, weft_yield()));
    weft_task_cancel(root);
    cr_expect(zero(int, weft_task_join(root, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, 1));
}

/* Those that nobody joins are released as they end, not with their owner. */
WEFT_TASK_TEST(owner, keeps_no_unjoinable_tasks)
{
    int one = 1;

    for (int i = 0; i < 1000; i++) {
        cr_assert(zero(int, weft_spawn(NULL, give, &one)));
        cr_assert(zero(int, weft_yield()));
    }
    cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, 1));
}

/* --- Renewing */

static const weft_key piece = { "piece" };

WEFT_TASK_TEST(renew, forgets_the_last_piece_of_work)
{
    struct family family = { 0 };
    weft_task *child;

    for (int i = 1; i <= 3; i++) {
        weft_task_set_name(weft_task_current(), "piece");
        cr_assert(zero(int, weft_local_set(&piece, &family)));
        cr_assert(zero(int, weft_spawn(&child, use_the_owners_memory, &family)));
        cr_assert(zero(int, weft_spawn(NULL, use_the_owners_memory, &family)));
        cr_assert(zero(int, weft_yield()));
        weft_task_cancel(weft_task_current());
        weft__task_renew();
        cr_expect(eq(int, family.ended, 2 * i), "what it spawned has ended");
        cr_expect(eq(ptr, weft_local_get(&piece), NULL));
        cr_expect(zero(int, strcmp(weft_task_name(weft_task_current()), "unnamed")));
        cr_expect(zero(int, weft_sleep(1)), "the cancel is forgotten");
        cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, 1));
    }
}

/* --- Sleeping */

WEFT_TASK_TEST(sleep, lasts_as_long_as_asked)
{
    uint64_t before_ns = uv_hrtime();

    cr_expect(zero(int, weft_sleep(20)));
    cr_expect(ge(u64, uv_hrtime() - before_ns, 19000000));
}

static int sleep_and_note(void *arg)
{
    char **at = *(char ***)arg;
    int number = *((int *)((void **)arg + 1));
    int rc = weft_sleep(5);

    *(*at)++ = (char)('0' + number);
    return rc;
}

WEFT_TASK_TEST(sleep, equal_ones_wake_in_order)
{
    struct {
        char **at;
        int number;
    } args[5];
    char order[6] = "", *at = order;
    weft_task *tasks[5];

    for (int i = 0; i < 5; i++) {
        args[i].at = &at;
        args[i].number = i;
        cr_assert(zero(int, weft_spawn(&tasks[i], sleep_and_note, &args[i])));
    }
    for (int i = 0; i < 5; i++)
        cr_expect(zero(int, weft_task_join(tasks[i], NULL)));
    cr_expect(eq(str, order, (char *)"01234"));
}

static int sleep_for_ever(void *arg)
{
    (void)arg;
    return weft_sleep(UINT64_MAX);
}

WEFT_TASK_TEST(sleep, may_be_for_ever)
{
    weft_task *task;
    int result;

    cr_assert(zero(int, weft_spawn(&task, sleep_for_ever, NULL)));
    cr_assert(zero(int, weft_sleep(2)));
    cr_expect(not(weft_task_ended(task)));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
}

#ifdef WEFT_TSAN
enum { MANY = 4000 }; /* ThreadSanitizer takes 8,128 stacks at most */
#else
enum { MANY = 10000 };
#endif

static int nap(void *arg)
{
    int rc = weft_sleep(20);

    ++*(int *)arg;
    return rc;
}

WEFT_TASK_TEST(sleep, ten_thousand_at_once)
{
    int woken = 0;

    for (int i = 0; i < MANY; i++)
        cr_assert(zero(int, weft_spawn(NULL, nap, &woken)));
    cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, MANY + 1));
    while (woken < MANY)
        cr_assert(zero(int, weft_sleep(5)));
    cr_expect(eq(sz, weft__loop_stats(weft_loop_current()).tasks, 1));
}
