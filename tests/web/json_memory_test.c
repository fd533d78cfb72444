/* Trees of JSON take of the request's memory, and have its ceiling. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdlib.h>
#include <string.h>

enum { CEILING = 1 << 20, KEPT_MAX = 4000 };

static weft_response *body(weft_request *req)
{
    json_t *value;
    json_t *again;
    int rc = weft_json_body(req, &value);

    if (rc == 0)
        rc = weft_json_body(req, &again);
    if (rc < 0)
        return weft_error(req, rc);
    return weft_text(req, 200, weft_printf(req, "%zu", json_array_size(value)));
}

static weft_response *give_up(weft_request *req, json_t **kept, int rc)
{
    for (int i = 0; i < KEPT_MAX; i++)
        json_decref(kept[i]);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "ok");
}

/* Parse the body 4,000 times, and have as many of the trees at once as the path says. */
static weft_response *many(weft_request *req)
{
    json_t *kept[KEPT_MAX] = { NULL };
    int at_once = (int)weft_path_int(req, "count");
    const char *text;
    size_t length;
    int rc = weft_read_body(req, &text, &length);

    for (int i = 0; rc == 0 && i < KEPT_MAX; i++) {
        json_t **place = &kept[i % at_once];
        json_t *tree = NULL;

        rc = weft_json_parse(req, text, length, &tree);
        if (rc == 0) {
            json_decref(*place);
            *place = tree;
        }
    }
    return give_up(req, kept, rc);
}

static weft_test *app(size_t ceiling)
{
    weft_app *made = weft_app_new("json");

    weft_post(made, "/body", body);
    weft_post(made, "/many/{count:int}", many);
    return weft_test_new_with(made, &(weft_serve_options){ .max_connection_memory = ceiling });
}

/* [{},{},...,0], of so many objects. */
static char *objects(size_t count)
{
    char *text = malloc(3 * count + 4);

    cr_assert(ne(ptr, text, NULL));
    for (size_t i = 0; i < count; i++)
        memcpy(text + 1 + 3 * i, "{},", 3);
    text[0] = '[';
    memcpy(text + 1 + 3 * count, "0]", 3);
    return text;
}

static void expect_objects(weft_test *t, size_t count, int status)
{
    char *text = objects(count);
    weft_test_reply r = weft_test_post(t, "/body", .json = text);
    const char *retry = weft_test_header_of(&r, "Retry-After");

    cr_expect(eq(int, r.status, status), "%zu: %s", count, r.body);
    cr_expect(eq(int, retry != NULL, status == 503));
    free(text);
}

WEFT_TEST(json_memory, of_a_body_has_the_ceiling_of_a_request)
{
    weft_test *t = app(CEILING);

    for (int again = 0; again < 2; again++) { /* the next request has all of it again */
        expect_objects(t, 1000, 200);
        expect_objects(t, 3000, 200);
        expect_objects(t, 4400, 503); /* some 250 bytes for each, and the body */
        expect_objects(t, 349000, 503);
    }
    weft_test_free(t);
}

/* Without a ceiling of the program's own it is 64 MiB. */
WEFT_TEST(json_memory, of_a_body_has_a_ceiling_by_default)
{
    weft_test *t = app(0);

    expect_objects(t, 200000, 200);
    expect_objects(t, 349000, 503);
    expect_objects(t, 1, 200);
    weft_test_free(t);
}

/* Ceilings are of what a handler has at once, not of all that it has parsed. */
WEFT_TEST(json_memory, of_other_texts_is_of_those_that_are_there)
{
    static const struct {
        const char *path;
        const char *text;
        int status;
    } cases[] = {
        { "/many/1", "[{},{},{}]", 200 },    { "/many/2", "[{},{},{}]", 200 },
        { "/many/400", "[{},{},{}]", 200 },  { "/many/1500", "[{},{},{}]", 503 },
        { "/many/4000", "[{},{},{}]", 503 }, { "/many/4000", "true", 200 },
        { "/many/4000", "[1,", 400 },
    };
    weft_test *t = app(CEILING);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_post(t, cases[i].path, .json = cases[i].text);

        cr_expect(eq(int, r.status, cases[i].status), "%s %s", cases[i].path, cases[i].text);
    }
    weft_test_free(t);
}
