/*
 * http/find.h - searches in runs of bytes, sixteen at a time where the machine can.
 *
 * Each returns a pointer to the first byte looked for, or `end`; none reads at or behind
 * `end`.  They are inline because most runs in a head are shorter than the cost of a call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_FIND_H
#define WEFT_HTTP_FIND_H

#include <stddef.h>

#include "http/chars.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first `wanted`. */
static inline const char *weft__find(const char *at, const char *end, char wanted)
{
#ifdef __SSE2__
    const __m128i needle = _mm_set1_epi8(wanted);

    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle));

        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
    }
#endif
    while (at < end && *at != wanted)
        at++;
    return at;
}

/* The first byte that a field value may not hold: a control character but HTAB. */
static inline const char *weft__find_control(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i space = _mm_set1_epi8(0x1f);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i delete = _mm_set1_epi8(0x7f);

    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, space), bytes);
        __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low),
                                   _mm_cmpeq_epi8(bytes, delete));
        int mask = _mm_movemask_epi8(bad);

        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
    }
#endif
    while (at < end && weft__char_is_text(*at))
        at++;
    return at;
}

/* The first byte that is no token character. */
static inline const char *weft__find_token_end(const char *at, const char *end)
{
#ifdef __SSE2__
    /* Letters, digits and '-' make up nearly every name; the loop below takes the others. */
    const __m128i lower = _mm_set1_epi8(0x20);
    const __m128i dash = _mm_set1_epi8('-');

    if (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i letters = _mm_sub_epi8(_mm_or_si128(bytes, lower), _mm_set1_epi8('a'));
        __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        __m128i good = _mm_or_si128(
            _mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8(25)), letters),
            _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits),
                         _mm_cmpeq_epi8(bytes, dash)));

        at += __builtin_ctz(~(unsigned)_mm_movemask_epi8(good));
    }
#endif
    while (at < end && weft__char_is(*at, WEFT__CHAR_TOKEN))
        at++;
    return at;
}

/* The first byte that is no visible ASCII character, or is '#' or a backslash. */
static inline const char *weft__find_target_end(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8(0x21);
    const __m128i delete = _mm_set1_epi8(0x7f);
    const __m128i hash = _mm_set1_epi8('#');
    const __m128i backslash = _mm_set1_epi8('\\');

    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        /* Compared as signed numbers, bytes from 0x80 on are below 0x21 as well. */
        __m128i bad = _mm_or_si128(_mm_cmplt_epi8(bytes, first), _mm_cmpeq_epi8(bytes, delete));

        bad = _mm_or_si128(
            bad, _mm_or_si128(_mm_cmpeq_epi8(bytes, hash), _mm_cmpeq_epi8(bytes, backslash)));
        int mask = _mm_movemask_epi8(bad);

        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
    }
#endif
    while (at < end && weft__char_is_visible(*at) && *at != '#' && *at != '\\')
        at++;
    return at;
}

#endif
