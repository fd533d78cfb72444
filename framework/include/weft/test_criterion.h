/*
 * weft/test_criterion.h - WEFT_TEST: Criterion tests of apps.
 *
 *     WEFT_TEST(hello, greets)
 *     {
 *         weft_test *t = weft_test_new(hello_app());
 *         weft_test_reply r = weft_test_get(t, "/");
 *
 *         cr_assert(eq(int, r.status, 200));
 *     }
 *
 * Closes what the test opened with weft_test_new(), and fails the test when its body leaks (in
 * builds with AddressSanitizer, which sees that).  Criterion by itself lets a test pass whose
 * leaks are reported at the end of its process.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TEST_CRITERION_H
#define WEFT_TEST_CRITERION_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <weft/test.h>

#if defined(__SANITIZE_ADDRESS__)
#define WEFT__TEST_SEES_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT__TEST_SEES_LEAKS 1
#endif
#endif

#ifdef WEFT__TEST_SEES_LEAKS
#include <sanitizer/lsan_interface.h>
#include <string.h>

/* LeakSanitizer takes every pointer on the stack for a use of the memory, also those that the
 * body has left behind where its frame was: these are wiped first. */
static __attribute__((__noinline__, no_sanitize("address"))) void weft__test_wipe(void)
{
    char frames[8192];

    memset(frames, 0, sizeof(frames));
    __asm__ volatile("" : : "r"(frames) : "memory");
}

static inline int weft__test_leaks(void)
{
    weft__test_wipe();
    return __lsan_do_recoverable_leak_check();
}
#else
static inline int weft__test_leaks(void)
{
    return 0;
}
#endif

/* Criterion's own options may follow the name: WEFT_TEST(a, b, .timeout = 5). */
#define WEFT_TEST(suite, name, ...)                                 \
    static void suite##_##name(void);                               \
    Test(suite, name, .timeout = 60, ##__VA_ARGS__)                 \
    {                                                               \
        suite##_##name();                                           \
        weft_test_free_all();                                       \
        cr_assert(zero(int, weft__test_leaks()), "the test leaks"); \
    }                                                               \
    static void suite##_##name(void)

#endif
