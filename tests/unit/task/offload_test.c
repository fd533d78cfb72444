/*
 * Offloading: results, cancelling before and after the beginning, the bounds.
 */
#include <weft/task.h>

#include <stdatomic.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"
#include "task/task.h"

/* A function on a thread that goes on when the test says so. */
struct gate {
    uv_mutex_t mutex;
    uv_cond_t moved;
    bool begun, open;
    int interrupts;
    int result;
    bool on_other_thread;
    uv_thread_t home;
};

static void gate_init(struct gate *gate)
{
    *gate = (struct gate){ .home = uv_thread_self() };
    uv_mutex_init(&gate->mutex);
    uv_cond_init(&gate->moved);
}

static void gate_done(struct gate *gate)
{
    uv_mutex_destroy(&gate->mutex);
    uv_cond_destroy(&gate->moved);
}

static int pass_gate(void *arg)
{
    struct gate *gate = arg;
    uv_thread_t self = uv_thread_self();

    uv_mutex_lock(&gate->mutex);
    gate->on_other_thread = !uv_thread_equal(&gate->home, &self);
    gate->begun = true;
    while (!gate->open)
        uv_cond_wait(&gate->moved, &gate->mutex);
    uv_mutex_unlock(&gate->mutex);
    return 17;
}

static void open_gate(void *arg)
{
    struct gate *gate = arg;

    uv_mutex_lock(&gate->mutex);
    gate->open = true;
    uv_cond_broadcast(&gate->moved);
    uv_mutex_unlock(&gate->mutex);
}

static void interrupt(void *arg)
{
    struct gate *gate = arg;

    gate->interrupts++;
    open_gate(arg);
}

static bool begun(struct gate *gate)
{
    bool yes;

    uv_mutex_lock(&gate->mutex);
    yes = gate->begun;
    uv_mutex_unlock(&gate->mutex);
    return yes;
}

static int offload_gate(void *arg)
{
    struct gate *gate = arg;

    gate->result = weft_offload(pass_gate, gate);
    return weft_check_cancelled();
}

static int offload_interruptibly(void *arg)
{
    struct gate *gate = arg;

    gate->result =
        weft_offload_with(pass_gate, gate, &(weft_offload_options){ .interrupt = interrupt });
    return weft_check_cancelled();
}

static void until_begun(struct gate *gate)
{
    while (!begun(gate))
        cr_assert(zero(int, weft_sleep(1)));
}

static int give(void *arg)
{
    return *(int *)arg;
}

WEFT_TASK_TEST(offload, gives_the_result)
{
    int result = -5;

    cr_expect(eq(int, weft_offload(give, &result), -5));
    result = 6;
    cr_expect(eq(int, weft_offload_with(give, &result, NULL), 6));
}

WEFT_TASK_TEST(offload, runs_beside_the_loop)
{
    struct gate gate;
    weft_task *task;

    gate_init(&gate);
    cr_assert(zero(int, weft_spawn(&task, offload_gate, &gate)));
    until_begun(&gate);
    cr_expect(zero(int, weft_sleep(2)), "others go on meanwhile");
    open_gate(&gate);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(int, gate.result, 17));
    cr_expect(gate.on_other_thread);
    gate_done(&gate);
}

static int open_later(void *arg)
{
    int rc = weft_sleep(5);

    open_gate(arg);
    return rc;
}

/* What has begun is waited for, so that its memory stays; the cancel shows afterwards. */
WEFT_TASK_TEST(offload, cancelled_after_it_began)
{
    struct gate gate;
    weft_task *task, *opener;
    int after;

    gate_init(&gate);
    cr_assert(zero(int, weft_spawn(&task, offload_gate, &gate)));
    until_begun(&gate);
    weft_task_cancel(task);
    cr_assert(zero(int, weft_spawn(&opener, open_later, &gate)));
    cr_expect(zero(int, weft_task_join(task, &after)));
    cr_expect(eq(int, gate.result, 17));
    cr_expect(eq(int, after, UV_ECANCELED));
    cr_expect(zero(int, weft_task_join(opener, NULL)));
    gate_done(&gate);
}

