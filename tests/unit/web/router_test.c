/*
 * Finding routes: precedence, types of parameters, decoding, collisions, Allow.
 */
#include <weft/app.h>

#include "server/request.h"
#include "test.h"
#include "web/app.h"

static weft_response *handler(weft_request *req)
{
    (void)req;
    return NULL;
}

/* Add a route whose name is its summary, so that a match can be told from others. */
static int add(weft_app *app, const char *method, const char *path)
{
    return weft_route(app, method, path,
                      &(weft_route_options){ .handler = handler, .summary = path });
}

/* A request that the router can look at. */
static void ask(weft_request *req, const char *method, const char *path)
{
    *req = (weft_request){ 0 };
    weft__arena_init(&req->arena, 512);
    req->head.method_text = method;
    req->head.method = weft__method_parse(method, strlen(method));
    req->head.path = path;
    req->head.path_length = strlen(path);
}

/* "STATUS", or the template that matched and its parameters: "/a/{b:int} b=5". */
static char *outcome(weft_app *app, const char *method, const char *path)
{
    static char text[1024];
    weft_request req;
    size_t at;
    int status;

    ask(&req, method, path);
    status = weft__router_match(&app->router, &req);
    at = (size_t)snprintf(text, sizeof(text), "%d", status);
    if (status == 0)
        at = (size_t)snprintf(text, sizeof(text), "%s", req.route->full.text);
    for (unsigned i = 0; i < req.param_count; i++) {
        cr_expect(eq(sz, req.params[i].length, strlen(req.params[i].text)));
        at += (size_t)snprintf(text + at, sizeof(text) - at, " %s=%s", req.params[i].name,
                               req.params[i].text);
    }
    weft__arena_done(&req.arena);
    return text;
}

static void expect(weft_app *app, const char *path, const char *expected)
{
    cr_expect(eq(str, outcome(app, "GET", path), (char *)expected), "GET %s", path);
}

static void expect_method(weft_app *app, const char *method, const char *path,
                          const char *expected)
{
    cr_expect(eq(str, outcome(app, method, path), (char *)expected), "%s %s", method, path);
}

WEFT_TEST(router, matches_literals)
{
    weft_app *app = weft_app_new("test");

    expect(app, "/", "404");
    cr_assert(zero(int, add(app, "GET", "/")));
    cr_assert(zero(int, add(app, "GET", "/a")));
    cr_assert(zero(int, add(app, "GET", "/a/b")));
    cr_assert(zero(int, add(app, "GET", "/b/")));
    expect(app, "/", "/");
    expect(app, "/a", "/a");
    expect(app, "/a/b", "/a/b");
    expect(app, "/b/", "/b/");
    expect(app, "/b", "404");
    expect(app, "/a/", "404");
    expect(app, "/a/b/c", "404");
    expect(app, "/A", "404");
    expect(app, "//", "404");
    expect(app, "//a", "404");
    expect(app, "/ab", "404");
    expect(app, "*", "404");
    expect(app, "", "404");
    weft_app_free(app);
}

/* Of all templates that match, the same one is found whatever the order of adding them. */
static const char *const shapes[] = {
    "/x/lit", "/x/{i:int}", "/x/{u:uuid}", "/x/{f:float}", "/x/{s}", "/x/{p:path}",
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static void check_precedence(const int order[SHAPES], int count)
{
    static const char *const paths[][SHAPES] = {
        /* which of the shapes match, best first; then the end */
        { "/x/lit", "/x/lit", "/x/{s} s=lit", "/x/{p:path} p=lit" },
        { "/x/12", "/x/{i:int} i=12", "/x/{f:float} f=12", "/x/{s} s=12", "/x/{p:path} p=12" },
        { "/x/1.5", "/x/{f:float} f=1.5", "/x/{s} s=1.5", "/x/{p:path} p=1.5" },
        { "/x/12345678-9abc-def0-1234-56789abcdef0",
          "/x/{u:uuid} u=12345678-9abc-def0-1234-56789abcdef0",
          "/x/{s} s=12345678-9abc-def0-1234-56789abcdef0",
          "/x/{p:path} p=12345678-9abc-def0-1234-56789abcdef0" },
        { "/x/other", "/x/{s} s=other", "/x/{p:path} p=other" },
        { "/x/a/b", "/x/{p:path} p=a/b" },
        { "/x/", "/x/{p:path} p=" },
    };
    weft_app *app = weft_app_new("test");

    for (int i = 0; i < count; i++)
        cr_assert(zero(int, add(app, "GET", shapes[order[i]])));
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *best = "404";

        for (int j = 1; j < SHAPES && paths[i][j] != NULL && strcmp(best, "404") == 0; j++) {
            for (int k = 0; k < count; k++) {
                size_t length = strlen(shapes[order[k]]);

                if (strncmp(paths[i][j], shapes[order[k]], length) == 0 &&
                    (paths[i][j][length] == ' ' || paths[i][j][length] == '\0'))
                    best = paths[i][j];
            }
        }
        expect(app, paths[i][0], best);
    }
    weft_app_free(app);
}

