#include "model/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

static const char *real(double value)
{
    static char text[WEFT__REAL_ROOM + 1];

    text[weft__write_real(text, value)] = '\0';
    return text;
}

static const char *integer(int64_t value)
{
    static char text[WEFT__INTEGER_ROOM + 1];

    text[weft__write_integer(text, value)] = '\0';
    return text;
}

WEFT_TEST(number, writes_integers)
{
    char expected[32];

    cr_expect(eq(str, (char *)integer(INT64_MIN), (char *)"-9223372036854775808"));
    cr_expect(eq(str, (char *)integer(INT64_MAX), (char *)"9223372036854775807"));
    cr_expect(eq(str, (char *)integer(0), (char *)"0"));
    for (int i = 0; i < 62; i++) {
        int64_t value = (int64_t)1 << i;

        for (int64_t near = value - 2; near <= value + 1; near++) {
            snprintf(expected, sizeof(expected), "%lld", (long long)near);
            cr_expect(eq(str, (char *)integer(near), expected));
            snprintf(expected, sizeof(expected), "%lld", (long long)-near);
            cr_expect(eq(str, (char *)integer(-near), expected));
        }
    }
}

/* What Python's repr() says of the same doubles. */
static const struct {
    double value;
    const char *text;
} table[] = {
#include "reals.inc"
};

WEFT_TEST(number, writes_reals_as_short_as_can_be)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        cr_expect(eq(str, (char *)real(table[i].value), (char *)table[i].text));
}

WEFT_TEST(number, keeps_the_sign_of_zero)
{
    cr_expect(eq(str, (char *)real(-0.0), (char *)"-0.0"));
    cr_expect(eq(str, (char *)real(0.0), (char *)"0.0"));
}

/* xorshift64: the same doubles at each run. */
static double next_double(uint64_t *state)
{
    double value;

    do {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        memcpy(&value, state, sizeof(value));
    } while (!isfinite(value));
    return value;
}

static void expect_round_trip(double value)
{
    double back = strtod(real(value), NULL);

    if (memcmp(&back, &value, sizeof(value)) != 0)
        cr_expect(false, "%a became %a by %s", value, back, real(value));
}

/* No decimal with one digit less may read back. */
static void expect_shortest(double value)
{
    char text[64];
    int digits = 0;

    for (const char *at = real(value); *at != '\0' && *at != 'e'; at++)
        digits += *at >= '0' && *at <= '9' && (digits > 0 || *at != '0');
    if (digits < 2 || strchr(real(value), 'e') == NULL)
        return; /* zeros before the point are no digits of it */
    snprintf(text, sizeof(text), "%.*e", digits - 2, value);
    if (strtod(text, NULL) == value)
        cr_expect(false, "%s is longer than %s", real(value), text);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

WEFT_TEST(number, random_reals_come_back)
{
    double end = seconds() + 2;
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

    for (int i = 0; i < 2000000 && (i % 1000 != 0 || seconds() < end); i++) {
        double value = next_double(&state);

        expect_round_trip(value);
        if (i % 4 == 0)
            expect_shortest(value);
    }
}

WEFT_TEST(number, random_subnormals_come_back)
{
    uint64_t state = UINT64_C(0x2545f4914f6cdd1d);

    for (int i = 0; i < 5000; i++) {
        uint64_t fraction = (next_double(&state), state) >> (12 + i % 52);
        double value;

        memcpy(&value, &fraction, sizeof(value));
        expect_round_trip(value);
        expect_shortest(value);
    }
}

WEFT_TEST(number, random_decimals_keep_their_text)
{
    uint64_t state = UINT64_C(0xd1342543de82ef95);

    for (int i = 0; i < 200000; i++) {
        uint64_t whole = (next_double(&state), state >> 44);
        char text[48];

        snprintf(text, sizeof(text), "%llu.%03u5", (unsigned long long)whole,
                 (unsigned)(state % 1000));
        cr_expect(eq(str, (char *)real(strtod(text, NULL)), text));
    }
}
