/*
 * Start-up and shut-down around an app that is served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft.h>
#include <weft/test_criterion.h>

static const weft_key counter_key = { "counter" };

struct counter {
    weft_task *task;
    int ticks;
    int result;
};

static int tick(void *arg)
{
    struct counter *counter = arg;
    int rc;

    while ((rc = weft_sleep(1)) == 0)
        counter->ticks++;
    return rc;
}

/* A task that runs as long as the app does. */
static int start_counter(weft_app *app, void *arg)
{
    struct counter *counter = arg;
    int rc = weft_spawn(&counter->task, tick, counter);

    return rc < 0 ? rc : weft_app_set(app, &counter_key, counter);
}

static void stop_counter(weft_app *app, void *arg)
{
    struct counter *counter = arg;

    (void)app;
    weft_task_cancel(counter->task);
    cr_expect(zero(int, weft_task_join(counter->task, &counter->result)));
}

/* Answers when the counter has moved on. */
static weft_response *await_tick(weft_request *req)
{
    struct counter *counter = weft_state(req, &counter_key);
    int before = counter->ticks;

    while (counter->ticks == before) {
        int rc = weft_sleep(1);

        if (rc < 0)
            return weft_error(req, rc);
    }
    return weft_text(req, 200, "ticking");
}

WEFT_TEST(lifespan, may_run_a_task_beside_the_requests)
{
    struct counter counter = { 0 };
    weft_app *app = weft_app_new("lifespan");
    weft_test *t;

    weft_on_lifespan(app, start_counter, stop_counter, &counter);
    weft_get(app, "/", await_tick);
    t = weft_test_new(app);
    cr_expect(eq(int, weft_test_get(t, "/").status, 200));
    cr_expect(eq(int, weft_test_get(t, "/").status, 200));
    weft_test_free(t);
    cr_expect(eq(int, counter.result, UV_ECANCELED));
}

static int fail_to_start(weft_app *app, void *arg)
{
    (void)app;
    (void)arg;
    return UV_EACCES;
}

static void ignore_log(weft_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

WEFT_TEST(lifespan, that_fails_leaves_nothing_started)
{
    struct counter counter = { 0 };
    weft_app *app = weft_app_new("lifespan");
    weft_test *t;

    weft_on_lifespan(app, start_counter, stop_counter, &counter);
    weft_on_lifespan(app, fail_to_start, NULL, NULL);
    weft_log_set_sink(ignore_log, NULL);
    t = weft_test_new(app);
    cr_expect(eq(int, counter.result, UV_ECANCELED));
    cr_expect(eq(str, (char *)weft_test_get(t, "/").error, (char *)"permission denied"));
    weft_test_free(t);
    weft_log_set_sink(NULL, NULL);
}
