/*
 * base/arena.h - memory that is freed all at once.
 *
 * An arena hands out memory from blocks by moving a pointer; weft__arena_reset() takes all of
 * it back and keeps the first block, so that a pooled arena serves request after request
 * without malloc.  Invariants: `at <= end` lie in the current block; the first block is the
 * last in the `blocks` chain; what is free in the current block is poisoned under
 * AddressSanitizer.
 *
 * Deferred calls, which may still use all that was allocated, run at reset and done, last in
 * first out; then what the arena owns besides its memory is released, in the same order.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_ARENA_H
#define WEFT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <weft/export.h>

#include "base/budget.h"
#include "base/poison.h"

struct weft__arena_block;
struct weft__arena_defer;

struct weft__arena {
    char *at;                         /* next free byte, aligned to 16 */
    char *end;                        /* one past the current block */
    struct weft__arena_block *blocks; /* newest first */
    struct weft__arena_defer *defers; /* newest first */
    struct weft__arena_defer *owned;  /* newest first */
    size_t block_bytes;               /* of an ordinary block */
    size_t used_bytes;                /* handed out by all blocks but the current one */
    struct weft__budget *budget;      /* of all blocks but one ordinary one; or NULL */
};

/* No memory is taken before the first allocation. */
void weft__arena_init(struct weft__arena *arena, size_t block_bytes);

/* Run the deferred calls, release what is owned and free everything. */
void weft__arena_done(struct weft__arena *arena);

/* Run the deferred calls, release what is owned, free all blocks but the first, and start anew.
 */
void weft__arena_reset(struct weft__arena *arena);

enum { WEFT__ARENA_ALIGNMENT = 16 };

/* weft__arena_alloc() where the current block has no room. */
void *weft__arena_alloc_slow(struct weft__arena *arena, size_t size);

/* `size` bytes, aligned to 16, not cleared; NULL when memory is out. */
static inline void *weft__arena_alloc(struct weft__arena *arena, size_t size)
{
    size_t room = (size_t)(arena->end - arena->at); /* a multiple of the alignment */
    char *memory = arena->at;

    if (size - 1 >= room) /* 0, too */
        return weft__arena_alloc_slow(arena, size);
    size = (size + WEFT__ARENA_ALIGNMENT - 1) & ~(size_t)(WEFT__ARENA_ALIGNMENT - 1);
    arena->at += size;
    weft__unpoison(memory, size);
    return memory;
}

/* `count` times `size` bytes, cleared; NULL when memory is out or the product overflows. */
void *weft__arena_calloc(struct weft__arena *arena, size_t count, size_t size);

/*
 * Grow or shrink what was allocated last from `old_size` to `size`, in place where the block
 * has room; anything else is copied.  NULL when memory is out: `old` is untouched then.
 */
void *weft__arena_realloc(struct weft__arena *arena, void *old, size_t old_size, size_t size);

/* A copy of `length` bytes with a NUL behind them. */
char *weft__arena_strndup(struct weft__arena *arena, const char *text, size_t length);

char *weft__arena_vprintf(struct weft__arena *arena, const char *format, va_list args)
    WEFT_PRINTF(2, 0);

/* Call fn(arg) at reset or done.  0, or UV_ENOMEM: then nothing was registered. */
int weft__arena_defer(struct weft__arena *arena, void (*fn)(void *arg), void *arg);

/* Have `thing` released behind all deferred calls: for what deferred calls may still use.  As
 * weft__arena_defer(). */
int weft__arena_own(struct weft__arena *arena, void (*release)(void *thing), void *thing);

/* Run the deferred calls now; later ones may still be added. */
void weft__arena_run_defers(struct weft__arena *arena);

/* The same, and release what is owned: nothing in the arena may be used any more. */
void weft__arena_release(struct weft__arena *arena);

#endif
