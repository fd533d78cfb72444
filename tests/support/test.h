/*
 * support/test.h - WEFT_TEST: a Criterion test that fails when its body leaks.
 *
 * Criterion leaves a test passing whose `.fini` fails or whose leaks LeakSanitizer reports at
 * exit, so leaks are looked for at the end of the body.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_TEST_H
#define WEFT_TESTS_SUPPORT_TEST_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/poison.h"

#ifdef WEFT_ASAN
#include <sanitizer/lsan_interface.h>
#include <string.h>

/*
 * LeakSanitizer takes every pointer on the stack for a use of the memory, also those that the
 * body has left behind where its frame was: these are wiped first.
 */
static __attribute__((noinline, no_sanitize("address"))) void weft_test_wipe(void)
{
    char frames[8192];

    memset(frames, 0, sizeof(frames));
    __asm__ volatile("" : : "r"(frames) : "memory");
}

static inline int weft_test_leaks(void)
{
    weft_test_wipe();
    return __lsan_do_recoverable_leak_check();
}
#else
static inline int weft_test_leaks(void)
{
    return 0;
}
#endif

#define WEFT_TEST(suite, name, ...)                                \
    static void suite##_##name(void);                              \
    Test(suite, name, .timeout = 100, ##__VA_ARGS__)               \
    {                                                              \
        suite##_##name();                                          \
        cr_assert(zero(int, weft_test_leaks()), "the test leaks"); \
    }                                                              \
    static void suite##_##name(void)

#endif
