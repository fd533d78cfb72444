#include "model/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "test.h"

static int parse(const char *text, json_t **tree, struct weft__json_error *error)
{
    return weft__json_parse(tree, text, strlen(text), NULL, error);
}

WEFT_TEST(json_parse, takes_any_value_at_the_top)
{
    static const char *const texts[] = { "null", "true", " 1 ", "-0.5", "\"\"", "[]", "{}" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *tree = NULL;

        cr_expect(zero(int, parse(texts[i], &tree, NULL)), "%s", texts[i]);
        json_decref(tree);
    }
}

WEFT_TEST(json_parse, keeps_integers_exact)
{
    static const struct {
        const char *text;
        json_int_t value;
    } rows[] = {
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "9007199254740993", 9007199254740993 },
        { "-0", 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *tree = NULL;

        cr_assert(zero(int, parse(rows[i].text, &tree, NULL)));
        cr_expect(eq(int, json_typeof(tree), JSON_INTEGER));
        cr_expect(eq(i64, json_integer_value(tree), rows[i].value));
        json_decref(tree);
    }
}

WEFT_TEST(json_parse, keeps_a_nul_in_a_value)
{
    json_t *tree = NULL;

    cr_assert(zero(int, parse("\"a\\u0000b\"", &tree, NULL)));
    cr_expect(eq(sz, json_string_length(tree), 3));
    cr_expect(zero(int, memcmp(json_string_value(tree), "a\0b", 3)));
    json_decref(tree);
}

/* Line and column from 1, the column in characters. */
static const struct {
    const char *text;
    int line;
    int column;
    const char *says;
} mistakes[] = {
    { "", 1, 1, "the text is empty" },
    { "  ", 1, 3, "the text ends before the value does" },
    { "[1,\n  2", 2, 4, "the text ends before the value does" },
    { "\"abc", 1, 5, "the text ends before the value does" },
    { "{\"a\": tru}", 1, 7, "invalid token near 'tru'" },
    { "[1,]", 1, 4, "unexpected token near ']'" },
    { "[1 2]", 1, 4, "']' expected near '2'" },
    { "[1 \"two\"]", 1, 4, "']' expected near '\"two\"'" },
    { "[\n\n  1,\n  2,,\n]", 4, 5, "unexpected token near ','" },
    { "{\"a\" 1}", 1, 6, "':' expected near '1'" },
    { "{a: 1}", 1, 2, "string or '}' expected near 'a'" },
    { "{\"\xc3\xa9\": 1} x", 1, 10, "end of file expected near 'x'" },
    { "[01]", 1, 2, "invalid token near '0'" },
    { "[1.]", 1, 2, "invalid token near '1.'" },
    { "[\"\xf0\x9f\x98\x80\", nope]", 1, 7, "invalid token near 'nope'" },
    { "[\"a\tb\"]", 1, 4, "a control character in a string must be escaped" },
    { "[\n\"a\n\"]", 2, 3, "a control character in a string must be escaped" },
    { "[\"a\\xb\"]", 1, 5, "invalid escape near '\"a\\x'" },
    { "[\"\\ud800\"]", 1, 2, "invalid Unicode '\\uD800' near '\"\\ud800\"'" },
    { "[\"ab\xff\"]", 1, 5, "this is not UTF-8" },
    { "[\"ab\xc3\"]", 1, 5, "this is not UTF-8" },
    { "\xef\xbb\xbf{}", 1, 1, "the text begins with a byte order mark" },
    { "[9223372036854775808]", 1, 2, "the integer does not fit into 64 signed bits" },
    { "[1, -9223372036854775809]", 1, 5, "the integer does not fit into 64 signed bits" },
    { "[1e400]", 1, 2, "the number is too large for a double" },
    { "{\"a\": 1,\n \"a\": 2}", 2, 2, "the object has this key already" },
    { "{\"a\\u0000\": 1}", 1, 2, "a key may not have \\u0000 in it" },
    { "]", 1, 1, "unexpected token near ']'" },
    { "'a'", 1, 1, "invalid token near '''" },
};

