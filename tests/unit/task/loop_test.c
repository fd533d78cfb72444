/*
 * Loops: turns, hooks, inline starts, embedding, trimming.
 */
#include <weft/task.h>

#include <string.h>
#include <unistd.h>

#include "in_task.h"
#include "task/task.h"

static weft_loop *loop;

static void setup(const weft_loop_options *options)
{
    cr_assert(zero(int, weft__loop_new(&loop, options)));
}

static void teardown(void)
{
    weft__loop_free(loop);
    cr_expect(eq(ptr, weft_loop_current(), NULL));
}

/* --- Inline starts */

struct record {
    weft_task *task;
    int result;
    int ended;
    char order[8];
    size_t length;
};

static void note(struct record *record, char what)
{
    if (record->length < sizeof(record->order) - 1)
        record->order[record->length++] = what;
}

static void on_ended(weft_task *task, void *arg)
{
    struct record *record = arg;

    cr_expect(eq(ptr, task, record->task));
    cr_expect(not(weft__in_task()));
    record->result = weft__task_result(task);
    record->ended++;
    note(record, 'e');
}

static int never_suspend(void *arg)
{
    struct record *record = arg;

    cr_expect(eq(ptr, weft_task_current(), record->task), "ret_task is set before fn runs");
    cr_expect(weft__in_task());
    note(record, 'r');
    return 5;
}

WEFT_TEST(start, runs_at_once)
{
    struct record record = { 0 };

    setup(NULL);
    cr_assert(
        zero(int, weft__task_start(loop, &record.task, never_suspend, &record, on_ended)));
    cr_expect(eq(str, record.order, (char *)"re"));
    cr_expect(eq(int, record.result, 5));
    cr_expect(zero(sz, weft__loop_stats(loop).tasks));
    cr_expect(eq(sz, weft__loop_stats(loop).pooled_stacks, 1));
    teardown();
}

static int suspend_once(void *arg)
{
    struct record *record = arg;
    int rc;

    note(record, 'a');
    rc = weft_yield();
    note(record, 'b');
    return rc;
}

WEFT_TEST(start, goes_on_in_the_loop)
{
    struct record record = { 0 };

    setup(NULL);
    cr_assert(zero(int, weft__task_start(loop, &record.task, suspend_once, &record, on_ended)));
    cr_expect(eq(str, record.order, (char *)"a"));
    cr_expect(eq(sz, weft__loop_stats(loop).tasks, 1));
    weft__loop_run(loop);
    cr_expect(eq(str, record.order, (char *)"abe"));
    teardown();
}

WEFT_TEST(start, takes_what_is_pooled)
{
    struct record record = { 0 };

    setup(NULL);
    for (int i = 0; i < 100; i++)
        cr_assert(
            zero(int, weft__task_start(loop, &record.task, never_suspend, &record, on_ended)));
    cr_expect(eq(int, record.ended, 100));
    cr_expect(eq(sz, weft__loop_stats(loop).pooled_stacks, 1));
    teardown();
}

WEFT_TEST(start, cancelled_from_outside)
{
    struct record record = { 0 };

    setup(NULL);
    cr_assert(zero(int, weft__task_start(loop, &record.task, suspend_once, &record, on_ended)));
    weft_task_cancel(record.task);
    weft__loop_run(loop);
    cr_expect(eq(int, record.result, UV_ECANCELED));
    teardown();
}

/* A start in an `ended` callback gets a task of its own. */
static void start_another(weft_task *task, void *arg)
{
    struct record *record = arg;
    struct record other = { 0 };

    cr_assert(zero(int, weft__task_start(loop, &other.task, never_suspend, &other, on_ended)));
    cr_expect(ne(ptr, other.task, task));
    record->ended++;
}

WEFT_TEST(start, in_an_ended_callback)
{
    struct record record = { 0 };

    setup(NULL);
    cr_assert(
        zero(int, weft__task_start(loop, &record.task, never_suspend, &record, start_another)));
    cr_expect(eq(int, record.ended, 1));
    teardown();
}

/* --- Turns */

static void stop_loop(uv_timer_t *timer)
{
    weft__loop_stop(timer->data);
}

/* Whether the loop blocks: with nothing ready it runs a few turns until the timer, not
 * thousands. */
struct turns {
    struct weft__loop_hook hook;
    int count;
};

