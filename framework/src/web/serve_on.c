/*
 * web/serve_on.c - options of serving, made into a server for an app.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/log.h>

#include "server/server.h"
#include "task/task.h"
#include "web/app.h"
#include "web/dispatch.h"
#include "web/route_stacks.h"
#include "web/serve.h"

static const char default_proxies[] = "127.0.0.1,::1";

/* A field that is zero takes the default that is there. */
#define TAKE(field)                      \
    do {                                 \
        if (options->field != 0)         \
            ret->field = options->field; \
    } while (0)

static bool is_proxy(const uint8_t *ip, void *arg)
{
    return weft__proxy_trusts_ip(arg, ip);
}

static void take_options(struct weft__server_options *ret, const weft_serve_options *options)
{
    weft__server_defaults(ret);
    TAKE(max_connections);
    TAKE(max_connections_per_address);
    TAKE(max_head_bytes);
    TAKE(max_header_fields);
    TAKE(max_memory);
    TAKE(max_connection_memory);
    ret->bodies_apart = options->max_connection_memory == 0;
    TAKE(head_timeout_ms);
    TAKE(body_timeout_ms);
    TAKE(min_body_rate);
    TAKE(min_write_rate);
    TAKE(keep_alive_timeout_ms);
    TAKE(write_timeout_ms);
    TAKE(backlog);
    ret->half_close = options->half_close;
    ret->proxy_protocol = options->proxy_protocol;
    ret->disable_date = options->disable_date_header;
    if (options->disable_server_header)
        ret->server_header = NULL;
}

#undef TAKE

/* Keep the root path without a slash at its end; NULL when nothing is left of it. */
static int take_root_path(weft_app *app, const char *root_path)
{
    size_t length = root_path != NULL ? strlen(root_path) : 0;

    app->serving.root_path = NULL;
    while (length > 0 && root_path[length - 1] == '/')
        length--;
    if (length == 0)
        return 0;
    if (root_path[0] != '/' || root_path[1] == '/' || strpbrk(root_path, "?# \"<>\\") != NULL) {
        weft_log(WEFT_LOG_ERROR, "the root path \"%s\" is no path that begins with one '/'",
                 root_path);
        return UV_EINVAL;
    }
    app->serving.root_path = weft__arena_strndup(&app->arena, root_path, length);
    return app->serving.root_path == NULL ? UV_ENOMEM : 0;
}

static int take_proxies(weft_app *app, const weft_serve_options *options)
{
    const char *list =
        options->forwarded_allow_ips != NULL ? options->forwarded_allow_ips : default_proxies;
    int rc;

    app->serving.proxy_headers = options->proxy_headers;
    app->serving.proxied = options->proxy_headers || options->proxy_protocol;
    if (!app->serving.proxied)
        return 0;
    rc = weft__proxy_init(&app->serving.proxy, list);
    if (rc == UV_EINVAL)
        weft_log(WEFT_LOG_ERROR, "the trusted proxies \"%s\" are no list of addresses", list);
    return rc;
}

int weft__app_serve_on(weft_app *app, const weft_serve_options *options,
                       struct weft__server **ret_server)
{
    static const weft_serve_options defaults;
    struct weft__server_options server_options;
    int rc;

    if (options == NULL)
        options = &defaults;
    take_options(&server_options, options);
    rc = take_root_path(app, options->root_path);
    if (rc == 0)
        rc = take_proxies(app, options);
    if (app->serving.proxied) {
        server_options.is_proxy = is_proxy;
        server_options.proxy_arg = &app->serving.proxy;
    }
    if (rc == 0)
        rc = weft__server_new(ret_server, weft_loop_current(), &server_options, weft__dispatch,
                              app);
    if (rc < 0) {
        weft__app_serve_done(app);
        return rc;
    }
    app->serving.debugging = weft__debugging();
    if (app->serving.debugging)
        weft__route_stacks_begin(app);
    return 0;
}

void weft__app_serve_done(weft_app *app)
{
    if (app->serving.debugging)
        weft__route_stacks_end();
    weft__proxy_done(&app->serving.proxy);
    weft__buffer_done(&app->serving.json);
    app->serving = (struct weft__serving){ 0 };
}

int weft__app_log_complaints(weft_app *app)
{
    int count = 0;

    for (weft_app *at = app; at != NULL; at = weft__app_next(app, at)) {
        for (const struct weft__complaint *complaint = at->complaints; complaint != NULL;
             complaint = complaint->next) {
            weft_log(WEFT_LOG_ERROR, "%s", complaint->text);
            count++;
        }
    }
    return count;
}
