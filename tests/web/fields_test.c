/* Header fields and cookies of responses. */
#include <weft.h>
#include <weft/test_criterion.h>

#include <stdio.h>
#include <string.h>

/* What the setter gave back, as the body. */
static weft_response *with_result(weft_request *req, weft_response *res, int rc)
{
    const char *name = rc == 0 ? "0" : weft_err_name(rc);

    weft_response_set_body(res, name, strlen(name));
    return res;
}

static weft_response *sets(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "");
    const char *name = weft_query(req, "name");
    const char *value = weft_query(req, "value");

    return with_result(req, res, weft_set_header(res, name, value));
}

static weft_response *lists(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "");

    weft_add_header(res, "X-Many", "one");
    weft_add_header(res, "X-Many", "two");
    weft_add_header(res, "X-Gone", "three");
    weft_add_header(res, "x-gone", "four");
    weft_remove_header(res, "X-GONE");
    weft_set_header(res, "X-Many", "three");
    for (int i = 0; i < 20; i++)
        weft_add_header(res, "X-Item", weft_printf(req, "%d", i));
    weft_append_header(res, "Vary", "Accept");
    weft_append_header(res, "vary", "Origin");
    weft_append_header(res, "Vary", "accept");
    weft_append_header(res, "Vary", "Accept-Language");
    return res;
}

static weft_response *bakes(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "");

    weft_set_cookie(res, "plain", "a", NULL);
    weft_set_cookie(res, "full", "b",
                    &(weft_cookie_options){ .path = "/p",
                                            .domain = "example.org",
                                            .max_age_s = 60,
                                            .same_site = "None",
                                            .secure = true,
                                            .allow_script = true });
    weft_set_cookie(res, "gone", "", &(weft_cookie_options){ .max_age_s = -1 });
    return res;
}

static weft_response *bakes_badly(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "");
    int bad = 0;

    bad += weft_set_cookie(res, "a b", "c", NULL) == UV_EINVAL;
    bad += weft_set_cookie(res, "a", "b;c", NULL) == UV_EINVAL;
    bad += weft_set_cookie(res, "a", "b\r\nX: y", NULL) == UV_EINVAL;
    bad += weft_set_cookie(res, NULL, "b", NULL) == UV_EINVAL;
    bad += weft_set_cookie(res, "a", "b", &(weft_cookie_options){ .same_site = "lax" }) ==
           UV_EINVAL;
    bad += weft_set_cookie(res, "a", "b", &(weft_cookie_options){ .same_site = "None" }) ==
           UV_EINVAL;
    bad += weft_set_cookie(NULL, "a", "b", NULL) == UV_EINVAL;
    weft_response_set_body(res, weft_printf(req, "%d", bad), 1);
    return res;
}

static weft_response *eats(weft_request *req)
{
    const char *a = weft_cookie(req, "a");
    const char *b = weft_cookie(req, "b");

    return weft_text(req, 200, weft_printf(req, "%s,%s", a ? a : "-", b ? b : "-"));
}

static weft_response *echoes(weft_request *req)
{
    const char *name;
    const char *value;
    const char *text = "";
    size_t at = 0;

    while (weft_header_next(req, &at, &name, &value)) {
        if (name[0] == 'X')
            text = weft_printf(req, "%s%s=%s;", text, name, value);
    }
    return weft_text(req, 200,
                     weft_printf(req, "%s%s,%s,%s", text, weft_header(req, "x-a"),
                                 weft_header_at(req, "X-A", 1),
                                 weft_header_at(req, "X-A", 2) ? "?" : "-"));
}

static weft_response *sets_length(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "12345");

    weft_set_header(res, "Content-Length", "3");
    return res;
}

static weft_response *asks_for_more(weft_request *req)
{
    weft_response *res = weft_problem(req, 426, "h2c is spoken here");

    weft_set_header(res, "Upgrade", "h2c");
    return res;
}

