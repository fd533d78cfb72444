/*
 * task/coro_ucontext.c - coroutines on makecontext() and swapcontext(), for machines that have
 * no switch of their own here.
 *
 * swapcontext() keeps the signal mask, which is a system call each time: about a hundred times
 * slower than the native switch.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/coro.h"

#include <stdint.h>
#include <stdlib.h>

/* makecontext() hands over ints only, so pointers travel in halves. */
struct start {
    void (*entry)(void *arg);
    void *arg;
};

static WEFT_NO_ASAN void begin(unsigned high, unsigned low)
{
    const struct start *start = (void *)(uintptr_t)((uint64_t)high << 32 | low);

    start->entry(start->arg);
    abort();
}

void weft__coro_prepare(struct weft__coro *coro, char *low, char *top, void (*entry)(void *arg),
                        void *arg)
{
    /* At the very top of the stack, above what the coroutine uses. */
    char *end = top - ((uintptr_t)top & 15);
    struct start *start = (struct start *)(void *)(end - sizeof(*start));
    uint64_t bits = (uint64_t)(uintptr_t)start;

    *start = (struct start){ .entry = entry, .arg = arg };
    getcontext(&coro->context);
    coro->context.uc_stack.ss_sp = low;
    coro->context.uc_stack.ss_size = (size_t)((char *)start - low);
    coro->context.uc_link = NULL;
    makecontext(&coro->context, (void (*)(void))(void *)begin, 2, (unsigned)(bits >> 32),
                (unsigned)bits);
}

void weft__coro_jump(struct weft__coro *from, struct weft__coro *to)
{
    swapcontext(&from->context, &to->context);
}
