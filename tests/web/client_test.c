/* The test client itself (<weft/test.h>). */
#include <weft.h>
#include <weft/test_criterion.h>

#include <string.h>

static weft_response *name(weft_request *req)
{
    return weft_text(req, 200, weft_route_template(req));
}

static weft_response *json(weft_request *req)
{
    return weft_json(req, 200,
                     json_pack("{s:[i,s,{s:n}], s:f, s:b, s:s}", "list", 1, "two", "a/b~c",
                               "real", 0.5, "yes", 1, "", "empty"));
}

static weft_response *sleeps(weft_request *req)
{
    int rc = weft_sleep(20);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "awake");
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("client");

    weft_get(made, "/name", name);
    weft_get(made, "/json", json);
    weft_get(made, "/sleeps", sleeps);
    return made;
}

WEFT_TEST(client, reads_json_by_pointer)
{
    static const struct {
        const char *pointer;
        const char *value;
    } cases[] = {
        { "/list/0", "1" },
        { "/list/1", "two" },
        { "/list/2", "{\"a/b~c\":null}" },
        { "/list/2/a~1b~0c", "null" },
        { "/list/3", "(absent)" },
        { "/list/-1", "(absent)" },
        { "/list/", "(absent)" },
        { "/list/0/deeper", "(absent)" },
        { "/real", "0.5" },
        { "/yes", "true" },
        { "/", "empty" },
        { "/none", "(absent)" },
        { "list", "(absent)" },
    };
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/json");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(eq(str, (char *)weft_test_json(&r, cases[i].pointer), (char *)cases[i].value),
                  "%s", cases[i].pointer);
    cr_expect(eq(str, (char *)weft_test_json(&r, ""), (char *)r.body));
    r = weft_test_get(t, "/name");
    cr_expect(eq(str, (char *)weft_test_json(&r, "/a"), (char *)"(not JSON)"));
}

WEFT_TEST(client, waits_for_handlers_that_wait)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/sleeps");

    cr_expect(eq(str, (char *)r.body, (char *)"awake"));
}

WEFT_TEST(client, can_have_several_apps_at_once)
{
    weft_test *one = weft_test_new(app());
    weft_test *two = weft_test_new(app());
    weft_test_reply a = weft_test_get(one, "/name");
    weft_test_reply b = weft_test_get(two, "/name");

    cr_expect(eq(int, a.status, 200));
    cr_expect(eq(int, b.status, 200));
    weft_test_free(one);
    b = weft_test_get(two, "/name");
    cr_expect(eq(str, (char *)b.body, (char *)"/name"));
}

WEFT_TEST(client, keeps_replies_and_closes_when_asked)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply first = weft_test_get(t, "/name", .close = true);
    weft_test_reply second = weft_test_get(t, "/json");

    cr_expect(first.closed);
    cr_expect(not(second.closed));
    cr_expect(eq(str, (char *)first.body, (char *)"/name"));
    cr_expect(zero(int, strncmp(first.raw, "HTTP/1.1 200 OK\r\n", 17)));
}

WEFT_TEST(client, sends_bytes_as_they_are)
{
    static const char two[] = "GET /name HTTP/1.1\r\nHost: a\r\n\r\n"
                              "GET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    weft_test *t = weft_test_new(app());

    for (size_t step = 0; step < 5; step++) {
        weft_test_reply r = weft_test_raw(t, two, sizeof(two) - 1, step);

        cr_expect(eq(int, r.status, 200));
        cr_expect(ne(ptr, strstr(r.raw, "HTTP/1.1 404 "), NULL));
        cr_expect(not(r.closed));
    }
}

static int refuse(weft_app *made, void *arg)
{
    (void)made;
    (void)arg;
    return UV_ECONNREFUSED;
}

WEFT_TEST(client, says_why_an_app_cannot_start)
{
    weft_app *collides = app();
    weft_app *fails = app();
    weft_test_reply r;

    weft_get(collides, "/name", json);
    r = weft_test_get(weft_test_new(collides), "/name");
    cr_expect(zero(int, r.status));
    cr_expect(ne(ptr, (void *)strstr(r.error, "/name"), NULL), "%s", r.error);

    weft_log_set_level(WEFT_LOG_ERROR + 1);
    weft_on_lifespan(fails, refuse, NULL, NULL);
    r = weft_test_get(weft_test_new(fails), "/name");
    cr_expect(eq(str, (char *)r.error, (char *)weft_strerror(UV_ECONNREFUSED)));
    weft_log_set_level(WEFT_LOG_INFO);

    r = weft_test_get(weft_test_new(NULL), "/");
    cr_expect(ne(ptr, (void *)r.error, NULL));
    cr_expect(eq(str, (char *)r.body, (char *)""));
    weft_test_free(NULL);
}