WEFT_TASK_TEST(offload, interrupted)
{
    struct gate gate;
    weft_task *task;
    int after;

    gate_init(&gate);
    cr_assert(zero(int, weft_spawn(&task, offload_interruptibly, &gate)));
    until_begun(&gate);
    weft_task_cancel(task);
    weft_task_cancel(task);
    cr_expect(eq(int, gate.interrupts, 1), "at once, and once only");
    cr_expect(zero(int, weft_task_join(task, &after)));
    cr_expect(eq(int, gate.result, 17));
    cr_expect(eq(int, after, UV_ECANCELED));
    gate_done(&gate);
}

struct scoped {
    struct gate gate;
    weft_scope scope;
};

static int offload_in_scope(void *arg)
{
    struct scoped *scoped = arg;
    int after;

    weft_scope_enter(&scoped->scope, 0);
    after = offload_interruptibly(&scoped->gate);
    weft_scope_leave(&scoped->scope);
    return after;
}

WEFT_TASK_TEST(offload, interrupted_by_a_deadline)
{
    struct scoped scoped;
    weft_task *task;
    int after;

    gate_init(&scoped.gate);
    cr_assert(zero(int, weft_spawn(&task, offload_in_scope, &scoped)));
    until_begun(&scoped.gate);
    weft_scope_set_deadline(&scoped.scope, 0);
    cr_expect(zero(int, weft_task_join(task, &after)));
    cr_expect(eq(int, after, UV_ETIMEDOUT));
    cr_expect(weft_scope_expired(&scoped.scope));
    cr_expect(eq(int, scoped.gate.result, 17));
    cr_expect(eq(int, scoped.gate.interrupts, 1));
    gate_done(&scoped.gate);
}

WEFT_TASK_TEST(offload, cancelled_before_it_is_queued)
{
    struct gate gate;

    gate_init(&gate);
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_offload(pass_gate, &gate), UV_ECANCELED));
    cr_expect(not(begun(&gate)));
    weft_task_uncancel();
    gate_done(&gate);
}

/* --- With one thread and room for one call */

static int one_thread(void *arg)
{
    return ((int (*)(void))arg)();
}

static int run_small(int (*body)(void))
{
    weft_loop_options small = { .offload_threads = 1, .offload_queue = 1 };

    return weft_run_with(one_thread, (void *)body, &small);
}

