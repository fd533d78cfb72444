/*
 * http/find.h - searches in runs of bytes, sixteen at a time where the machine can.
 *
 * Each returns a pointer to the first byte looked for, or `end`; none reads at or behind
 * `end`.  They are inline because most runs in a head are shorter than the cost of a call.
 *
 * With SSE2 a search is a judge, which marks the bytes looked for among sixteen, and a walk
 * that gives it 16, then 8, then 4 bytes at a time; at most three are left for the loop that
 * also serves other machines.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_FIND_H
#define WEFT_HTTP_FIND_H

#include <stddef.h>
#include <string.h>

#include "http/chars.h"

#ifdef __SSE2__
#include <emmintrin.h>

#define WEFT__INLINE static inline __attribute__((always_inline))

/* A bit for each byte that is looked for. */
typedef unsigned weft__judge(__m128i bytes, char wanted);

/* The first byte that `judge` marks, or one of the last three before `end`. */
WEFT__INLINE const char *weft__find_wide(const char *at, const char *end, weft__judge *judge,
                                         char wanted)
{
    unsigned found;

    for (; end - at >= 16; at += 16) {
        found = judge(_mm_loadu_si128((const __m128i *)(const void *)at), wanted);
        if (found != 0)
            return at + __builtin_ctz(found);
    }
    if (end - at >= 8) {
        found = judge(_mm_loadl_epi64((const __m128i *)(const void *)at), wanted) & 0xff;
        if (found != 0)
            return at + __builtin_ctz(found);
        at += 8;
    }
    if (end - at >= 4) {
        int four;

        memcpy(&four, at, sizeof(four));
        found = judge(_mm_cvtsi32_si128(four), wanted) & 0xf;
        if (found != 0)
            return at + __builtin_ctz(found);
        at += 4;
    }
    return at;
}

WEFT__INLINE unsigned weft__judge_equal(__m128i bytes, char wanted)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted)));
}

WEFT__INLINE unsigned weft__judge_control(__m128i bytes, char wanted)
{
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));

    (void)wanted;
    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_andnot_si128(tab, low), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f))));
}

/* Letters, digits and '-' make up nearly every name; the other token characters are marked, and
 * looked at one by one. */
WEFT__INLINE unsigned weft__judge_name_end(__m128i bytes, char wanted)
{
    __m128i letters =
        _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    __m128i good =
        _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8(25)), letters),
                     _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits));

    (void)wanted;
    good = _mm_or_si128(good, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    return ~(unsigned)_mm_movemask_epi8(good) & 0xffff;
}

WEFT__INLINE unsigned weft__judge_unreserved_end(__m128i bytes, char wanted)
{
    return weft__judge_name_end(bytes, wanted) & ~weft__judge_equal(bytes, '.');
}

/* Compared as signed numbers, bytes from 0x80 on are below 0x21 as well. */
WEFT__INLINE unsigned weft__judge_target_end(__m128i bytes, char wanted)
{
    __m128i bad = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21)),
                               _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));

    (void)wanted;
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')));
    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(bad, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
}

#define WEFT__FIND_WIDE(at, end, judge, wanted) weft__find_wide((at), (end), (judge), (wanted))
#else
#define WEFT__FIND_WIDE(at, end, judge, wanted) (at)
#endif

/* The first `wanted`. */
static inline const char *weft__find(const char *at, const char *end, char wanted)
{
    at = WEFT__FIND_WIDE(at, end, weft__judge_equal, wanted);
    while (at < end && *at != wanted)
        at++;
    return at;
}

/* The first byte that a field value may not hold: a control character but HTAB. */
static inline const char *weft__find_control(const char *at, const char *end)
{
    at = WEFT__FIND_WIDE(at, end, weft__judge_control, '\0');
    while (at < end && weft__char_is_text(*at))
        at++;
    return at;
}

/* The first byte that is no token character. */
static inline const char *weft__find_token_end(const char *at, const char *end)
{
    at = WEFT__FIND_WIDE(at, end, weft__judge_name_end, '\0');
    while (at < end && weft__char_is(*at, WEFT__CHAR_TOKEN))
        at++;
    return at;
}

/* The first byte that is none of the unreserved characters of RFC 3986, 2.3. */
static inline const char *weft__find_unreserved_end(const char *at, const char *end)
{
    at = WEFT__FIND_WIDE(at, end, weft__judge_unreserved_end, '\0');
    while (at < end && weft__char_is(*at, WEFT__CHAR_UNRESERVED))
        at++;
    return at;
}

/* The first byte that is no visible ASCII character, or is '#' or a backslash. */
static inline const char *weft__find_target_end(const char *at, const char *end)
{
    at = WEFT__FIND_WIDE(at, end, weft__judge_target_end, '\0');
    while (at < end && weft__char_is_visible(*at) && *at != '#' && *at != '\\')
        at++;
    return at;
}

#endif