static weft_app *app(void)
{
    weft_app *made = weft_app_new("fields");

    weft_get(made, "/set", sets);
    weft_get(made, "/list", lists);
    weft_get(made, "/bake", bakes);
    weft_get(made, "/bake-badly", bakes_badly);
    weft_get(made, "/eat", eats);
    weft_get(made, "/echo", echoes);
    weft_get(made, "/length", sets_length);
    weft_get(made, "/upgrade", asks_for_more);
    return made;
}

static void quiet(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

WEFT_TEST(fields, that_could_split_a_response_are_refused)
{
    static const struct {
        const char *query;
        const char *result;
    } cases[] = {
        { "name=X-A&value=b", "0" },
        { "name=X-A&value=%C3%A9", "0" },
        { "name=X-A&value=", "0" },
        { "name=X-A&value=b%0D%0AX-B:%20c", "UV_EINVAL" },
        { "name=X-A&value=b%0Ac", "UV_EINVAL" },
        { "name=X-A&value=b%01", "UV_EINVAL" },
        { "name=X-A&value=b%7F", "UV_EINVAL" },
        { "name=X%20A&value=b", "UV_EINVAL" },
        { "name=X:A&value=b", "UV_EINVAL" },
        { "name=&value=b", "UV_EINVAL" },
        { "value=b", "UV_EINVAL" },
        { "name=X-A", "UV_EINVAL" },
        { "name=Connection&value=close", "WEFT_EMISUSE" },
        { "name=transfer-encoding&value=chunked", "WEFT_EMISUSE" },
        { "name=Keep-Alive&value=a", "WEFT_EMISUSE" },
        { "name=tE&value=trailers", "WEFT_EMISUSE" },
        { "name=Proxy-Connection&value=close", "WEFT_EMISUSE" },
        { "name=Upgrade&value=h2c", "0" },
        { "name=Content-Length&value=5x", "UV_EINVAL" },
        { "name=Content-Length&value=-5", "UV_EINVAL" },
    };
    weft_test *t = weft_test_new(app());

    weft_log_set_sink(quiet, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[100];
        weft_test_reply r;

        snprintf(target, sizeof(target), "/set?%s", cases[i].query);
        r = weft_test_get(t, target);
        cr_expect(eq(int, r.status, 200), "%s", target);
        cr_expect(eq(str, (char *)r.body, (char *)cases[i].result), "%s", target);
        cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "X-B"), NULL));
    }
    weft_log_set_sink(NULL, NULL);
}

/* RFC 9110, 7.8 and 15.5.22. */
WEFT_TEST(fields, of_an_upgrade_are_named_in_connection)
{
    static const struct {
        const char *request;
        const char *connection;
    } cases[] = {
        { "GET /upgrade HTTP/1.1\r\nHost: a\r\n\r\n", "upgrade" },
        { "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close, upgrade" },
        { "GET /upgrade HTTP/1.0\r\n\r\n", "close, upgrade" },
        { "GET /upgrade HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive, upgrade" },
    };
    weft_test *t = weft_test_new(app());

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_raw(t, cases[i].request, strlen(cases[i].request), 0);

        cr_expect(eq(int, r.status, 426));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Upgrade"), (char *)"h2c"));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"),
                     (char *)cases[i].connection));
    }
}

WEFT_TEST(fields, may_be_many)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/list");
    int items = 0;

    cr_expect(eq(str, (char *)weft_test_header_of(&r, "X-Many"), (char *)"three"));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "X-Gone"), NULL));
    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Vary"),
                 (char *)"Accept, Origin, Accept-Language"));
    for (const weft_test_header *field = r.headers; field->name != NULL; field++) {
        char expected[12];

        if (strcmp(field->name, "X-Item") != 0)
            continue;
        snprintf(expected, sizeof(expected), "%d", items++);
        cr_expect(eq(str, (char *)field->value, expected));
    }
    cr_expect(eq(int, items, 20));
}

WEFT_TEST(fields, never_lie_about_the_length)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/length");

    cr_expect(eq(str, (char *)weft_test_header_of(&r, "Content-Length"), (char *)"5"));
    cr_expect(eq(str, (char *)r.body, (char *)"12345"));
}

