/*
 * support/failalloc.h - make the n-th allocation fail.
 *
 * What counts is every call that asks the system for something and can be refused: malloc and
 * its like, mmap and mprotect, and libuv's loops, threads, mutexes, conditions and async
 * handles.  Only calls from the test and the library under test are seen, not those that libuv,
 * jansson or Criterion make themselves.
 *
 *     for (unsigned long n = 1;; n++) {
 *         weft_test_fail_alloc(n);
 *         int rc = scenario();
 *         if (!weft_test_fail_stop())
 *             break;                            // it needed fewer than n: rc is a success
 *         cr_expect(eq(int, rc, UV_ENOMEM));
 *     }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_FAILALLOC_H
#define WEFT_TESTS_SUPPORT_FAILALLOC_H

#include <stdbool.h>
#include <weft/task.h>

/* Fail the n-th allocation from now on, once; the next one is 1. */
void weft_test_fail_alloc(unsigned long n);

/* The n-th and all after it, as when memory really is out. */
void weft_test_fail_alloc_from(unsigned long n);

/* Fail no more; whether anything was failed. */
bool weft_test_fail_stop(void);

/* Options of a loop that nobody watches: a watch can be done without, so that it gets no memory
 * is no failure of a scenario. */
static const weft_loop_options weft_test_unwatched = { .held_ms = UINT32_MAX };

/* Have munmap() refuse with ENOMEM, as at the limit of mappings, or no longer. */
void weft_test_refuse_unmapping(bool refuse);

/* Have madvise() refuse this advice with EINVAL, as an older kernel does; -1 ends that. */
void weft_test_refuse_advice(int advice);

#endif
