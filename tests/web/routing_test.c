/*
 * Routing as a client sees it: methods, groups, mounts, parameters, error handlers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <string.h>
#include <weft.h>
#include <weft/test_criterion.h>

/* --- The app --------------------------------------------------------------------------- */

/* Which route answers, and its parameters if it has any of these. */
static weft_response *say_route(weft_request *req)
{
    return weft_text(req, 200, weft_route_template(req));
}

static weft_response *say_params(weft_request *req)
{
    return weft_text(req, 200,
                     weft_printf(req, "%" PRId64 " %g %s", weft_path_int(req, "i"),
                                 weft_path_float(req, "f"), weft_path_str(req, "s")));
}

static weft_response *say_method(weft_request *req)
{
    return weft_text(req, 200, weft_method(req));
}

static weft_response *say_urls(weft_request *req)
{
    return weft_text(req, 200,
                     weft_printf(req, "%s %s", weft_url_for(req, "member", "a b", 7),
                                 weft_absolute_url_for(req, "home")));
}

static weft_response *say_state(weft_request *req)
{
    static const weft_key none;
    extern const weft_key state_key;
    const char *state = weft_state(req, &state_key);

    return weft_text(req, weft_state(req, &none) == NULL ? 200 : 500, state);
}

const weft_key state_key = { "state" };

static weft_response *read_all(weft_request *req)
{
    const char *body;
    size_t length;
    int rc = weft_read_body(req, &body, &length);

    return rc < 0 ? weft_error(req, rc) : weft_bytes(req, 200, NULL, body, length);
}

/* Adds its state to X-Through, so that a reply tells which middleware saw it, inner first. */
static weft_response *mark(weft_request *req, weft_next *next, void *state)
{
    weft_response *res = weft_proceed(req, next);

    weft_add_header(res, "X-Through", state);
    return res;
}

static weft_response *on_404(weft_request *req, int status, const char *detail, void *arg)
{
    (void)detail;
    return weft_text(req, status, arg);
}

static weft_app *child_app(void)
{
    weft_app *child = weft_app_new("child");

    weft_use(child, mark, (char *)"child");
    weft_get(child, "/", say_route, .name = "home");
    weft_get(child, "/urls", say_urls);
    weft_get(child, "/state", say_state);
    weft_on_error(child, 404, on_404, (char *)"nothing in the child");
    return child;
}

static weft_app *make_app(void)
{
    static const weft_use_entry own[] = { { mark, (char *)"route" }, { NULL, NULL } };
    weft_app *app = weft_app_new("routing");
    weft_app *api = weft_under(app, "/api");
    weft_app *org = weft_under(api, "/orgs/{org}");

    weft_use(app, mark, (char *)"app");
    weft_use(api, mark, (char *)"api");
    weft_app_set(app, &state_key, (char *)"of the app");
    weft_get(app, "/", say_route, .name = "home");
    weft_get(app, "/p/{i:int}/{f:float}/{s}", say_params);
    weft_get(app, "/method", say_method);
    weft_route(app, "POST,LINK", "/method", &(weft_route_options){ .handler = say_method });
    weft_route(app, "HEAD", "/head", &(weft_route_options){ .handler = say_method });
    weft_route(app, "OPTIONS", "/options", &(weft_route_options){ .handler = say_method });
    weft_route(app, "*", "/any", &(weft_route_options){ .handler = say_method });
    weft_post(app, "/small", read_all, .max_body_bytes = 4, .use = own);
    weft_post(app, "/large", read_all, .max_body_bytes = WEFT_UNLIMITED);
    weft_get(api, "/urls", say_urls);
    weft_get(org, "/members/{id:int}", say_route, .name = "member", .use = own);
    weft_mount(app, "/child", child_app());
    return app;
}

/* --- Helpers --------------------------------------------------------------------------- */

static void expect_text(const char *text, const char *expected)
{
    cr_expect(eq(str, (char *)(text != NULL ? text : "(null)"), (char *)expected));
}

static void expect_header(const weft_test_reply *r, const char *name, const char *expected)
{
    expect_text(weft_test_header_of(r, name), expected);
}

/* The values of X-Through, in a row. */
static void expect_through(const weft_test_reply *r, const char *expected)
{
    char all[256] = "";

    for (const weft_test_header *h = r->headers; h->name != NULL; h++) {
        if (strcmp(h->name, "X-Through") == 0)
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s ", h->value);
    }
    expect_text(all, expected);
}

/* --- Tests ----------------------------------------------------------------------------- */

WEFT_TEST(routing, gives_typed_parameters)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_get(t, "/p/-3/2.5/a%2Fb%20c");

    cr_expect(eq(int, r.status, 200));
    expect_text(r.body, "-3 2.5 a/b c");
    cr_expect(eq(int, weft_test_get(t, "/p/x/2.5/a").status, 404));
    cr_expect(eq(int, weft_test_get(t, "/p/1/2.5/").status, 404));
    cr_expect(eq(int, weft_test_get(t, "/p/1/2.5/%zz").status, 400));
    cr_expect(eq(int, weft_test_get(t, "/p/1/2.5/%00").status, 400));
}

WEFT_TEST(routing, does_not_normalize_paths)
{
    weft_test *t = weft_test_new(make_app());

    cr_expect(eq(int, weft_test_get(t, "/api/../method").status, 404));
    cr_expect(eq(int, weft_test_get(t, "//").status, 404));
    cr_expect(eq(int, weft_test_get(t, "/method/").status, 404));
    cr_expect(eq(int, weft_test_get(t, "/Method").status, 404));
    cr_expect(eq(int, weft_test_get(t, "/method?x=/y").status, 200));
}

