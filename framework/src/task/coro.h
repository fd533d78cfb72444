/*
 * task/coro.h - stacks that take turns on one thread.
 *
 * A coroutine is a stack and the registers that were left on it.  weft__coro_switch() leaves
 * one and goes on in another; the loop's own stack is a coroutine too.  What is switched:
 *
 *   native    the callee-saved registers, pushed on the stack that is left; a switch is some
 *             sixteen instructions and no system call.  MXCSR and the x87 control word are not
 *             saved: a task that changes the rounding mode changes it for all.
 *   ucontext  what swapcontext() saves, the signal mask included; for other machines.
 *
 * Each switch is told to AddressSanitizer (whose idea of the current stack it moves) and to
 * ThreadSanitizer (which has one fiber per coroutine); in other builds that costs nothing.
 *
 * The native switch leaves by `pop; jmp`, as `ret` would miss the processor's return
 * predictor each time.  Shadow stacks (CET) cannot work with that: the assembly does not claim
 * them, so the linker leaves them off for the whole program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_CORO_H
#define WEFT_TASK_CORO_H

#include <stddef.h>

#include "base/poison.h"

#ifdef WEFT_CORO_UCONTEXT
#include <ucontext.h>
#endif

#if defined(__SANITIZE_THREAD__)
#define WEFT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#endif

#ifdef WEFT_ASAN
#include <sanitizer/common_interface_defs.h>
#define WEFT_NO_ASAN __attribute__((no_sanitize_address))
#else
#define WEFT_NO_ASAN
#endif
#ifdef WEFT_TSAN
#include <sanitizer/tsan_interface.h>
#endif

struct weft__coro {
#ifdef WEFT_CORO_UCONTEXT
    ucontext_t context;
#else
    void *sp; /* while it is not running */
#endif
#ifdef WEFT_ASAN
    void *fake_stack; /* AddressSanitizer's own */
    const void *low;
    size_t bytes;
#endif
#ifdef WEFT_TSAN
    void *fiber;
#endif
};

/*
 * Make `coro` begin in entry(arg) on the stack from `low` to `top` when it is switched to
 * first.  `entry` never returns, calls weft__coro_arrived() first, and has no variable whose
 * address is taken.
 */
void weft__coro_init(struct weft__coro *coro, char *low, char *top, void (*entry)(void *arg),
                     void *arg);

/* It is never switched to again. */
void weft__coro_done(struct weft__coro *coro);

/* Take the stack that this is called on as `coro`. */
void weft__coro_init_here(struct weft__coro *coro);

/* What the kinds of switch supply: a first frame on a new stack, and the bare switch. */
void weft__coro_prepare(struct weft__coro *coro, char *low, char *top, void (*entry)(void *arg),
                        void *arg);
#ifdef WEFT_CORO_UCONTEXT
void weft__coro_jump(struct weft__coro *from, struct weft__coro *to);
#else
void weft__coro_jump_native(void **save_sp, void *to_sp);

/*
 * Call fn(arg) here and now; but to a debugger or unwinder it is called from where the
 * coroutine whose stack was left at `sp` goes on.
 */
void weft__coro_call_from(const void *sp, void (*fn)(void *arg), void *arg);

static inline void weft__coro_jump(struct weft__coro *from, struct weft__coro *to)
{
    weft__coro_jump_native(&from->sp, to->sp);
}
#endif

/*
 * Go on in `to`; returns when something switches back to `from`.
 */
static inline void weft__coro_switch(struct weft__coro *from, struct weft__coro *to)
{
#ifdef WEFT_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->low, to->bytes);
#endif
#ifdef WEFT_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    weft__coro_jump(from, to);
#ifdef WEFT_ASAN
    __sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
#endif
}

/* First thing on a new coroutine: `from` is who switched to it, of whose stack AddressSanitizer
 * tells the place: that of the loop, as its tasks begin from there. */
static inline void weft__coro_arrived(struct weft__coro *from)
{
#ifdef WEFT_ASAN
    __sanitizer_finish_switch_fiber(NULL, &from->low, &from->bytes);
#else
    (void)from;
#endif
}

/*
 * As weft__coro_switch(), for a coroutine whose work is done: it may be switched to again, or
 * be dropped as it stands.  Only from a function marked WEFT_NO_ASAN, as AddressSanitizer's
 * fake stack is given up.
 */
static inline void weft__coro_rest(struct weft__coro *from, struct weft__coro *to)
{
#ifdef WEFT_ASAN
    __sanitizer_start_switch_fiber(NULL, to->low, to->bytes);
#endif
#ifdef WEFT_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    weft__coro_jump(from, to);
    weft__coro_arrived(to);
}

#endif
