/*
 * URLs of named routes: filling, encoding, types, names across mounts; and that the router
 * finds its way back.
 */
#include <weft/app.h>
#include <weft/log.h>

#include "server/request.h"
#include "test.h"
#include "web/app.h"

static weft_response *handler(weft_request *req)
{
    (void)req;
    return NULL;
}

static void ignore_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static weft_app *app;
static weft_app *child;
static weft_request req;

static void open_app(void)
{
    weft_app *group;

    app = weft_app_new("test");
    group = weft_under(app, "/orgs/{org}");
    child = weft_app_new("child");
    weft_get(app, "/", handler, .name = "home");
    weft_get(app, "/todos/{id:int}", handler, .name = "todo");
    weft_get(app, "/f/{v:float}", handler, .name = "float");
    weft_get(app, "/u/{v:uuid}", handler, .name = "uuid");
    weft_get(app, "/s/{v}/a b/", handler, .name = "str");
    weft_get(app, "/p/{v:path}", handler, .name = "path");
    weft_get(group, "/m/{id:int}", handler, .name = "member");
    weft_get(child, "/", handler, .name = "home");
    weft_get(child, "/only", handler, .name = "only");
    weft_mount(app, "/child", child);
    cr_assert(zero(int, weft__app_freeze(app)));
    weft_log_set_sink(ignore_log, NULL);
    req = (weft_request){ .app = app };
    weft__arena_init(&req.arena, 256);
}

static void close_app(void)
{
    weft_log_set_sink(NULL, NULL);
    weft__arena_done(&req.arena);
    weft_app_free(app);
}

/* Whether the router takes `url`. */
static int match(const char *url)
{
    weft_request back = { .app = app };
    int status;

    weft__arena_init(&back.arena, 256);
    back.head.method = WEFT__METHOD_GET;
    back.head.method_text = "GET";
    back.head.path = url;
    back.head.path_length = strlen(url);
    status = weft__router_match(&app->router, &back);
    weft__arena_done(&back.arena);
    return status;
}

static void expect(const char *url, const char *expected)
{
    cr_assert(ne(ptr, (void *)url, NULL), "%s", expected);
    cr_expect(eq(str, (char *)url, (char *)expected));
    cr_expect(zero(int, match(url)), "%s leads nowhere", url);
}

static void refuse(const char *url)
{
    cr_expect(eq(ptr, (void *)url, NULL), "%s", url);
}

WEFT_TEST(url_for, fills_parameters)
{
    open_app();
    expect(weft_url_for(&req, "home"), "/");
    expect(weft_url_for(&req, "todo", 5), "/todos/5");
    expect(weft_url_for(&req, "todo", INT64_MIN), "/todos/-9223372036854775808");
    expect(weft_url_for(&req, "todo", "12"), "/todos/12");
    expect(weft_url_for(&req, "float", 1.5), "/f/1.5");
    expect(weft_url_for(&req, "float", 1e300), "/f/1e300");
    expect(weft_url_for(&req, "float", -2.5e-10), "/f/-2.5e-10");
    expect(weft_url_for(&req, "float", 7), "/f/7");
    expect(weft_url_for(&req, "uuid", "12345678-9abc-def0-1234-56789abcdef0"),
           "/u/12345678-9abc-def0-1234-56789abcdef0");
    expect(weft_url_for(&req, "str", "x"), "/s/x/a%20b/");
    expect(weft_url_for(&req, "str", "a/b?c#d%e f"), "/s/a%2Fb%3Fc%23d%25e%20f/a%20b/");
    expect(weft_url_for(&req, "str", "\xc3\xa9"), "/s/%C3%A9/a%20b/");
    expect(weft_url_for(&req, "str", 9), "/s/9/a%20b/");
    expect(weft_url_for(&req, "path", "a/b c"), "/p/a/b%20c");
    expect(weft_url_for(&req, "path", ""), "/p/");
    expect(weft_url_for(&req, "member", "acme", 3), "/orgs/acme/m/3");
    close_app();
}

WEFT_TEST(url_for, refuses_what_the_router_would_not_take)
{
    open_app();
    refuse(weft_url_for(&req, "nobody"));
    refuse(weft_url_for(&req, "home", 1));
    refuse(weft_url_for(&req, "todo"));
    refuse(weft_url_for(&req, "member", "acme"));
    refuse(weft_url_for(&req, "todo", "x"));
    refuse(weft_url_for(&req, "todo", 1.5));
    refuse(weft_url_for(&req, "todo", (const char *)NULL));
    refuse(weft_url_for(&req, "float", 1e300 * 1e300));
    refuse(weft_url_for(&req, "uuid", "x"));
    refuse(weft_url_for(&req, "str", ""));
    refuse(weft_url_for(&req, "str", ".."));
    refuse(weft_url_for(&req, "path", "../x"));
    refuse(weft_url_for(&req, "path", "/x"));
    close_app();
}

WEFT_TEST(url_for, looks_for_names_from_the_inside_out)
{
    open_app();
    expect(weft_url_for(&req, "only"), "/child/only");
    req.app = child;
    expect(weft_url_for(&req, "home"), "/child/");
    expect(weft_url_for(&req, "todo", 1), "/todos/1");
    close_app();
}

WEFT_TEST(url_for, puts_the_root_path_and_the_origin_in_front)
{
    open_app();
    req.root_path = "/api";
    req.scheme = "https";
    req.host = "example.org:8443";
    cr_expect(eq(str, (char *)weft_url_for(&req, "todo", 1), (char *)"/api/todos/1"));
    cr_expect(eq(str, (char *)weft_absolute_url_for(&req, "todo", 1),
                 (char *)"https://example.org:8443/api/todos/1"));
    close_app();
}
