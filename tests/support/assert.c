/*
 * support/assert.c - what the assertions compare, and what they say; see
 * criterion/new/assert.h.
 *
 * Nothing is allocated: tests assert while their allocations are made to fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What was compared last; it is put into words only when it does not hold. */
static __thread struct {
    enum { NOTHING, SIGNED, UNSIGNED, REAL, POINTER, TEXT } kind;
    union value {
        long long number;
        unsigned long long size;
        double real;
        uintptr_t pointer;
        const char *text;
    } a, b;
} last;

void test_begins(void)
{
    last.kind = NOTHING;
}

#define ORDER(kind_, member, a_, b_)                                  \
    (last.kind = (kind_), last.a.member = (a_), last.b.member = (b_), \
     ((a_) > (b_)) - ((a_) < (b_)))

int test_order_signed(long long a, long long b)
{
    return ORDER(SIGNED, number, a, b);
}

int test_order_unsigned(unsigned long long a, unsigned long long b)
{
    return ORDER(UNSIGNED, size, a, b);
}

int test_order_real(double a, double b)
{
    return ORDER(REAL, real, a, b);
}

int test_order_pointer(uintptr_t a, uintptr_t b)
{
    return ORDER(POINTER, pointer, a, b);
}

int test_order_text(const char *a, const char *b)
{
    last.kind = TEXT;
    last.a.text = a;
    last.b.text = b;
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int say_value(char *out, size_t size, const union value *value)
{
    switch (last.kind) {
    case SIGNED:
        return snprintf(out, size, "%lld", value->number);
    case UNSIGNED:
        return snprintf(out, size, "%llu", value->size);
    case REAL:
        return snprintf(out, size, "%.17g", value->real);
    case POINTER:
        return snprintf(out, size, "%#" PRIxPTR, value->pointer);
    case TEXT:
        return value->text == NULL ? snprintf(out, size, "NULL")
                                   : snprintf(out, size, "\"%.500s\"", value->text);
    default:
        return 0;
    }
}

void test_does_not_hold(bool fatal, const char *file, unsigned line, const char *condition,
                        const char *format, ...)
{
    char message[2000], a[520], b[520], more[400];
    va_list args;

    va_start(args, format);
    vsnprintf(more, sizeof(more), format, args);
    va_end(args);
    if (last.kind == NOTHING) {
        snprintf(message, sizeof(message), "%s does not hold%s", condition, more);
    } else {
        say_value(a, sizeof(a), &last.a);
        say_value(b, sizeof(b), &last.b);
        snprintf(message, sizeof(message), "%s does not hold: %s, %s%s", condition, a, b, more);
    }
    test_report(fatal, file, line, message);
}
