/* Bodies of requests: whole, in pieces, as JSON, as forms. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdlib.h>
#include <string.h>

static weft_response *echoes(weft_request *req)
{
    const char *first;
    const char *again;
    size_t length;
    int rc = weft_read_body(req, &first, &length);

    if (rc == 0)
        rc = weft_read_body(req, &again, NULL);
    if (rc < 0)
        return weft_error(req, rc);
    if (first != again || first[length] != '\0')
        return weft_problem(req, 500, "not the same twice");
    return weft_bytes(req, 200, "text/plain", first, length);
}

static weft_response *counts(weft_request *req)
{
    const char *piece;
    int64_t declared = weft_body_length(req);
    size_t total = 0;
    int rc;

    while ((rc = weft_read_chunk(req, &piece)) > 0)
        total += (size_t)rc;
    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200, weft_printf(req, "%lld %zu", (long long)declared, total));
}

static weft_response *json(weft_request *req)
{
    json_t *value;
    json_t *again;
    int rc = weft_json_body(req, &value);

    if (rc == 0)
        rc = weft_json_body(req, &again);
    if (rc < 0)
        return weft_error(req, rc);
    return weft_json(req, 200, json_incref(value == again ? value : NULL));
}

static weft_response *form(weft_request *req)
{
    int rc = weft_read_form(req);
    const char *a;

    if (rc < 0)
        return weft_error(req, rc);
    a = weft_form(req, "a");
    return weft_text(req, 200,
                     weft_printf(req, "%s|%s|%s", a ? a : "-",
                                 weft_form_at(req, "a", 1) ? weft_form_at(req, "a", 1) : "-",
                                 weft_form(req, "none") ? "?" : "-"));
}

static weft_response *bad_json(weft_request *req)
{
    return weft_json(req, 200, NULL);
}

static weft_response *nan_json(weft_request *req)
{
    return weft_json(req, 200, json_pack("{s:[i]}", "a", 1, 2));
}

static weft_response *pretty_json(weft_request *req)
{
    return weft_json_pretty(req, 201, json_pack("{s:[i], s:{}}", "a", 1, "b"));
}

/* The parameter `text` as JSON that is no body. */
static weft_response *parses(weft_request *req)
{
    const char *text = weft_query(req, "text");
    json_t *value = NULL;
    int rc = weft_json_parse(req, text, strlen(text), &value);

    return rc < 0 ? weft_text(req, 200, weft_strerror(rc)) : weft_json(req, 200, value);
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("bodies");

    weft_app_configure(made,
                       &(weft_app_options){ .max_body_bytes = 100000, .max_json_depth = 5 });
    weft_post(made, "/echo", echoes);
    weft_post(made, "/count", counts, .max_body_bytes = WEFT_UNLIMITED);
    weft_post(made, "/json", json);
    weft_post(made, "/form", form);
    weft_get(made, "/bad-json", bad_json);
    weft_get(made, "/odd-json", nan_json);
    weft_get(made, "/pretty-json", pretty_json);
    weft_get(made, "/parse", parses);
    return made;
}

WEFT_TEST(body, is_read_whole)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_post(t, "/echo", .body = "a body");

    cr_expect(eq(str, (char *)r.body, (char *)"a body"));
    r = weft_test_post(t, "/echo", .body = "a body in many little chunks of 16",
                       .chunked = true);
    cr_expect(eq(str, (char *)r.body, (char *)"a body in many little chunks of 16"));
    r = weft_test_post(t, "/echo", .body = "a\0b", .body_length = 3);
    cr_expect(eq(sz, r.body_length, 3));
    r = weft_test_post(t, "/echo");
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(sz, r.body_length, 0));
}

WEFT_TEST(body, is_bounded)
{
    weft_test *t = weft_test_new(app());
    char *large = malloc(100002);
    weft_test_reply r;

    memset(large, 'x', 100001);
    large[100001] = '\0';
    r = weft_test_post(t, "/echo", .body = large);
    cr_expect(eq(int, r.status, 413));
    r = weft_test_post(t, "/echo", .body = large, .chunked = true);
    cr_expect(eq(int, r.status, 413));
    large[100000] = '\0';
    r = weft_test_post(t, "/echo", .body = large);
    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(sz, r.body_length, 100000));
    free(large);
}

WEFT_TEST(body, is_read_in_pieces)
{
    weft_test *t = weft_test_new(app());
    char *large = malloc(1000001);
    weft_test_reply r;

    memset(large, 'x', 1000000);
    large[1000000] = '\0';
    r = weft_test_post(t, "/count", .body = large);
    cr_expect(eq(str, (char *)r.body, (char *)"1000000 1000000"));
    r = weft_test_post(t, "/count", .body = "0123456789012345678", .chunked = true);
    cr_expect(eq(str, (char *)r.body, (char *)"-1 19"));
    r = weft_test_post(t, "/count");
    cr_expect(eq(str, (char *)r.body, (char *)"0 0"));
    free(large);
}

