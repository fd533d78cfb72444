/*
 * support/criterion/new/assert.h - stands before Criterion's header of this name: as much of
 * its cr_assert() and cr_expect() as the tests use.
 *
 * Criterion's own unfold to some kilobytes for each assertion: most of the time that building
 * the tests took; and the gt() of 2.4.1 holds for what is equal.  These are a function call,
 * and show the values too.
 *
 * cr_expect(eq(int, a, b)) pastes TEST_IS_ before `eq`: where that is one of the macros below
 * it gives two arguments, the second of which is the condition; where it is not, the condition
 * is what was written.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_ASSERT_H
#define WEFT_TESTS_SUPPORT_ASSERT_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

/* Less than, equal to or greater than 0, as a is to b; both are kept for the message. */
int test_order_signed(long long a, long long b);
int test_order_unsigned(unsigned long long a, unsigned long long b);
int test_order_real(double a, double b);
int test_order_pointer(uintptr_t a, uintptr_t b);
int test_order_text(const char *a, const char *b);

/* Nothing was compared yet. */
void test_begins(void);

/*
 * Say that `condition` does not hold, with what was last compared and, behind one space, the
 * message in `format`.  Ends the test when it is `fatal`.
 */
void test_does_not_hold(bool fatal, const char *file, unsigned line, const char *condition,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));

/* How what does not hold reaches the runner: Criterion's, or plain/. */
void test_report(bool fatal, const char *file, unsigned line, const char *message);

#define TEST_SECOND(first, second, ...) second
#define TEST_CONDITION(...)             TEST_SECOND(__VA_ARGS__, ~)
#define TEST_CHECK(fatal, condition, ...)                                                 \
    do {                                                                                  \
        if (!(test_begins(), (TEST_CONDITION(TEST_IS_##condition, condition))))           \
            test_does_not_hold((fatal), __FILE__, __LINE__, #condition, " " __VA_ARGS__); \
    } while (0)

#undef cr_assert
#define cr_assert(...) TEST_CHECK(true, __VA_ARGS__)
#undef cr_expect
#define cr_expect(...) TEST_CHECK(false, __VA_ARGS__)

#define TEST_IS_eq(type, a, b) ~, TEST_ORDER_##type(a, b) == 0
#define TEST_IS_ne(type, a, b) ~, TEST_ORDER_##type(a, b) != 0
#define TEST_IS_lt(type, a, b) ~, TEST_ORDER_##type(a, b) < 0
#define TEST_IS_le(type, a, b) ~, TEST_ORDER_##type(a, b) <= 0
#define TEST_IS_gt(type, a, b) ~, TEST_ORDER_##type(a, b) > 0
#define TEST_IS_ge(type, a, b) ~, TEST_ORDER_##type(a, b) >= 0
#define TEST_IS_zero(type, a)  ~, TEST_ORDER_##type(a, 0) == 0
#define TEST_IS_not(condition) ~, !(condition)

#define TEST_ORDER_int(a, b)   test_order_signed((int)(a), (int)(b))
#define TEST_ORDER_long(a, b)  test_order_signed((long)(a), (long)(b))
#define TEST_ORDER_chr(a, b)   test_order_signed((char)(a), (char)(b))
#define TEST_ORDER_i32(a, b)   test_order_signed((int32_t)(a), (int32_t)(b))
#define TEST_ORDER_i64(a, b)   test_order_signed((int64_t)(a), (int64_t)(b))
#define TEST_ORDER_uint(a, b)  test_order_unsigned((unsigned)(a), (unsigned)(b))
#define TEST_ORDER_ulong(a, b) test_order_unsigned((unsigned long)(a), (unsigned long)(b))
#define TEST_ORDER_u8(a, b)    test_order_unsigned((uint8_t)(a), (uint8_t)(b))
#define TEST_ORDER_u16(a, b)   test_order_unsigned((uint16_t)(a), (uint16_t)(b))
#define TEST_ORDER_u32(a, b)   test_order_unsigned((uint32_t)(a), (uint32_t)(b))
#define TEST_ORDER_u64(a, b)   test_order_unsigned((uint64_t)(a), (uint64_t)(b))
#define TEST_ORDER_sz(a, b)    test_order_unsigned((size_t)(a), (size_t)(b))
#define TEST_ORDER_dbl(a, b)   test_order_real((a), (b))
#define TEST_ORDER_ptr(a, b)   test_order_pointer((uintptr_t)(a), (uintptr_t)(b))
#define TEST_ORDER_str(a, b)   test_order_text((a), (b))

#endif
