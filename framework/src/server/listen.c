/*
 * server/listen.c - listening sockets, and what is accepted from them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/conn.h"

struct listener {
    struct weft__list link; /* in server->listeners */
    struct weft__server *server;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
};

/* --- Accepting ------------------------------------------------------------------------- */

/* Above the limit some connections are still taken, to be told 503; beyond those, none. */
static bool over_every_limit(const struct weft__server *server)
{
    size_t limit = server->options.max_connections;

    return server->conn_count >= limit + limit / 4 + 16;
}

static void accepted(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    struct weft__server *server = listener->server;
    struct weft__conn *conn;
    bool opened = false;
    int rc;

    if (status < 0 || weft__conn_new(server, &conn) < 0)
        return; /* libuv calls again for the next one */
    conn->uv.base.events = &weft__conn_events;
    conn->uv.base.shared = &server->shared;
    conn->uv.base.user = conn;
    rc = weft__uv_transport_accept(&conn->uv, stream, &opened);
    if (!opened) {
        weft__conn_free(conn);
        return;
    }
    if (rc == 0)
        rc = weft__conn_open(conn, &conn->uv.base);
    else
        conn->transport = &conn->uv.base;
    if (rc < 0 || over_every_limit(server))
        weft__conn_close(conn, true);
}

/* --- Closing --------------------------------------------------------------------------- */

static void closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct weft__server *server = listener->server;

    free(listener);
    server->listener_count--;
    weft__server_check_drained(server);
    weft__server_handle_closed(server);
}

static void close_listener(struct listener *listener)
{
    weft__list_remove(&listener->link);
    uv_close(&listener->uv.handle, closed);
}

void weft__server_close_listeners(struct weft__server *server)
{
    struct weft__list *node;

    while ((node = weft__list_first(&server->listeners)) != NULL)
        close_listener(weft__list_entry(node, struct listener, link));
}

/* --- Opening --------------------------------------------------------------------------- */

static struct listener *listener_new(struct weft__server *server, int family)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    uv_loop_t *loop = weft_loop_uv(server->loop);
    int rc;

    if (listener == NULL)
        return NULL;
    listener->server = server;
    rc = family == AF_UNIX ? uv_pipe_init(loop, &listener->uv.pipe, 0)
                           : uv_tcp_init(loop, &listener->uv.tcp);
    if (rc < 0) {
        free(listener);
        return NULL;
    }
    listener->uv.handle.data = listener;
    weft__list_append(&server->listeners, &listener->link);
    server->listener_count++;
    return listener;
}

static int resolve(struct weft__server *server, const char *host, int port,
                   struct sockaddr_storage *ret_address)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
    uv_getaddrinfo_t request;
    char service[8];
    int rc;

    if (uv_ip4_addr(host, port, (struct sockaddr_in *)ret_address) == 0 ||
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)ret_address) == 0)
        return 0;
    snprintf(service, sizeof(service), "%d", port);
    rc = uv_getaddrinfo(weft_loop_uv(server->loop), &request, NULL, host, service, &hints);
    if (rc < 0)
        return rc;
    memcpy(ret_address, request.addrinfo->ai_addr, request.addrinfo->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return 0;
}

/* Linux passes the option on to what is accepted, which saves a system call for each. */
static void set_no_delay(uv_tcp_t *tcp)
{
    uv_os_fd_t fd;
    int on = 1;

    if (uv_fileno((uv_handle_t *)tcp, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int format_url(const uv_tcp_t *tcp, char *ret_url, size_t room)
{
    struct sockaddr_storage address;
    int length = sizeof(address);
    char name[64];
    bool v6;
    int rc = uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &length);

    if (rc < 0)
        return rc;
    v6 = address.ss_family == AF_INET6;
    rc = v6 ? uv_ip6_name((struct sockaddr_in6 *)&address, name, sizeof(name))
            : uv_ip4_name((struct sockaddr_in *)&address, name, sizeof(name));
    if (rc < 0)
        return rc;
    snprintf(ret_url, room, v6 ? "http://[%s]:%d" : "http://%s:%d", name,
             ntohs(v6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                      : ((struct sockaddr_in *)&address)->sin_port));
    return 0;
}

int weft__server_listen_tcp(struct weft__server *server, const char *host, int port,
                            char *ret_url, size_t room)
{
    struct sockaddr_storage address;
    struct listener *listener;
    int rc = resolve(server, host, port, &address);

    if (rc < 0)
        return rc;
    listener = listener_new(server, AF_INET);
    if (listener == NULL)
        return UV_ENOMEM;
    rc = uv_tcp_bind(&listener->uv.tcp, (struct sockaddr *)&address, 0);
    if (rc == 0) {
        set_no_delay(&listener->uv.tcp);
        rc = uv_listen(&listener->uv.stream, server->options.backlog, accepted);
    }
    if (rc == 0)
        rc = format_url(&listener->uv.tcp, ret_url, room);
    if (rc < 0)
        close_listener(listener);
    return rc;
}

/* Remove the socket file that a server left which no longer runs. */
static void remove_stale(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path));
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
            errno == ECONNREFUSED)
            unlink(path);
    }
    close(fd);
}

int weft__server_listen_unix(struct weft__server *server, const char *path, char *ret_url,
                             size_t room)
{
    struct listener *listener = listener_new(server, AF_UNIX);
    int rc;

    if (listener == NULL)
        return UV_ENOMEM;
    remove_stale(path);
    rc = uv_pipe_bind(&listener->uv.pipe, path);
    if (rc == 0)
        rc = uv_listen(&listener->uv.stream, server->options.backlog, accepted);
    if (rc < 0) {
        close_listener(listener);
        return rc;
    }
    snprintf(ret_url, room, "unix:%s", path);
    return 0;
}
