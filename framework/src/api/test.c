/*
 * api/test.c - the life of an app under test (weft/test.h).
 *
 * All tests of a thread share one loop, which exists as long as one of them does and runs only
 * inside of the calls of this file: between them nothing happens, and no time passes for it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "api/test_client.h"
#include "task/background.h"
#include "web/app.h"
#include "web/lifespan.h"
#include "web/serve.h"

enum { DRAIN_MS = 1000, STOP_MS = 20000, BLOCK_BYTES = 4096 };

static _Thread_local struct {
    weft_loop *loop;
    struct weft__list tests;
    unsigned count;
} here;

/* --- The loop -------------------------------------------------------------------------- */

static const char *take_loop(void)
{
    int rc = 0;

    if (here.count == 0) {
        rc = weft__loop_new(&here.loop, NULL);
        weft__list_init(&here.tests);
    }
    if (rc == UV_EBUSY)
        return "a loop runs on this thread already: a test client cannot be used inside of it";
    if (rc < 0)
        return weft_strerror(rc);
    here.count++;
    return NULL;
}

static void give_loop(void)
{
    if (--here.count > 0)
        return;
    weft__loop_free(here.loop);
    here.loop = NULL;
}

void weft__test_turn(weft_test *test, bool wait)
{
    uv_run(weft_loop_uv(here.loop), wait && !test->late ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static void on_late(uv_timer_t *timer)
{
    weft_test *test = timer->data;

    test->late = true;
}

void weft__test_start_timer(weft_test *test, uint64_t ms)
{
    test->late = false;
    uv_update_time(weft_loop_uv(here.loop));
    uv_timer_start(&test->timer, on_late, ms, 0);
}

void weft__test_stop_timer(weft_test *test)
{
    uv_timer_stop(&test->timer);
}

/* --- The app's own task ---------------------------------------------------------------- */

static void ended(weft_task *task, void *arg)
{
    weft_test *test = arg;

    (void)task;
    test->life = WEFT__TEST_ENDED;
}

/*
 * As in weft_serve(), one task starts and stops the app: what a start-up hook spawns belongs to
 * it, runs as long as the app does, and can be joined by a shut-down hook.
 */
static int live(void *arg)
{
    weft_test *test = arg;
    int rc = weft__lifespan_start(test->app);

    if (rc == 0)
        rc = weft__app_serve_on(test->app, &test->options, &test->server);
    test->started = rc;
    test->life = WEFT__TEST_SERVING;
    weft__wait_init(&test->end, "end of the test");
    if (rc == 0)
        rc = weft__wait(&test->end);
    weft__background_end(weft__loop_background(here.loop));
    weft__lifespan_stop(test->app);
    return rc;
}

/* Run the loop until the app's task has come so far, however long that takes: hooks have limits
 * of their own. */
static void await(weft_test *test, enum weft__test_life life)
{
    test->late = false;
    while (test->life < life)
        weft__test_turn(test, true);
}

static int start(weft_test *test)
{
    int rc = weft__task_start(here.loop, NULL, live, test, ended);

    if (rc < 0)
        return rc;
    await(test, WEFT__TEST_SERVING);
    return test->started;
}

/* --- Life ------------------------------------------------------------------------------ */

/* What weft_app_check() says, in one text. */
static const char *complaints(weft_test *test)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    const char *copy = NULL;

    if (to != NULL) {
        weft_app_check(test->app, to);
        fclose(to);
        copy = weft__arena_strndup(&test->arena, text, length);
    }
    free(text);
    return copy == NULL ? "memory is out" : copy;
}

static const char *start_app(weft_test *test)
{
    int rc;

    if (test->app == NULL)
        return "there is no app: was memory out when it was made?";
    rc = weft__app_freeze(test->app);
    if (rc == WEFT_EMISUSE)
        return complaints(test);
    if (rc == 0)
        rc = start(test);
    return rc < 0 ? weft_strerror(rc) : NULL;
}

/* Stands in where there is none for a test. */
static weft_test without_memory = { .error = "memory is out" };

weft_test *weft_test_new_with(weft_app *app, const weft_serve_options *options)
{
    weft_test *test = weft__calloc(1, sizeof(*test));

    if (test == NULL) {
        weft_app_free(app);
        return &without_memory;
    }
    test->app = app;
    if (options != NULL)
        test->options = *options;
    weft__arena_init(&test->arena, BLOCK_BYTES);
    test->error = take_loop();
    if (test->error != NULL)
        return test;
    weft__list_append(&here.tests, &test->link);
    uv_timer_init(weft_loop_uv(here.loop), &test->timer);
    test->timer.data = test;
    test->error = start_app(test);
    return test;
}

weft_test *weft_test_new(weft_app *app)
{
    return weft_test_new_with(app, NULL);
}

static void on_drained(struct weft__server *server, void *arg)
{
    (void)server;
    *(bool *)arg = true;
}

static void stop_server(weft_test *test)
{
    bool drained = false;

    if (test->client != NULL)
        weft__memory_free(test->client);
    test->client = NULL;
    weft__server_drain(test->server, DRAIN_MS, on_drained, &drained);
    weft__test_start_timer(test, STOP_MS); /* which also keeps the loop alive */
    while (!drained && !test->late)
        weft__test_turn(test, true);
    weft__test_stop_timer(test);
    if (drained)
        weft__server_free(test->server);
    else
        weft_log(WEFT_LOG_ERROR, "the test ends with connections that do not end");
    weft__app_serve_done(test->app);
}

static void on_timer_closed(uv_handle_t *handle)
{
    weft_test *test = handle->data;

    test->timer.data = NULL;
}

static void leave_loop(weft_test *test)
{
    if (test->server != NULL)
        stop_server(test);
    if (test->life == WEFT__TEST_SERVING && test->started == 0)
        weft__wait_complete(&test->end, 0);
    if (test->life != WEFT__TEST_NEW)
        await(test, WEFT__TEST_ENDED);
    weft__list_remove(&test->link);
    uv_close((uv_handle_t *)&test->timer, on_timer_closed);
    while (test->timer.data != NULL)
        weft__test_turn(test, false);
    give_loop();
}

void weft_test_free(weft_test *test)
{
    if (test == NULL || test == &without_memory)
        return;
    if (weft__list_linked(&test->link))
        leave_loop(test);
    weft_app_free(test->app);
    weft__arena_done(&test->arena);
    free(test);
}

void weft_test_free_all(void)
{
    while (here.count > 0)
        weft_test_free(weft__list_entry(weft__list_first(&here.tests), weft_test, link));
}
