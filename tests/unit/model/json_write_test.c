#include "model/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "test.h"

typedef int writer(struct weft__buffer *out, const json_t *value);

/* What is written for `value`, which is taken over; owned by the caller. */
static char *text_by(writer *write, json_t *value)
{
    struct weft__buffer out;

    weft__buffer_init(&out, SIZE_MAX);
    cr_assert(zero(int, write(&out, value)));
    cr_assert(zero(int, weft__buffer_append(&out, "", 1)));
    json_decref(value);
    return out.data;
}

static char *text_of(json_t *value)
{
    return text_by(weft__json_write, value);
}

static void expect_pretty(json_t *value, const char *expected)
{
    char *text = text_by(weft__json_write_pretty, value);

    cr_expect(eq(str, text, (char *)expected));
    free(text);
}

static void expect_text(json_t *value, const char *expected)
{
    char *text = text_of(value);

    cr_expect(eq(str, text, (char *)expected));
    free(text);
}

WEFT_TEST(json_write, writes_each_kind)
{
    expect_text(json_null(), "null");
    expect_text(json_true(), "true");
    expect_text(json_false(), "false");
    expect_text(json_integer(INT64_MIN), "-9223372036854775808");
    expect_text(json_real(1), "1.0");
    expect_text(json_string(""), "\"\"");
    expect_text(json_array(), "[]");
    expect_text(json_object(), "{}");
    expect_text(json_pack("{s:i, s:[b, n, {}, []], s:{s:f}}", "a", 1, "b", 1, "c", "d", 0.5),
                "{\"a\":1,\"b\":[true,null,{},[]],\"c\":{\"d\":0.5}}");
}

WEFT_TEST(json_write, writes_lines_for_people)
{
    expect_pretty(json_null(), "null\n");
    expect_pretty(json_array(), "[]\n");
    expect_pretty(json_object(), "{}\n");
    expect_pretty(json_pack("[i]", 1), "[\n  1\n]\n");
    expect_pretty(json_pack("{s:[b, {}, []], s:{s:f}}", "a", 1, "b", "c", 0.1),
                  "{\n  \"a\": [\n    true,\n    {},\n    []\n  ],\n"
                  "  \"b\": {\n    \"c\": 0.1\n  }\n}\n");
}

WEFT_TEST(json_write, escapes_what_must_be_and_no_more)
{
    expect_text(json_string("\"\\/\b\f\n\r\t\x01\x1f\x7f"),
                "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    expect_text(json_stringn("a\0b", 3), "\"a\\u0000b\"");
    expect_text(json_string("gr\xc3\xbc\xc3\x9f \xe2\x80\xa8 \xf0\x9f\x98\x80"),
                "\"gr\xc3\xbc\xc3\x9f \xe2\x80\xa8 \xf0\x9f\x98\x80\"");
    expect_text(json_pack("{s:i}", "a\"b\n", 1), "{\"a\\\"b\\n\":1}");
}

/* Every byte at every place of the eight that are looked at together, among quiet neighbours.
 */
WEFT_TEST(json_write, finds_an_escape_at_any_place)
{
    static const char around[] = "!#[]\x7f !#[]\x7f !#[]\x7f !#[]\x7f";

    for (size_t at = 0; at < strlen(around); at++) {
        for (int byte = 1; byte < 0x80; byte++) {
            char text[sizeof(around)];
            char *ours, *theirs;
            json_t *value;

            memcpy(text, around, sizeof(around));
            text[at] = (char)byte;
            value = json_string(text);
            theirs = json_dumps(value, JSON_ENCODE_ANY);
            ours = text_of(value);
            /* jansson writes upper case hexadecimal digits. */
            cr_expect(zero(int, strcasecmp(ours, theirs)), "%s and %s", ours, theirs);
            free(ours);
            free(theirs);
        }
    }
}

static int write_by(writer *write, json_t *value, size_t max, size_t *ret_length)
{
    struct weft__buffer out;
    int rc;

    weft__buffer_init(&out, max);
    cr_assert(zero(int, weft__buffer_append(&out, "before", 6)));
    rc = write(&out, value);
    *ret_length = out.length;
    weft__buffer_done(&out);
    return rc;
}