WEFT_TEST(fields, of_requests_are_walked_in_order)
{
    weft_test *t = weft_test_new(app());
    const weft_test_header fields[] = {
        { "X-A", "1" }, { "X-B", "2" }, { "X-A", "3" }, { NULL, NULL }
    };
    weft_test_reply r = weft_test_get(t, "/echo", .headers = fields);

    cr_expect(eq(str, (char *)r.body, (char *)"X-A=1;X-B=2;X-A=3;1,3,-"));
}

static weft_response *walked(weft_request *req)
{
    weft_response *res = weft_text(req, 200, "");
    const char *line = "";
    const char *name;
    const char *value;
    size_t at = 0;

    weft_set_cookie(res, "a", "1", NULL);
    weft_add_header(res, "X-B", "2");
    weft_set_cookie(res, "c", "3", NULL);
    while (weft_response_header_next(res, &at, &name, &value))
        line = weft_printf(req, "%s%s=%.3s;", line, name, value);
    cr_expect(not(weft_response_header_next(res, &at, &name, &value)), "it stays at the end");
    at = 0;
    cr_expect(not(weft_response_header_next(NULL, &at, &name, &value)));
    cr_expect(not(weft_response_header_next(weft_empty(req, 204), &at, &name, &value)));
    weft_response_set_body(res, line, strlen(line));
    return res;
}

WEFT_TEST(fields, of_responses_are_walked_in_order)
{
    weft_app *made = weft_app_new("walk");
    weft_test_reply r;

    weft_get(made, "/", walked);
    r = weft_test_get(weft_test_new(made), "/");
    cr_expect(eq(str, (char *)r.body,
                 (char *)"Content-Type=tex;Set-Cookie=a=1;X-B=2;Set-Cookie=c=3;"));
}

