/*
 * base/log.h - what other layers tell the log; lines themselves are <weft/log.h>'s.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_LOG_H
#define WEFT_BASE_LOG_H

#include <weft/log.h>

/*
 * Hand lines to a thread from now on; before, and where there is no thread to be had, they are
 * written at once.  0 or UV_ENOMEM.  In a child made by fork() lines are written at once again,
 * until the child calls this itself.
 */
WEFT_MUST_CHECK int weft__log_start(void);

/* Write what is held and go back to writing at once.  Harmless without a start. */
void weft__log_stop(void);

/* fn() names the request that the calling task works for, or gives NULL. */
void weft__log_set_id_source(const char *(*fn)(void));

#endif