static int write_to(json_t *value, size_t max, size_t *ret_length)
{
    return write_by(weft__json_write, value, max, ret_length);
}

static void expect_refused(json_t *value, int code)
{
    size_t length;

    cr_expect(eq(int, write_to(value, 1 << 20, &length), code));
    cr_expect(eq(sz, length, 6));
    json_decref(value);
}

WEFT_TEST(json_write, refuses_what_json_cannot_say)
{
    json_t *object = json_object();

    expect_refused(json_pack("[s, o]", "x", json_string_nocheck("ab\xff")), WEFT_EPROTO);
    expect_refused(json_string_nocheck("\n\xed\xa0\x80"), WEFT_EPROTO);
    json_object_set_new_nocheck(object, "\xc0\x80", json_null());
    expect_refused(object, WEFT_EPROTO);
    expect_refused(NULL, WEFT_EMISUSE);
}

/* jansson makes no real of these, but one can be set in place. */
WEFT_TEST(json_write, refuses_what_is_no_number)
{
    json_t *array = json_pack("[i, f]", 1, 0.5);

    ((struct {
        json_t base;
        double value;
    } *)json_array_get(array, 1))
        ->value = NAN;
    expect_refused(json_incref(array), WEFT_EPROTO);
    ((struct {
        json_t base;
        double value;
    } *)json_array_get(array, 1))
        ->value = -INFINITY;
    expect_refused(array, WEFT_EPROTO);
}

static json_t *nested(size_t depth)
{
    json_t *tree = json_array();

    while (--depth > 0)
        tree = depth % 2 != 0 ? json_pack("{s:o}", "a", tree) : json_pack("[o]", tree);
    return tree;
}

WEFT_TEST(json_write, bounds_the_depth)
{
    size_t length;
    json_t *deepest = nested(256);

    cr_expect(zero(int, write_to(deepest, 1 << 20, &length)));
    json_decref(deepest);
    expect_refused(nested(257), WEFT_ELIMIT);
}

WEFT_TEST(json_write, ends_on_a_tree_that_holds_itself)
{
    json_t *outer = json_array();
    json_t *inner = json_array();

    json_array_append(outer, inner);
    json_array_append(inner, outer);
    expect_refused(json_incref(outer), WEFT_ELIMIT);
    json_array_clear(inner);
    json_decref(inner);
    json_decref(outer);
}

/* At each limit below the size of the text: refused, and nothing left behind. */
static void expect_limits_kept(writer *write)
{
    json_t *tree =
        json_pack("{s:[i, f, s], s:b, s:n}", "key", 123456, 0.25, "te\nxt", "b", 0, "c");
    char *text = text_by(write, json_incref(tree));
    size_t size = strlen(text), length;

    for (size_t max = 6; max < 6 + size; max++) {
        cr_expect(eq(int, write_by(write, tree, max, &length), WEFT_ELIMIT));
        cr_expect(eq(sz, length, 6));
    }
    cr_expect(zero(int, write_by(write, tree, 6 + size, &length)));
    cr_expect(eq(sz, length, 6 + size));
    free(text);
    json_decref(tree);
}

WEFT_TEST(json_write, keeps_to_the_limit_of_the_buffer)
{
    expect_limits_kept(weft__json_write);
    expect_limits_kept(weft__json_write_pretty);
}

WEFT_TEST(json_write, what_is_written_reads_back)
{
    json_t *tree = json_pack("{s:[f, f, i, s], s:{s:n, s:b}}", "numbers", 0.1, 1e300, -7,
                             "\t\"", "more", "none", "yes", 1);
    char *text = text_of(json_incref(tree));
    json_t *back = NULL;

    cr_assert(zero(int, weft__json_parse(&back, text, strlen(text), NULL, NULL)));
    cr_expect(json_equal(tree, back));
    json_decref(back);
    json_decref(tree);
    free(text);
}