static void count_turn(struct weft__loop_hook *hook)
{
    weft__list_entry(hook, struct turns, hook)->count++;
}

static int block_for_ever(void *arg)
{
    struct weft__wait *wait = arg;

    weft__wait_init(wait, "test");
    return weft__wait(wait);
}

WEFT_TEST(turn, blocks_while_nothing_is_ready)
{
    struct turns turns = { .hook.fn = count_turn };
    struct weft__wait wait;
    uv_timer_t timer;

    setup(NULL);
    weft__loop_add_hook(loop, &turns.hook);
    uv_timer_init(weft_loop_uv(loop), &timer);
    timer.data = loop;
    uv_timer_start(&timer, stop_loop, 30, 0);
    cr_assert(zero(int, weft__task_start(loop, NULL, block_for_ever, &wait, NULL)));
    weft__loop_run(loop);
    cr_expect(lt(int, turns.count, 20));
    weft__wait_complete(&wait, 0);
    uv_close((uv_handle_t *)&timer, NULL);
    weft__loop_run(loop);
    cr_expect(zero(sz, weft__loop_stats(loop).tasks));
    weft__loop_remove_hook(&turns.hook);
    teardown();
}

/* The loop ends by itself when there is nothing to wait for, and not while a task exists. */
WEFT_TEST(turn, runs_until_nothing_is_left)
{
    struct record record = { 0 };

    setup(NULL);
    weft__loop_run(loop);
    cr_assert(zero(int, weft__task_start(loop, &record.task, suspend_once, &record, on_ended)));
    weft__loop_run(loop);
    cr_expect(eq(int, record.ended, 1));
    teardown();
}

static struct record *hooked;

static void note_hook(struct weft__loop_hook *hook)
{
    (void)hook;
    note(hooked, 'h');
}

static void note_hook_once(struct weft__loop_hook *hook)
{
    note(hooked, '1');
    weft__loop_remove_hook(hook);
}

static int note_rounds(void *arg)
{
    note(arg, 't');
    return weft_yield();
}

WEFT_TEST(hook, runs_after_the_ready_tasks)
{
    struct weft__loop_hook once = { .fn = note_hook_once }, always = { .fn = note_hook };
    struct record record = { 0 };

    setup(NULL);
    hooked = &record;
    cr_assert(zero(int, weft__task_start(loop, NULL, note_rounds, &record, NULL)));
    weft__loop_add_hook(loop, &once);
    weft__loop_add_hook(loop, &always);
    uv_run(weft_loop_uv(loop), UV_RUN_NOWAIT);
    cr_expect(zero(int, strncmp(record.order, "t1h", 3)), "in order of registering");
    cr_expect(eq(ptr, strchr(record.order + 2, '1'), NULL));
    weft__loop_remove_hook(&always);
    weft__loop_run(loop);
    teardown();
}

static struct weft__wait awaited;

static void complete_awaited(struct weft__loop_hook *hook)
{
    weft__loop_remove_hook(hook);
    weft__wait_complete(&awaited, 0);
}

static int await_and_note(void *arg)
{
    int rc;

    weft__wait_init(&awaited, "test");
    rc = weft__wait(&awaited);
    note(arg, 'w');
    return rc;
}

/* What a hook makes ready runs before the loop blocks. */
WEFT_TEST(hook, may_make_tasks_ready)
{
    struct weft__loop_hook hook = { .fn = complete_awaited };
    struct record record = { 0 };

    setup(NULL);
    cr_assert(zero(int, weft__task_start(loop, NULL, await_and_note, &record, NULL)));
    weft__loop_add_hook(loop, &hook);
    weft__loop_run(loop);
    cr_expect(eq(str, record.order, (char *)"w"));
    teardown();
}

/*
 * Two tasks that wake each other for ever must not shut out the events of the loop: the timer
 * ends them.
 */
struct ping {
    struct weft__wait waits[2];
    bool waiting[2];
    bool over;
};

struct side {
    struct ping *ping;
    int mine;
};

static int play(void *arg)
{
    struct side *side = arg;
    struct ping *ping = side->ping;
    int other = 1 - side->mine;

    while (!ping->over) {
        weft__wait_init(&ping->waits[side->mine], "test");
        ping->waiting[side->mine] = true;
        if (ping->waiting[other]) {
            ping->waiting[other] = false;
            weft__wait_complete(&ping->waits[other], 0);
        }
        if (weft__wait(&ping->waits[side->mine]) < 0)
            break;
    }
    if (ping->waiting[other])
        weft__wait_complete(&ping->waits[other], 0);
    ping->waiting[other] = false;
    return 0;
}