WEFT_TEST(routing, answers_head_by_get)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_send(t, "HEAD", "/method", NULL);

    cr_expect(eq(int, r.status, 200));
    expect_header(&r, "Content-Length", "4"); /* "HEAD": the handler sees the method */
    cr_expect(zero(sz, r.body_length));
    cr_expect(eq(int, weft_test_send(t, "HEAD", "/head", NULL).status, 200));
    cr_expect(eq(int, weft_test_get(t, "/head").status, 405));
    cr_expect(eq(int, weft_test_send(t, "HEAD", "/none", NULL).status, 404));
}

WEFT_TEST(routing, answers_options_by_itself)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_send(t, "OPTIONS", "/method", NULL);

    cr_expect(eq(int, r.status, 200));
    expect_header(&r, "Allow", "LINK, GET, HEAD, POST, OPTIONS");
    expect_through(&r, "app ");
    r = weft_test_send(t, "OPTIONS", "/options", NULL);
    cr_expect(eq(int, r.status, 200));
    expect_text(r.body, "OPTIONS");
    cr_expect(eq(int, weft_test_send(t, "OPTIONS", "/none", NULL).status, 404));
    r = weft_test_send(t, "OPTIONS", "*", NULL);
    cr_expect(eq(int, r.status, 200));
    expect_header(&r, "Allow", "LINK, GET, HEAD, POST, OPTIONS");
}

WEFT_TEST(routing, refuses_other_methods)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_delete(t, "/method");

    cr_expect(eq(int, r.status, 405));
    expect_header(&r, "Allow", "LINK, GET, HEAD, POST, OPTIONS");
    expect_text(weft_test_json(&r, "/status"), "405");
    cr_expect(eq(int, weft_test_send(t, "LINK", "/method", NULL).status, 200));
    cr_expect(eq(int, weft_test_send(t, "LINK", "/small", NULL).status, 405));
    cr_expect(eq(int, weft_test_send(t, "BREW", "/method", NULL).status, 501));
    cr_expect(eq(int, weft_test_send(t, "BREW", "/none", NULL).status, 501));
    cr_expect(eq(int, weft_test_send(t, "link", "/method", NULL).status, 501));
    r = weft_test_send(t, "BREW", "/any", NULL);
    cr_expect(eq(int, r.status, 200));
    expect_text(r.body, "BREW");
}

WEFT_TEST(routing, runs_middleware_from_the_app_inwards)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_get(t, "/api/orgs/acme/members/3");

    expect_text(r.body, "/api/orgs/{org}/members/{id:int}");
    expect_through(&r, "route api app ");
    r = weft_test_get(t, "/");
    expect_through(&r, "app ");
}

WEFT_TEST(routing, runs_middleware_around_what_is_not_found)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_get(t, "/none");

    cr_expect(eq(int, r.status, 404));
    expect_through(&r, "app ");
    r = weft_test_get(t, "/api/none");
    cr_expect(eq(int, r.status, 404));
    expect_through(&r, "api app ");
    r = weft_test_get(t, "/apinone");
    expect_through(&r, "app ");
    r = weft_test_get(t, "/api/orgs/x/none");
    expect_through(&r, "api app ");
    r = weft_test_get(t, "/child/none");
    cr_expect(eq(int, r.status, 404));
    expect_text(r.body, "nothing in the child");
    expect_through(&r, "child app ");
    r = weft_test_post(t, "/api/urls");
    cr_expect(eq(int, r.status, 405));
    expect_through(&r, "api app ");
}

WEFT_TEST(routing, refuses_long_bodies_before_the_handler)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_post(t, "/small", .body = "1234");

    expect_text(r.body, "1234");
    r = weft_test_post(t, "/small", .body = "12345");
    cr_expect(eq(int, r.status, 413));
    expect_through(&r, "route app ");
    r = weft_test_post(t, "/small", .body = "12345", .chunked = true);
    cr_expect(eq(int, r.status, 413));
    r = weft_test_post(t, "/large", .body = "12345");
    cr_expect(eq(int, r.status, 200));
}

WEFT_TEST(routing, makes_urls)
{
    const weft_serve_options options = { .root_path = "/v1/" };
    weft_test *t = weft_test_new(make_app());
    weft_test_header host[] = { { "Host", "example.org:81" }, { NULL, NULL } };
    weft_test_reply r = weft_test_get(t, "/api/urls", .headers = host);

    expect_text(r.body, "/api/orgs/a%20b/members/7 http://example.org:81/");
    r = weft_test_get(t, "/child/urls", .headers = host);
    expect_text(r.body, "/api/orgs/a%20b/members/7 http://example.org:81/child/");
    weft_test_free(t);
    t = weft_test_new_with(make_app(), &options);
    r = weft_test_get(t, "/api/urls", .headers = host);
    expect_text(r.body, "/v1/api/orgs/a%20b/members/7 http://example.org:81/v1/");
}

WEFT_TEST(routing, finds_state_through_mounts)
{
    weft_test *t = weft_test_new(make_app());

    expect_text(weft_test_get(t, "/child/state").body, "of the app");
}

WEFT_TEST(routing, does_not_start_what_is_malformed)
{
    weft_app *app = make_app();
    weft_test *t;

    weft_get(app, "/p/{a:int}/{b:float}/{c}", say_params);
    t = weft_test_new(app);
    expect_text(weft_test_get(t, "/").error,
                "the route GET /p/{a:int}/{b:float}/{c} collides with GET "
                "/p/{i:int}/{f:float}/{s}\n");
}
