/*
 * web/service.c - an app while it is served: from its start-up hooks to the end of the last
 * connection.
 *
 * One task goes through it all:
 *
 *     STARTING -> SERVING -> DRAINING -> STOPPING
 *
 * weft__service_stop() moves it on: while STARTING it cancels the start-up hooks, while SERVING
 * it begins the drain; a further one cuts the drain short.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/log.h>

#include "base/log.h"
#include "server/request.h"
#include "server/server.h"
#include "task/background.h"
#include "task/diag/dump.h"
#include "web/app.h"
#include "web/lifespan.h"
#include "web/route_stacks.h"
#include "web/serve.h"

enum { DEFAULT_PORT = 8080, SHUTDOWN_MS = 30000, URL_ROOM = 256, LEFT_LOOK_MS = 100 };

/* --- Waiting for the loop -------------------------------------------------------------- */

static int wait_here(struct weft__service *service, const char *what)
{
    struct weft__wait wait;
    int rc;

    weft__wait_init(&wait, what);
    service->waits = &wait;
    rc = weft__wait(&wait);
    service->waits = NULL;
    return rc;
}

static void go_on(struct weft__service *service)
{
    struct weft__wait *wait = service->waits;

    service->waits = NULL;
    if (wait != NULL)
        weft__wait_complete(wait, 0);
}

void weft__service_stop(struct weft__service *service)
{
    service->stopped = true;
    switch (service->phase) {
    case WEFT__STARTING:
        weft_scope_cancel(&service->starting);
        break;
    case WEFT__SERVING:
        go_on(service);
        break;
    case WEFT__DRAINING:
        weft__server_drain(service->server, 0, NULL, NULL);
        break;
    case WEFT__STOPPING:
        break;
    }
}

/* --- Listening and draining ------------------------------------------------------------ */

static int listen_here(struct weft__service *service, char *url)
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

static void say_listening(const struct weft__service *service, const char *url)
{
    if (service->options->on_listening != NULL)
        service->options->on_listening(url, service->options->arg);
    else
        fprintf(stderr, "listening on %s\n", url);
}

static void drained(struct weft__server *server, void *arg)
{
    struct weft__service *service = arg;

    (void)server;
    service->drained = true;
    go_on(service);
}

/*
 * A blocking call that does not return would hold the process for ever; its thread cannot be
 * stopped, and what it uses cannot be freed.  So a process that does nothing else ends here.
 */
static void abandon(size_t count)
{
    weft_log(WEFT_LOG_ERROR, "%zu requests did not end in time and are left behind", count);
    weft__log_stop();
    _exit(EXIT_SUCCESS);
}

/* Requests that have not ended, work in the background included. */
static size_t unfinished(const struct weft__service *service)
{
    struct weft__server_stats stats = weft__server_stats(service->server);

    return stats.connections + stats.background;
}

static void await_left(const struct weft__service *service, size_t count)
{
    weft_log(WEFT_LOG_ERROR, "%zu requests did not end in time and are waited for", count);
    while (unfinished(service) > 0)
        (void)weft_sleep(LEFT_LOOK_MS);
}

static void drain(struct weft__service *service)
{
    uint32_t timeout_ms = service->options->shutdown_timeout_ms;
    size_t left;
    WEFT_SHIELD(shield, UINT32_MAX);

    service->phase = WEFT__DRAINING;
    weft__server_drain(service->server, timeout_ms != 0 ? timeout_ms : SHUTDOWN_MS, drained,
                       service);
    while (!service->drained)
        (void)!wait_here(service, "drain");
    left = unfinished(service);
    if (left > 0 && service->owns_process)
        abandon(left);
    else if (left > 0)
        await_left(service, left);
}

/* Serve until it is stopped.  0, or why it could not begin. */
static int run_server(struct weft__service *service)
{
    char url[URL_ROOM];
    int rc = weft__app_serve_on(service->app, service->options, &service->server);

    if (rc < 0)
        return rc;
    rc = listen_here(service, url);
    if (rc == 0) {
        service->phase = WEFT__SERVING;
        say_listening(service, url);
        if (!service->stopped)
            rc = wait_here(service, "serving");
        drain(service);
    }
    service->phase = WEFT__STOPPING;
    weft__server_free(service->server);
    if (service->app->serving.debugging)
        weft__route_stacks_log(service->app);
    weft__app_serve_done(service->app);
    return rc;
}

/* --- For reports ------------------------------------------------------------------------ */

/* The request line, the route and the id of the request that a task works for; in a signal
 * handler, too. */
static void say_request(void *context, struct weft__say *say)
{
    const weft_request *req = context;

    weft__say(say, req->head.method_text);
    weft__say(say, " ");
    weft__say_bytes(say, req->head.path, req->head.path_length);
    if (req->route != NULL) {
        weft__say(say, ", route ");
        weft__say(say, req->route->full.text);
    }
    if (req->id != NULL) {
        weft__say(say, ", request ");
        weft__say_bytes(say, req->id, strlen(req->id));
    }
}

/* --- The whole -------------------------------------------------------------------------- */

static int start(struct weft__service *service)
{
    int rc;

    weft_scope_enter(&service->starting, 0);
    rc = weft__lifespan_start(service->app);
    weft_scope_leave(&service->starting);
    return rc;
}

int weft__service_run(struct weft__service *service)
{
    int rc;

    if (service->app->service != NULL)
        return weft__misuse("weft_serve", "the app is being served already");
    service->app->service = service;
    weft__dump_set_hook(say_request);
    rc = start(service);
    if (rc == 0 && !service->stopped)
        rc = run_server(service);
    service->phase = WEFT__STOPPING;
    if (service->owns_process) /* they may use what the hooks are about to close */
        weft__background_end(weft__loop_background(weft_loop_current()));
    weft__lifespan_stop(service->app);
    service->app->service = NULL;
    return service->stopped ? 0 : rc;
}

void weft_stop(weft_app *app)
{
    if (app != NULL && app->root != NULL && app->root->service != NULL)
        weft__service_stop(app->root->service);
}
