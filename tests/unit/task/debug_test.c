/*
 * Debug mode: each mistake is told with where the task was created, and nothing without it.
 */
#include <weft/diagnostics.h>
#include <weft/log.h>
#include <weft/sync.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "failalloc.h"
#include "task/task.h"
#include "test.h"

/* --- What is logged */

static struct {
    int lines;
    weft_log_level level; /* of the last one */
    char text[16 * 1024]; /* all of them */
} told;

static void keep(weft_log_level level, const char *line, void *arg)
{
    size_t length = strlen(told.text);

    (void)arg;
    told.lines++;
    told.level = level;
    snprintf(told.text + length, sizeof(told.text) - length, "%s\n", line);
}

static void forget_log(void)
{
    told.lines = 0;
    told.text[0] = '\0';
}

/* What a task tells in debug mode. */
static int run_debugging(weft_task_fn fn)
{
    weft_loop_options options = { .debug = 1 };

    forget_log();
    weft_log_set_sink(keep, NULL);
    return weft_run_with(fn, NULL, &options);
}

static bool says(const char *text)
{
    return strstr(told.text, text) != NULL;
}

/* Whether just one line was told, at this level, with this text and this place. */
static bool told_one(weft_log_level level, const char *text, const char *place)
{
    return told.lines == 1 && told.level == level && says(text) && says(place);
}

#define EXPECT_ONE(severity, words, place) \
    cr_expect(told_one(severity, words, place), "%d: %s", told.lines, told.text)

/* --- Tasks that somebody forgot */

static int fail_at_once(void *arg)
{
    (void)arg;
    weft_task_set_name(weft_task_current(), "failing");
    return UV_EINVAL;
}

static int sleep_long(void *arg)
{
    (void)arg;
    weft_task_set_name(weft_task_current(), "sleeper");
    return weft_sleep(60000);
}

static __attribute__((noinline)) weft_task *create(weft_task_fn fn)
{
    weft_task *task = NULL;
    int rc = weft_spawn(&task, fn, NULL);

    cr_assert(zero(int, rc));
    return task;
}

static int forget_failed(void *arg)
{
    (void)arg;
    create(fail_at_once);
    return weft_yield();
}

WEFT_TEST(debug, failed_and_never_joined)
{
    cr_expect(zero(int, run_debugging(forget_failed)));
    EXPECT_ONE(WEFT_LOG_ERROR, "task \"failing\" has failed, and its owner ended without",
               "invalid argument; the task runs fail_at_once and was created by create+0x");
    cr_expect(says(" <- forget_failed+0x"), "%s", told.text);
}

static int join_failed(void *arg)
{
    int result = 0;

    (void)arg;
    cr_expect(zero(int, weft_task_join(create(fail_at_once), &result)));
    cr_expect(eq(int, result, UV_EINVAL));
    return 0;
}

WEFT_TEST(debug, what_was_joined_is_not_told)
{
    cr_expect(zero(int, run_debugging(join_failed)));
    cr_expect(zero(int, told.lines), "%s", told.text);
}

static int cancel_and_leave(void *arg)
{
    weft_task *task = create(sleep_long);

    (void)arg;
    cr_expect(zero(int, weft_yield()));
    weft_task_cancel(task);
    return 0;
}

static int cancel_before_it_begins(void *arg)
{
    (void)arg;
    weft_task_cancel(create(sleep_long));
    return 0;
}

WEFT_TEST(debug, what_was_cancelled_is_not_told)
{
    cr_expect(zero(int, run_debugging(cancel_and_leave)));
    cr_expect(zero(int, run_debugging(cancel_before_it_begins)));
    cr_expect(zero(int, told.lines), "%s", told.text);
}

static int leave_running(void *arg)
{
    (void)arg;
    create(sleep_long);
    return weft_yield();
}

