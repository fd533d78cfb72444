/*
 * web/serve.c - weft_serve(): from start-up to the end of the last connection.
 *
 * One task goes through it all:
 *
 *     STARTING -> SERVING -> DRAINING -> STOPPING
 *
 * SIGTERM and SIGINT move it on: the first one while STARTING cancels the start-up hooks, while
 * SERVING it begins the drain; a further one cuts the drain short.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <weft/diagnostics.h>
#include <weft/log.h>

#include "base/log.h"
#include "server/server.h"
#include "task/task.h"
#include "web/app.h"
#include "web/lifespan.h"
#include "web/route_stacks.h"

enum { DEFAULT_PORT = 8080, SHUTDOWN_MS = 30000, HELD_MS = 100, URL_ROOM = 256 };

static const int signal_numbers[] = { SIGTERM, SIGINT };
enum { SIGNALS = sizeof(signal_numbers) / sizeof(signal_numbers[0]) };

enum phase { STARTING, SERVING, DRAINING, STOPPING };

struct service {
    weft_app *app;
    const weft_serve_options *options;
    weft_task *task;
    struct weft__server *server;
    uv_signal_t signals[SIGNALS];
    unsigned open_signals;    /* handles that are not closed */
    struct weft__wait *waits; /* what the task waits for now, or NULL */
    enum phase phase;
    bool interrupted; /* a signal has come */
    bool drained;
};

/* --- Waiting for the loop -------------------------------------------------------------- */

static int wait_here(struct service *service, const char *what)
{
    struct weft__wait wait;
    int rc;

    weft__wait_init(&wait, what);
    service->waits = &wait;
    rc = weft__wait(&wait);
    service->waits = NULL;
    return rc;
}

static void go_on(struct service *service)
{
    struct weft__wait *wait = service->waits;

    service->waits = NULL;
    if (wait != NULL)
        weft__wait_complete(wait, 0);
}

/* --- Signals --------------------------------------------------------------------------- */

static void signalled(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;

    (void)number;
    switch (service->phase) {
    case STARTING:
        if (!service->interrupted)
            weft_task_cancel(service->task);
        break;
    case SERVING:
        go_on(service);
        break;
    case DRAINING:
        weft__server_drain(service->server, 0, NULL, NULL);
        break;
    case STOPPING:
        break;
    }
    service->interrupted = true;
}

static void signal_closed(uv_handle_t *handle)
{
    struct service *service = handle->data;

    if (--service->open_signals == 0)
        go_on(service);
}

