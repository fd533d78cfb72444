/*
 * How deep the stacks of routes are, told in debug mode.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft.h>
#include <weft/test_criterion.h>

enum { DEEP_BYTES = 40 * 1024 };

static __attribute__((noinline)) void use_stack(void)
{
    volatile char bytes[DEEP_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = 'x';
}

static weft_response *shallow(weft_request *req)
{
    return weft_text(req, 200, "shallow");
}

static weft_response *deep(weft_request *req)
{
    use_stack();
    return weft_text(req, 200, "deep");
}

static int go_deep(void *arg)
{
    (void)arg;
    use_stack();
    return 0;
}

static weft_response *delegate(weft_request *req)
{
    weft_task *task;
    int rc = weft_spawn(&task, go_deep, NULL);

    if (rc == 0)
        rc = weft_task_join(task, NULL);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "deep");
}

static weft_app *app_with_stacks(void)
{
    weft_app *app = weft_app_new("stacks");
    weft_app *group = weft_under(app, "/api");

    weft_get(app, "/shallow", shallow);
    weft_route(app, "GET,POST", "/deep/{n:int}", &(weft_route_options){ .handler = deep });
    weft_get(group, "/delegate", delegate);
    return app;
}

WEFT_TEST(debug, tells_how_deep_the_stacks_of_routes_are)
{
    weft_app *app = app_with_stacks();
    weft_test *t;

    setenv("WEFT_DEBUG", "1", 1);
    t = weft_test_new(app);
    cr_assert(eq(int, weft_test_get(t, "/deep/1").status, 200));
    cr_assert(eq(int, weft_test_get(t, "/shallow").status, 200)); /* the same stack */
    cr_assert(eq(int, weft_test_get(t, "/nowhere").status, 404));
    cr_assert(zero(sz, weft_route_stack_deepest(app, "GET", "/api/delegate")));
    cr_assert(eq(int, weft_test_get(t, "/api/delegate").status, 200));

    cr_expect(ge(sz, weft_route_stack_deepest(app, "GET", "/deep/{n:int}"), DEEP_BYTES));
    cr_expect(ge(sz, weft_route_stack_deepest(app, "POST", "/deep/{n:int}"), DEEP_BYTES));
    cr_expect(ge(sz, weft_route_stack_deepest(app, "GET", "/api/delegate"), DEEP_BYTES));
    cr_expect(gt(sz, weft_route_stack_deepest(app, "GET", "/shallow"), 0));
    cr_expect(lt(sz, weft_route_stack_deepest(app, "GET", "/shallow"), DEEP_BYTES));
    cr_expect(zero(sz, weft_route_stack_deepest(app, "PUT", "/shallow")));
    cr_expect(zero(sz, weft_route_stack_deepest(app, "GET", "/nowhere")));
    cr_expect(zero(sz, weft_route_stack_deepest(NULL, "GET", "/nowhere")));
}

WEFT_TEST(debug, measures_nothing_without_it)
{
    weft_app *app = app_with_stacks();
    weft_test *t;

    unsetenv("WEFT_DEBUG");
    cr_expect(zero(sz, weft_route_stack_deepest(app, "GET", "/deep/{n:int}")));
    t = weft_test_new(app);
    cr_assert(eq(int, weft_test_get(t, "/deep/1").status, 200));
    cr_expect(zero(sz, weft_route_stack_deepest(app, "GET", "/deep/{n:int}")));
}
