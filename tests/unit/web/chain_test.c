/*
 * The onion: order, what stands for NULL, and a second weft_proceed().
 */
#include "web/chain.h"

#include <weft/log.h>

#include "server/request.h"
#include "test.h"
#include "web/app.h"

static char trace[64];

static weft_response *ok(weft_request *req)
{
    strncat(trace, "!", 2);
    return weft_text(req, 200, "ok");
}

static weft_response *nothing(weft_request *req)
{
    (void)req;
    return NULL;
}

static weft_response *fails(weft_request *req)
{
    weft_fail(req, 418, "short and stout");
    return NULL;
}

static weft_response *around(weft_request *req, weft_next *next, void *state)
{
    weft_response *res;

    strncat(trace, state, 2);
    res = weft_proceed(req, next);
    strncat(trace, state, 2);
    return res;
}

static weft_response *twice(weft_request *req, weft_next *next, void *state)
{
    (void)state;
    weft_proceed(req, next);
    return weft_proceed(req, next);
}

static weft_response *never(weft_request *req, weft_next *next, void *state)
{
    (void)next;
    (void)state;
    return weft_text(req, 403, "no");
}

static weft_response *loses(weft_request *req, weft_next *next, void *state)
{
    (void)state;
    weft_proceed(req, next);
    return NULL;
}

static void ignore_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

/* The status of a request through this chain; the trace is left behind. */
static int run(weft_app *app, const weft_use_entry *use, weft_handler handler, int verdict)
{
    weft_request req = { .app = app, .verdict = verdict, .allow = "GET" };
    struct weft__arena arena;
    const weft_next *chain;
    int status;

    trace[0] = '\0';
    req.head.method_text = "GET";
    req.head.target = "/";
    req.head.path = "/";
    weft__arena_init(&req.arena, 1024);
    weft__arena_init(&arena, 1024);
    chain = weft__chain_make(&arena, app, use, handler);
    status = weft_status(weft_proceed(&req, (weft_next *)chain));
    weft__arena_done(&arena);
    weft__arena_done(&req.arena);
    return status;
}

static void expect_trace(const char *expected)
{
    cr_expect(eq(str, trace, (char *)expected));
}

WEFT_TEST(chain, runs_from_the_app_inwards)
{
    weft_app *app = weft_app_new("test");
    weft_app *group = weft_under(app, "/g");
    const weft_use_entry use[] = { { around, (char *)"e" }, { around, (char *)"f" }, { 0 } };

    cr_expect(eq(int, run(group, NULL, ok, 0), 200));
    expect_trace("!");
    weft_use(group, around, (char *)"c");
    weft_use(app, around, (char *)"a");
    weft_use(app, around, (char *)"b");
    weft_use(group, around, (char *)"d");
    cr_expect(eq(int, run(group, use, ok, 0), 200));
    expect_trace("abcdef!fedcba");
    cr_expect(eq(int, run(app, NULL, ok, 0), 200));
    expect_trace("ab!ba");
    weft_app_free(app);
}

WEFT_TEST(chain, may_end_before_the_handler)
{
    weft_app *app = weft_app_new("test");

    weft_use(app, around, (char *)"a");
    weft_use(app, never, NULL);
    weft_use(app, around, (char *)"b");
    cr_expect(eq(int, run(app, NULL, ok, 0), 403));
    expect_trace("aa");
    weft_app_free(app);
}

WEFT_TEST(chain, puts_a_response_in_the_place_of_null)
{
    weft_app *app = weft_app_new("test");
    const weft_use_entry use[] = { { loses, NULL }, { 0 } };

    weft_log_set_sink(ignore_log, NULL);
    cr_expect(eq(int, run(app, NULL, nothing, 0), 500));
    cr_expect(eq(int, run(app, NULL, fails, 0), 418));
    cr_expect(eq(int, run(app, use, ok, 0), 500));
    cr_expect(eq(int, run(app, use, fails, 0), 500), "what was stored has been returned once");
    weft_log_set_sink(NULL, NULL);
    weft_app_free(app);
}

WEFT_TEST(chain, refuses_to_proceed_a_second_time)
{
    weft_app *app = weft_app_new("test");
    const weft_use_entry outer[] = { { twice, NULL }, { around, (char *)"a" }, { 0 } };
    const weft_use_entry inner[] = { { around, (char *)"a" }, { twice, NULL }, { 0 } };

    weft_log_set_sink(ignore_log, NULL);
    cr_expect(eq(int, run(app, outer, ok, 0), 500));
    expect_trace("a!a");
    cr_expect(eq(int, run(app, inner, ok, 0), 500));
    expect_trace("a!a");
    weft_log_set_sink(NULL, NULL);
    weft_app_free(app);
}

WEFT_TEST(chain, ends_with_the_verdict_where_there_is_one)
{
    static const int verdicts[] = { 200, 400, 404, 405, 413, 501 };
    weft_app *app = weft_app_new("test");

    weft_use(app, around, (char *)"a");
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        cr_expect(eq(int, run(app, NULL, NULL, verdicts[i]), verdicts[i]));
        expect_trace("aa");
    }
    weft_app_free(app);
}
