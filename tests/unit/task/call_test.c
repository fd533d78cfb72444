/*
 * weft_loop_call(): the one function that other threads may call.
 */
#include <weft/task.h>

#include "failalloc.h"
#include "in_task.h"
#include "task/task.h"

enum { THREADS = 8, CALLS = 1000 };

struct caller {
    weft_loop *loop;
    int made;     /* by the thread */
    int received; /* on the loop */
    bool in_order;
    int *open; /* callers that have not been through */
};

struct call {
    struct caller *caller;
    int number;
};

static struct call calls[THREADS][CALLS];
static struct weft__wait all_through;

static void receive(void *arg)
{
    struct call *call = arg;
    struct caller *caller = call->caller;

    cr_expect(not(weft__in_task()));
    caller->in_order = caller->in_order && call->number == caller->received;
    if (++caller->received == CALLS && --*caller->open == 0)
        weft__wait_complete(&all_through, 0);
}

static void make_calls(void *arg)
{
    struct call *first = arg;

    for (int i = 0; i < CALLS; i++) {
        if (weft_loop_call(first->caller->loop, receive, &first[i]) == 0)
            first->caller->made++;
    }
}

WEFT_TASK_TEST(call, from_many_threads)
{
    struct caller callers[THREADS];
    uv_thread_t threads[THREADS];
    int open = THREADS;

    weft__wait_init(&all_through, "test");
    for (int i = 0; i < THREADS; i++) {
        callers[i] =
            (struct caller){ .loop = weft_loop_current(), .in_order = true, .open = &open };
        for (int j = 0; j < CALLS; j++)
            calls[i][j] = (struct call){ .caller = &callers[i], .number = j };
        cr_assert(zero(int, uv_thread_create(&threads[i], make_calls, calls[i])));
    }
    cr_expect(zero(int, weft__wait(&all_through)));
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&threads[i]);
        cr_expect(eq(int, callers[i].made, CALLS));
        cr_expect(callers[i].in_order);
    }
}

static void set_flag(void *arg)
{
    *(bool *)arg = true;
}

/* What was accepted is called, also by a loop that ends. */
WEFT_TEST(call, accepted_ones_are_made)
{
    weft_loop *loop;
    bool called = false;

    cr_assert(zero(int, weft__loop_new(&loop, NULL)));
    cr_assert(zero(int, weft_loop_call(loop, set_flag, &called)));
    weft__loop_free(loop);
    cr_expect(called);
}

static void call_again(void *arg)
{
    weft_loop **loop = arg;

    cr_expect(eq(int, weft_loop_call(*loop, call_again, arg), UV_ECANCELED));
}

WEFT_TEST(call, none_is_accepted_by_a_closing_loop)
{
    weft_loop *loop;

    cr_assert(zero(int, weft__loop_new(&loop, NULL)));
    cr_assert(zero(int, weft_loop_call(loop, call_again, &loop)));
    weft__loop_free(loop);
}

WEFT_TASK_TEST(call, out_of_memory)
{
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_loop_call(weft_loop_current(), set_flag, NULL), UV_ENOMEM));
    weft_test_fail_stop();
}

/* --- References ----------------------------------------------------------------------------
 */

static weft_loop *kept;

static int keep_loop(void *arg)
{
    (void)arg;
    kept = weft_loop_ref(weft_loop_current());
    return 0;
}

static void never(void *arg)
{
    *(bool *)arg = true;
}

static int never_run(void *arg)
{
    never(arg);
    return 0;
}

WEFT_TEST(call, finds_a_loop_that_has_ended)
{
    bool called = false;

    cr_assert(zero(int, weft_run(keep_loop, NULL)));
    cr_expect(eq(int, weft_loop_call(kept, never, &called), UV_ECANCELED));
    cr_expect(eq(int, weft_loop_await(kept, never_run, &called, NULL), UV_ECANCELED));
    cr_expect(not(called));
    weft_loop_unref(kept);
    weft_loop_unref(NULL);
}
