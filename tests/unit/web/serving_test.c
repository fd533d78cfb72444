/*
 * weft_serve() in a task, weft_stop(), and tasks that an app owns.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft.h>
#include <weft/test.h>

#include <stdio.h>
#include <string.h>

#include "in_task.h"
#include "orders.h"

enum { HOUR_MS = 3600 * 1000 };

/* --- A program that serves in a task, and asks itself --------------------------------------
 */

static struct {
    weft_app *app;
    weft_event listening;
    int port;
    int begun;      /* requests */
    char order[16]; /* what ended, in order */
    size_t length;
} here;

static void note(char what)
{
    cr_assert(lt(sz, here.length, sizeof(here.order) - 1));
    here.order[here.length++] = what;
    here.order[here.length] = '\0';
}

static void on_listening(const char *url, void *arg)
{
    (void)arg;
    cr_expect(eq(int, sscanf(url, "http://127.0.0.1:%d", &here.port), 1), "%s", url);
    weft_event_set(&here.listening);
}

static const weft_serve_options options = { .port = -1,
                                            .shutdown_timeout_ms = 10000,
                                            .on_listening = on_listening };

static weft_response *hello(weft_request *req)
{
    return weft_text(req, 200, "hello");
}

/* Ends when it is cancelled. */
static weft_response *hang(weft_request *req)
{
    int rc;

    here.begun++;
    rc = weft_sleep(HOUR_MS);
    note('r');
    return weft_error(req, rc);
}

static int on_start(weft_app *app, void *arg)
{
    (void)app;
    (void)arg;
    note('+');
    return 0;
}

static void on_stop(weft_app *app, void *arg)
{
    (void)app;
    (void)arg;
    note('-');
}

static void declare(void)
{
    memset(&here, 0, sizeof(here));
    here.app = weft_app_new("served");
    weft_get(here.app, "/", hello);
    weft_post(here.app, "/hang", hang, .timeout_ms = UINT32_MAX);
    weft_on_lifespan(here.app, on_start, on_stop, NULL);
}

static int serve(void *arg)
{
    (void)arg;
    return weft_serve(here.app, &options);
}

static weft_task *begin(void)
{
    weft_task *task;

    declare();
    cr_assert(zero(int, weft_spawn(&task, serve, NULL)));
    cr_assert(zero(int, weft_event_wait(&here.listening)));
    return task;
}

static int end(weft_task *task)
{
    int result = 1;

    cr_assert(zero(int, weft_task_join(task, &result)));
    weft_app_free(here.app);
    return result;
}

static struct weft_stream *ask(const char *request)
{
    struct weft_stream *stream;

    cr_assert(zero(int, weft_tcp_connect("127.0.0.1", here.port, NULL, &stream)));
    cr_assert(zero(int, weft_stream_printf(stream, "%s HTTP/1.1\r\nHost: a\r\n\r\n", request)));
    cr_assert(zero(int, weft_stream_drain(stream)));
    return stream;
}

static void expect_status(struct weft_stream *stream, int status)
{
    char line[128];
    int found = 0;

    cr_assert(gt(int, weft_stream_read_line(stream, line, sizeof(line)), 0));
    cr_expect(eq(int, sscanf(line, "HTTP/1.1 %d", &found), 1));
    cr_expect(eq(int, found, status));
}

/* Until the handler waits. */
static void await_request(void)
{
    while (here.begun == 0)
        cr_assert(zero(int, weft_sleep(1)));
}

WEFT_TASK_TEST(serve, in_a_task_until_it_is_stopped)
{
    weft_task *task = begin();
    struct weft_stream *stream = ask("GET /");

    expect_status(stream, 200);
    cr_expect(eq(int, weft_serve(here.app, &options), WEFT_EMISUSE), "it is served already");
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    cr_expect(eq(str, here.order, (char *)"+-"));
    weft_stream_close(stream);
}

WEFT_TASK_TEST(serve, drains_when_its_task_is_cancelled)
{
    weft_task *task = begin();
    struct weft_stream *stream = ask("POST /hang");

    await_request();
    weft_task_cancel(task);
    cr_expect(zero(int, weft_sleep(5)));
    cr_expect(not(weft_task_ended(task)), "the request may finish");
    weft_stop(here.app); /* which cuts the drain short */
    cr_expect(eq(int, end(task), 0));
    cr_expect(eq(str, here.order, (char *)"+r-"));
    weft_stream_close(stream);
}

WEFT_TASK_TEST(serve, returns_why_its_task_ended_it)
{
    weft_task *task = begin();

    weft_task_cancel(task);
    cr_expect(eq(int, end(task), UV_ECANCELED));
    cr_expect(eq(str, here.order, (char *)"+-"));
}

WEFT_TASK_TEST(serve, in_a_scope_with_a_deadline)
{
    WEFT_TIMEOUT(limit, 20);

    declare();
    cr_expect(eq(int, weft_serve(here.app, &options), UV_ETIMEDOUT));
    cr_expect(eq(str, here.order, (char *)"+-"));
    weft_app_free(here.app);
}

WEFT_TASK_TEST(serve, a_second_stop_cuts_the_drain_short)
{
    weft_task *task = begin();
    struct weft_stream *stream = ask("POST /hang");

    await_request();
    weft_stop(here.app);
    cr_expect(zero(int, weft_sleep(5)));
    cr_expect(not(weft_task_ended(task)));
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    cr_expect(eq(str, here.order, (char *)"+r-"));
    weft_stream_close(stream);
}

