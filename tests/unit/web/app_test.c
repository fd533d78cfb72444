/*
 * Declaring apps: groups, mounts, names, complaints, values, error handlers, lifespans.
 */
#include <stdlib.h>
#include <weft/app.h>
#include <weft/log.h>

#include "server/request.h"
#include "test.h"
#include "web/app.h"
#include "web/lifespan.h"

static weft_response *handler(weft_request *req)
{
    (void)req;
    return NULL;
}

static const weft_route_options plain = { .handler = handler };

/* What weft_app_check() says, without the last newline; "" when all is well. */
static char *complaints(weft_app *app)
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof(text), "w");
    long end;

    weft_app_check(app, out);
    fflush(out);
    end = ftell(out);
    fclose(out);
    text[end > 0 ? end - 1 : 0] = '\0';
    return text;
}

static void expect_text(const char *text, const char *expected)
{
    cr_expect(eq(str, (char *)text, (char *)expected));
}

static char *routes(weft_app *app)
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof(text), "w");

    weft_app_print_routes(app, out);
    fclose(out);
    return text;
}

WEFT_TEST(app, names_both_routes_that_collide)
{
    weft_app *app = weft_app_new("test");

    cr_expect(zero(int, weft_route(app, "GET,PUT", "/todos/{id:int}", &plain)));
    cr_expect(zero(int, weft_route(app, "POST", "/todos/{number:int}", &plain)));
    cr_expect(zero(int, weft_route(app, "GET", "/todos/{id:str}", &plain)));
    cr_expect(zero(int, weft_route(app, "*", "/todos/{any:int}", &plain)));
    expect_text(complaints(app), "");
    cr_expect(
        eq(int, weft_route(app, "PATCH,PUT", "/todos/{todo:int}", &plain), WEFT_ECONFLICT));
    cr_expect(eq(int, weft_route(app, "*", "/todos/{x:int}", &plain), WEFT_ECONFLICT));
    expect_text(complaints(app),
                "the route PATCH,PUT /todos/{todo:int} collides with GET,PUT /todos/{id:int}\n"
                "the route * /todos/{x:int} collides with * /todos/{any:int}");
    cr_expect(eq(int, weft__app_freeze(app), WEFT_EMISUSE));
    cr_expect(zero(int, weft_route(app, "PATCH", "/todos/{todo:int}", &plain)),
              "nothing of a refused route stays");
    weft_app_free(app);
}

