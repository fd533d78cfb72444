/*
 * task/diag/dump.h - what the layers above tell dumps, and what tells them of tasks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_DUMP_H
#define WEFT_TASK_DIAG_DUMP_H

#include <weft/diagnostics.h>

#include "task/diag/say.h"
#include "task/diag/symbol.h"
#include "task/diag/trace.h"

/*
 * How to say what a task works for: `context` is what weft__task_set_context() was given, not
 * NULL.  Runs in signal handlers: it may only read memory.
 */
void weft__dump_set_hook(void (*describe)(void *context, struct weft__say *say));

/* Have more(arg, say) add to dumps of this thread's loop, behind the tasks; NULL ends that.  In
 * signal handlers, too. */
void weft__dump_set_end(void (*more)(void *arg, struct weft__say *say), void *arg);

/* Say the task's name, and what it works for, in parentheses. */
void weft__dump_say_name(struct weft__say *say, const weft_task *task);

/* Say a backtrace, a line for each frame. */
void weft__dump_say_trace(struct weft__say *say, struct weft__symbols *symbols,
                          const struct weft__trace *trace);

/* Dump the tasks of `loop`, which is this thread's; `context` is the handler's when a signal
 * has interrupted it, else NULL. */
int weft__dump_loop(weft_loop *loop, int fd, const void *context);

/* A dump was asked for by a signal that came at a bad moment (see signal.c). */
void weft__dump_late(weft_loop *loop);

#endif