WEFT_TEST(json_parse, says_where_and_what)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct weft__json_error error = { 0 };
        json_t *tree = NULL;

        cr_expect(eq(int, parse(mistakes[i].text, &tree, &error), WEFT_EPROTO), "%s",
                  mistakes[i].text);
        cr_expect(eq(ptr, tree, NULL));
        cr_expect(eq(str, error.text, (char *)mistakes[i].says), "%s", mistakes[i].text);
        cr_expect(eq(int, error.line, mistakes[i].line), "%s", mistakes[i].text);
        cr_expect(eq(int, error.column, mistakes[i].column), "%s", mistakes[i].text);
    }
}

WEFT_TEST(json_parse, refuses_a_raw_nul)
{
    struct weft__json_error error;
    json_t *tree;

    cr_expect(eq(int, weft__json_parse(&tree, "[\n1\0]", 5, NULL, &error), WEFT_EPROTO));
    cr_expect(eq(int, error.line, 2));
    cr_expect(eq(int, error.column, 2));
    cr_expect(eq(sz, error.offset, 3));
    cr_expect(eq(str, error.text, (char *)"this is a NUL byte"));
}

WEFT_TEST(json_parse, can_let_the_last_of_two_keys_count)
{
    const struct weft__json_limits limits = { .allow_duplicate_keys = true };
    const char text[] = "{\"a\": 1, \"a\": 2}";
    json_t *tree = NULL;

    cr_assert(zero(int, weft__json_parse(&tree, text, strlen(text), &limits, NULL)));
    cr_expect(eq(i64, json_integer_value(json_object_get(tree, "a")), 2));
    json_decref(tree);
}

/* `depth` opening brackets, some text, and the closing ones. */
static char *nested(size_t depth, const char *inner)
{
    size_t size = strlen(inner);
    char *text = malloc(2 * depth + size + 1);

    cr_assert(ne(ptr, text, NULL));
    memset(text, '[', depth);
    memcpy(text + depth, inner, size);
    memset(text + depth + size, ']', depth);
    text[2 * depth + size] = '\0';
    return text;
}

static void expect_depth(size_t depth, const char *inner, size_t max_depth, int expected)
{
    const struct weft__json_limits limits = { .max_depth = max_depth };
    struct weft__json_error error = { 0 };
    char *text = nested(depth, inner);
    json_t *tree = NULL;

    cr_expect(eq(int, weft__json_parse(&tree, text, strlen(text), &limits, &error), expected));
    if (expected == WEFT_ELIMIT) {
        cr_expect(eq(sz, error.offset, max_depth > 0 && max_depth < 256 ? max_depth : 256));
        cr_expect(eq(int, error.line, 1));
    }
    json_decref(tree);
    free(text);
}

WEFT_TEST(json_parse, bounds_the_depth)
{
    expect_depth(3, "", 3, 0);
    expect_depth(4, "", 3, WEFT_ELIMIT);
    expect_depth(3, "{}", 3, WEFT_ELIMIT);
    expect_depth(3, "1, \"[[[[\\\"[[[\", [], {\"a\": []}", 5, 0);
    expect_depth(64, "", 0, 0);
    expect_depth(256, "", 256, 0);
    expect_depth(257, "", 256, WEFT_ELIMIT);
    expect_depth(257, "", 1000, WEFT_ELIMIT);
    expect_depth(500000, "", 256, WEFT_ELIMIT);
}

WEFT_TEST(json_parse, depth_is_64_by_default)
{
    struct weft__json_error error;
    char *text = nested(65, "");
    json_t *tree;

    cr_expect(eq(int, parse(text, &tree, &error), WEFT_ELIMIT));
    cr_expect(eq(int, error.column, 65));
    cr_expect(eq(str, error.text, (char *)"this is nested deeper than 64 levels"));
    free(text);
}

