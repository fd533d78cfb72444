/*
 * task/coro_native.c - the first frame of a coroutine for the switch of coro_<machine>.S.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/coro.h"

#include <stdint.h>
#include <string.h>

/* Where a new coroutine comes to life, in coro_<machine>.S. */
void weft__coro_trampoline(void);

/*
 * What weft__coro_jump_native() finds on the stack of a coroutine that has not run yet.  The
 * order is that of its pops; `function` and `argument` lie in registers that the trampoline
 * knows.
 */
struct first_frame {
#if defined(__x86_64__)
    uint64_t r15, r14;
    void (*function)(void *arg); /* r13 */
    void *argument;              /* r12 */
    uint64_t rbx, rbp;
    void (*resume)(void);
    uint64_t end_of_stack[2]; /* keeps the alignment of 16 that a call asks for */
#elif defined(__aarch64__)
    uint64_t d8_to_d15[8];
    void (*function)(void *arg); /* x19 */
    void *argument;              /* x20 */
    uint64_t x21_to_x28[8];
    uint64_t x29;
    void (*resume)(void); /* x30 */
#else
#error "no native switch for this machine: configure with -Dcoroutines=ucontext"
#endif
};

void weft__coro_prepare(struct weft__coro *coro, char *low, char *top, void (*entry)(void *arg),
                        void *arg)
{
    struct first_frame *frame;

    (void)low;
    frame = (struct first_frame *)(void *)(top - ((uintptr_t)top & 15) - sizeof(*frame));
    memset(frame, 0, sizeof(*frame));
    frame->function = entry;
    frame->argument = arg;
    frame->resume = weft__coro_trampoline;
    coro->sp = frame;
}
