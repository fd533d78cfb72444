/*
 * The time that a handler has, and what ends it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft.h>
#include <weft/test_criterion.h>

static weft_response *sleep_on(weft_request *req)
{
    int rc = weft_sleep(5000);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

static weft_response *sleep_and_say_nothing(weft_request *req)
{
    (void)req;
    weft_sleep(5000);
    return NULL;
}

static weft_response *nap(weft_request *req)
{
    int rc = weft_sleep(30);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

/* The head leaves in time; the body takes longer than a handler may. */
static weft_response *stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc = weft_write(res, "a", 1);

    if (rc >= 0)
        rc = weft_sleep(30);
    if (rc >= 0)
        rc = weft_write(res, "b", 1);
    return rc < 0 ? weft_error(req, rc) : res;
}

static int nap_elsewhere(void *arg)
{
    (void)arg;
    return weft_sleep(5000);
}

/* The deadline reaches tasks that the handler starts. */
static weft_response *group(weft_request *req)
{
    int rc;
    WEFT_GROUP(both, 0);

    rc = weft_group_go(both, nap_elsewhere, NULL);
    if (rc == 0)
        rc = weft_group_wait(both);
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

/* What middleware does after the handler is inside of the same time. */
static weft_response *sleep_after(weft_request *req, weft_next *next, void *state)
{
    weft_response *res = weft_proceed(req, next);
    int rc = weft_sleep(5000);

    (void)state;
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *at_once(weft_request *req)
{
    return weft_text(req, 200, "at once");
}

static weft_app *make_app(void)
{
    static const weft_use_entry slow[] = { { sleep_after, NULL }, { NULL, NULL } };
    weft_app *app = weft_app_new("deadline");
    weft_app *generous = weft_under(app, "/generous");

    weft_app_configure(app, &(weft_app_options){ .timeout_ms = 10 });
    weft_app_configure(generous, &(weft_app_options){ .timeout_ms = 5000 });
    weft_get(app, "/sleep", sleep_on);
    weft_get(app, "/null", sleep_and_say_nothing);
    weft_get(app, "/stream", stream);
    weft_get(app, "/group", group);
    weft_get(app, "/after", at_once, .use = slow);
    weft_get(app, "/nap/none", nap, .timeout_ms = UINT32_MAX);
    weft_get(app, "/nap/more", nap, .timeout_ms = 5000);
    weft_get(generous, "/nap", nap);
    return app;
}

static void ignore_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

WEFT_TEST(deadline, answers_504)
{
    static const char *const targets[] = { "/sleep", "/null", "/group", "/after" };
    weft_test *t = weft_test_new(make_app());

    weft_log_set_sink(ignore_log, NULL);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        cr_expect(eq(int, weft_test_get(t, targets[i]).status, 504), "%s", targets[i]);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(deadline, is_that_of_the_route_then_of_the_group)
{
    static const char *const targets[] = { "/nap/none", "/nap/more", "/generous/nap" };
    weft_test *t = weft_test_new(make_app());

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        cr_expect(eq(int, weft_test_get(t, targets[i]).status, 200), "%s", targets[i]);
}

WEFT_TEST(deadline, does_not_cut_a_stream_that_has_begun)
{
    weft_test *t = weft_test_new(make_app());
    weft_test_reply r = weft_test_get(t, "/stream");

    cr_expect(eq(int, r.status, 200));
    cr_expect(eq(str, (char *)r.body, (char *)"ab"));
}
