/*
 * web/segment.c - values of path parameters.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/segment.h"

#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLOAT_LENGTH_MAX = 63,
    UUID_LENGTH = 36,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool read_int(const char *text, size_t length, int64_t *ret)
{
    bool negative = length > 0 && *text == '-';
    int64_t value = 0;

    if (length == (negative ? 1u : 0u))
        return false;
    for (size_t i = negative; i < length; i++) {
        int digit = text[i] - '0';

        if (!is_digit(text[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) /* the negative range is larger */
            return false;
    }
    return negative ? (*ret = value, true) : !__builtin_sub_overflow(0, value, ret);
}

/* How many digits stand at `text`. */
static size_t digits(const char *text, size_t length)
{
    size_t count = 0;

    while (count < length && is_digit(text[count]))
        count++;
    return count;
}

static bool float_syntax_ok(const char *text, size_t length)
{
    const char *end = text + length;
    size_t count;

    text += text < end && *text == '-';
    count = digits(text, (size_t)(end - text));
    text += count;
    if (count == 0)
        return false;
    if (text < end && *text == '.') {
        count = digits(text + 1, (size_t)(end - text - 1));
        text += 1 + count;
        if (count == 0)
            return false;
    }
    if (text < end && (*text == 'e' || *text == 'E')) {
        text++;
        text += text < end && (*text == '-' || *text == '+');
        count = digits(text, (size_t)(end - text));
        text += count;
        if (count == 0)
            return false;
    }
    return text == end;
}

/* The locale "C", made once for all threads; 0 when memory is out. */
static locale_t c_locale(void)
{
    static _Atomic(locale_t) shared;
    locale_t there = atomic_load(&shared);
    locale_t made;

    if (there != (locale_t)0)
        return there;
    made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (made == (locale_t)0 || atomic_compare_exchange_strong(&shared, &there, made))
        return made;
    freelocale(made); /* another thread was faster */
    return there;
}

/* strtod() without the program's locale, which may have a comma for a point. */
static double read_double(const char *text)
{
    locale_t locale = c_locale();

    return locale == (locale_t)0 ? NAN : strtod_l(text, NULL, locale);
}

bool weft__segment_float(const char *text, size_t length, double *ret)
{
    char copy[FLOAT_LENGTH_MAX + 1];

    if (length > FLOAT_LENGTH_MAX || !float_syntax_ok(text, length))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *ret = read_double(copy);
    return isfinite(*ret);
}

bool weft__segment_uuid(const char *text, size_t length)
{
    if (length != UUID_LENGTH)
        return false;
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return true;
}

/* Whether "." or ".." stands between separators or encoded slashes. */
static bool has_dots(const char *text, size_t length, char separator)
{
    size_t begin = 0;

    if (memchr(text, '.', length) == NULL)
        return false;
    for (size_t i = 0; i <= length; i++) {
        size_t piece = i - begin;

        if (i < length && text[i] != separator && text[i] != '/')
            continue;
        if (piece > 0 && piece <= 2 && memcmp(text + begin, "..", piece) == 0)
            return true;
        begin = i + 1;
    }
    return false;
}

bool weft__segment_accept(enum weft__segment_type type, char separator,
                          struct weft__capture *capture)
{
    const char *text = capture->text;
    size_t length = capture->length;

    switch (type) {
    case WEFT__SEGMENT_INT:
        return read_int(text, length, &capture->integer);
    case WEFT__SEGMENT_FLOAT:
        return weft__segment_float(text, length, &capture->real);
    case WEFT__SEGMENT_UUID:
        return weft__segment_uuid(text, length);
    case WEFT__SEGMENT_STR:
        return length > 0 && !has_dots(text, length, separator);
    case WEFT__SEGMENT_PATH:
        return length == 0 ||
               (*text != separator && *text != '/' && !has_dots(text, length, separator));
    case WEFT__SEGMENT_LITERAL:
        break;
    }
    return false;
}
