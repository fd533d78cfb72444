/*
 * Header fields and lists of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "failalloc.h"
#include "test.h"

static int add(struct weft__fields *fields, struct weft__arena *arena, const char *name,
               const char *value)
{
    return weft__fields_add(fields, arena, name, strlen(name), value, strlen(value));
}

static int set(struct weft__fields *fields, struct weft__arena *arena, const char *name,
               const char *value)
{
    return weft__fields_set(fields, arena, name, strlen(name), value, strlen(value));
}

static const char *get(const struct weft__fields *fields, const char *name)
{
    const struct weft__field *field = weft__fields_get(fields, name, strlen(name));

    return field != NULL ? field->value : "(absent)";
}

/* The whole list in one text. */
static const char *dump(const struct weft__fields *fields)
{
    static char text[500];

    text[0] = '\0';
    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *field = &fields->items[i];
        size_t used = strlen(text);

        cr_expect(eq(sz, strlen(field->name), field->name_length));
        cr_expect(eq(sz, strlen(field->value), field->value_length));
        snprintf(text + used, sizeof(text) - used, "%s=%s;", field->name, field->value);
    }
    return text;
}

WEFT_TEST(field, name_is_a_token)
{
    for (int c = 0; c < 256; c++) {
        char name[] = { 'a', (char)c, 'b', '\0' };
        bool token =
            c != 0 && c < 0x7f && (c > 0x20) && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;

        cr_expect(eq(int, weft__field_name_ok(name, 3), token), "%d", c);
    }
    cr_expect(not(weft__field_name_ok("", 0)));
}

WEFT_TEST(field, value_holds_no_control_characters)
{
    for (int c = 0; c < 256; c++) {
        for (size_t at = 1; at < 39; at++) {
            char value[41];

            memset(value, 'x', sizeof(value));
            value[at] = (char)c;
            cr_expect(
                eq(int, weft__field_value_ok(value, 40), c == '\t' || (c >= 0x20 && c != 0x7f)),
                "%d at %zu", c, at);
        }
    }
    cr_expect(weft__field_value_ok("", 0));
    cr_expect(not(weft__field_value_ok(" a", 2)));
    cr_expect(not(weft__field_value_ok("a\t", 2)));
}

WEFT_TEST(field, names_compare_without_case)
{
    cr_expect(weft__field_name_equal("Content-Type", 12, "cONTENT-tYPE", 12));
    cr_expect(not(weft__field_name_equal("a", 1, "ab", 2)));
    cr_expect(not(weft__field_name_equal("^", 1, "~", 1)));
    cr_expect(not(weft__field_name_equal("a_b", 3, "a-b", 3)));
}

WEFT_TEST(field, finds_tokens_in_lists)
{
    static const struct {
        const char *value;
        bool found;
    } cases[] = {
        { "gzip", true },    { "br, GZip", true }, { ",,gzip\t,", true }, { "", false },
        { "gzip2", false },  { "xgzip", false },   { "g, zip", false },   { "gzip;q=1", false },
        { "a,b ,c", false }, { " gzip ", true },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(int, weft__field_has_token(cases[i].value, strlen(cases[i].value), "gzip"),
                     cases[i].found),
                  "%s", cases[i].value);
}

WEFT_TEST(fields, are_added_set_and_removed)
{
    struct weft__arena arena;
    struct weft__fields fields = { 0 };

    weft__arena_init(&arena, 512);
    cr_expect(eq(str, (char *)get(&fields, "a"), (char *)"(absent)"));
    cr_expect(zero(uint, weft__fields_remove(&fields, "a", 1)));
    cr_assert(zero(int, add(&fields, &arena, "Vary", "a")));
    cr_assert(zero(int, add(&fields, &arena, "X", "")));
    cr_assert(zero(int, add(&fields, &arena, "vary", "b")));
    cr_expect(eq(str, (char *)dump(&fields), (char *)"Vary=a;X=;vary=b;"));
    cr_expect(eq(str, (char *)get(&fields, "VARY"), (char *)"a"));
    cr_assert(zero(int, set(&fields, &arena, "VARY", "c")));
    cr_expect(eq(str, (char *)dump(&fields), (char *)"VARY=c;X=;"));
    cr_assert(zero(int, set(&fields, &arena, "Y", "d")));
    cr_assert(zero(int, set(&fields, &arena, "x", get(&fields, "Y"))));
    cr_expect(eq(str, (char *)dump(&fields), (char *)"VARY=c;x=d;Y=d;"));
    cr_assert(zero(int, add(&fields, &arena, "vary", "e")));
    cr_expect(eq(uint, weft__fields_remove(&fields, "Vary", 4), 2));
    cr_expect(eq(str, (char *)dump(&fields), (char *)"x=d;Y=d;"));
    weft__arena_done(&arena);
}

