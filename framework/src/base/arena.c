/*
 * base/arena.c - see arena.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/alloc.h"

enum { ALIGNMENT = WEFT__ARENA_ALIGNMENT };

struct weft__arena_block {
    struct weft__arena_block *older;
    size_t bytes; /* of data, behind this header */
};

struct weft__arena_defer {
    struct weft__arena_defer *older;
    void (*fn)(void *arg);
    void *arg;
};

static char *block_data(struct weft__arena_block *block)
{
    return (char *)(block + 1);
}

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void weft__arena_init(struct weft__arena *arena, size_t block_bytes)
{
    *arena = (struct weft__arena){ .block_bytes = round_up(block_bytes) };
}

static void enter_block(struct weft__arena *arena, struct weft__arena_block *block)
{
    arena->at = block_data(block);
    arena->end = arena->at + block->bytes;
    weft__poison(arena->at, block->bytes);
}

/* What a block costs the budget: nothing if it is one that survives a reset, so that nobody is
 * charged for what others use after him. */
static size_t cost_of(const struct weft__arena *arena, size_t bytes, bool first)
{
    return first && bytes <= arena->block_bytes ? 0 : bytes;
}

static void free_block(struct weft__arena *arena, struct weft__arena_block *block)
{
    weft__budget_give(arena->budget, cost_of(arena, block->bytes, block->older == NULL));
    weft__unpoison(block_data(block), block->bytes);
    free(block);
}

static void free_blocks_but_first(struct weft__arena *arena)
{
    struct weft__arena_block *block = arena->blocks;

    while (block != NULL && block->older != NULL) {
        struct weft__arena_block *older = block->older;

        free_block(arena, block);
        block = older;
    }
    arena->blocks = block;
}

/* The calls may add others. */
static void run_all(struct weft__arena_defer **list)
{
    while (*list != NULL) {
        struct weft__arena_defer *defer = *list;

        *list = defer->older;
        defer->fn(defer->arg);
    }
}

void weft__arena_run_defers(struct weft__arena *arena)
{
    run_all(&arena->defers);
}

void weft__arena_release(struct weft__arena *arena)
{
    run_all(&arena->defers);
    run_all(&arena->owned);
}

void weft__arena_reset(struct weft__arena *arena)
{
    weft__arena_release(arena);
    if (arena->blocks == NULL)
        return;
    if (arena->blocks->older != NULL)
        free_blocks_but_first(arena);
    if (arena->blocks->bytes > arena->block_bytes) { /* an oversized first block is not kept */
        weft__arena_done(arena);
        return;
    }
    arena->used_bytes = 0;
    enter_block(arena, arena->blocks);
}

void weft__arena_done(struct weft__arena *arena)
{
    weft__arena_release(arena);
    free_blocks_but_first(arena);
    if (arena->blocks != NULL)
        free_block(arena, arena->blocks);
    *arena = (struct weft__arena){ .block_bytes = arena->block_bytes, .budget = arena->budget };
}

static int add_block(struct weft__arena *arena, size_t at_least)
{
    size_t bytes = at_least > arena->block_bytes ? at_least : arena->block_bytes;
    size_t cost = cost_of(arena, bytes, arena->blocks == NULL);
    struct weft__arena_block *block;

    if (bytes > SIZE_MAX - sizeof(*block) || weft__budget_take(arena->budget, cost) < 0)
        return UV_ENOMEM;
    block = weft__malloc(sizeof(*block) + bytes);
    if (block == NULL) {
        weft__budget_give(arena->budget, cost);
        return UV_ENOMEM;
    }
    if (arena->blocks != NULL)
        arena->used_bytes += (size_t)(arena->at - block_data(arena->blocks));
    block->older = arena->blocks;
    block->bytes = bytes;
    arena->blocks = block;
    enter_block(arena, block);
    return 0;
}

void *weft__arena_alloc_slow(struct weft__arena *arena, size_t size)
{
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    if ((size_t)(arena->end - arena->at) < size && add_block(arena, round_up(size)) < 0)
        return NULL;
    return weft__arena_alloc(arena, size);
}

void *weft__arena_calloc(struct weft__arena *arena, size_t count, size_t size)
{
    size_t bytes;
    void *memory;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    memory = weft__arena_alloc(arena, bytes);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

void *weft__arena_realloc(struct weft__arena *arena, void *old, size_t old_size, size_t size)
{
    size_t old_room = round_up(old_size == 0 ? 1 : old_size);
    void *memory;

    if (old == NULL)
        return weft__arena_alloc(arena, size);
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    if ((char *)old + old_room == arena->at) {
        size_t room = round_up(size == 0 ? 1 : size);

        if (room <= (size_t)(arena->end - (char *)old)) {
            arena->at = (char *)old + room;
            weft__unpoison(old, room);
            weft__poison(arena->at, (size_t)(arena->end - arena->at));
            return old;
        }
    }
    memory = weft__arena_alloc(arena, size);
    if (memory != NULL)
        memcpy(memory, old, old_size < size ? old_size : size);
    return memory;
}

char *weft__arena_strndup(struct weft__arena *arena, const char *text, size_t length)
{
    char *copy;

    if (length == SIZE_MAX)
        return NULL;
    copy = weft__arena_alloc(arena, length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *weft__arena_vprintf(struct weft__arena *arena, const char *format, va_list args)
{
    enum { GUESS = 128 };
    va_list again;
    char *text = weft__arena_alloc(arena, GUESS);
    int length;

    if (text == NULL)
        return NULL;
    va_copy(again, args);
    length = vsnprintf(text, GUESS, format, again);
    va_end(again);
    if (length < 0)
        return NULL;
    if (length >= GUESS) {
        text = weft__arena_alloc(arena, (size_t)length + 1);
        if (text != NULL)
            vsnprintf(text, (size_t)length + 1, format, args);
        return text;
    }
    return weft__arena_realloc(arena, text, GUESS, (size_t)length + 1);
}

static int add_call(struct weft__arena *arena, struct weft__arena_defer **list,
                    void (*fn)(void *arg), void *arg)
{
    struct weft__arena_defer *defer = weft__arena_alloc(arena, sizeof(*defer));

    if (defer == NULL)
        return UV_ENOMEM;
    *defer = (struct weft__arena_defer){ .older = *list, .fn = fn, .arg = arg };
    *list = defer;
    return 0;
}

int weft__arena_defer(struct weft__arena *arena, void (*fn)(void *arg), void *arg)
{
    return add_call(arena, &arena->defers, fn, arg);
}

int weft__arena_own(struct weft__arena *arena, void (*release)(void *thing), void *thing)
{
    return add_call(arena, &arena->owned, release, thing);
}
