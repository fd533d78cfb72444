/*
 * What a tree is said to take, and what jansson takes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "model/json.h"
#include "model/json_scan.h"
#include "test.h"

enum { TEXT_MAX = 4 << 20 };

static size_t taken; /* by jansson, malloc()'s headers included */
static size_t most;
static long allocations_left;

/* As glibc has it: sanitizers call no more than what was asked for usable. */
static size_t chunk_of(void *block)
{
    size_t chunk = (malloc_usable_size(block) + sizeof(size_t) + 15) / 16 * 16;

    return chunk > 32 ? chunk : 32;
}

static void *counting_malloc(size_t size)
{
    void *block = allocations_left-- > 0 ? malloc(size) : NULL;

    if (block == NULL)
        return NULL;
    taken += chunk_of(block);
    most = taken > most ? taken : most;
    return block;
}

static void counting_free(void *block)
{
    if (block != NULL)
        taken -= chunk_of(block);
    free(block);
}

static struct weft__budget budget;
static struct weft__json_charge charge;

static void start(size_t max)
{
    json_set_alloc_funcs(counting_malloc, counting_free);
    budget = (struct weft__budget){ .max = max };
    charge = (struct weft__json_charge){ .budget = &budget };
    taken = most = 0;
    allocations_left = INT32_MAX;
}

static int parse(const char *text, json_t **tree)
{
    const struct weft__json_limits limits = { .charge = &charge };

    return weft__json_parse(tree, text, strlen(text), &limits, NULL);
}

/* Nothing is taken, and nothing charged. */
static void expect_nothing(void)
{
    cr_expect(zero(sz, taken));
    cr_expect(zero(sz, budget.used));
    cr_expect(zero(sz, charge.bytes));
}

/* The least budget with which it is to be taken. */
static size_t least_for(const char *text)
{
    struct weft__json_cost cost = { 0 };
    size_t offset;

    cr_assert(weft__json_survey(text, strlen(text), 64, &offset, &cost));
    return cost.tree + cost.parsing;
}

/* No less than it takes, while it is made and then, and not many times that. */
static void expect_covered(const char *text)
{
    json_t *tree = NULL;

    start(SIZE_MAX / 2);
    cr_assert(zero(int, parse(text, &tree)), "%.40s", text);
    cr_expect(eq(sz, budget.used, charge.bytes));
    cr_expect(ge(sz, charge.bytes, taken), "%.40s", text);
    cr_expect(le(sz, charge.bytes, 3 * taken + 200 + strlen(text)), "%.40s", text);
    json_decref(tree);
    weft__json_charge_done(&charge);
    expect_nothing();
}

static void expect_peak_covered(const char *text)
{
    size_t least = least_for(text);
    json_t *tree = NULL;

    start(least - 1);
    cr_expect(eq(int, parse(text, &tree), UV_ENOMEM));
    cr_expect(zero(sz, most), "it is refused before anything is made");
    cr_expect(budget.refused);
    expect_nothing();
    start(least);
    cr_assert(zero(int, parse(text, &tree)));
    cr_expect(ge(sz, least, most), "%.40s", text);
    json_decref(tree);
    weft__json_charge_done(&charge);
    expect_nothing();
}

/* `count` times `element`, where %d is a number of its own, within a pair of brackets. */
static const char *row(char *text, const char *brackets, const char *element, int count)
{
    char *at = text;

    *at++ = brackets[0];
    for (int i = 0; i < count; i++) {
        const char *number = strstr(element, "%d");

        if (i > 0)
            *at++ = ',';
        if (number == NULL)
            at += sprintf(at, "%s", element);
        else
            at += sprintf(at, "%.*s%07d%s", (int)(number - element), element, i, number + 2);
    }
    *at++ = brackets[1];
    *at = '\0';
    return text;
}

static const struct {
    const char *brackets;
    const char *element;
} rows[] = {
    { "[]", "{}" },
    { "[]", "[]" },
    { "[]", "0" },
    { "[]", "-1.5e3" },
    { "[]", "null" },
    { "[]", "\"\"" },
    { "[]", "\"a text of 25 characters.\"" },
    { "[]", "\"\\u00e9\\\"\"" },
    { "[]", "{\"a\":{}}" },
    { "[]", "[[[[]]]]" },
    { "[]", "{\"a\":1,\"b\":[true,\"text\"]}" },
    { "{}", "\"%d\":true" },
    { "{}", "\"%d and on, for more than a small block has\" : {}" },
    { "{}", "\"%d\":[1,2,3,4,5,6,7,8,9]" },
};

static const int counts[] = { 0, 1, 2, 7, 8, 9, 15, 16, 17, 33, 129, 1025, 4097 };

WEFT_TEST(json_cost, covers_what_jansson_takes)
{
    char *text = malloc(TEXT_MAX);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++)
            expect_covered(row(text, rows[i].brackets, rows[i].element, counts[j]));
    }
    free(text);
    json_set_alloc_funcs(malloc, free);
}

