/*
 * server/listen.c - a server's listeners, and what is accepted from them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/listener.h"
#include "server/conn.h"

struct server_listener {
    struct weft__list link; /* in server->listeners */
    struct weft__listener listener;
    bool waiting; /* for memory, to accept a connection */
};

static void accept_one(struct weft__listener *listener)
{
    struct weft__server *server = listener->user;
    struct weft__conn *conn;
    bool opened = false;
    int rc;

    if (weft__conn_new(server, &conn) < 0) {
        /* libuv asks once only, and hears of no other connection until this one is taken. */
        weft__list_entry(listener, struct server_listener, listener)->waiting = true;
        weft__server_start_sweep(server);
        return;
    }
    conn->uv.base.events = &weft__conn_events;
    conn->uv.base.shared = &server->shared;
    conn->uv.base.user = conn;
    conn->transport = &conn->uv.base;
    rc = weft__uv_transport_accept(&conn->uv, &listener->uv.stream, &opened);
    if (!opened) {
        weft__conn_free(conn);
        return;
    }
    if (rc == 0)
        rc = weft__conn_open(conn, &conn->uv.base);
    if (rc < 0 || !weft__conn_admit(conn))
        weft__conn_close(conn, true);
}

void weft__server_accept_waiting(struct weft__server *server)
{
    for (struct weft__list *node = server->listeners.next; node != &server->listeners;
         node = node->next) {
        struct server_listener *own = weft__list_entry(node, struct server_listener, link);

        if (!own->waiting)
            continue;
        own->waiting = false;
        accept_one(&own->listener);
    }
}

static void closed(struct weft__listener *listener)
{
    struct weft__server *server = listener->user;

    free(weft__list_entry(listener, struct server_listener, listener));
    server->listener_count--;
    weft__server_check_drained(server);
    weft__server_handle_closed(server);
}

static void close_one(struct server_listener *own)
{
    weft__list_remove(&own->link);
    weft__listener_close(&own->listener);
}

void weft__server_close_listeners(struct weft__server *server)
{
    struct weft__list *node;

    while ((node = weft__list_first(&server->listeners)) != NULL)
        close_one(weft__list_entry(node, struct server_listener, link));
}

static struct server_listener *listener_new(struct weft__server *server, int family)
{
    struct server_listener *own = weft__calloc(1, sizeof(*own));

    if (own == NULL)
        return NULL;
    own->listener.on_connection = accept_one;
    own->listener.on_closed = closed;
    own->listener.user = server;
    if (weft__listener_init(&own->listener, weft_loop_uv(server->loop), family) < 0) {
        free(own);
        return NULL;
    }
    weft__list_append(&server->listeners, &own->link);
    server->listener_count++;
    return own;
}

int weft__server_listen_tcp(struct weft__server *server, const char *host, int port,
                            char *ret_url, size_t room)
{
    struct server_listener *own = listener_new(server, AF_INET);
    int rc;

    if (own == NULL)
        return UV_ENOMEM;
    rc = weft__listener_tcp(&own->listener, host, port, server->options.backlog);
    if (rc == 0)
        rc = weft__listener_url(&own->listener, ret_url, room);
    if (rc < 0)
        close_one(own);
    return rc;
}

int weft__server_listen_unix(struct weft__server *server, const char *path, char *ret_url,
                             size_t room)
{
    struct server_listener *own = listener_new(server, AF_UNIX);
    int rc;

    if (own == NULL)
        return UV_ENOMEM;
    rc = weft__listener_unix(&own->listener, path, server->options.backlog);
    if (rc < 0) {
        close_one(own);
        return rc;
    }
    snprintf(ret_url, room, "unix:%s", path);
    return 0;
}
