/*
 * server/server.c - the server of one loop: making it, ending it, its figures.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "net/memory.h"
#include "server/conn.h"
#include "task/os/memory_limit.h"

/* Three quarters of what there is: the rest is for the system's own buffers. */
static size_t default_memory(uint64_t limit)
{
    return limit / 4 * 3 < SIZE_MAX ? (size_t)(limit / 4 * 3) : SIZE_MAX;
}

/* They must not take all that there is by being there: one for each 8 KiB. */
static size_t default_connections(uint64_t limit)
{
    enum { MOST = 16384, BYTES = 8192 };

    return limit / BYTES < MOST ? (size_t)(limit / BYTES) : MOST;
}

void weft__server_defaults(struct weft__server_options *options)
{
    uint64_t limit = weft__memory_limit();

    *options = (struct weft__server_options){
        .max_connections = default_connections(limit),
        .max_connections_per_address = SIZE_MAX,
        .max_head_bytes = 16 * 1024,
        .max_header_fields = 100,
        .max_connection_memory = (size_t)64 << 20,
        .bodies_apart = true,
        .max_memory = default_memory(limit),
        .head_timeout_ms = 10 * 1000,
        .body_timeout_ms = 30 * 1000,
        .min_body_rate = 240,
        .min_write_rate = 240,
        .keep_alive_timeout_ms = 75 * 1000,
        .write_timeout_ms = 30 * 1000,
        .backlog = 4096,
        .server_header = "weft",
    };
}

static void init_lists(struct weft__server *server)
{
    for (int state = 0; state < WEFT__CONN_STATES; state++)
        weft__list_init(&server->conns[state]);
    weft__list_init(&server->stalled);
    weft__list_init(&server->background);
    weft__list_init(&server->listeners);
}

int weft__server_new(struct weft__server **ret_server, weft_loop *loop,
                     const struct weft__server_options *options, weft__dispatch_fn dispatch,
                     void *arg)
{
    struct weft__server *server = weft__calloc(1, sizeof(*server));
    size_t server_length = options->server_header != NULL ? strlen(options->server_header) : 0;
    char *shared = weft__malloc(WEFT__READ_BUFFER);
    char *lines = weft__malloc(WEFT__WRITE_LINES_MAX + server_length);

    if (server == NULL || shared == NULL || lines == NULL) {
        free(server);
        free(shared);
        free(lines);
        return UV_ENOMEM;
    }
    server->loop = loop;
    server->options = *options;
    server->head_limits =
        weft__head_limits(options->max_head_bytes, options->max_header_fields);
    server->dispatch = dispatch;
    server->arg = arg;
    server->shared = (uv_buf_t){ .base = shared, .len = WEFT__READ_BUFFER };
    server->server_header_length = server_length;
    server->lines = lines;
    server->memory.max = options->max_memory;
    weft__buffer_init(&server->cork.bytes, SIZE_MAX / 2);
    init_lists(server);
    uv_timer_init(weft_loop_uv(loop), &server->sweep); /* cannot fail */
    server->sweep.data = server;
    uv_unref((uv_handle_t *)&server->sweep);
    server->flush_hook.fn = weft__server_flush;
    weft__loop_add_hook(loop, &server->flush_hook);
    weft__server_measure_memory(server, 0);
    *ret_server = server;
    return 0;
}

void weft__server_handle_closed(struct weft__server *server)
{
    if (!server->freed || !server->sweep_closed || server->listener_count > 0)
        return;
    weft__pool_done(server);
    weft__peers_done(&server->peers);
    weft__buffer_done(&server->cork.bytes);
    free(server->shared.base);
    free(server->lines);
    free(server);
}

static void sweep_closed(uv_handle_t *handle)
{
    struct weft__server *server = handle->data;

    server->sweep_closed = true;
    weft__server_handle_closed(server);
}

void weft__server_free(struct weft__server *server)
{
    if (server == NULL)
        return;
    assert(server->conn_count == 0 && weft__list_empty(&server->background));
    server->freed = true;
    server->drained = NULL;
    weft__loop_remove_hook(&server->flush_hook);
    weft__server_close_listeners(server);
    uv_close((uv_handle_t *)&server->sweep, sweep_closed);
}

static size_t count(const struct weft__list *list)
{
    size_t length = 0;

    for (const struct weft__list *node = list->next; node != list; node = node->next)
        length++;
    return length;
}

struct weft__server_stats weft__server_stats(const struct weft__server *server)
{
    struct weft__server_stats stats = { .connections = server->conn_count,
                                        .pooled_requests = server->pool.count,
                                        .requests = server->request_count };
    stats.idle = count(&server->conns[WEFT__CONN_NEW]) + count(&server->conns[WEFT__CONN_IDLE]);
    stats.background = count(&server->background);
    return stats;
}

int weft__memory_connect(struct weft__server *server, struct weft__memory_client **ret_client)
{
    struct weft__memory_client *client;
    struct weft__conn *conn;
    int rc = weft__conn_new(server, &conn);

    if (rc < 0)
        return rc;
    rc = weft__memory_new(weft_loop_uv(server->loop), &client);
    if (rc < 0) {
        weft__conn_free(conn);
        return rc;
    }
    client->base.events = &weft__conn_events;
    client->base.shared = &server->shared;
    client->base.user = conn;
    rc = weft__conn_open(conn, &client->base); /* reading over memory cannot fail */
    if (rc == 0 && !weft__conn_admit(conn))
        weft__conn_close(conn, true);
    *ret_client = client;
    return rc;
}

bool weft__request_lacks_memory(const weft_request *req)
{
    return req->memory.refused;
}

bool weft__request_unnamed(const weft_request *req)
{
    return req->server->options.proxy_protocol && req->conn != NULL &&
           req->conn->name.named == WEFT__NAMED_NOBODY;
}

bool weft__request_secured(const weft_request *req)
{
    return req->conn != NULL && req->conn->name.tls;
}

const char *weft__request_peer(weft_request *req)
{
    const struct weft__conn *conn = req->conn; /* NULL: for work in the background */
    struct sockaddr_storage address;
    char text[64] = "";

    if (conn != NULL && conn->name.named != WEFT__NAMED_NOBODY) {
        if (conn->name.named == WEFT__NAMED_IP)
            weft__ip_format(text, sizeof(text), conn->name.ip);
    } else if (conn != NULL && conn->state != WEFT__CONN_CLOSED &&
               conn->transport->ops->peer(conn->transport, &address) == 0) {
        uint8_t ip[WEFT__IP_BYTES];

        if (weft__ip_of(ip, &address))
            weft__ip_format(text, sizeof(text), ip);
    }
    return weft__arena_strndup(&req->arena, text, strlen(text));
}
