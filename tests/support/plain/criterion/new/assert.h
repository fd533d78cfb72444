/*
 * support/plain/criterion/new/assert.h - see ../criterion.h.
 *
 * cr_expect(eq(int, a, b)) pastes PLAIN_ before `eq`: where that is one of the macros below it
 * gives two arguments, the second of which is the condition; where it is not, the condition is
 * what was written.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_PLAIN_ASSERT_H
#define WEFT_TESTS_SUPPORT_PLAIN_ASSERT_H

#include <criterion/criterion.h>

#define PLAIN_SECOND(first, second, ...) second
#define PLAIN_CONDITION(...)             PLAIN_SECOND(__VA_ARGS__, ~)
#define PLAIN_CHECK(fatal, condition, ...)                         \
    do {                                                           \
        if (!(PLAIN_CONDITION(PLAIN_##condition, condition)))      \
            plain_failed(__FILE__, __LINE__, #condition, (fatal)); \
    } while (0)
#define cr_assert(...) PLAIN_CHECK(true, __VA_ARGS__)
#define cr_expect(...) PLAIN_CHECK(false, __VA_ARGS__)

#define PLAIN_eq(type, a, b) ~, PLAIN_ORDER_##type(a, b) == 0
#define PLAIN_ne(type, a, b) ~, PLAIN_ORDER_##type(a, b) != 0
#define PLAIN_lt(type, a, b) ~, PLAIN_ORDER_##type(a, b) < 0
#define PLAIN_le(type, a, b) ~, PLAIN_ORDER_##type(a, b) <= 0
#define PLAIN_gt(type, a, b) ~, PLAIN_ORDER_##type(a, b) > 0
#define PLAIN_ge(type, a, b) ~, PLAIN_ORDER_##type(a, b) >= 0
#define PLAIN_zero(type, a)  ~, (a) == 0
#define PLAIN_not(condition) ~, !(condition)

#define PLAIN_NUMBERS(type, a, b)    \
    (__extension__({                 \
        type a_ = (a);               \
        type b_ = (b);               \
        a_<b_ ? -1 : a_> b_ ? 1 : 0; \
    }))
#define PLAIN_ORDER_int(a, b)   PLAIN_NUMBERS(int, a, b)
#define PLAIN_ORDER_uint(a, b)  PLAIN_NUMBERS(unsigned, a, b)
#define PLAIN_ORDER_long(a, b)  PLAIN_NUMBERS(long, a, b)
#define PLAIN_ORDER_ulong(a, b) PLAIN_NUMBERS(unsigned long, a, b)
#define PLAIN_ORDER_chr(a, b)   PLAIN_NUMBERS(char, a, b)
#define PLAIN_ORDER_u8(a, b)    PLAIN_NUMBERS(uint8_t, a, b)
#define PLAIN_ORDER_u16(a, b)   PLAIN_NUMBERS(uint16_t, a, b)
#define PLAIN_ORDER_u32(a, b)   PLAIN_NUMBERS(uint32_t, a, b)
#define PLAIN_ORDER_u64(a, b)   PLAIN_NUMBERS(uint64_t, a, b)
#define PLAIN_ORDER_i32(a, b)   PLAIN_NUMBERS(int32_t, a, b)
#define PLAIN_ORDER_i64(a, b)   PLAIN_NUMBERS(int64_t, a, b)
#define PLAIN_ORDER_sz(a, b)    PLAIN_NUMBERS(size_t, a, b)
#define PLAIN_ORDER_dbl(a, b)   PLAIN_NUMBERS(double, a, b)
#define PLAIN_ORDER_ptr(a, b)   PLAIN_NUMBERS(uintptr_t, (uintptr_t)(a), (uintptr_t)(b))
#define PLAIN_ORDER_str(a, b)   strcmp((a), (b))

#endif
