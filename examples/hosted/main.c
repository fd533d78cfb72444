/*
 * main.c - an app and a task in a program that has a libuv loop of its own already.
 *
 * The program is written with callbacks: a timer that ticks, and a signal that ends it.  Weft
 * is attached to the same loop, and the two meet in both directions: handlers wait for what a
 * callback brings (a future), and a callback ends the serving.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>
#include <weft.h>

enum { TICK_MS = 20 };

/* The program as it was, and what it has of Weft. */
static struct {
    uv_loop_t uv;
    uv_timer_t timer;
    uv_signal_t signals[2];
    uint64_t ticks;

    weft_loop *loop;
    weft_app *app;
    weft_future *next_tick; /* that somebody waits for, or NULL */
    weft_serve_options options;
    int rc; /* of serving */
} program;

/* --- Callbacks -----------------------------------------------------------------------------
 */

static void on_tick(uv_timer_t *timer)
{
    weft_future *future = program.next_tick;

    (void)timer;
    program.ticks++;
    program.next_tick = NULL;
    if (future != NULL)
        weft_future_set(future, 0, NULL);
    weft_future_unref(future);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number;
    weft_stop(program.app);
}

static int open_handles(void)
{
    static const int numbers[] = { SIGINT, SIGTERM };
    int rc = uv_timer_init(&program.uv, &program.timer);

    if (rc == 0)
        rc = uv_timer_start(&program.timer, on_tick, TICK_MS, TICK_MS);
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = uv_signal_init(&program.uv, &program.signals[i]);
        if (rc == 0)
            rc = uv_signal_start(&program.signals[i], on_signal, numbers[i]);
    }
    return rc;
}

/* With its last handle uv_run() returns. */
static void close_handles(void)
{
    uv_close((uv_handle_t *)&program.timer, NULL);
    uv_close((uv_handle_t *)&program.signals[0], NULL);
    uv_close((uv_handle_t *)&program.signals[1], NULL);
}

/* --- Tasks ---------------------------------------------------------------------------------
 */

static weft_response *tell_ticks(weft_request *req)
{
    json_t *ticks = json_pack("{s:I}", "ticks", (json_int_t)program.ticks);

    return ticks != NULL ? weft_json(req, 200, ticks) : weft_error(req, UV_ENOMEM);
}

/* However many wait, the callback sets one future. */
static weft_response *await_tick(weft_request *req)
{
    int rc = 0;

    if (program.next_tick == NULL)
        rc = weft_future_new(&program.next_tick);
    if (rc == 0)
        rc = weft_future_wait(program.next_tick, NULL, NULL);
    return rc < 0 ? weft_error(req, rc) : tell_ticks(req);
}

static int serve(void *arg)
{
    (void)arg;
    program.rc = weft_serve(program.app, &program.options);
    close_handles();
    return program.rc;
}

/* --- Both together -------------------------------------------------------------------------
 */

static int attach(void)
{
    int rc = weft_loop_attach(&program.loop, &(weft_loop_options){ .uv = &program.uv });

    if (rc == 0)
        rc = weft_loop_spawn(program.loop, serve, NULL);
    return rc;
}

static int run(void)
{
    int rc = uv_loop_init(&program.uv);

    if (rc == 0)
        rc = open_handles();
    if (rc == 0)
        rc = attach();
    if (rc < 0)
        return rc;
    uv_run(&program.uv, UV_RUN_DEFAULT);
    weft_future_unref(program.next_tick);
    weft_loop_detach(program.loop);
    rc = uv_loop_close(&program.uv);
    return rc < 0 ? rc : program.rc;
}

int main(int argc, char **argv)
{
    int rc;

    if (argc == 3 && strcmp(argv[1], "--port") == 0 &&
        sscanf(argv[2], "%d", &program.options.port) == 1 && program.options.port == 0)
        program.options.port = -1; /* any that is free */
    program.app = weft_app_new("hosted");
    weft_get(program.app, "/ticks", tell_ticks);
    weft_get(program.app, "/ticks/next", await_tick);
    rc = run();
    weft_app_free(program.app);
    if (rc < 0)
        fprintf(stderr, "hosted: %s\n", weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
