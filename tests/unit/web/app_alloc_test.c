/*
 * An app declared and routed while memory runs out, at each allocation in turn.
 */
#include <stdlib.h>
#include <weft/app.h>

#include "failalloc.h"
#include "server/request.h"
#include "test.h"
#include "web/app.h"

static weft_response *handler(weft_request *req)
{
    (void)req;
    return NULL;
}

static weft_response *middleware(weft_request *req, weft_next *next, void *state)
{
    (void)state;
    return weft_proceed(req, next);
}

static weft_response *on_error(weft_request *req, int status, const char *detail, void *arg)
{
    (void)status;
    (void)arg;
    return weft_text(req, 200, detail);
}

static int start(weft_app *app, void *arg)
{
    (void)app;
    (void)arg;
    return 0;
}

static int released;

static void release(void *memory)
{
    released++;
    free(memory);
}

static const weft_key key = { "key" };

/* Everything that can be declared; no result is looked at, as programs do. */
static weft_app *declare(void)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g/{org}");
    weft_app *child = weft_app_new("child");
    static int value;
    char path[32];

    weft_use(app, middleware, NULL);
    weft_use(group, middleware, NULL);
    weft_app_set(app, &key, &value);
    weft_on_error(group, 404, on_error, NULL);
    weft_on_lifespan(app, start, NULL, NULL);
    weft_app_configure(app, &(weft_app_options){ .timeout_ms = 5 });
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof(path), "/r%d/{x:int}", i);
        weft_route(group, "GET,PROPFIND", path,
                   &(weft_route_options){
                       .handler = handler,
                       .name = i % 2 == 0 ? NULL : "name",
                       .use = (weft_use_entry[]){ { middleware, NULL }, { NULL, NULL } } });
    }
    weft_get(child, "/{p:path}", handler, .name = "files");
    weft_mount(app, "/files", child);
    weft_get(app, "/g/{o}/r1/{y:int}", handler); /* collides, which takes memory to say */
    return app;
}

WEFT_TEST(app_alloc, survives_every_failure_while_it_is_declared)
{
    for (unsigned long n = 1;; n++) {
        weft_app *app;
        bool failed;

        weft_test_fail_alloc(n);
        app = declare();
        failed = weft_test_fail_stop();
        cr_expect(lt(int, weft__app_freeze(app), 0), "allocation %lu", n);
        weft_app_free(app);
        if (!failed)
            break;
    }
}

WEFT_TEST(app_alloc, releases_what_it_owns_once_whatever_happens)
{
    for (unsigned long n = 1;; n++) {
        weft_app *app = weft_app_new("test");
        void *memory = malloc(100);
        bool failed;

        released = 0;
        weft_test_fail_alloc(n);
        weft_app_own(app, memory, release);
        failed = weft_test_fail_stop();
        weft_app_free(app);
        cr_expect(eq(int, released, 1));
        if (!failed)
            break;
    }
}

static weft_app *small_app(void)
{
    weft_app *app = weft_app_new("test");

    weft_use(app, middleware, NULL);
    weft_get(app, "/a/{x}", handler);
    weft_get(weft_under(app, "/g"), "/{y:path}", handler);
    return app;
}

WEFT_TEST(app_alloc, can_freeze_again_after_a_failure)
{
    for (unsigned long n = 1;; n++) {
        weft_app *app = small_app();
        bool failed;
        int rc;

        weft_test_fail_alloc(n);
        rc = weft__app_freeze(app);
        failed = weft_test_fail_stop();
        cr_expect(eq(int, rc, failed ? UV_ENOMEM : 0));
        cr_expect(zero(int, weft__app_freeze(app)));
        weft_app_free(app);
        if (!failed)
            break;
    }
}

/* One request, whose arena has nothing yet. */
static int match(weft_app *app, const char *path)
{
    weft_request req = { 0 };
    weft_app *group;
    int status;

    weft__arena_init(&req.arena, 64);
    req.app = app;
    req.head.method_text = "GET";
    req.head.method = WEFT__METHOD_GET;
    req.head.path = path;
    req.head.path_length = strlen(path);
    status = weft__router_match(&app->router, &req);
    if (status == 404 && weft__router_allow(&app->router, &req, &group) == NULL)
        status = 500;
    weft__arena_done(&req.arena);
    return status;
}

WEFT_TEST(app_alloc, answers_500_when_a_request_has_no_memory)
{
    static const char *const paths[] = { "/a/b", "/a/%20", "/g/%41/b", "/none" };
    weft_app *app = small_app();

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        int good = match(app, paths[i]);

        for (unsigned long n = 1;; n++) {
            int status;

            weft_test_fail_alloc(n);
            status = match(app, paths[i]);
            if (!weft_test_fail_stop()) {
                cr_expect(eq(int, status, good));
                break;
            }
            cr_expect(eq(int, status, 500), "%s, allocation %lu", paths[i], n);
        }
    }
    weft_app_free(app);
}
