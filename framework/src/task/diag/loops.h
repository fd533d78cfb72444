/*
 * task/diag/loops.h - all loops of the process, for who looks at it from outside.
 *
 * A thread's loop is a thread-local, which debuggers cannot always read, of a core file least
 * of all.  framework/gdb/ begins at weft__loops.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_LOOPS_H
#define WEFT_TASK_DIAG_LOOPS_H

#include <weft/fwd.h>

void weft__loops_add(weft_loop *loop);
void weft__loops_remove(weft_loop *loop);

#endif