/* All orders of all subsets: each prefix of each permutation. */
static void permute(int order[SHAPES], int at)
{
    check_precedence(order, at);
    for (int i = at; i < SHAPES; i++) {
        int kept = order[at];

        order[at] = order[i];
        order[i] = kept;
        permute(order, at + 1);
        order[i] = order[at];
        order[at] = kept;
    }
}

WEFT_TEST(router, prefers_the_same_whatever_the_order)
{
    int order[SHAPES] = { 0, 1, 2, 3, 4, 5 };

    permute(order, 0);
}

WEFT_TEST(router, goes_back_where_a_way_ends)
{
    weft_app *app = weft_app_new("test");

    add(app, "GET", "/a/{x:int}/c");
    add(app, "GET", "/a/{x}/d");
    add(app, "GET", "/{y}/b/{z}");
    add(app, "GET", "/{p:path}");
    add(app, "POST", "/a/{x:int}/d");
    expect(app, "/a/1/c", "/a/{x:int}/c x=1");
    expect(app, "/a/1/d", "/a/{x}/d x=1");
    expect(app, "/a/b/z", "/{y}/b/{z} y=a z=z");
    expect(app, "/a/b/", "/{p:path} p=a/b/");
    expect(app, "/a/1/e", "/{p:path} p=a/1/e");
    expect(app, "/", "/{p:path} p=");
    expect_method(app, "POST", "/a/1/d", "/a/{x:int}/d x=1");
    expect_method(app, "POST", "/a/x/d", "405");
    weft_app_free(app);
}

