/*
 * Budgets of memory, and buffers and arenas that have one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/budget.h"

#include <stdint.h>
#include <uv.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "failalloc.h"
#include "test.h"

WEFT_TEST(budget, gives_up_to_its_maximum)
{
    struct weft__budget budget = { .max = 100 };

    cr_expect(zero(int, weft__budget_take(&budget, 99)));
    cr_expect(eq(int, weft__budget_take(&budget, 2), UV_ENOMEM));
    cr_expect(budget.refused);
    cr_expect(zero(int, weft__budget_take(&budget, 1)));
    cr_expect(eq(int, weft__budget_take(&budget, 1), UV_ENOMEM));
    cr_expect(eq(int, weft__budget_take(&budget, SIZE_MAX), UV_ENOMEM));
    cr_expect(zero(int, weft__budget_take(&budget, 0)));
    budget.max = 50; /* lowered below what is used */
    cr_expect(eq(int, weft__budget_take(&budget, 0), UV_ENOMEM));
    weft__budget_give(&budget, 100);
    cr_expect(zero(int, weft__budget_take(&budget, 50)));
    cr_expect(zero(int, weft__budget_take(NULL, SIZE_MAX)));
    weft__budget_give(NULL, 1);
}

WEFT_TEST(budget, takes_from_all_above_or_none)
{
    struct weft__budget whole = { .max = 100 };
    struct weft__budget one = { .parent = &whole, .max = 80 };
    struct weft__budget other = { .parent = &whole, .max = 80 };

    cr_expect(zero(int, weft__budget_take(&one, 80)));
    cr_expect(eq(int, weft__budget_take(&other, 21), UV_ENOMEM));
    cr_expect(other.refused && !one.refused);
    cr_expect(zero(sz, other.used));
    cr_expect(eq(sz, whole.used, 80));
    cr_expect(zero(int, weft__budget_take(&other, 20)));
    weft__budget_give(&one, 80);
    weft__budget_give(&other, 20);
    cr_expect(zero(sz, whole.used));
}

WEFT_TEST(budget, of_a_buffer_is_its_room)
{
    struct weft__budget budget = { .max = 1024 };
    struct weft__buffer buffer;
    char bytes[600] = { 0 };

    weft__buffer_init(&buffer, SIZE_MAX / 2);
    buffer.budget = &budget;
    cr_expect(zero(int, weft__buffer_append(&buffer, bytes, 600)));
    cr_expect(eq(sz, budget.used, buffer.room));
    cr_expect(eq(int, weft__buffer_append(&buffer, bytes, 600), UV_ENOMEM));
    cr_expect(eq(sz, buffer.length, 600));
    weft__buffer_done(&buffer);
    cr_expect(zero(sz, budget.used));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft__buffer_append(&buffer, bytes, 600), UV_ENOMEM));
    cr_expect(weft_test_fail_stop());
    cr_expect(zero(sz, budget.used));
    weft__buffer_done(&buffer);
}

/* The first ordinary block survives a reset and is nobody's. */
WEFT_TEST(budget, of_an_arena_is_all_but_its_first_block)
{
    struct weft__budget budget = { .max = 10000 };
    struct weft__arena arena;

    weft__arena_init(&arena, 1024);
    arena.budget = &budget;
    for (int turn = 0; turn < 2; turn++) {
        cr_expect(ne(ptr, weft__arena_alloc(&arena, 1000), NULL));
        cr_expect(zero(sz, budget.used));
        cr_expect(ne(ptr, weft__arena_alloc(&arena, 1000), NULL));
        cr_expect(eq(sz, budget.used, 1024));
        cr_expect(ne(ptr, weft__arena_alloc(&arena, 8976), NULL));
        cr_expect(eq(sz, budget.used, 10000));
        cr_expect(eq(ptr, weft__arena_alloc(&arena, 1008), NULL));
        weft__arena_reset(&arena);
        cr_expect(zero(sz, budget.used));
    }
    weft__arena_done(&arena);
    cr_expect(ne(ptr, weft__arena_alloc(&arena, 5008), NULL)); /* a large first one counts */
    cr_expect(eq(sz, budget.used, 5008));
    weft_test_fail_alloc(1);
    cr_expect(eq(ptr, weft__arena_alloc(&arena, 2000), NULL));
    cr_expect(weft_test_fail_stop());
    cr_expect(eq(sz, budget.used, 5008));
    weft__arena_reset(&arena);
    cr_expect(zero(sz, budget.used));
    weft__arena_done(&arena);
}
