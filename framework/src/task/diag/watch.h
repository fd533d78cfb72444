/*
 * task/diag/watch.h - reports a loop that a task holds, while it holds it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_WATCH_H
#define WEFT_TASK_DIAG_WATCH_H

#include <weft/diagnostics.h>

struct weft__watch;

/* Of the loop that is being freed: end its watch, if there is one. */
void weft__watch_stop(weft_loop *loop);

#endif