WEFT_TEST(app, remembers_mistakes)
{
    weft_app *app = weft_app_new("test");
    weft_app *lost = weft_under(app, "/api/");

    cr_expect(eq(int, weft_route(app, "GET", "todos", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_route(app, "GET", "", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_route(app, "G T", "/a", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_route(app, "GET,GET", "/a", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_route(app, "", "/a", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_route(app, "GE/T", "/a", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_get(app, "/b", NULL), UV_EINVAL));
    cr_expect(eq(int, weft_use(app, NULL, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_on_error(app, 200, NULL, NULL), UV_EINVAL));
    cr_expect(eq(int, weft_app_configure(app, &(weft_app_options){ .max_json_depth = 257 }),
                 UV_EINVAL));
    cr_expect(ne(ptr, lost, NULL));
    cr_expect(eq(int, weft_route(lost, "GET", "/x", &plain), UV_EINVAL));
    cr_expect(eq(ptr, weft_under(lost, "/x"), lost));
    cr_expect(eq(int, weft_mount(lost, "/x", weft_app_new("child")), UV_EINVAL));
    cr_expect(eq(int, weft_app_own(lost, malloc(1), free), UV_EINVAL));
    cr_expect(eq(ptr, weft_app_get(lost, &(weft_key){ "x" }), NULL));
    weft_app_free(lost);
    cr_expect(strstr(complaints(app), "the prefix \"/api/\" is malformed") != NULL);
    cr_expect(strstr(complaints(app), "the route GET \"todos\" is malformed: it does not begin "
                                      "with '/'") != NULL);
    cr_expect(lt(int, weft_route(app, "GET,CONNECT", "/x", &plain), 0));
    cr_expect(strstr(complaints(app), "CONNECT is refused before any route") != NULL);
    weft_app_free(app);
}

WEFT_TEST(app, takes_null)
{
    cr_expect(eq(int, weft_route(NULL, "GET", "/", &plain), UV_EINVAL));
    cr_expect(eq(int, weft_use(NULL, NULL, NULL), UV_EINVAL));
    cr_expect(eq(ptr, weft_under(NULL, "/a"), NULL));
    cr_expect(eq(int, weft_mount(NULL, "/a", weft_app_new("child")), UV_EINVAL));
    cr_expect(eq(int, weft_app_own(NULL, malloc(1), free), UV_EINVAL));
    cr_expect(eq(int, weft_app_set(NULL, &(weft_key){ "x" }, NULL), UV_EINVAL));
    cr_expect(eq(int, weft__app_freeze(NULL), UV_EINVAL));
    weft_app_free(NULL);
}

WEFT_TEST(app, puts_prefixes_in_front)
{
    weft_app *app = weft_app_new("test");
    weft_app *api = weft_under(app, "/api");
    weft_app *org = weft_under(api, "/orgs/{org}");
    weft_app *same = weft_under(app, "/");
    weft_app *child = weft_app_new("child");
    weft_app *deep = weft_under(child, "/deep");

    weft_get(app, "/", handler, .name = "home", .summary = "The first page");
    weft_get(api, "", handler);
    weft_get(api, "/", handler);
    weft_get(org, "/{id:int}", handler, .name = "member");
    weft_get(same, "/same", handler);
    weft_get(deep, "/x", handler, .name = "x");
    cr_expect(zero(int, weft_mount(api, "/child", child)));
    weft_get(child, "/late", handler);
    expect_text(complaints(app), "");
    expect_text(routes(app), "METHOD  PATH                      NAME    SUMMARY\n"
                             "GET     /                         home    The first page\n"
                             "GET     /api\n"
                             "GET     /api/\n"
                             "GET     /api/orgs/{org}/{id:int}  member\n"
                             "GET     /api/child/late\n"
                             "GET     /api/child/deep/x         x\n"
                             "GET     /same\n");
    weft_app_free(app);
}

WEFT_TEST(app, refuses_collisions_across_mounts)
{
    weft_app *app = weft_app_new("test");
    weft_app *child = weft_app_new("child");

    weft_get(app, "/api/{x}", handler);
    weft_get(child, "/{y}", handler);
    cr_expect(eq(int, weft_mount(app, "/api", child), WEFT_ECONFLICT));
    expect_text(complaints(app), "the route GET /api/{y} collides with GET /api/{x}");
    weft_app_free(app);
}

WEFT_TEST(app, refuses_what_cannot_be_mounted)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/group");
    weft_app *child = weft_app_new("child");

    cr_expect(eq(int, weft_mount(app, "/x", NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_mount(app, "/x", app), WEFT_EMISUSE));
    cr_expect(eq(int, weft_mount(group, "/x", app), WEFT_EMISUSE));
    cr_expect(eq(int, weft_mount(app, "/x", group), WEFT_EMISUSE));
    cr_expect(zero(int, weft_mount(app, "/x", child)));
    cr_expect(eq(int, weft_mount(app, "/y", child), WEFT_EMISUSE));
    cr_expect(eq(int, weft_mount(app, "/{p:path}", weft_app_new("no")), UV_EINVAL));
    cr_expect(eq(int, weft_mount(app, "x", weft_app_new("no")), UV_EINVAL));
    weft_app_free(child); /* no effect: it belongs to app */
    weft_app_free(app);
}

WEFT_TEST(app, refuses_a_parameter_that_the_prefix_has)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/{id}");

    cr_expect(eq(int, weft_get(group, "/{id:int}", handler), UV_EINVAL));
    weft_under(group, "/x/{id}");
    expect_text(complaints(app),
                "the route GET \"/{id:int}\" is malformed: two parameters have the same name\n"
                "the prefix \"/x/{id}\" is malformed: two parameters have the same name");
    weft_app_free(app);
}

WEFT_TEST(app, keeps_a_name_to_one_template)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    weft_app *child = weft_app_new("child");

    cr_expect(zero(int, weft_get(app, "/a/{id}", handler, .name = "a")));
    cr_expect(zero(int, weft_delete(app, "/a/{id}", handler, .name = "a")));
    cr_expect(eq(int, weft_get(app, "/b", handler, .name = "a"), WEFT_ECONFLICT));
    cr_expect(eq(int, weft_get(group, "/c", handler, .name = "a"), WEFT_ECONFLICT));
    cr_expect(zero(int, weft_get(child, "/c", handler, .name = "a")));
    cr_expect(zero(int, weft_mount(app, "/child", child)));
    expect_text(complaints(app), "the route GET /b has the same name as GET /a/{id}\n"
                                 "the route GET /g/c has the same name as GET /a/{id}");
    weft_app_free(app);
}

WEFT_TEST(app, finds_values_outwards)
{
    static const weft_key a = { "a" }, b = { "b" };
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    int one, two, three;

    cr_expect(eq(ptr, weft_app_get(group, &a), NULL));
    cr_assert(zero(int, weft_app_set(app, &a, &one)));
    cr_assert(zero(int, weft_app_set(app, &b, &two)));
    cr_expect(eq(ptr, weft_app_get(group, &a), &one));
    cr_assert(zero(int, weft_app_set(group, &a, &three)));
    cr_expect(eq(ptr, weft_app_get(group, &a), &three));
    cr_expect(eq(ptr, weft_app_get(group, &b), &two));
    cr_expect(eq(ptr, weft_app_get(app, &a), &one));
    cr_assert(zero(int, weft_app_set(app, &a, NULL)));
    cr_expect(eq(ptr, weft_app_get(app, &a), NULL));
    weft_app_free(app);
}

static weft_response *on_error(weft_request *req, int status, const char *detail, void *arg)
{
    (void)req;
    (void)status;
    (void)detail;
    (void)arg;
    return NULL;
}

static const void *handler_arg(const weft_app *app, int status)
{
    const struct weft__error_handler *found = weft__app_error_handler(app, status);

    return found != NULL ? found->arg : NULL;
}

WEFT_TEST(app, finds_error_handlers_outwards)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    char all, not_found, in_group, later;

    cr_expect(eq(ptr, (void *)handler_arg(group, 404), NULL));
    cr_assert(zero(int, weft_on_error(app, 0, on_error, &all)));
    cr_assert(zero(int, weft_on_error(app, 404, on_error, &not_found)));
    cr_assert(zero(int, weft_on_error(group, 500, on_error, &in_group)));
    cr_expect(eq(ptr, (void *)handler_arg(app, 404), &not_found));
    cr_expect(eq(ptr, (void *)handler_arg(app, 405), &all));
    cr_expect(eq(ptr, (void *)handler_arg(group, 404), &not_found));
    cr_expect(eq(ptr, (void *)handler_arg(group, 500), &in_group));
    cr_assert(zero(int, weft_on_error(group, 500, on_error, &later)));
    cr_expect(eq(ptr, (void *)handler_arg(group, 500), &later));
    cr_expect(eq(ptr, (void *)handler_arg(NULL, 500), NULL));
    weft_app_free(app);
}

static void count_release(void *memory)
{
    (*(int *)memory)++;
}

WEFT_TEST(app, keeps_memory_until_it_is_freed)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    int released = 0;

    cr_expect(zero(int, weft_app_own(app, &released, count_release)));
    cr_expect(zero(int, weft_app_own(group, &released, count_release)));
    cr_expect(zero(int, released));
    weft_app_free(app);
    cr_expect(eq(int, released, 2));
}

/* --- Lifespan */

static char trace[64];

static int start(weft_app *app, void *arg)
{
    (void)app;
    strncat(trace, arg, 2);
    return strchr(arg, '!') != NULL ? UV_EIO : 0;
}

static void stop(weft_app *app, void *arg)
{
    (void)app;
    strncat(trace, "-", 2);
    strncat(trace, arg, 2);
}

static int run_lifespan(void *arg)
{
    int rc = weft__lifespan_start(arg);

    if (rc == 0)
        weft__lifespan_stop(arg);
    return rc;
}

static void ignore_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

WEFT_TEST(app, stops_in_reverse_what_started)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    weft_app *other = weft_under(app, "/h");

    weft_on_lifespan(group, start, stop, (char *)"c");
    weft_on_lifespan(app, start, stop, (char *)"a");
    weft_on_lifespan(app, NULL, stop, (char *)"b");
    weft_on_lifespan(other, start, NULL, (char *)"d");
    cr_expect(zero(int, weft_run(run_lifespan, app)));
    expect_text(trace, "acd-c-b-a");

    trace[0] = '\0';
    weft_log_set_sink(ignore_log, NULL);
    weft_on_lifespan(other, start, stop, (char *)"!");
    weft_on_lifespan(other, start, stop, (char *)"e");
    cr_expect(eq(int, weft_run(run_lifespan, app), UV_EIO));
    expect_text(trace, "acd!-c-b-a");
    weft_log_set_sink(NULL, NULL);
    weft_app_free(app);
}