static int start_slowly(weft_app *app, void *arg)
{
    int rc;

    (void)app;
    weft_event_set(arg);
    rc = weft_sleep(HOUR_MS);
    note(rc == UV_ECANCELED ? 'c' : '?');
    return rc;
}

WEFT_TASK_TEST(serve, a_stop_cancels_the_start)
{
    weft_event starting = { 0 };
    weft_task *task;

    declare();
    weft_on_lifespan(here.app, start_slowly, NULL, &starting);
    cr_assert(zero(int, weft_spawn(&task, serve, NULL)));
    cr_assert(zero(int, weft_event_wait(&starting)));
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    cr_expect(eq(str, here.order, (char *)"+c-"));
}

WEFT_TASK_TEST(serve, again_after_its_end)
{
    for (int i = 0; i < 3; i++) {
        weft_task *task;

        if (i == 0)
            declare();
        here.listening = (weft_event){ 0 };
        cr_assert(zero(int, weft_spawn(&task, serve, NULL)));
        cr_assert(zero(int, weft_event_wait(&here.listening)));
        weft_stop(here.app);
        cr_assert(zero(int, weft_task_join(task, NULL)));
    }
    cr_expect(eq(str, here.order, (char *)"+-+-+-"));
    weft_app_free(here.app);
}

static void count_errors(weft_log_level level, const char *line, void *arg)
{
    if (level == WEFT_LOG_ERROR && strstr(line, "still being served") != NULL)
        ++*(int *)arg;
}

WEFT_TASK_TEST(serve, of_an_app_that_cannot_be_freed_meanwhile)
{
    weft_task *task = begin();
    struct weft_stream *stream;
    int errors = 0;

    weft_log_set_sink(count_errors, &errors);
    weft_app_free(here.app);
    weft_log_set_sink(NULL, NULL);
    cr_expect(eq(int, errors, 1));
    stream = ask("GET /");
    expect_status(stream, 200);
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    weft_stream_close(stream);
}

WEFT_TEST(serve, stop_takes_what_is_not_served)
{
    weft_app *app = weft_app_new("idle");

    weft_stop(app);
    weft_stop(NULL);
    weft_app_free(app);
}

/* --- Tasks of an app -----------------------------------------------------------------------
 */

static int work_long(void *arg)
{
    int rc = weft_sleep(HOUR_MS);
    WEFT_SHIELD(shield, 0);

    (void)arg;
    (void)weft_sleep(1); /* it is awaited */
    note(rc == UV_ECANCELED ? 't' : '?');
    return rc;
}

static int answer(void *arg)
{
    weft_event_set(arg);
    note(weft_deadline_ms() == UINT64_MAX && weft_current_request() == NULL ? 'b' : '?');
    return 0;
}

static weft_event answered;

static weft_response *in_the_background(weft_request *req)
{
    cr_expect(zero(int, weft_app_spawn(here.app, work_long, NULL)));
    cr_expect(zero(int, weft_app_spawn(here.app, answer, &answered)));
    return weft_text(req, 202, "later");
}

static void spawn_late(weft_app *app, void *arg)
{
    (void)arg;
    cr_expect(eq(int, weft_app_spawn(app, work_long, NULL), WEFT_EMISUSE));
    note('.');
}

WEFT_TEST(app_spawn, ends_before_the_shut_down_hooks)
{
    weft_test *test;

    declare();
    answered = (weft_event){ 0 };
    weft_post(here.app, "/later", in_the_background);
    weft_on_lifespan(here.app, NULL, spawn_late, NULL);
    cr_expect(eq(int, weft_app_spawn(here.app, work_long, NULL), WEFT_EMISUSE));
    test = weft_test_new(here.app);
    cr_expect(eq(int, weft_test_post(test, "/later").status, 202));
    weft_test_free(test);
    cr_expect(eq(str, here.order, (char *)"+bt.-"));
}

WEFT_TASK_TEST(app_spawn, leaves_the_tasks_of_the_loop_alone)
{
    weft_task *task = begin();

    cr_expect(zero(int, weft_loop_spawn(weft_loop_current(), work_long, NULL)));
    cr_expect(zero(int, weft_app_spawn(here.app, work_long, NULL)));
    cr_expect(zero(int, weft_yield()));
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    cr_expect(eq(str, here.order, (char *)"+t-"));
}

/* --- In any order --------------------------------------------------------------------------
 */

static int serve_and_stop(void *arg)
{
    weft_task *task = begin();
    struct weft_stream *stream = ask("GET /");

    (void)arg;
    expect_status(stream, 200);
    cr_expect(zero(int, weft_app_spawn(here.app, work_long, NULL)));
    (void)!weft_yield(); /* it may begin */
    weft_stop(here.app);
    cr_expect(zero(int, end(task)));
    weft_stream_close(stream);
    return strcmp(here.order, "+t-") == 0 || strcmp(here.order, "+-") == 0 ? 0 : UV_EIO;
}

WEFT_TEST(serve, goes_the_same_way_in_any_order)
{
    expect_in_any_order(serve_and_stop, NULL);
}