/* Brackets that do not pair must not hide depth from the scan, nor strings that never end. */
WEFT_TEST(json_parse, is_not_misled_about_depth)
{
    static const char *const texts[] = { "]]]][[[[", "[}[}[}[}[}", "\"[[[", "[\"\\\"[[[[\\" };
    const struct weft__json_limits limits = { .max_depth = 2 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *tree = NULL;

        cr_expect(
            lt(int, weft__json_parse(&tree, texts[i], strlen(texts[i]), &limits, NULL), 0));
        cr_expect(eq(ptr, tree, NULL));
    }
}

/*
 * JSONTestSuite's texts, when they lie beside the source tree: y_ must be taken, n_ refused.
 *
 * These three we refuse: RFC 8259 lets a reader refuse a key that comes twice, and jansson,
 * whose keys are C strings, has no place for a key with a NUL in it.
 */
static bool refused_on_purpose(const char *name)
{
    return strcmp(name, "y_object_duplicated_key.json") == 0 ||
           strcmp(name, "y_object_duplicated_key_and_value.json") == 0 ||
           strcmp(name, "y_object_escaped_null_in_key.json") == 0;
}

static int parse_file(const char *folder, const char *name, bool allow_duplicate_keys)
{
    const struct weft__json_limits limits = { .allow_duplicate_keys = allow_duplicate_keys };
    struct weft__json_error error = { 0 };
    char path[1024];
    char *text = malloc(1 << 20);
    json_t *tree = NULL;
    size_t length;
    FILE *file;
    int rc;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    cr_assert(file != NULL && text != NULL);
    length = fread(text, 1, 1 << 20, file);
    fclose(file);
    rc = weft__json_parse(&tree, text, length, &limits, &error);
    cr_expect(rc == 0 || error.line > 0, "%s: no place", name);
    json_decref(tree);
    free(text);
    return rc;
}

static void check_file(const char *folder, const char *name)
{
    int rc = parse_file(folder, name, false);

    if (name[0] == 'n')
        cr_expect(rc < 0, "%s was taken", name);
    if (name[0] == 'y')
        cr_expect(eq(int, rc, refused_on_purpose(name) ? WEFT_EPROTO : 0), "%s", name);
    if (strstr(name, "duplicated_key") != NULL)
        cr_expect(zero(int, parse_file(folder, name, true)), "%s", name);
}

WEFT_TEST(json_parse, agrees_with_json_test_suite)
{
    const char *root = getenv("WEFT_SOURCE_ROOT");
    struct dirent *entry;
    char folder[512];
    int count = 0;
    DIR *dir;

    snprintf(folder, sizeof(folder), "%s/../shared/conformance/json/test_parsing",
             root != NULL ? root : ".");
    dir = opendir(folder);
    if (dir == NULL)
        cr_skip_test("no texts of JSONTestSuite in %s", folder);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            check_file(folder, entry->d_name);
            count++;
        }
    }
    closedir(dir);
    cr_expect(ge(int, count, 300));
}

static int allocations_left;

static void *scarce_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Whichever allocation fails, it is not called a mistake in the text. */
WEFT_TEST(json_parse, fails_cleanly_without_memory)
{
    const char text[] = "{\"key\": [1, 2.5, \"text \\u00e9\", {\"a\": null}], \"b\": [[[[]]]]}";
    json_malloc_t usual_malloc;
    json_free_t usual_free;
    json_t *tree = NULL;
    int count = 0;
    int rc;

    json_get_alloc_funcs(&usual_malloc, &usual_free);
    json_set_alloc_funcs(scarce_malloc, free);
    do {
        allocations_left = count++;
        rc = parse(text, &tree, NULL);
        cr_expect(rc == 0 || rc == UV_ENOMEM, "%d", rc);
    } while (rc < 0 && count < 1000);
    cr_expect(zero(int, rc));
    cr_expect(gt(int, count, 10));
    json_decref(tree);
    json_set_alloc_funcs(usual_malloc, usual_free);
}