WEFT_TEST(debug, outlives_its_owner)
{
    cr_expect(zero(int, run_debugging(leave_running)));
    EXPECT_ONE(WEFT_LOG_WARNING,
               "task \"sleeper\" outlives its owner, task \"main\", which ends",
               " and was created by create+0x");
}

static int own_a_sleeper(void *arg)
{
    create(sleep_long);
    return sleep_long(arg);
}

static int cancel_an_owner(void *arg)
{
    weft_task *owner = create(own_a_sleeper);

    (void)arg;
    cr_expect(zero(int, weft_yield()));
    weft_task_cancel(owner);
    return weft_task_join(owner, NULL);
}

WEFT_TEST(debug, a_cancelled_owner_may_leave)
{
    cr_expect(zero(int, run_debugging(cancel_an_owner)));
    cr_expect(zero(int, told.lines), "%s", told.text);
}

static __attribute__((noinline)) int spawn_unwanted(void *arg)
{
    int rc = weft_spawn(NULL, fail_at_once, arg);

    return rc < 0 ? rc : weft_yield();
}

WEFT_TEST(debug, failed_where_nobody_can_join)
{
    cr_expect(zero(int, run_debugging(spawn_unwanted)));
    EXPECT_ONE(WEFT_LOG_WARNING, "task \"failing\" has failed, and nobody can join it: ",
               "; the task runs fail_at_once and was created by spawn_unwanted+0x");
}

static __attribute__((noinline)) int spawn_on_the_loop(void *arg)
{
    int rc = weft_loop_spawn(weft_loop_current(), fail_at_once, arg);

    return rc < 0 ? rc : weft_yield();
}

WEFT_TEST(debug, failed_task_of_the_loop)
{
    cr_expect(zero(int, run_debugging(spawn_on_the_loop)));
    EXPECT_ONE(WEFT_LOG_WARNING, "task \"failing\" has failed, and nobody can join it: ",
               "; the task runs fail_at_once and was created by spawn_on_the_loop+0x");
}

/* --- Groups that nobody waits for */

static __attribute__((noinline)) int leave_a_group(void *arg)
{
    WEFT_GROUP(group, 0);

    if (weft_group_go(group, fail_at_once, NULL) < 0 ||
        weft_group_go(group, sleep_long, NULL) < 0)
        return 1;
    (void)weft_sleep(1);
    return arg != NULL ? weft_group_wait(group) : 0;
}

static int leave_it(void *arg)
{
    (void)arg;
    return leave_a_group(NULL);
}

static int wait_for_it(void *arg)
{
    static int yes;

    (void)arg;
    return leave_a_group(&yes);
}

WEFT_TEST(debug, tells_of_failures_in_a_group_that_nobody_waited_for)
{
    cr_expect(zero(int, run_debugging(leave_it)));
    EXPECT_ONE(WEFT_LOG_ERROR, "task \"failing\" has failed, and nobody waited for its group: ",
               "was created by leave_a_group+0x");
    cr_expect(eq(int, run_debugging(wait_for_it), UV_EINVAL));
    cr_expect(zero(int, told.lines), "%s", told.text);
    weft_log_set_sink(NULL, NULL);
}

/* --- Locks */

static weft_lock lock;
static weft_rwlock rwlock;

static __attribute__((noinline)) int take_lock(void)
{
    int rc = weft_lock_acquire(&lock);

    cr_expect(zero(int, rc));
    return rc;
}

static int keep_lock(void *arg)
{
    (void)arg;
    weft_task_set_name(weft_task_current(), "forgetful");
    return take_lock();
}

static int let_one_keep_a_lock(void *arg)
{
    (void)arg;
    return weft_task_join(create(keep_lock), NULL);
}

WEFT_TEST(debug, lock_held_at_the_end)
{
    cr_expect(zero(int, run_debugging(let_one_keep_a_lock)));
    cr_expect(eq(int, told.lines, 2));
    cr_expect(says("task \"forgetful\" ends and still holds 1 lock(s)"), "%s", told.text);
    cr_expect(says("task \"forgetful\" ends and still holds the lock 0x"), "%s", told.text);
    cr_expect(says("; it was acquired by take_lock+0x"), "%s", told.text);
    cr_expect(says(" and was created by create+0x"), "%s", told.text);
}