WEFT_TEST(router, checks_the_types_of_parameters)
{
    weft_app *app = weft_app_new("test");

    add(app, "GET", "/i/{v:int}");
    add(app, "GET", "/f/{v:float}");
    add(app, "GET", "/u/{v:uuid}");
    add(app, "GET", "/s/{v:str}");
    add(app, "GET", "/p/{v:path}");
    expect(app, "/i/0", "/i/{v:int} v=0");
    expect(app, "/i/-7", "/i/{v:int} v=-7");
    expect(app, "/i/007", "/i/{v:int} v=007");
    expect(app, "/i/9223372036854775807", "/i/{v:int} v=9223372036854775807");
    expect(app, "/i/-9223372036854775808", "/i/{v:int} v=-9223372036854775808");
    expect(app, "/i/9223372036854775808", "404");
    expect(app, "/i/-9223372036854775809", "404");
    expect(app, "/i/99999999999999999999999", "404");
    expect(app, "/i/", "404");
    expect(app, "/i/-", "404");
    expect(app, "/i/--1", "404");
    expect(app, "/i/+1", "404");
    expect(app, "/i/1a", "404");
    expect(app, "/i/1/", "404");
    expect(app, "/i/0x1", "404");
    expect(app, "/f/1", "/f/{v:float} v=1");
    expect(app, "/f/-0.25", "/f/{v:float} v=-0.25");
    expect(app, "/f/1e3", "/f/{v:float} v=1e3");
    expect(app, "/f/1.5E-3", "/f/{v:float} v=1.5E-3");
    expect(app, "/f/1e+16", "/f/{v:float} v=1e+16");
    expect(app, "/f/1e999", "404");
    expect(app, "/f/nan", "404");
    expect(app, "/f/inf", "404");
    expect(app, "/f/0x1p3", "404");
    expect(app, "/f/1.", "404");
    expect(app, "/f/.5", "404");
    expect(app, "/f/1e", "404");
    expect(app, "/f/1e+", "404");
    expect(app, "/f/-", "404");
    expect(app, "/f/", "404");
    expect(app, "/f/1,5", "404");
    expect(app, "/f/1111111111111111111111111111111111111111111111111111111111111111", "404");
    expect(app, "/u/12345678-9ABC-def0-1234-56789abcdef0",
           "/u/{v:uuid} v=12345678-9ABC-def0-1234-56789abcdef0");
    expect(app, "/u/12345678-9abc-def0-1234-56789abcdef", "404");
    expect(app, "/u/12345678-9abc-def0-1234-56789abcdefg", "404");
    expect(app, "/u/123456789-abc-def0-1234-56789abcdef0", "404");
    expect(app, "/s/a", "/s/{v:str} v=a");
    expect(app, "/s/a+b", "/s/{v:str} v=a+b");
    expect(app, "/s/", "404");
    expect(app, "/s//", "404");
    expect(app, "/s/a/b", "404");
    expect(app, "/s/...", "/s/{v:str} v=...");
    expect(app, "/s/.a", "/s/{v:str} v=.a");
    expect(app, "/s/.", "404");
    expect(app, "/s/..", "404");
    expect(app, "/p/", "/p/{v:path} v=");
    expect(app, "/p", "404");
    expect(app, "/p/a/b/", "/p/{v:path} v=a/b/");
    expect(app, "/p/http://x", "/p/{v:path} v=http://x");
    expect(app, "/p//a", "404");
    expect(app, "/p/..", "404");
    expect(app, "/p/a/../b", "404");
    expect(app, "/p/a/.", "404");
    expect(app, "/p/..a/b..", "/p/{v:path} v=..a/b..");
    weft_app_free(app);
}

WEFT_TEST(router, gives_numbers)
{
    weft_app *app = weft_app_new("test");
    weft_request req;

    add(app, "GET", "/{i:int}/{f:float}/{s}");
    ask(&req, "GET", "/-42/2.5e1/x");
    cr_assert(zero(int, weft__router_match(&app->router, &req)));
    cr_expect(eq(i64, req.params[0].integer, -42));
    cr_expect(eq(dbl, req.params[0].real, -42.0));
    cr_expect(eq(dbl, req.params[1].real, 25.0));
    cr_expect(eq(str, (char *)req.params[2].text, (char *)"x"));
    weft__arena_done(&req.arena);
    weft_app_free(app);
}

WEFT_TEST(router, decodes_each_segment_by_itself)
{
    weft_app *app = weft_app_new("test");

    add(app, "GET", "/a b");
    add(app, "GET", "/\xc3\xa9/{v}");
    add(app, "GET", "/i/{v:int}");
    add(app, "GET", "/p/{v:path}");
    add(app, "GET", "/s/{v}/end");
    add(app, "GET", "/+");
    expect(app, "/a%20b", "/a b");
    expect(app, "/%61%20%62", "/a b");
    expect(app, "/%C3%a9/%25", "/\xc3\xa9/{v} v=%");
    expect(app, "/i/%31%32", "/i/{v:int} v=12");
    expect(app, "/s/a%2Fb/end", "/s/{v}/end v=a/b");
    expect(app, "/s/a%2fb%2fc/end", "/s/{v}/end v=a/b/c");
    expect(app, "/s%2Fa/end", "404");
    expect(app, "/s/a%2Fend", "404");
    expect(app, "/p/a%2Fb/c%20d", "/p/{v:path} v=a/b/c d");
    expect(app, "/p/%", "400");
    expect(app, "/p/%2", "400");
    expect(app, "/p/%zz", "400");
    expect(app, "/p/%2/", "400");
    expect(app, "/p/%00", "400");
    expect(app, "/p/a%00b", "400");
    expect(app, "/p/%ff", "400");
    expect(app, "/p/%C3/%A9", "400");
    expect(app, "/nowhere/%", "400");
    expect(app, "/%2B", "/+");
    expect(app, "/a+b", "404");
    expect(app, "/%2e%2e/p/x", "404");
    expect(app, "/p/%2e%2e/x", "404");
    expect(app, "/p/a%2f..%2fx", "404");
    expect(app, "/s/%2e%2e/end", "404");
    expect(app, "/s/..%2f..%2fetc/end", "404");
    expect(app, "/p/%2Fetc", "404");
    expect(app, "%2f", "404");
    weft_app_free(app);
}

