/*
 * Byte ranges.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/range.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

/* What a field comes to, as "first-last" lists, "416", or "" where it is ignored. */
static void expect(const char *field, uint64_t size, const char *want)
{
    struct weft__range ranges[WEFT__RANGES_MAX];
    char text[4096] = "";
    size_t at = 0;
    int count = weft__ranges_parse(ranges, field, strlen(field), size);

    if (count == -416)
        at = (size_t)snprintf(text, sizeof(text), "416");
    for (int i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%" PRIu64 "-%" PRIu64,
                               i > 0 ? "," : "", ranges[i].first, ranges[i].last);
    cr_expect(eq(str, text, (char *)want), "%s of %" PRIu64, field, size);
}

WEFT_TEST(range, of_one_kind_each)
{
    expect("bytes=0-0", 10, "0-0");
    expect("bytes=0-9", 10, "0-9");
    expect("bytes=0-10", 10, "0-9");
    expect("bytes=9-", 10, "9-9");
    expect("bytes=10-", 10, "416");
    expect("bytes=10-11", 10, "416");
    expect("bytes=3-", 10, "3-9");
    expect("bytes=-1", 10, "9-9");
    expect("bytes=-10", 10, "0-9");
    expect("bytes=-11", 10, "0-9");
    expect("bytes=-0", 10, "416");
    expect("BYTES=1-2", 10, "1-2");
    expect("bytes=01-002", 10, "1-2");
}

WEFT_TEST(range, of_large_numbers)
{
    expect("bytes=0-18446744073709551615", 10, "0-9");
    expect("bytes=0-18446744073709551616", 10, "0-9");
    expect("bytes=0-99999999999999999999999999999999999999999", 10, "0-9");
    expect("bytes=18446744073709551616-", 10, "416");
    expect("bytes=-99999999999999999999999999999999999999999", 10, "0-9");
    expect("bytes=4294967296-4294967297", UINT64_C(8589934592), "4294967296-4294967297");
    expect("bytes=-1", INT64_MAX, "9223372036854775806-9223372036854775806");
}

WEFT_TEST(range, that_is_malformed_is_ignored)
{
    static const char *const fields[] = {
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes= ,, ",
        "bytes=a",
        "bytes=-",
        "bytes=1",
        "bytes=2-1",
        "bytes=1-2-3",
        "bytes=1--2",
        "bytes= - ",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes =1-2",
        "bytes:1-2",
        "lines=1-2",
        "bytes=0x1-2",
        "bytes=+1-2",
        "bytes=1-2;3",
        "bytes=1-2,x",
        "bytes=x,1-2",
        "byte=1-2",
        "bytess=1-2",
        "bytes=1-2 3-4",
        "bytes=--1",
        "bytes=1.5-2",
        "none",
        " bytes=0-1",
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        expect(fields[i], 10, "");
}

WEFT_TEST(range, several_are_merged_where_they_meet)
{
    expect("bytes=0-1,4-5", 10, "0-1,4-5");
    expect("bytes=4-5,0-1", 10, "4-5,0-1");
    expect("bytes=0-1, 1-2", 10, "0-2");
    expect("bytes=0-1,2-3", 10, "0-3");
    expect("bytes=2-3,0-1", 10, "0-3");
    expect("bytes=0-0,2-2,1-1", 10, "0-2");
    expect("bytes=8-9,0-0,2-2,1-1", 10, "8-9,0-2");
    expect("bytes=0-0,4-4,8-8,3-9", 10, "0-0,3-9");
    expect("bytes=6-6,0-0,8-8,1-5", 10, "0-6,8-8");
    expect("bytes=0-,5-6", 10, "0-9");
    expect("bytes=0-0,-1", 10, "0-0,9-9");
    expect("bytes=,0-0 ,\t, 9-9,", 10, "0-0,9-9");
    expect("bytes=20-30,0-0", 10, "0-0");
    expect("bytes=20-30,40-", 10, "416");
    expect("bytes=20-30,-0", 10, "416");
}

WEFT_TEST(range, of_an_empty_representation)
{
    expect("bytes=0-", 0, "416");
    expect("bytes=0-0", 0, "416");
    expect("bytes=-1", 0, "");
    expect("bytes=-0", 0, "416");
}

WEFT_TEST(range, more_than_the_limit_are_ignored)
{
    char field[2000] = "bytes=";
    struct weft__range ranges[WEFT__RANGES_MAX];

    for (int i = 0; i < WEFT__RANGES_MAX - 1; i++)
        snprintf(field + strlen(field), 20, "%d-%d,", i * 2, i * 2);
    cr_expect(
        eq(int, weft__ranges_parse(ranges, field, strlen(field), 1000), WEFT__RANGES_MAX - 1));
    snprintf(field + strlen(field), 20, "900-,");
    cr_expect(
        eq(int, weft__ranges_parse(ranges, field, strlen(field), 1000), WEFT__RANGES_MAX));
    snprintf(field + strlen(field), 20, "901-");
    cr_expect(zero(int, weft__ranges_parse(ranges, field, strlen(field), 1000)));
}

WEFT_TEST(range, content_range_is_written)
{
    char text[WEFT__CONTENT_RANGE_ROOM];
    struct weft__range all = { 0, UINT64_MAX - 1 };

    cr_expect(eq(sz, weft__content_range(text, &(struct weft__range){ 1, 2 }, 10), 12));
    cr_expect(eq(str, text, (char *)"bytes 1-2/10"));
    weft__content_range(text, NULL, 10);
    cr_expect(eq(str, text, (char *)"bytes */10"));
    weft__content_range(text, &all, UINT64_MAX);
    cr_expect(eq(str, text, (char *)"bytes 0-18446744073709551614/18446744073709551615"));
}