static weft_response *forgets(weft_request *req)
{
    weft_response *res = weft_empty(req, 204);
    weft_cookie_options set = {
        .path = "/p", .domain = "example.org", .secure = true, .max_age_s = 60
    };

    cr_expect(zero(int, weft_set_cookie(res, "a", "before", NULL)));
    cr_expect(zero(int, weft_add_header(res, "X-A", "a=")));
    cr_expect(zero(int, weft_set_cookie(res, "b", "before", &set)));
    cr_expect(zero(int, weft_delete_cookie(res, "a", NULL)));
    cr_expect(zero(int, weft_delete_cookie(res, "b", &set)));
    cr_expect(eq(int, weft_delete_cookie(res, "__Host-c", NULL), UV_EINVAL));
    cr_expect(eq(int, weft_delete_cookie(res, NULL, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_delete_cookie(NULL, "a", NULL), UV_EINVAL));
    cr_expect(zero(
        int, weft_set_cookie(res, "d", "e", &(weft_cookie_options){ .expires_s = 784111777 })));
    return res;
}

static void expect_cookies(const weft_test_reply *r, const char *const *want, size_t wanted)
{
    size_t count = 0;

    for (const weft_test_header *field = r->headers; field->name != NULL; field++)
        if (strcmp(field->name, "Set-Cookie") == 0 && count++ < wanted)
            cr_expect(eq(str, (char *)field->value, (char *)want[count - 1]));
    cr_expect(eq(sz, count, wanted), "each is said once");
}

WEFT_TEST(cookies, are_forgotten_where_they_were_set_and_said_once)
{
    static const char *const want[] = {
        "a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
        ("b=; Domain=example.org; Path=/p; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
         "Secure; HttpOnly; SameSite=Lax"),
        "d=e; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; SameSite=Lax",
    };
    weft_app *app = weft_app_new("forgets");
    weft_test_reply r;

    weft_get(app, "/", forgets);
    r = weft_test_get(weft_test_new(app), "/");
    expect_cookies(&r, want, 3);
}

/* A domain is the same in any case; what is said last stands alone, and last. */
static weft_response *changes_its_mind(weft_request *req)
{
    const weft_cookie_options upper = { .domain = "Example.org" };
    const weft_cookie_options lower = { .domain = "example.org" };
    weft_response *res = weft_empty(req, 204);

    cr_expect(zero(int, weft_set_cookie(res, "sid", "1", &upper)));
    cr_expect(zero(int, weft_set_cookie(res, "other", "1", &lower)));
    cr_expect(zero(int, weft_set_cookie(res, "sid", "host", NULL)));
    cr_expect(zero(int, weft_delete_cookie(res, "sid", &lower)));
    cr_expect(zero(int, weft_set_cookie(res, "sid", "2", &upper)));
    /* As cookies may be without the functions for them: both are meant by what follows. */
    cr_expect(zero(int, weft_add_header(res, "Set-Cookie", "raw=1; Path=/")));
    cr_expect(zero(int, weft_add_header(res, "Set-Cookie", "raw=2; Path=/")));
    cr_expect(zero(int, weft_set_cookie(res, "raw", "3", NULL)));
    return res;
}

WEFT_TEST(cookies, are_those_of_the_last_call)
{
    static const char *const want[] = {
        "other=1; Domain=example.org; Path=/; HttpOnly; SameSite=Lax",
        "sid=host; Path=/; HttpOnly; SameSite=Lax",
        "sid=2; Domain=Example.org; Path=/; HttpOnly; SameSite=Lax",
        "raw=3; Path=/; HttpOnly; SameSite=Lax",
    };
    weft_app *app = weft_app_new("minds");
    weft_test_reply r;

    weft_get(app, "/", changes_its_mind);
    r = weft_test_get(weft_test_new(app), "/");
    expect_cookies(&r, want, 4);
}

WEFT_TEST(cookies, are_set_safely_by_default)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/bake");
    const char *cookies[3] = { "", "", "" };
    int count = 0;

    for (const weft_test_header *field = r.headers; field->name != NULL; field++) {
        if (strcmp(field->name, "Set-Cookie") == 0 && count < 3)
            cookies[count++] = field->value;
    }
    cr_assert(eq(int, count, 3));
    cr_expect(ne(ptr, strstr(cookies[0], "plain=a"), NULL));
    cr_expect(ne(ptr, strstr(cookies[0], "Path=/"), NULL));
    cr_expect(ne(ptr, strstr(cookies[0], "HttpOnly"), NULL));
    cr_expect(ne(ptr, strstr(cookies[0], "SameSite=Lax"), NULL));
    cr_expect(eq(ptr, strstr(cookies[0], "Max-Age"), NULL));
    cr_expect(ne(ptr, strstr(cookies[1], "Domain=example.org"), NULL));
    cr_expect(ne(ptr, strstr(cookies[1], "Max-Age=60"), NULL));
    cr_expect(ne(ptr, strstr(cookies[1], "Secure"), NULL));
    cr_expect(ne(ptr, strstr(cookies[1], "SameSite=None"), NULL));
    cr_expect(eq(ptr, strstr(cookies[1], "HttpOnly"), NULL));
    cr_expect(ne(ptr, strstr(cookies[2], "Max-Age=0"), NULL));
}

WEFT_TEST(cookies, that_cannot_be_are_refused)
{
    weft_test *t = weft_test_new(app());
    weft_test_reply r = weft_test_get(t, "/bake-badly");

    cr_expect(eq(str, (char *)r.body, (char *)"7"));
    cr_expect(eq(ptr, (void *)weft_test_header_of(&r, "Set-Cookie"), NULL));
}

WEFT_TEST(cookies, come_from_all_fields)
{
    weft_test *t = weft_test_new(app());
    const weft_test_header fields[] = { { "Cookie", "a=1; c=3" },
                                        { "Cookie", "b=2" },
                                        { NULL, NULL } };
    const weft_test_header odd[] = { { "Cookie", "=x; a; ;b=\"q\"; b=late" }, { NULL, NULL } };
    weft_test_reply r = weft_test_get(t, "/eat", .headers = fields);

    cr_expect(eq(str, (char *)r.body, (char *)"1,2"));
    r = weft_test_get(t, "/eat", .headers = odd);
    cr_expect(eq(str, (char *)r.body, (char *)"-,\"q\""));
    r = weft_test_get(t, "/eat");
    cr_expect(eq(str, (char *)r.body, (char *)"-,-"));
}