static __attribute__((noinline)) int wait_for_own(void *arg)
{
    (void)arg;
    cr_expect(zero(int, take_lock()));
    cr_expect(eq(int, weft_lock_acquire(&lock), WEFT_EMISUSE));
    cr_expect(zero(int, weft_lock_release(&lock)));
    return 0;
}

static int let_one_wait_for_its_own(void *arg)
{
    (void)arg;
    return weft_task_join(create(wait_for_own), NULL);
}

WEFT_TEST(debug, waits_for_its_own_lock)
{
    cr_expect(zero(int, run_debugging(let_one_wait_for_its_own)));
    EXPECT_ONE(WEFT_LOG_ERROR,
               "weft_lock_acquire() in task \"unnamed\": it holds the lock already",
               "; it was acquired by take_lock+0x");
    cr_expect(says(" and was created by create+0x"), "%s", told.text);
}

static int wait_for_own_rwlock(void *arg)
{
    (void)arg;
    cr_expect(zero(int, weft_rwlock_try_read(&rwlock)));
    cr_expect(eq(int, weft_rwlock_write(&rwlock), WEFT_EMISUSE));
    cr_expect(zero(int, weft_rwlock_release(&rwlock)));
    cr_expect(zero(int, weft_rwlock_write(&rwlock)));
    return 0; /* and still holds it */
}

WEFT_TEST(debug, read_and_write_locks)
{
    cr_expect(zero(int, run_debugging(wait_for_own_rwlock)));
    cr_expect(eq(int, told.lines, 3));
    cr_expect(says("weft_rwlock_write() in task \"main\": it holds the lock already; it was "
                   "acquired by wait_for_own_rwlock+0x"),
              "%s", told.text);
    cr_expect(says(" still holds the write lock 0x"), "%s", told.text);
}

/* A task notes four read locks anyway; debug mode knows of more. */
static int wait_for_own_fifth(void *arg)
{
    weft_rwlock locks[5] = { { 0 } };

    (void)arg;
    for (int i = 0; i < 5; i++)
        cr_expect(zero(int, weft_rwlock_read(&locks[i])));
    cr_expect(eq(int, weft_rwlock_write(&locks[4]), WEFT_EMISUSE));
    for (int i = 0; i < 5; i++)
        cr_expect(zero(int, weft_rwlock_release(&locks[i])));
    return 0;
}

WEFT_TEST(debug, more_read_locks_than_a_task_notes)
{
    cr_expect(zero(int, run_debugging(wait_for_own_fifth)));
    EXPECT_ONE(WEFT_LOG_ERROR,
               "weft_rwlock_write() in task \"main\": it holds the lock already",
               "; it was acquired by wait_for_own_fifth+0x");
}

/* Where the lock is handed over, it is acquired by who has waited. */
static int take_turns(void *arg)
{
    weft_task *task;

    (void)arg;
    cr_expect(zero(int, weft_lock_acquire(&lock)));
    task = create(keep_lock);
    cr_expect(zero(int, weft_yield()));
    cr_expect(zero(int, weft_lock_release(&lock)));
    return weft_task_join(task, NULL);
}

WEFT_TEST(debug, lock_that_was_waited_for)
{
    cr_expect(zero(int, run_debugging(take_turns)));
    cr_expect(eq(int, told.lines, 2));
    cr_expect(says("; it was acquired by take_lock+0x"), "%s", told.text);
}

static bool is_true(void *arg)
{
    return *(bool *)arg;
}

static int wait_on_condition(void *arg)
{
    static weft_condition condition;
    bool ready = true;

    (void)arg;
    cr_expect(zero(int, weft_lock_acquire(&lock)));
    cr_expect(zero(int, weft_condition_wait_for(&condition, &lock, is_true, &ready)));
    {
        WEFT_TIMEOUT(limit, 1);
        cr_expect(eq(int, weft_condition_wait(&condition, &lock), UV_ETIMEDOUT));
    }
    return 0; /* and still holds it */
}

