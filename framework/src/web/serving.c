/*
 * web/serving.c - see serving.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/serving.h"

#include <stdlib.h>
#include <string.h>
#include <weft/log.h>

#include "web/app.h"

static const char default_peers[] = "127.0.0.1,::1";

static void resolve_limits(struct weft__server_options *to, const weft_serve_options *from)
{
    if (from->max_connections != 0)
        to->max_connections = from->max_connections;
    if (from->max_head_bytes != 0)
        to->max_head_bytes = from->max_head_bytes;
    if (from->max_header_fields != 0)
        to->max_header_fields = from->max_header_fields;
    if (from->head_timeout_ms != 0)
        to->head_timeout_ms = from->head_timeout_ms;
    if (from->body_timeout_ms != 0)
        to->body_timeout_ms = from->body_timeout_ms;
    if (from->keep_alive_timeout_ms != 0)
        to->keep_alive_timeout_ms = from->keep_alive_timeout_ms;
    if (from->write_timeout_ms != 0)
        to->write_timeout_ms = from->write_timeout_ms;
    if (from->backlog != 0)
        to->backlog = from->backlog;
    to->half_close = from->half_close;
    to->disable_date = from->disable_date_header;
    if (from->disable_server_header)
        to->server_header = NULL;
}

/* "/api", "api/" and "/api/" are all "/api"; "/" and NULL are "". */
static int resolve_root_path(struct weft__serving *serving, const char *path)
{
    size_t length;
    char *copy;

    path = path == NULL ? "" : path;
    path += strspn(path, "/");
    length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    if (strcspn(path, "\"<>\\^`{|}?# ") < length)
        return UV_EINVAL;
    copy = malloc(length + 2);
    if (copy == NULL)
        return UV_ENOMEM;
    copy[0] = '/';
    memcpy(copy + 1, path, length);
    copy[length == 0 ? 0 : length + 1] = '\0';
    serving->root_path = copy;
    return 0;
}

int weft__serving_init(weft_app *root, const weft_serve_options *options,
                       struct weft__server_options *ret)
{
    static const weft_serve_options defaults;
    const weft_serve_options *from = options == NULL ? &defaults : options;
    struct weft__serving *serving = &root->serving;
    const char *peers = from->forwarded_allow_ips;
    int rc;

    weft__server_defaults(ret);
    resolve_limits(ret, from);
    *serving = (struct weft__serving){ .proxy_headers = from->proxy_headers };
    rc = resolve_root_path(serving, from->root_path);
    if (rc == UV_EINVAL)
        weft_log(WEFT_LOG_ERROR, "the root path is no path: %s", from->root_path);
    if (rc == 0 && from->proxy_headers) {
        rc = weft__proxy_init(&serving->proxy, peers == NULL ? default_peers : peers);
        if (rc == UV_EINVAL)
            weft_log(WEFT_LOG_ERROR, "no list of addresses, networks or \"*\": %s", peers);
    }
    if (rc < 0)
        weft__serving_done(root);
    return rc;
}

void weft__serving_done(weft_app *root)
{
    weft__proxy_done(&root->serving.proxy);
    free((char *)root->serving.root_path);
    root->serving = (struct weft__serving){ .root_path = NULL };
}
