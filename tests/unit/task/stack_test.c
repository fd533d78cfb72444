/*
 * Stacks: that they are distinct, guarded, and that their memory goes back to the system.
 */
#include "task/stack.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "failalloc.h"
#include "test.h"

enum { MADV_GUARD = 102, MANY = 200 };

/* Whether the kernel can read the byte: it answers, instead of ending the process. */
static bool readable(const char *at)
{
    int ends[2];
    bool ok;

    cr_assert(zero(int, pipe(ends)));
    ok = write(ends[1], at, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return ok;
}

/* Pages of the range that are resident. */
static size_t resident(const char *low, const char *top)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (size_t)(top - low) / page;
    unsigned char *states = malloc(pages);
    size_t count = 0;

    cr_assert(ne(ptr, states, NULL));
    cr_assert(zero(int, mincore((void *)low, (size_t)(top - low), states)));
    for (size_t i = 0; i < pages; i++)
        count += states[i] & 1;
    free(states);
    return count;
}

static void take_all(struct weft__stacks *stacks, struct weft__stack *taken, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert(zero(int, weft__stack_take(stacks, &taken[i])));
        taken[i].top[-1] = 'x';
        taken[i].low[0] = 'x';
    }
}

static void give_all(struct weft__stacks *stacks, struct weft__stack *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        weft__stack_give(stacks, &taken[i]);
}

WEFT_TEST(stack, sizes_are_bounded)
{
    static const struct {
        size_t asked, got;
    } rows[] = { { 0, 256 * 1024 },
                 { 1, 64 * 1024 },
                 { 100 * 1000, 25 * 4096 },
                 { 64 * 1024 * 1024, 64 * 1024 * 1024 } };
    struct weft__stacks stacks;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        weft__stacks_init(&stacks, rows[i].asked);
        cr_expect(eq(sz, stacks.slot_bytes, rows[i].got));
        cr_expect(ge(u32, stacks.slab_slots, 1));
        weft__stacks_done(&stacks);
    }
    weft__stacks_init(&stacks, SIZE_MAX);
    cr_expect(eq(int, weft__stack_take(&stacks, &(struct weft__stack){ 0 }), UV_ENOMEM));
    weft__stacks_done(&stacks);
}

static void expect_distinct_and_guarded(void)
{
    struct weft__stacks stacks;
    struct weft__stack taken[MANY];

    weft__stacks_init(&stacks, 64 * 1024);
    take_all(&stacks, taken, MANY);
    cr_expect(eq(sz, stacks.taken, MANY));
    for (size_t i = 0; i < MANY; i++) {
        cr_expect(not(readable(taken[i].low - 1)), "the guard of %zu", i);
        cr_expect(readable(taken[i].low));
        cr_expect(weft__stack_guards(&stacks, &taken[i], taken[i].low - 1));
        cr_expect(not(weft__stack_guards(&stacks, &taken[i], taken[i].low)));
        for (size_t j = 0; j < i; j++)
            cr_expect(taken[i].low >= taken[j].top || taken[j].low >= taken[i].top);
    }
    give_all(&stacks, taken, MANY);
    weft__stacks_done(&stacks);
}

WEFT_TEST(stack, are_distinct_and_guarded)
{
    expect_distinct_and_guarded();
}

WEFT_TEST(stack, are_guarded_on_older_kernels)
{
    weft_test_refuse_advice(MADV_GUARD);
    expect_distinct_and_guarded();
    weft_test_refuse_advice(-1);
}

/* The guards outlive the giving back of memory. */
WEFT_TEST(stack, memory_returns_with_a_sweep)
{
    struct weft__stacks stacks;
    struct weft__stack taken[MANY], again;

    weft__stacks_init(&stacks, 64 * 1024);
    take_all(&stacks, taken, MANY);
    weft__stack_give(&stacks, &taken[5]);
    cr_expect(gt(sz, resident(taken[5].low, taken[5].top), 0));
    weft__stacks_sweep(&stacks);
    cr_expect(zero(sz, resident(taken[5].low, taken[5].top)));
    cr_expect(not(readable(taken[5].low - 1)));
    cr_expect(eq(chr, taken[4].low[0], 'x'), "others keep theirs");

    cr_assert(zero(int, weft__stack_take(&stacks, &again)));
    cr_expect(eq(ptr, again.low, taken[5].low), "it is taken again");
    cr_expect(eq(chr, again.low[0], 0));
    give_all(&stacks, taken, MANY);
    weft__stacks_done(&stacks);
}

