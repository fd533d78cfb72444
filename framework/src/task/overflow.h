/*
 * task/overflow.h - says who ran out of stack before the process dies of it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OVERFLOW_H
#define WEFT_TASK_OVERFLOW_H

#include <weft/export.h>
#include <weft/fwd.h>

/*
 * Have a task that runs into its guard reported on stderr, with its name and the setting to
 * raise, on an alternate stack.  The signal then goes on to whatever handled it before: by
 * default the process dies of it.
 *
 * Call it on each thread that runs a loop: the handler is the process's, the alternate stack,
 * which stays until the thread ends, is the thread's own.  A thread that has one keeps it.
 *
 * 0 or UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__overflow_install(void);

/* Give the calling thread an alternate stack for signal handlers, if it has none.  0 or
 * UV_ENOMEM. */
WEFT_MUST_CHECK int weft__overflow_give_stack(void);

/* Name the setting that is to be raised as those know it who run the program, such as an option
 * of its command line; static.  Else it is called "stack_bytes". */
void weft__overflow_set_setting(const char *name);

/*
 * What the layers above know of `task`, such as the route that it serves, for the report; NULL
 * for nothing.  Runs in a signal handler, on the alternate stack: it may only read memory.
 */
void weft__overflow_set_hook(const char *(*describe)(weft_task *task));

#endif
