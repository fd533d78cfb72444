/*
 * support/report.c - what does not hold is told to Criterion; see criterion/new/assert.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <criterion/new/assert.h>

void test_report(bool fatal, const char *file, unsigned line, const char *message)
{
    criterion_send_assert(
        &(struct criterion_assert_stats){ .message = message, .file = file, .line = line });
    if (fatal)
        criterion_abort_test();
    criterion_continue_test();
}