WEFT_TEST(debug, lock_that_a_condition_gave_back)
{
    cr_expect(zero(int, run_debugging(wait_on_condition)));
    cr_expect(eq(int, told.lines, 2));
    cr_expect(says("; it was acquired by wait_on_condition+0x"), "%s", told.text);
}

static int many_locks(void *arg)
{
    weft_lock locks[20] = { { 0 } };

    (void)arg;
    for (int i = 0; i < 20; i++)
        cr_expect(zero(int, weft_lock_acquire(&locks[i])));
    for (int i = 0; i < 20; i++)
        cr_expect(zero(int, weft_lock_release(&locks[i])));
    return 0;
}

WEFT_TEST(debug, more_locks_than_a_record_has_room_for)
{
    cr_expect(zero(int, run_debugging(many_locks)));
    cr_expect(zero(int, told.lines), "%s", told.text);
}

/* --- The option, and the environment */

static int all_mistakes(void *arg)
{
    create(sleep_long);
    cr_expect(zero(int, spawn_on_the_loop(arg)));
    cr_expect(zero(int, spawn_unwanted(arg)));
    return forget_failed(arg);
}

/* How many lines a loop with this option tells. */
static int lines_told(int option, const char *environment)
{
    weft_loop_options options = { .debug = option };

    if (environment != NULL)
        setenv("WEFT_DEBUG", environment, 1);
    else
        unsetenv("WEFT_DEBUG");
    forget_log();
    weft_log_set_sink(keep, NULL);
    cr_expect(zero(int, weft_run_with(all_mistakes, NULL, &options)));
    return told.lines;
}

WEFT_TEST(debug, is_an_option)
{
    cr_expect(eq(int, lines_told(1, NULL), 4), "%s", told.text);
    cr_expect(zero(int, lines_told(0, NULL)), "%s", told.text);
}

WEFT_TEST(debug, is_asked_for_in_the_environment)
{
    cr_expect(eq(int, lines_told(0, "1"), 4), "%s", told.text);
    cr_expect(eq(int, lines_told(0, "yes"), 4), "%s", told.text);
    cr_expect(zero(int, lines_told(0, "")), "%s", told.text);
    cr_expect(zero(int, lines_told(0, "0")), "%s", told.text);
    cr_expect(zero(int, lines_told(0, "off")), "%s", told.text);
    cr_expect(zero(int, lines_told(-1, "1")), "the option wins");
    cr_expect(eq(int, lines_told(1, "0"), 4), "the option wins");
}

static int end_at_once(void *arg)
{
    (void)arg;
    return 0;
}

/* With a task in the pool, one more allocates nothing. */
static int allocate_nothing(void *arg)
{
    (void)arg;
    cr_expect(zero(int, weft_task_join(create(end_at_once), NULL)));
    weft_test_fail_alloc_from(1);
    cr_expect(zero(int, weft_task_join(create(end_at_once), NULL)));
    cr_expect(zero(int, weft_lock_acquire(&lock)));
    cr_expect(zero(int, weft_lock_release(&lock)));
    cr_expect(not(weft_test_fail_stop()));
    cr_expect(zero(sz, weft_task_stack_deepest(weft_task_current())));
    return 0;
}

WEFT_TEST(debug, allocates_nothing_when_off)
{
    unsetenv("WEFT_DEBUG");
    cr_expect(zero(int, weft_run(allocate_nothing, NULL)));
}

static int without_memory(void *arg)
{
    weft_task *task;

    (void)arg;
    weft_test_fail_alloc(1);
    create(sleep_long);
    weft_test_fail_stop();
    weft_test_fail_alloc(3); /* two for a new stack, the third for the record */
    task = create(fail_at_once);
    weft_test_fail_stop();
    cr_expect(zero(int, weft_yield()));
    return weft_task_ended(task) ? 0 : 1;
}

