/*
 * The request arena: alignment, growing in place, defers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/arena.h"

#include <stdint.h>

#include "test.h"

WEFT_TEST(arena, hands_out_aligned_memory)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 64);
    for (size_t size = 0; size < 200; size++) {
        char *memory = weft__arena_alloc(&arena, size);

        cr_assert(ne(ptr, memory, NULL));
        cr_expect(zero(sz, (uintptr_t)memory % 16));
        memset(memory, 'x', size);
    }
    weft__arena_done(&arena);
}

static void note(void *arg)
{
    static char order[4];
    static int count;

    order[count++] = *(const char *)arg;
    if (count == 3)
        cr_expect(eq(str, order, (char *)"cba"));
}

WEFT_TEST(arena, runs_defers_last_in_first_out)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 64);
    cr_assert(zero(int, weft__arena_defer(&arena, note, (char *)"a")));
    cr_assert(zero(int, weft__arena_defer(&arena, note, (char *)"b")));
    cr_assert(zero(int, weft__arena_defer(&arena, note, (char *)"c")));
    weft__arena_reset(&arena);
    weft__arena_done(&arena);
}

/* --- What it owns */

static char happened[16];

static void remember(void *arg)
{
    strncat(happened, arg, sizeof(happened) - strlen(happened) - 1);
}

static void adds_another(void *arg)
{
    remember((char *)"1");
    cr_assert(zero(int, weft__arena_defer(arg, remember, (char *)"2")));
}

WEFT_TEST(arena, releases_what_it_owns_behind_all_calls)
{
    struct weft__arena arena;

    happened[0] = '\0';
    weft__arena_init(&arena, 64);
    cr_assert(zero(int, weft__arena_defer(&arena, adds_another, &arena)));
    cr_assert(zero(int, weft__arena_own(&arena, remember, (char *)"a")));
    cr_assert(zero(int, weft__arena_own(&arena, remember, (char *)"b")));
    cr_assert(zero(int, weft__arena_defer(&arena, remember, (char *)"0")));
    weft__arena_run_defers(&arena);
    cr_expect(eq(str, happened, (char *)"012"));
    weft__arena_release(&arena);
    cr_expect(eq(str, happened, (char *)"012ba"));
    cr_assert(zero(int, weft__arena_own(&arena, remember, (char *)"c")));
    weft__arena_reset(&arena);
    cr_assert(zero(int, weft__arena_own(&arena, remember, (char *)"d")));
    weft__arena_done(&arena);
    cr_expect(eq(str, happened, (char *)"012bacd"));
}

WEFT_TEST(arena, grows_the_last_in_place)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 1024);
    char *first = weft__arena_alloc(&arena, 10);
    memcpy(first, "0123456789", 10);
    char *grown = weft__arena_realloc(&arena, first, 10, 500);
    cr_expect(eq(ptr, grown, first));
    weft__arena_alloc(&arena, 1);
    char *moved = weft__arena_realloc(&arena, grown, 500, 600);
    cr_expect(ne(ptr, moved, grown));
    cr_expect(zero(int, memcmp(moved, "0123456789", 10)));
    cr_expect(eq(ptr, weft__arena_alloc(&arena, SIZE_MAX), NULL));
    cr_expect(eq(ptr, weft__arena_calloc(&arena, SIZE_MAX, 2), NULL));
    weft__arena_done(&arena);
}
