/*
 * weft/export.h - attributes that the public headers use.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_EXPORT_H
#define WEFT_EXPORT_H

/* libuv's header uses POSIX types that the C library hides under -std=c17; so every header of
 * Weft includes this one first. */
#if defined(__STRICT_ANSI__) && !defined(_GNU_SOURCE) && !defined(_DEFAULT_SOURCE) && \
    !defined(_XOPEN_SOURCE)
#define _DEFAULT_SOURCE 1
#define _XOPEN_SOURCE   700
#endif
#include <stdint.h> /* the C library's first header: the choice holds from here on */

#ifdef __cplusplus
#define WEFT_BEGIN_DECLS extern "C" {
#define WEFT_END_DECLS   }
#else
#define WEFT_BEGIN_DECLS
#define WEFT_END_DECLS
#endif

/* Part of the library's interface; everything else is hidden. */
#define WEFT_EXPORT __attribute__((visibility("default")))

/* The result says whether it worked and must be looked at. */
#define WEFT_MUST_CHECK __attribute__((warn_unused_result))

/* Argument number `at` is a printf format for the arguments from `first` on. */
#define WEFT_PRINTF(at, first) __attribute__((format(printf, at, first)))

/* The variable's destructor runs when its scope is left, by whatever way. */
#define WEFT_CLEANUP(fn) __attribute__((cleanup(fn)))

/*
 * Marks a function that may suspend the calling task and let others run.  What the caller
 * knew of state shared with other tasks may no longer hold when it returns.
 */
#define WEFT_SUSPENDS

#endif