static int open_signals(struct service *service)
{
    uv_loop_t *loop = weft_loop_uv(weft_loop_current());

    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_t *handle = &service->signals[i];
        int rc = uv_signal_init(loop, handle);

        if (rc < 0)
            return rc;
        handle->data = service;
        service->open_signals++;
        rc = uv_signal_start(handle, signalled, signal_numbers[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void close_signals(struct service *service)
{
    WEFT_SHIELD(shield, UINT32_MAX); /* the handles lie in a stack that is about to go */

    for (unsigned i = 0; i < service->open_signals; i++)
        uv_close((uv_handle_t *)&service->signals[i], signal_closed);
    while (service->open_signals > 0)
        (void)!wait_here(service, "closing");
}

/* --- Listening and draining ------------------------------------------------------------ */

static int listen_here(struct service *service, char *url)
{
    const weft_serve_options *options = service->options;
    const char *host = options->host != NULL ? options->host : "127.0.0.1";
    int port = options->port == 0 ? DEFAULT_PORT : options->port;
    int rc;

    if (options->uds != NULL) {
        rc = weft__server_listen_unix(service->server, options->uds, url, URL_ROOM);
        if (rc < 0)
            weft_log(WEFT_LOG_ERROR, "cannot listen on %s: %s", options->uds,
                     weft_strerror(rc));
        return rc;
    }
    rc = weft__server_listen_tcp(service->server, host, port < 0 ? 0 : port, url, URL_ROOM);
    if (rc < 0)
        weft_log(WEFT_LOG_ERROR, "cannot listen on %s, port %d: %s", host, port < 0 ? 0 : port,
                 weft_strerror(rc));
    return rc;
}

static void say_listening(const struct service *service, const char *url)
{
    if (service->options->on_listening != NULL)
        service->options->on_listening(url, service->options->arg);
    else
        fprintf(stderr, "listening on %s\n", url);
}

static void drained(struct weft__server *server, void *arg)
{
    struct service *service = arg;

    (void)server;
    service->drained = true;
    go_on(service);
}

/* A blocking call that does not return would hold the process for ever; its thread cannot be
 * stopped, and what it uses cannot be freed.  So the process ends here. */
static void abandon(size_t count)
{
    weft_log(WEFT_LOG_ERROR, "%zu requests did not end in time and are left behind", count);
    weft__log_stop();
    _exit(EXIT_SUCCESS);
}

static void drain(struct service *service)
{
    uint32_t timeout_ms = service->options->shutdown_timeout_ms;
    WEFT_SHIELD(shield, UINT32_MAX);

    service->phase = DRAINING;
    weft__server_drain(service->server, timeout_ms != 0 ? timeout_ms : SHUTDOWN_MS, drained,
                       service);
    while (!service->drained)
        (void)!wait_here(service, "drain");
    if (weft__server_stats(service->server).connections > 0)
        abandon(weft__server_stats(service->server).connections);
}

/* Serve until a signal comes.  0, or why it could not begin. */
static int run_server(struct service *service)
{
    char url[URL_ROOM];
    int rc = weft__app_serve_on(service->app, service->options, &service->server);

    if (rc < 0)
        return rc;
    rc = listen_here(service, url);
    if (rc == 0) {
        service->phase = SERVING;
        say_listening(service, url);
        if (!service->interrupted)
            rc = wait_here(service, "signal");
        drain(service);
    }
    service->phase = STOPPING;
    weft__server_free(service->server);
    if (service->app->serving.debugging)
        weft__route_stacks_log(service->app);
    weft__app_serve_done(service->app);
    return rc;
}

/* Without the watch everything else works. */
static void watch(const weft_serve_options *options)
{
    uint32_t held_ms = options->held_ms != 0 ? options->held_ms : HELD_MS;
    int rc = weft_watch_loop(held_ms == UINT32_MAX ? 0 : held_ms);

    if (rc < 0)
        weft_log(WEFT_LOG_WARNING, "nobody watches who holds the loop: %s", weft_strerror(rc));
}

static int run(void *arg)
{
    struct service *service = arg;
    int rc;

    service->task = weft_task_current();
    watch(service->options);
    rc = open_signals(service);
    if (rc == 0)
        rc = weft__lifespan_start(service->app);
    if (rc == 0 && !service->interrupted)
        rc = run_server(service);
    service->phase = STOPPING;
    weft__background_end(); /* it may use what the hooks are about to close */
    weft__lifespan_stop(service->app);
    close_signals(service);
    return service->interrupted ? 0 : rc;
}

/* --- The process ----------------------------------------------------------------------- */

/* Each connection is a descriptor; the soft limit is often 1,024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Where 0, 1 or 2 is closed, the next descriptor, perhaps a client's, would take its place and
 * get what is written for the operator. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", O_RDWR); /* the lowest that is free: this one */
    }
}

int weft_serve(weft_app *app, const weft_serve_options *options)
{
    static const weft_serve_options defaults;
    struct service service = { .app = app, .options = options != NULL ? options : &defaults };
    int rc = weft__app_freeze(app);

    if (rc < 0) {
        if (app == NULL || weft__app_log_complaints(app) == 0)
            weft_log(WEFT_LOG_ERROR, "the app cannot be served: %s", weft_strerror(rc));
        return rc;
    }
    signal(SIGPIPE, SIG_IGN);
    fill_standard_descriptors();
    raise_descriptor_limit();
    (void)!weft__log_start(); /* without a thread, lines are written at once */
    rc = weft_run_with(run, &service, &service.options->loop);
    weft__log_stop();
    return rc;
}
