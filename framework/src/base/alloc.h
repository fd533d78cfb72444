/*
 * base/alloc.h - malloc() and its like for the library itself, each of which a test can have
 * fail (<weft/test_task.h>).
 *
 * All memory that the library takes comes through here, so that counting meets it; only a call
 * of libc that brings its own memory, or another library's, is outside.  What was taken is
 * given back with free(), and may be handed to the program to do so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_ALLOC_H
#define WEFT_BASE_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* How many allocations there are to the one that fails, itself included; 0: none fails.  One
 * count for all threads of the process. */
extern _Atomic uint64_t weft__alloc_left;

/* Have the n-th allocation from now on fail, once; the next one is 1. */
void weft__alloc_fail(uint64_t n);

/* Have none fail any more; whether one did since weft__alloc_fail(). */
bool weft__alloc_fail_stop(void);

/* The count is on: one less.  Sets errno when it returns true. */
bool weft__alloc_count(void);

/* Whether the allocation that comes now is to fail: to be asked once for each. */
static inline bool weft__alloc_fails(void)
{
    if (__builtin_expect(atomic_load_explicit(&weft__alloc_left, memory_order_relaxed) == 0, 1))
        return false;
    return weft__alloc_count();
}

static inline void *weft__malloc(size_t size)
{
    return weft__alloc_fails() ? NULL : malloc(size);
}

static inline void *weft__calloc(size_t count, size_t size)
{
    return weft__alloc_fails() ? NULL : calloc(count, size);
}

static inline void *weft__realloc(void *old, size_t size)
{
    return weft__alloc_fails() ? NULL : realloc(old, size);
}

#endif
