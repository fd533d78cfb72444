/*
 * task/diag/trace.c - see trace.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/trace.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unwind.h>

struct walk {
    struct weft__trace *trace;
    uintptr_t start_pc; /* frames before the one that stands here are left out; 0: none */
    uintptr_t start_fn; /* the same, with the frame of this function */
    unsigned room;      /* for frames; 0: as many as a trace holds */
};

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    struct weft__trace *trace = walk->trace;
    int exact = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &exact);

    if (walk->start_fn != 0) {
        if (_Unwind_GetRegionStart(context) == walk->start_fn)
            walk->start_fn = 0;
        return _URC_NO_REASON;
    }
    if (walk->start_pc != 0 && pc != walk->start_pc)
        return _URC_NO_REASON;
    walk->start_pc = 0;
    if (pc == 0)
        return _URC_END_OF_STACK;
    if (trace->count == (walk->room != 0 ? walk->room : WEFT__TRACE_FRAMES)) {
        trace->more = true;
        return _URC_END_OF_STACK;
    }
    if (trace->count == 0)
        trace->exact = exact != 0;
    trace->pc[trace->count++] = (void *)pc;
    return _URC_NO_REASON;
}

static void walk_here(void *arg)
{
    _Unwind_Backtrace(on_frame, arg);
}

static uintptr_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static const char *sp_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (const char *)(uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    return (const char *)(uintptr_t)context->uc_mcontext.sp;
#else
    (void)context;
    return NULL;
#endif
}

const char *weft__trace_sp(const void *context)
{
    return sp_of(context);
}

void weft__trace_warm_up(void)
{
    struct weft__trace trace;

    weft__trace_here(&trace, NULL);
}

__attribute__((noinline)) void weft__trace_here(struct weft__trace *trace, const void *context)
{
    struct walk walk = { .trace = trace };

    trace->count = 0;
    trace->exact = false;
    trace->more = false;
    if (context != NULL)
        walk.start_pc = pc_of(context);
    else
        walk.start_pc = (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
    walk_here(&walk);
}

unsigned weft__trace_calls(void **ret_pcs, unsigned room, void *first)
{
    struct weft__trace trace = { .count = 0 };
    struct walk walk = { .trace = &trace, .start_pc = (uintptr_t)first, .room = room };

    assert(room > 0 && room <= WEFT__TRACE_FRAMES);
    walk_here(&walk);
    if (trace.count == 0) /* no table says what lies around it */
        trace.pc[trace.count++] = first;
    memcpy(ret_pcs, trace.pc, trace.count * sizeof(*ret_pcs));
    return trace.count;
}

#ifdef WEFT_CORO_UCONTEXT /* its registers lie where no unwind table can tell */

void weft__trace_coro(struct weft__trace *trace, const struct weft__coro *coro)
{
    (void)coro;
    trace->count = 0;
    trace->exact = false;
    trace->more = false;
}

const char *weft__trace_coro_sp(const struct weft__coro *coro)
{
    return sp_of(&coro->context);
}

#else

void weft__trace_coro(struct weft__trace *trace, const struct weft__coro *coro)
{
    struct walk walk = { .trace = trace, .start_fn = (uintptr_t)weft__coro_call_from };

    trace->count = 0;
    trace->exact = false;
    trace->more = false;
    weft__coro_call_from(coro->sp, walk_here, &walk);
}

const char *weft__trace_coro_sp(const struct weft__coro *coro)
{
    return coro->sp;
}

#endif
