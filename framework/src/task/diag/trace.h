/*
 * task/diag/trace.h - backtraces of coroutines, running or suspended.
 *
 * libgcc's unwinder walks them by the tables that exceptions use, so no build needs frame
 * pointers.  A suspended coroutine is walked from the registers on its stack, which is read
 * only: coro_<machine>.S has a function whose unwind table says that these registers are its
 * caller's.
 *
 * Async-signal-safe once weft__trace_warm_up() was called: until then the unwinder may still
 * have to be linked.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_TRACE_H
#define WEFT_TASK_DIAG_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "task/coro.h"

enum { WEFT__TRACE_FRAMES = 32 };

struct weft__trace {
    void *pc[WEFT__TRACE_FRAMES]; /* innermost first */
    unsigned count;
    bool exact; /* pc[0] is the instruction itself, not where a call returns to */
    bool more;  /* there are frames that were left out */
};

void weft__trace_warm_up(void);

/* With `context` NULL, of the caller.  In a signal handler with the handler's `context`: of
 * what the signal has interrupted. */
void weft__trace_here(struct weft__trace *trace, const void *context);

/*
 * The calls that the code which goes on at `first`, a return address of the caller's or of one
 * around it, lies in: `first` and where those return to, at most `room` of them.  How many.
 */
unsigned weft__trace_calls(void **ret_pcs, unsigned room, void *first);

/* Of a coroutine that is not running and has begun.  Empty where the build cannot tell. */
void weft__trace_coro(struct weft__trace *trace, const struct weft__coro *coro);

/* The stack pointer that a signal has interrupted; NULL on machines not known here. */
const char *weft__trace_sp(const void *context);

/* The same of a coroutine that is not running. */
const char *weft__trace_coro_sp(const struct weft__coro *coro);

#endif