WEFT_TEST(debug, tells_without_a_place_for_lack_of_memory)
{
    cr_expect(zero(int, run_debugging(without_memory)));
    cr_expect(eq(int, told.lines, 2));
}

/* --- How deep stacks are */

enum { DEEP_BYTES = 40 * 1024 };

static __attribute__((noinline)) void use_stack(void)
{
    volatile char bytes[DEEP_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = 'x';
}

static int go_deep(void *arg)
{
    int rc;

    (void)arg;
    use_stack();
    rc = weft_yield();
    return rc;
}

static int measure(void *arg)
{
    weft_task *deep = create(go_deep);
    weft_task *shallow;
    size_t before = weft_task_stack_deepest(weft_task_current());

    (void)arg;
    cr_expect(zero(sz, weft_task_stack_deepest(deep)), "it has not begun");
    cr_expect(zero(int, weft_yield()));
    cr_expect(ge(sz, weft_task_stack_deepest(deep), DEEP_BYTES));
    cr_expect(zero(int, weft_yield()));
    cr_expect(weft_task_ended(deep));
    cr_expect(ge(sz, weft_task_stack_deepest(deep), DEEP_BYTES));
    cr_expect(lt(sz, weft_task_stack_deepest(deep), DEEP_BYTES + 32 * 1024));
    cr_expect(zero(int, weft_task_join(deep, NULL)));

    shallow = create(end_at_once); /* on the same stack */
    cr_expect(eq(ptr, shallow, deep));
    cr_expect(zero(int, weft_yield()));
    cr_expect(gt(sz, weft_task_stack_deepest(shallow), 0));
    cr_expect(lt(sz, weft_task_stack_deepest(shallow), 16 * 1024));
    cr_expect(zero(int, weft_task_join(shallow, NULL)));

    use_stack();
    cr_expect(gt(sz, before, 0));
    cr_expect(ge(sz, weft_task_stack_deepest(weft_task_current()), DEEP_BYTES));
    weft__stack_forget();
    cr_expect(lt(sz, weft_task_stack_deepest(weft_task_current()), DEEP_BYTES));
    return 0;
}

WEFT_TEST(debug, tells_how_deep_stacks_are)
{
    cr_expect(zero(int, run_debugging(measure)));
}

static size_t noted;

static void note_depth(void *context, size_t bytes)
{
    *(size_t *)context = bytes;
}

static int measure_children(void *arg)
{
    (void)arg;
    weft__task_set_context(weft_task_current(), &noted);
    cr_expect(zero(int, weft_task_join(create(go_deep), NULL)));
    cr_expect(ge(sz, noted, DEEP_BYTES));
    return 0;
}

WEFT_TEST(debug, notes_how_deep_tasks_of_a_context_were)
{
    weft__stack_set_hook(note_depth);
    cr_expect(zero(int, run_debugging(measure_children)));
    weft__stack_set_hook(NULL);
}

static int dump_self(void *arg)
{
    weft_task *sleeper = create(sleep_long);
    int fd = memfd_create("dump", MFD_CLOEXEC);
    ssize_t length;

    (void)arg;
    cr_expect(eq(int, weft_dump_tasks(fd), 2));
    weft_task_cancel(sleeper);
    length = pread(fd, told.text, sizeof(told.text) - 1, 0);
    told.text[length > 0 ? length : 0] = '\0';
    close(fd);
    return 0;
}

WEFT_TEST(debug, dumps_tell_more)
{
    const char *at;

    cr_expect(zero(int, run_debugging(dump_self)));
    cr_expect(says("    it runs sleep_long and was created by create+0x"), "%s", told.text);
    at = strstr(told.text, " (at most ");
    cr_assert(at != NULL, "%s", told.text);
    cr_expect(at[10] >= '1' && at[10] <= '9', "%s", told.text);
}
