/*
 * base/thread.h - threads that leave signals to the program's own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_THREAD_H
#define WEFT_BASE_THREAD_H

#include <weft/error.h>
#include <weft/export.h>

/* Start a thread that runs fn(arg) with every signal blocked from its first moment on.  To be
 * joined.  0 or a negative code. */
WEFT_MUST_CHECK int weft__thread_create(uv_thread_t *ret_thread, void (*fn)(void *arg),
                                        void *arg);

#endif