/* Slabs of which no stack is taken go as a whole. */
WEFT_TEST(stack, slabs_return_with_a_sweep)
{
    struct weft__stacks stacks;
    struct weft__stack taken[MANY];
    unsigned char state;

    weft__stacks_init(&stacks, 64 * 1024);
    take_all(&stacks, taken, MANY);
    give_all(&stacks, taken + 1, MANY - 1);
    weft__stacks_sweep(&stacks);
    cr_expect(zero(int, mincore(taken[1].low, 1, &state)), "a slab in use stays mapped");
    cr_expect(ne(int, mincore(taken[MANY - 1].low, 1, &state), 0));
    cr_expect(eq(chr, taken[0].low[0], 'x'));
    give_all(&stacks, taken, 1);
    weft__stacks_done(&stacks);
}

static unsigned long refusals_until_success(void)
{
    for (unsigned long n = 1;; n++) {
        struct weft__stacks stacks;
        struct weft__stack stack;
        int rc;

        weft__stacks_init(&stacks, 0);
        weft_test_fail_alloc(n);
        rc = weft__stack_take(&stacks, &stack);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            weft__stack_give(&stacks, &stack);
            weft__stacks_done(&stacks);
            return n - 1;
        }
        cr_expect(eq(int, rc, UV_ENOMEM));
        cr_expect(zero(sz, stacks.taken));
        cr_expect(weft__list_empty(&stacks.open), "no slab is left without a stack");
        weft__stacks_done(&stacks);
    }
}

WEFT_TEST(stack, refusals_leave_nothing_behind)
{
    weft_test_refuse_advice(MADV_GUARD);
    cr_expect(eq(u64, refusals_until_success(), 3), "the slab, its mapping, the guard");
    weft_test_refuse_advice(-1);
}

/* As at the limit of map entries: a stack more is refused, those that are there stay. */
WEFT_TEST(stack, a_refused_guard_leaves_the_slab)
{
    struct weft__stacks stacks;
    struct weft__stack first, second;

    weft_test_refuse_advice(MADV_GUARD);
    weft__stacks_init(&stacks, 0);
    cr_assert(zero(int, weft__stack_take(&stacks, &first)));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__stack_take(&stacks, &second), UV_ENOMEM));
    weft_test_fail_stop();
    cr_expect(eq(sz, stacks.taken, 1));
    cr_assert(zero(int, weft__stack_take(&stacks, &second)), "it can be tried again");
    weft__stack_give(&stacks, &first);
    weft__stack_give(&stacks, &second);
    weft__stacks_done(&stacks);
    weft_test_refuse_advice(-1);
}

/* As at the limit of map entries, where the slab lies in the middle of a mapping. */
WEFT_TEST(stack, a_slab_that_cannot_be_unmapped_stays)
{
    struct weft__stacks stacks;
    struct weft__stack taken[MANY], again;

    weft__stacks_init(&stacks, 64 * 1024);
    take_all(&stacks, taken, MANY);
    give_all(&stacks, taken, MANY);
    weft_test_refuse_unmapping(true);
    weft__stacks_sweep(&stacks);
    weft_test_refuse_unmapping(false);
    for (size_t i = 0; i < MANY; i++) {
        cr_expect(zero(sz, resident(taken[i].low, taken[i].top)), "without its memory");
        cr_expect(not(readable(taken[i].low - 1)), "and guarded");
    }
    cr_assert(zero(int, weft__stack_take(&stacks, &again)), "for use");
    cr_expect(eq(chr, again.top[-1], 0));
    weft__stack_give(&stacks, &again);
    weft__stacks_sweep(&stacks);
    cr_expect(weft__list_empty(&stacks.open), "or to be unmapped later");
    weft__stacks_done(&stacks);
}

WEFT_TEST(stack, the_end_does_not_depend_on_unmapping)
{
    struct weft__stacks stacks;
    struct weft__stack stack;

    weft__stacks_init(&stacks, 0);
    cr_assert(zero(int, weft__stack_take(&stacks, &stack)));
    weft__stack_give(&stacks, &stack);
    weft_test_refuse_unmapping(true);
    weft__stacks_done(&stacks);
    weft_test_refuse_unmapping(false);
    cr_expect(weft__list_empty(&stacks.open));
}
