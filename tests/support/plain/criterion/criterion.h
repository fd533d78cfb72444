/*
 * support/plain/criterion/criterion.h - as much of Criterion as the unit tests use, for builds
 * that Criterion itself cannot run in: ThreadSanitizer leaves no room for its arena, and other
 * machines under emulation do not have it.
 *
 * Each test runs in a fork of its own; the output is TAP.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_PLAIN_CRITERION_H
#define WEFT_TESTS_SUPPORT_PLAIN_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_test {
    const char *suite, *name;
    void (*run)(void);
    void (*init)(void); /* before it, in its process */
    void (*fini)(void); /* after it, unless it failed at once */
    struct plain_test *next;
    unsigned timeout; /* seconds */
};

void plain_register(struct plain_test *test);

#define Test(suite_, name_, ...)                                                          \
    static void suite_##_##name_##_impl(void);                                            \
    __attribute__((constructor)) static void suite_##_##name_##_register(void)            \
    {                                                                                     \
        static struct plain_test test = {                                                 \
            .suite = #suite_, .name = #name_, .run = suite_##_##name_##_impl, __VA_ARGS__ \
        };                                                                                \
        plain_register(&test);                                                            \
    }                                                                                     \
    static void suite_##_##name_##_impl(void)

#endif