WEFT_TEST(json_cost, covers_what_jansson_takes_on_its_way)
{
    char *text = malloc(TEXT_MAX);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]) - 2; j++)
            expect_peak_covered(row(text, rows[i].brackets, rows[i].element, counts[j]));
    }
    free(text);
    json_set_alloc_funcs(malloc, free);
}

WEFT_TEST(json_cost, covers_scalars_and_long_strings)
{
    static const char *const scalars[] = { "1", " -0.5 ", "true", "\"\"", "\"a\"" };
    static const int lengths[] = { 7, 8, 15, 16, 17, 1000, 131071, 131072, 1000000 };
    char *text = malloc(TEXT_MAX);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
        expect_peak_covered(scalars[i]);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        snprintf(text, TEXT_MAX, "\"%0*d\"", lengths[i], 0);
        expect_covered(text);
        expect_peak_covered(text);
        snprintf(text, TEXT_MAX, "{\"%0*d\":null}", lengths[i], 0);
        expect_peak_covered(text);
    }
    free(text);
    json_set_alloc_funcs(malloc, free);
}

/* What is no JSON makes jansson take memory as well, up to where it says so. */
WEFT_TEST(json_cost, of_what_is_refused_is_given_back)
{
    static const char *const texts[] = {
        "",      "[1,2,{}",  "[{},{},nul]", "\"no end",      "{\"a\":1,",  "]]]]",
        "[] []", "[1 2]",    "{\"a\"}",     "\xff",          "[\"\xff\"]", "{\"a\":1,\"a\":2}",
        "1e999", "{}\"more", "[0x10]",      "\xef\xbb\xbf[]"
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *tree = NULL;

        start(20000);
        cr_expect(eq(int, parse(texts[i], &tree), WEFT_EPROTO), "%s", texts[i]);
        cr_expect(le(sz, most, 3000));
        expect_nothing();
    }
    json_set_alloc_funcs(malloc, free);
}

/* What is plainly no JSON is told so, however much a tree of its signs would take. */
WEFT_TEST(json_cost, ends_where_the_text_is_no_json)
{
    static const char *const pieces[] = { "1,2\n",  "{}\n",      "[],", "a,{}",
                                          "[x,{},", "\"a\",1\n", ",",   "}{" };
    char *text = malloc(TEXT_MAX);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        char *at = text;
        json_t *tree = NULL;

        for (int j = 0; j < 10000; j++)
            at += sprintf(at, "%s", pieces[i]);
        start(2000);
        cr_expect(eq(int, parse(text, &tree), WEFT_EPROTO), "%s", pieces[i]);
        cr_expect(le(sz, most, 2000));
        expect_nothing();
    }
    free(text);
    json_set_alloc_funcs(malloc, free);
}

WEFT_TEST(json_cost, of_a_long_token_that_is_none_is_covered)
{
    static const char bytes[] = { '1', 'a', '"' };
    char *text = malloc(TEXT_MAX);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        json_t *tree = NULL;

        memset(text, bytes[i] == '"' ? ' ' : bytes[i], 300000);
        text[0] = bytes[i];
        text[300000] = '\0';
        start(300000 * 3 + 300000 * 2);
        cr_expect(eq(int, parse(text, &tree), WEFT_EPROTO));
        cr_expect(le(sz, most, 300000 * 3 + 1000));
        expect_nothing();
        start(most / 2);
        cr_expect(eq(int, parse(text, &tree), UV_ENOMEM));
        expect_nothing();
    }
    free(text);
    json_set_alloc_funcs(malloc, free);
}

WEFT_TEST(json_cost, is_given_back_when_memory_is_out)
{
    const char text[] = "{\"key\": [1, 2.5, \"text \\u00e9\", {\"a\": null}], \"b\": [[[[]]]]}";
    json_t *tree = NULL;
    long count = 0;
    int rc;

    do {
        start(20000);
        allocations_left = count++;
        rc = parse(text, &tree);
        cr_expect(rc == 0 || rc == UV_ENOMEM, "%d", rc);
        if (rc < 0)
            expect_nothing();
    } while (rc < 0 && count < 1000);
    cr_expect(zero(int, rc));
    cr_expect(gt(long, count, 10));
    json_decref(tree);
    weft__json_charge_done(&charge);
    expect_nothing();
    json_set_alloc_funcs(malloc, free);
}

WEFT_TEST(json_cost, counts_for_all_budgets_above)
{
    struct weft__budget process = { .max = 100000 };
    json_t *tree = NULL;

    start(SIZE_MAX / 2);
    budget.parent = &process;
    cr_assert(zero(int, parse("[{},{}]", &tree)));
    cr_expect(eq(sz, process.used, charge.bytes));
    json_decref(tree);
    weft__json_charge_done(&charge);
    weft__json_charge_done(&charge); /* once more changes nothing */
    expect_nothing();
    cr_expect(zero(sz, process.used));
    process.max = 500;
    cr_expect(eq(int, parse("[{},{}]", &tree), UV_ENOMEM));
    expect_nothing();
    json_set_alloc_funcs(malloc, free);
}
