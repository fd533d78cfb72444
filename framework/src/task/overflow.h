/*
 * task/overflow.h - what weft_report_overflows() needs of others.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OVERFLOW_H
#define WEFT_TASK_OVERFLOW_H

#include <weft/export.h>
#include <weft/fwd.h>

/* Give the calling thread an alternate stack for signal handlers, if it has none.  0 or
 * UV_ENOMEM. */
WEFT_MUST_CHECK int weft__overflow_give_stack(void);

/* Name the setting that is to be raised as those know it who run the program, such as an option
 * of its command line; static.  Else it is called "stack_bytes". */
void weft__overflow_set_setting(const char *name);

#endif