static void end_play(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

WEFT_TEST(turn, events_come_though_tasks_are_always_ready)
{
    struct ping ping = { 0 };
    struct side left = { .ping = &ping }, right = { .ping = &ping, .mine = 1 };
    uv_timer_t timer;

    setup(NULL);
    uv_timer_init(weft_loop_uv(loop), &timer);
    timer.data = &ping.over;
    uv_timer_start(&timer, end_play, 10, 0);
    cr_assert(zero(int, weft__task_start(loop, NULL, play, &left, NULL)));
    cr_assert(zero(int, weft__task_start(loop, NULL, play, &right, NULL)));
    weft__loop_run(loop);
    cr_expect(zero(sz, weft__loop_stats(loop).tasks));
    uv_close((uv_handle_t *)&timer, NULL);
    weft__loop_run(loop);
    teardown();
}

/* --- The end */

/* Something that ends by itself, on a thread, some time after the loop's end has begun. */
struct lingering {
    struct weft__loop_hook at_end;
    uv_work_t work;
};

static void linger(uv_work_t *work)
{
    (void)work;
    uv_sleep(20);
}

static void lingered(uv_work_t *work, int status)
{
    struct lingering *lingering = work->data;

    (void)status;
    weft__loop_remove_hook(&lingering->at_end);
}

static void begin_to_linger(struct weft__loop_hook *hook)
{
    struct lingering *lingering = weft__list_entry(hook, struct lingering, at_end);

    lingering->work.data = lingering;
    cr_assert(zero(int, uv_queue_work(weft_loop_uv(loop), &lingering->work, linger, lingered)));
}

WEFT_TEST(end, blocks_until_the_last_has_ended)
{
    struct lingering lingering = { .at_end.fn = begin_to_linger };
    struct turns turns = { .hook.fn = count_turn };

    setup(NULL);
    weft__loop_add_hook(loop, &turns.hook);
    weft__loop_add_end_hook(loop, &lingering.at_end);
    teardown();
    cr_expect(gt(int, turns.count, 0));
    cr_expect(lt(int, turns.count, 20), "it does not spin");
}

/* --- Embedding */

static void on_foreign_prepare(uv_prepare_t *prepare)
{
    struct weft__wait *wait = prepare->data;

    uv_prepare_stop(prepare);
    weft__wait_complete(wait, 3);
}

static int await_foreign(void *arg)
{
    struct weft__wait *wait = arg;

    weft__wait_init(wait, "test");
    return weft__wait(wait);
}

static void keep_result(weft_task *task, void *arg)
{
    ((struct weft__wait *)arg)->result = weft__task_result(task);
}

/*
 * A handle of the program that runs after ours in the same phase wakes a task: the loop must
 * not block for it.
 */
WEFT_TEST(embed, woken_by_foreign_handles)
{
    struct weft__wait wait;
    uv_prepare_t prepare;
    uv_loop_t uv;

    cr_assert(zero(int, uv_loop_init(&uv)));
    setup(&(weft_loop_options){ .uv = &uv });
    cr_expect(eq(ptr, weft_loop_uv(loop), &uv));
    uv_prepare_init(&uv, &prepare);
    prepare.data = &wait;
    uv_prepare_start(&prepare, on_foreign_prepare);
    cr_assert(zero(int, weft__task_start(loop, NULL, await_foreign, &wait, keep_result)));
    cr_expect(zero(int, uv_run(&uv, UV_RUN_DEFAULT)));
    cr_expect(eq(int, wait.result, 3));
    teardown();
    uv_close((uv_handle_t *)&prepare, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
    cr_expect(zero(int, uv_loop_close(&uv)));
}

static int sleep_a_little(void *arg)
{
    return weft_sleep(*(int *)arg > 0 ? 5 : 0);
}

WEFT_TEST(embed, keeps_the_foreign_loop_alive_while_tasks_exist)
{
    int ms = 5;
    uv_loop_t uv;

    cr_assert(zero(int, uv_loop_init(&uv)));
    setup(&(weft_loop_options){ .uv = &uv });
    cr_expect(zero(int, uv_run(&uv, UV_RUN_DEFAULT)), "no task: it returns");
    cr_assert(zero(int, weft__task_start(loop, NULL, sleep_a_little, &ms, NULL)));
    cr_expect(zero(int, uv_run(&uv, UV_RUN_DEFAULT)));
    cr_expect(zero(sz, weft__loop_stats(loop).tasks));
    teardown();
    cr_expect(zero(int, uv_loop_close(&uv)), "all handles are closed");
}

static int give_seven(void *arg)
{
    (void)arg;
    return weft_sleep(1) < 0 ? -1 : 7;
}

WEFT_TEST(embed, run_inside_a_foreign_loop)
{
    uv_loop_t uv;

    cr_assert(zero(int, uv_loop_init(&uv)));
    cr_expect(eq(int, weft_run_with(give_seven, NULL, &(weft_loop_options){ .uv = &uv }), 7));
    cr_expect(zero(int, uv_loop_close(&uv)));
}

WEFT_TEST(loop, free_takes_null)
{
    weft__loop_free(NULL);
}

WEFT_TEST(loop, one_a_thread)
{
    weft_loop *second;

    setup(NULL);
    cr_expect(eq(ptr, weft_loop_current(), loop));
    cr_expect(eq(int, weft__loop_new(&second, NULL), UV_EBUSY));
    teardown();
}

/* --- Trimming */

enum { PEAK = 2500 }; /* more than one slice of trimming */

static int touch_and_sleep(void *arg)
{
    volatile char pages[3 * 4096];

    for (size_t i = 0; i < sizeof(pages); i += 1024)
        pages[i] = 1;
    (void)arg;
    return weft_sleep(5);
}

static void make_peak(void)
{
    for (int i = 0; i < PEAK; i++)
        cr_assert(zero(int, weft__task_start(loop, NULL, touch_and_sleep, NULL, NULL)));
    weft__loop_run(loop);
}

static size_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size, resident;

    cr_assert(ne(ptr, file, NULL));
    cr_assert(eq(int, fscanf(file, "%lu %lu", &size, &resident), 2));
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

WEFT_TEST(trim, gives_back_what_a_peak_has_left)
{
    size_t at_peak;

    setup(NULL);
    make_peak();
    cr_expect(eq(sz, weft__loop_stats(loop).pooled_stacks, PEAK));
    at_peak = resident_bytes();
    weft__loop_trim(loop);
    cr_expect(eq(sz, weft__loop_stats(loop).pooled_stacks, PEAK), "it was needed just now");
    weft__loop_trim(loop);
    cr_expect(le(sz, weft__loop_stats(loop).pooled_stacks, 16));
#ifndef WEFT_ASAN /* whose own bookkeeping is not given back */
    cr_expect(lt(sz, resident_bytes() + (size_t)PEAK * 3 * 4096, at_peak));
#else
    (void)at_peak;
#endif
    make_peak();
    teardown();
}

WEFT_TEST(trim, keeps_what_is_in_use)
{
    setup(NULL);
    make_peak();
    weft__loop_trim(loop);
    for (int i = 0; i < PEAK / 2; i++)
        cr_assert(zero(int, weft__task_start(loop, NULL, touch_and_sleep, NULL, NULL)));
    weft__loop_trim(loop);
    cr_expect(eq(sz, weft__loop_stats(loop).tasks, PEAK / 2));
    cr_expect(le(sz, weft__loop_stats(loop).pooled_stacks, 16));
    weft__loop_run(loop);
    weft__loop_trim(loop);
    cr_expect(ge(sz, weft__loop_stats(loop).pooled_stacks, PEAK / 2));
    cr_expect(le(sz, weft__loop_stats(loop).pooled_stacks, PEAK / 2 + 16));
    teardown();
}

static void check_pool(uv_timer_t *timer)
{
    if (weft__loop_stats(loop).pooled_stacks <= 16)
        uv_close((uv_handle_t *)timer, NULL);
}

WEFT_TEST(trim, runs_by_itself_within_ten_seconds)
{
    uint64_t begun_ns;
    uv_timer_t timer;

    setup(NULL);
    make_peak();
    uv_timer_init(weft_loop_uv(loop), &timer);
    uv_timer_start(&timer, check_pool, 50, 50);
    begun_ns = uv_hrtime();
    weft__loop_run(loop);
    cr_expect(lt(u64, (uv_hrtime() - begun_ns) / 1000000, 10000));
    teardown();
}
