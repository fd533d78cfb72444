/*
 * task/diag/depth.c - see depth.h.
 *
 * All of this touches what lies below the stack pointer, where nobody else has business; so
 * the tools that watch for that are told to look away.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/depth.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "task/coro.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_DISABLE_ERROR_REPORTING ((void)0)
#define VALGRIND_ENABLE_ERROR_REPORTING  ((void)0)
#endif

enum {
    PAGES_AT_ONCE = 256,
    /* Below a frame's address: the rest of that frame, and the red zone of the ABI. */
    FRAME_BYTES = 256,
};

/* The first page of these that has memory; `top` when none has.  `low` begins a page. */
static char *find_resident(char *low, char *top, size_t page)
{
    unsigned char resident[PAGES_AT_ONCE];

    while (low < top) {
        size_t pages = ((size_t)(top - low) + page - 1) / page;

        if (pages > PAGES_AT_ONCE)
            pages = PAGES_AT_ONCE;
        if (mincore(low, pages * page, resident) != 0)
            return low;
        for (size_t i = 0; i < pages; i++) {
            if ((resident[i] & 1) != 0)
                return low + i * page;
        }
        low += pages * page;
    }
    return top;
}

/* The first word of these that is not zero. */
static WEFT_NO_ASAN char *find_word(char *low, char *top)
{
    const volatile uint64_t *at = (const volatile uint64_t *)(void *)low;
    const volatile uint64_t *end = (const volatile uint64_t *)(void *)top;

    while (at < end && *at == 0)
        at++;
    return (char *)(uintptr_t)at;
}

char *weft__depth_lowest(char *low, char *top)
{
    char *lowest;

    VALGRIND_DISABLE_ERROR_REPORTING;
    lowest = find_word(find_resident(low, top, (size_t)sysconf(_SC_PAGESIZE)), top);
    VALGRIND_ENABLE_ERROR_REPORTING;
    return lowest < top ? lowest : top;
}

/* Volatile: as a call of memset() it would have a frame among what it clears. */
static WEFT_NO_ASAN __attribute__((noinline)) void clear(char *low)
{
    volatile uint64_t *at = (volatile uint64_t *)(void *)low;
    volatile uint64_t *end =
        (volatile uint64_t *)(void *)((char *)__builtin_frame_address(0) - FRAME_BYTES);

    while (at < end)
        *at++ = 0;
}

void weft__depth_clear(char *low)
{
    VALGRIND_DISABLE_ERROR_REPORTING;
    clear(weft__depth_lowest(low, __builtin_frame_address(0)));
    VALGRIND_ENABLE_ERROR_REPORTING;
}