WEFT_TEST(router, knows_methods)
{
    weft_app *app = weft_app_new("test");
    weft_app *wild = weft_app_new("wild");

    add(app, "GET", "/get");
    add(app, "GET,POST", "/both");
    add(app, "HEAD", "/head");
    add(app, "GET", "/head");
    add(app, "PROPFIND", "/dav");
    add(app, "get", "/dav");
    expect_method(app, "GET", "/get", "/get");
    expect_method(app, "HEAD", "/get", "/get");
    expect_method(app, "POST", "/get", "405");
    expect_method(app, "OPTIONS", "/get", "405");
    expect_method(app, "POST", "/both", "/both");
    expect_method(app, "HEAD", "/both", "/both");
    expect_method(app, "PROPFIND", "/dav", "/dav");
    expect_method(app, "get", "/dav", "/dav");
    expect_method(app, "GET", "/dav", "405");
    expect_method(app, "PROPFIN", "/dav", "405");
    expect_method(app, "PROPFINDS", "/dav", "405");
    cr_expect(weft__router_knows(&app->router, "PROPFIND"));
    cr_expect(not(weft__router_knows(&app->router, "PROP")));

    add(wild, "*", "/{p:path}");
    add(wild, "POST", "/x");
    add(wild, "*", "/y");
    add(wild, "GET", "/y");
    expect_method(wild, "BREW", "/x", "/{p:path} p=x");
    expect_method(wild, "OPTIONS", "/x", "/{p:path} p=x");
    expect_method(wild, "POST", "/x", "/x");
    expect_method(wild, "GET", "/y", "/y");
    weft_app_free(app);
    weft_app_free(wild);
}

static void expect_allow(weft_app *app, const char *path, const char *expected)
{
    const char *text;
    weft_app *group;
    weft_request req;

    ask(&req, "TRACE", path);
    req.app = app;
    text = weft__router_allow(&app->router, &req, &group);
    cr_expect(eq(str, (char *)text, (char *)expected), "%s", path);
    weft__arena_done(&req.arena);
}

WEFT_TEST(router, says_what_is_allowed)
{
    weft_app *app = weft_app_new("test");

    add(app, "GET", "/a");
    add(app, "POST", "/b");
    add(app, "DELETE,PUT", "/c/{x:int}");
    add(app, "GET", "/c/{x}");
    add(app, "LINK,LOCK", "/c/{x:path}");
    add(app, "LOCK", "/c/5");
    expect_allow(app, "/a", "GET, HEAD, OPTIONS");
    expect_allow(app, "/b", "POST, OPTIONS");
    expect_allow(app, "/c/5", "LOCK, LINK, GET, HEAD, PUT, DELETE, OPTIONS");
    expect_allow(app, "/c/x", "LOCK, LINK, GET, HEAD, OPTIONS");
    expect_allow(app, "/none", "");
    expect_allow(app, "/%zz", "");
    expect_allow(app, "*", "LINK, LOCK, GET, HEAD, POST, PUT, DELETE, OPTIONS");
    weft_app_free(app);
}

WEFT_TEST(router, matches_many_routes)
{
    weft_app *app = weft_app_new("test");
    char path[64];

    for (int i = 0; i < 10000; i++) {
        snprintf(path, sizeof(path), "/r%d/x%d/{id:int}", i % 100, i);
        cr_assert(zero(int, add(app, "GET", path)));
    }
    for (int i = 0; i < 10000; i++) {
        char expected[96];

        snprintf(path, sizeof(path), "/r%d/x%d/%d", i % 100, i, i);
        snprintf(expected, sizeof(expected), "/r%d/x%d/{id:int} id=%d", i % 100, i, i);
        expect(app, path, expected);
        snprintf(path, sizeof(path), "/r%d/x%d/%d", (i + 1) % 100, i, i);
        expect(app, path, "404");
    }
    weft_app_free(app);
}
