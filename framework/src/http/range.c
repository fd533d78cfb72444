/*
 * http/range.c - see range.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/range.h"

#include <stdbool.h>

#include "http/chars.h"
#include "http/find.h"
#include "http/write.h"

/* Read digits, at least one; what exceeds 64 bits becomes UINT64_MAX.  Where they end; NULL
 * without any. */
static const char *read_number(const char *at, const char *end, uint64_t *ret_number)
{
    const char *from = at;
    uint64_t number = 0;

    for (; at < end && weft__char_is(*at, WEFT__CHAR_DIGIT); at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
            number = UINT64_MAX; /* and it stays so: ten times it overflows */
    }
    *ret_number = number;
    return at == from ? NULL : at;
}

/* One range-spec: 1 with a range, 0 when it cannot be satisfied, -1 when it is malformed. */
static int read_spec(const char *at, const char *end, uint64_t size, struct weft__range *range)
{
    uint64_t first = 0;
    uint64_t last = UINT64_MAX;
    bool suffix = *at == '-';

    if (!suffix)
        at = read_number(at, end, &first);
    if (at == NULL || at == end || *at++ != '-')
        return -1;
    if (at < end || suffix)
        at = read_number(at, end, &last);
    if (at != end || (!suffix && last < first))
        return -1;
    if (suffix ? last == 0 : first >= size)
        return 0;
    if (suffix)
        first = last < size ? size - last : 0;
    *range = (struct weft__range){ first, suffix || last >= size ? size - 1 : last };
    return 1;
}

/* Whether they overlap or touch; no `last` is UINT64_MAX, since sizes are not larger. */
static bool meet(const struct weft__range *a, const struct weft__range *b)
{
    return a->first <= b->last + 1 && b->first <= a->last + 1;
}

/* Add a range to `count` others of which no two meet; how many there are then. */
static int add(struct weft__range *ranges, int count, struct weft__range range)
{
    int place = count; /* of the first that it has taken in, and then its own */

    for (int i = 0; i < count;) {
        if (!meet(&ranges[i], &range)) {
            i++;
            continue;
        }
        if (ranges[i].first < range.first)
            range.first = ranges[i].first;
        if (ranges[i].last > range.last)
            range.last = ranges[i].last;
        if (i < place)
            place = i;
        memmove(ranges + i, ranges + i + 1, (size_t)(--count - i) * sizeof(*ranges));
        i = 0; /* it has grown, and may meet those before */
    }
    if (place > count)
        place = count;
    memmove(ranges + place + 1, ranges + place, (size_t)(count - place) * sizeof(*ranges));
    ranges[place] = range;
    return count + 1;
}

/* The list behind "bytes=". */
static int read_set(struct weft__range *ranges, const char *at, const char *end, uint64_t size)
{
    int count = 0;
    int specs = 0;

    for (const char *next; at <= end; at = next + 1) {
        const char *last = next = weft__find(at, end, ',');
        struct weft__range range;
        int rc;

        while (at < last && weft__char_is_space(*at))
            at++;
        while (last > at && weft__char_is_space(last[-1]))
            last--;
        if (at == last)
            continue; /* empty elements count for nothing (RFC 9110, 5.6.1.2) */
        rc = read_spec(at, last, size, &range);
        if (rc < 0 || ++specs > WEFT__RANGES_MAX)
            return 0;
        if (rc > 0 && size > 0)
            count = add(ranges, count, range);
        else if (rc > 0)
            return 0; /* the end of nothing: the whole of it says the same */
    }
    return specs > 0 && count == 0 ? -416 : count;
}

int weft__ranges_parse(struct weft__range *ret_ranges, const char *text, size_t length,
                       uint64_t size)
{
    static const char unit[] = "bytes=";
    const size_t unit_length = sizeof(unit) - 1;

    if (length < unit_length || !weft__lower_equal(text, "bytes", unit_length - 1) ||
        text[unit_length - 1] != '=')
        return 0;
    return read_set(ret_ranges, text + unit_length, text + length, size);
}

size_t weft__content_range(char *to, const struct weft__range *range, uint64_t size)
{
    char *at = to;

    memcpy(at, "bytes ", 6);
    at += 6;
    if (range != NULL) {
        at += weft__decimal(at, range->first);
        *at++ = '-';
        at += weft__decimal(at, range->last);
    } else {
        *at++ = '*';
    }
    *at++ = '/';
    at += weft__decimal(at, size);
    *at = '\0';
    return (size_t)(at - to);
}