static int take_back(void)
{
    struct gate first, second;
    weft_task *running, *queued;
    int result;

    gate_init(&first);
    gate_init(&second);
    cr_assert(zero(int, weft_spawn(&running, offload_gate, &first)));
    until_begun(&first);
    cr_assert(zero(int, weft_spawn(&queued, offload_interruptibly, &second)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(queued);
    cr_expect(zero(int, weft_task_join(queued, &result)), "the thread is still busy");
    cr_expect(eq(int, second.result, UV_ECANCELED));
    cr_expect(zero(int, second.interrupts), "what has not begun is not interrupted");
    open_gate(&first);
    cr_expect(zero(int, weft_task_join(running, NULL)));
    cr_expect(not(begun(&second)));
    gate_done(&first);
    gate_done(&second);
    return 0;
}

WEFT_TEST(offload, cancelled_in_the_queue)
{
    cr_expect(zero(int, run_small(take_back)));
}

static int take_back_in_time(void)
{
    struct gate first, second;
    weft_task *running;

    gate_init(&first);
    gate_init(&second);
    cr_assert(zero(int, weft_spawn(&running, offload_gate, &first)));
    until_begun(&first);
    {
        WEFT_TIMEOUT(scope, 2);
        cr_expect(eq(int, weft_offload(pass_gate, &second), UV_ETIMEDOUT));
    }
    open_gate(&first);
    cr_expect(zero(int, weft_task_join(running, NULL)));
    gate_done(&first);
    gate_done(&second);
    return 0;
}

WEFT_TEST(offload, timed_out_in_the_queue)
{
    cr_expect(zero(int, run_small(take_back_in_time)));
}

static int fill(void)
{
    struct gate first, second;
    weft_task *running, *queued;
    int one = 1;

    gate_init(&first);
    gate_init(&second);
    cr_assert(zero(int, weft_spawn(&running, offload_gate, &first)));
    until_begun(&first);
    cr_assert(zero(int, weft_spawn(&queued, offload_gate, &second)));
    cr_assert(zero(int, weft_yield()));
    cr_expect(eq(int, weft_offload(give, &one), UV_EAGAIN));
    open_gate(&first);
    open_gate(&second);
    cr_expect(zero(int, weft_task_join(running, NULL)));
    cr_expect(zero(int, weft_task_join(queued, NULL)));
    cr_expect(eq(int, second.result, 17));
    cr_expect(eq(int, weft_offload(give, &one), 1), "there is room again");
    return 0;
}

WEFT_TEST(offload, full_queue_refuses)
{
    cr_expect(zero(int, run_small(fill)));
}

/* --- Many */

static atomic_int ran;

static int count(void *arg)
{
    atomic_fetch_add(&ran, 1);
    return *(int *)arg;
}

static int offload_in_a_row(void *arg)
{
    for (int i = 0; i < 50; i++) {
        int rc = weft_offload(count, arg);

        if (rc != 0)
            return rc;
    }
    return 0;
}

WEFT_TASK_TEST(offload, from_many_tasks)
{
    int zero_result = 0;

    atomic_store(&ran, 0);
    WEFT_GROUP(group, 0);
    for (int i = 0; i < 40; i++)
        cr_assert(zero(int, weft_group_go(group, offload_in_a_row, &zero_result)));
    cr_expect(zero(int, weft_group_wait(group)));
    cr_expect(eq(int, atomic_load(&ran), 40 * 50));
}

/* --- In any order */

static int offload_in_order(void *arg)
{
    int *result = arg;

    *result = weft_offload(count, &(int){ 3 });
    return 0;
}

/* A call has been made, with its result, or never will be. */
static int cancel_some(void *arg)
{
    int before = atomic_load(&ran), results[4], made = 0, joined;
    weft_task *tasks[4];
    int rc = 0;

    (void)arg;
    for (int i = 0; i < 4; i++) {
        results[i] = UV_ECANCELED; /* of one that never begins */
        cr_assert(zero(int, weft_spawn(&tasks[i], offload_in_order, &results[i])));
    }
    for (int i = 0; i < 4 && rc == 0; i++) {
        rc = weft_yield();
        if (i < 2)
            weft_task_cancel(tasks[i]);
    }
    for (int i = 0; i < 4; i++)
        cr_assert(zero(int, weft_task_join(tasks[i], &joined)));
    for (int i = 0; i < 4; i++) {
        made += results[i] == 3;
        if (results[i] != 3 && (i >= 2 || results[i] != UV_ECANCELED))
            rc = UV_EIO;
    }
    return rc == 0 && atomic_load(&ran) - before != made ? UV_EIO : rc;
}

WEFT_TEST(offload, loses_nothing_in_any_order)
{
    expect_in_any_order(cancel_some, NULL);
}

static int offload_one(void *arg)
{
    return weft_offload(give, arg);
}

WEFT_TEST(offload, every_refusal_is_told)
{
    int seven = 7;
    unsigned long n;

    for (n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(offload_one, &seven, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(eq(int, rc, 7));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
    cr_expect(gt(u64, n, 9), "loop, libuv's loop, mutex, async; heap, slab; pool, mutex, "
                             "condition, thread");
}

/* --- What a thread knows of the task ---------------------------------------------------------
 */

static const weft_key colour = { "colour" };

static int tell_colour(void *arg)
{
    *(const char **)arg = weft_local_get(&colour);
    return weft_local_set(&colour, NULL);
}

WEFT_TASK_TEST(offload, sees_the_task_locals)
{
    const char *seen = NULL;

    cr_assert(zero(int, weft_local_set(&colour, (void *)"blue")));
    cr_expect(eq(int, weft_offload(tell_colour, &seen), WEFT_EMISUSE), "they are the task's");
    cr_assert(ne(ptr, (void *)seen, NULL));
    cr_expect(eq(str, (char *)seen, (char *)"blue"));
    cr_expect(eq(ptr, weft_local_get(&colour), (void *)"blue"));
}