WEFT_TEST(fields, refuse_what_would_split_a_response)
{
    static const struct {
        const char *name;
        const char *value;
    } cases[] = {
        { "", "a" },          { "a b", "c" },      { "a:", "b" },   { "a\r\n", "b" },
        { "a", "b\r\nc: d" }, { "a", "b\nc" },     { "a", "b\rc" }, { "a", "\x01" },
        { "a", "b\x7f" },     { "\xc3\xa9", "b" }, { "a", " b" },   { "a", "b " },
    };
    struct weft__arena arena;
    struct weft__fields fields = { 0 };

    weft__arena_init(&arena, 512);
    cr_assert(zero(int, add(&fields, &arena, "keep", "me")));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cr_expect(eq(int, add(&fields, &arena, cases[i].name, cases[i].value), UV_EINVAL));
        cr_expect(eq(int, set(&fields, &arena, cases[i].name, cases[i].value), UV_EINVAL));
    }
    cr_expect(eq(int, weft__fields_add(&fields, &arena, "a", 1, "b\0c", 3), UV_EINVAL));
    cr_expect(eq(str, (char *)dump(&fields), (char *)"keep=me;"));
    weft__arena_done(&arena);
}

WEFT_TEST(fields, hold_their_number)
{
    struct weft__arena arena;
    struct weft__fields fields = { 0 };

    weft__arena_init(&arena, 4096);
    for (int i = 0; i < WEFT__FIELDS_MAX; i++)
        cr_assert(zero(int, add(&fields, &arena, "a", "b")));
    cr_expect(eq(int, add(&fields, &arena, "a", "b"), WEFT_ELIMIT));
    cr_expect(
        eq(int, weft__fields_add(&fields, &arena, "a", 1, "b", (size_t)2 << 20), WEFT_ELIMIT));
    cr_expect(eq(uint, fields.count, WEFT__FIELDS_MAX));
    weft__arena_done(&arena);
}

WEFT_TEST(fields, note_those_that_the_writer_must_know)
{
    static const struct {
        const char *name;
        unsigned bit;
    } cases[] = {
        { "Content-Length", WEFT__FIELD_CONTENT_LENGTH },
        { "transfer-encoding", WEFT__FIELD_TRANSFER_ENCODING },
        { "CONNECTION", WEFT__FIELD_CONNECTION },
        { "Keep-Alive", WEFT__FIELD_KEEP_ALIVE },
        { "Date", WEFT__FIELD_DATE },
        { "Server", WEFT__FIELD_SERVER },
        { "Content-Type", WEFT__FIELD_CONTENT_TYPE },
        { "Te", WEFT__FIELD_TE },
        { "proxy-Connection", WEFT__FIELD_PROXY_CONNECTION },
        { "Upgrade", WEFT__FIELD_UPGRADE },
        { "TT", 0 },
        { "Upgraded", 0 },
        { "Proxy_Connection", 0 },
        { "Dates", 0 },
        { "Content_Length", 0 },
        { "X", 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct weft__arena arena;
        struct weft__fields fields = { 0 };

        weft__arena_init(&arena, 512);
        cr_assert(zero(int, weft__fields_add_static(&fields, &arena, cases[i].name,
                                                    strlen(cases[i].name), "1", 1)));
        cr_expect(eq(uint, fields.known, cases[i].bit), "%s", cases[i].name);
        cr_expect(eq(ptr, (void *)fields.items[0].name, (void *)cases[i].name));
        weft__arena_done(&arena);
    }
}

WEFT_TEST(fields, are_unchanged_when_memory_is_out)
{
    struct weft__arena arena;
    struct weft__fields fields = { 0 };

    weft__arena_init(&arena, 16);
    cr_assert(zero(int, add(&fields, &arena, "a", "b")));
    for (unsigned long n = 1; n < 20; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = set(&fields, &arena, "A", "c");
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            cr_expect(eq(str, (char *)dump(&fields), (char *)"A=c;"));
            break;
        }
        cr_assert(eq(int, rc, UV_ENOMEM));
        cr_expect(eq(str, (char *)dump(&fields), (char *)"a=b;"));
    }
    weft__arena_done(&arena);
}