WEFT_TEST(json, comes_back_as_it_was)
{
    static const char *const texts[] = { "{\"a\":[1,-9223372036854775808,0.1,null,true]}",
                                         "\"\xc3\xa9\xf0\x9f\x98\x80\"", "1e300", "[]",
                                         "[[[[[]]]]]" };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        weft_test_reply r = weft_test_post(t, "/json", .json = texts[i]);

        cr_expect(eq(str, (char *)r.body, (char *)texts[i]));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Type"),
                     (char *)"application/json"));
    }
}

WEFT_TEST(json, that_is_none_is_told_where)
{
    static const struct {
        const char *text;
        const char *detail; /* its beginning */
    } cases[] = {
        { "", "Line 1, column 1: " },
        { "{\"a\":}", "Line 1, column 6: " },
        { "[1,\n 2,\n x]", "Line 3, column 2: " },
        { "[1] 2", "Line 1, column 5: " },
        { "[[[[[[]]]]]]", "Line 1, column 6: " },
        { "{\"a\":1,\"a\":2}", "Line 1, column 8: " },
        { "9223372036854775808", "Line 1, column 1: " },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_post(t, "/json", .json = cases[i].text);
        const char *detail = weft_test_json(&r, "/detail");

        cr_expect(eq(int, r.status, 400), "%s", cases[i].text);
        cr_expect(zero(int, strncmp(detail, cases[i].detail, strlen(cases[i].detail))),
                  "%s: %s", cases[i].text, detail);
    }
}

WEFT_TEST(json, of_another_type_is_refused)
{
    static const struct {
        const char *type;
        int status;
    } cases[] = {
        { "application/json", 200 },
        { "Application/JSON; charset=utf-8", 200 },
        { "application/vnd.api+json", 200 },
        { "text/plain", 415 },
        { "application/x-www-form-urlencoded", 415 },
        { "application/json; charset=latin-1", 415 },
        { "json", 415 },
    };
    weft_test *t = weft_test_new(app());
    weft_test_reply r;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const weft_test_header type[] = { { "Content-Type", cases[i].type }, { NULL, NULL } };

        r = weft_test_post(t, "/json", .body = "1", .headers = type);
        cr_expect(eq(int, r.status, cases[i].status), "%s", cases[i].type);
    }
    r = weft_test_post(t, "/json", .body = "1");
    cr_expect(eq(int, r.status, 415));
}

static void quiet(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    ++*(int *)arg;
}

WEFT_TEST(json, that_cannot_be_made_is_a_500)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r;
    int lines = 0;

    weft_log_set_sink(quiet, &lines);
    r = weft_test_get(t, "/bad-json");
    cr_expect(eq(int, r.status, 500));
    cr_expect(gt(int, lines, 0));
    weft_log_set_sink(NULL, NULL);
    r = weft_test_get(t, "/odd-json");
    cr_expect(eq(str, (char *)r.body, (char *)"{\"a\":[1]}"));
    r = weft_test_get(t, "/pretty-json");
    cr_expect(eq(int, r.status, 201));
    cr_expect(
        eq(str, (char *)weft_test_header_of(&r, "Content-Type"), (char *)"application/json"));
    cr_expect(eq(str, (char *)r.body, (char *)"{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}\n"));
}

WEFT_TEST(json, of_any_text_is_read)
{
    static const struct {
        const char *text, *expected;
        int code;
    } cases[] = {
        { "[1,%20%22a%22]", "[1,\"a\"]", 0 },  { "7", "7", 0 },
        { "[[[[[]]]]]", "[[[[[]]]]]", 0 }, /* at the limit of the app */
        { "[[[[[[]]]]]]", NULL, WEFT_ELIMIT }, { "", NULL, WEFT_EPROTO },
        { "[1", NULL, WEFT_EPROTO },           { "{%22a%22:1,%22a%22:2}", NULL, WEFT_EPROTO },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char path[64];
        weft_test_reply r;
        const char *expected =
            cases[i].expected != NULL ? cases[i].expected : weft_strerror(cases[i].code);

        snprintf(path, sizeof(path), "/parse?text=%s", cases[i].text);
        r = weft_test_get(t, path);
        cr_expect(eq(str, (char *)r.body, (char *)expected));
    }
}

WEFT_TEST(form, gives_its_fields)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_post(t, "/form", .form = "a=1+2&b=x&a=%C3%A9&c");

    cr_expect(eq(str, (char *)r.body, (char *)"1 2|\xc3\xa9|-"));
    r = weft_test_post(t, "/form", .form = "");
    cr_expect(eq(str, (char *)r.body, (char *)"-|-|-"));
}

WEFT_TEST(form, that_is_none_is_refused)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_post(t, "/form", .json = "{}");
    char *many = malloc(4100);

    cr_expect(eq(int, r.status, 415));
    r = weft_test_post(t, "/form", .form = "a=%zz");
    cr_expect(eq(int, r.status, 400));
    r = weft_test_post(t, "/form", .form = "a=%ff");
    cr_expect(eq(int, r.status, 400));
    for (int i = 0; i < 1025; i++)
        memcpy(many + 4 * i, "a=1&", 4);
    many[4100 - 1] = '\0';
    r = weft_test_post(t, "/form", .form = many);
    cr_expect(eq(int, r.status, 413));
    free(many);
}
