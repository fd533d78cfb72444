/*
 * task/diag/watch.h - reports a loop that a task holds, while it holds it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_WATCH_H
#define WEFT_TASK_DIAG_WATCH_H

#include <weft/diagnostics.h>

struct weft__watch;

/* Watch a new loop, of this thread, as its option says: 0 for the default, UINT32_MAX for not
 * at all.  Loops under test conditions are not watched. */
void weft__watch_begin(weft_loop *loop, uint32_t held_ms);

/* Of the loop that is being freed: end its watch, if there is one. */
void weft__watch_stop(weft_loop *loop);

#endif
