/*
 * How a request ends: what it started ends first, and what must not go on closes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft.h>
#include <weft/test_criterion.h>

static size_t seen_size;

/* Uses what belongs to its owner's request when it is told to stop. */
static int child(void *arg)
{
    int rc = weft_sleep(60000);

    seen_size = json_object_size(arg);
    return rc;
}

static weft_response *spawns(weft_request *req)
{
    json_t *body;
    int rc = weft_json_body(req, &body);

    if (rc == 0)
        rc = weft_spawn(NULL, child, body);
    if (rc == 0)
        rc = weft_yield(); /* so that it has begun */
    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "done");
}

WEFT_TEST(ending, children_end_before_what_they_use_is_released)
{
    weft_app *app = weft_app_new("ending");
    weft_test *t;

    weft_post(app, "/", spawns);
    t = weft_test_new(app);
    seen_size = 0;
    cr_expect(eq(int, weft_test_post(t, "/", .json = "{\"a\": 1}").status, 200));
    cr_expect(eq(int, weft_test_post(t, "/", .json = "{\"a\": 1}").status, 200));
    cr_expect(eq(sz, seen_size, 1));
    weft_test_free(t);
}

static int write_slowly(void *arg)
{
    for (int i = 0; i < 5; i++) {
        int rc = weft_write(arg, "x", 1);

        if (rc >= 0)
            rc = weft_sleep(30);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static weft_response *streams_in_a_group(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/plain");
    int rc;
    WEFT_GROUP(writers, 0);

    rc = weft_group_go(writers, write_slowly, res);
    if (rc == 0)
        rc = weft_group_wait(writers);
    return rc < 0 ? weft_error(req, rc) : res;
}

WEFT_TEST(ending, a_stream_of_another_task_is_not_cut)
{
    weft_app *app = weft_app_new("ending");
    weft_test *t;

    weft_get(app, "/", streams_in_a_group, .timeout_ms = 60);
    t = weft_test_new(app);
    cr_expect(eq(str, (char *)weft_test_get(t, "/").body, (char *)"xxxxx"));
    weft_test_free(t);
}

static weft_response *is_late(weft_request *req)
{
    int rc = weft_sleep(60000);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, "slept");
}

static weft_response *reads(weft_request *req)
{
    const char *body;
    int rc = weft_read_body(req, &body, NULL);

    return rc < 0 ? weft_error(req, rc) : weft_text(req, 200, body);
}

WEFT_TEST(ending, what_was_refused_closes)
{
    static const struct {
        const char *method;
        const char *target;
        int status;
    } cases[] = {
        { "POST", "/small", 413 },
        { "BREW", "/small", 501 },
        { "GET", "/late", 504 },
    };
    weft_app *app = weft_app_new("ending");
    weft_test *t;

    weft_post(app, "/small", reads, .max_body_bytes = 10);
    weft_get(app, "/late", is_late, .timeout_ms = 20);
    t = weft_test_new(app);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        weft_test_reply r = weft_test_send(t, cases[i].method, cases[i].target,
                                           &(weft_test_request){ .body = "12345678901" });

        cr_expect(eq(int, r.status, cases[i].status));
        cr_expect(eq(str, (char *)weft_test_header_of(&r, "Connection"), (char *)"close"));
        cr_expect(r.closed);
    }
    cr_expect(eq(int, weft_test_post(t, "/small", .body = "1234567890").status, 200));
    weft_test_free(t);
}
