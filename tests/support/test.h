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

#include <stdint.h>
#include <stdlib.h>

#include "base/poison.h"

/*
 * Schedules that a scenario is tried under: 1,000, or as many as WEFT_TEST_SEEDS in the
 * environment says.  ThreadSanitizer makes each cost far more, and looks for something else.
 */
#ifdef __SANITIZE_THREAD__
enum { WEFT_TEST_SEEDS_USUAL = 50 };
#else
enum { WEFT_TEST_SEEDS_USUAL = 1000 };
#endif
#define WEFT_TEST_SEEDS weft_test_seed_count()

static inline uint64_t weft_test_seed_count(void)
{
    const char *wanted = getenv("WEFT_TEST_SEEDS");
    uint64_t count = wanted != NULL ? strtoull(wanted, NULL, 10) : 0;

    return count > 0 ? count : WEFT_TEST_SEEDS_USUAL;
}

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
