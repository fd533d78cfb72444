/*
 * net/stream_server.c - listeners for tasks, and servers of a task for each connection.
 *
 * libuv accepts one connection ahead.  Until that is taken it polls the socket no more: the
 * rest waits in the system's backlog.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft/log.h>

#include "net/listener.h"
#include "net/resolve.h"
#include "net/stream.h"

enum { DEFAULT_BACKLOG = 511, RETRY_MS = 50, DRAIN_MS = 5000 };

struct weft_listener {
    struct weft__listener base;
    weft_listen_options options;
    struct weft__list acceptors; /* struct acceptor */
    bool ready;                  /* libuv holds a connection that nobody has taken */
    unsigned users;              /* calls that have suspended and not come back */
};

struct acceptor {
    struct weft__wait wait;
    struct weft_stream *stream; /* set when the wait is completed with 0 */
};

/* --- Accepting -------------------------------------------------------------------- */

/* Take the connection that libuv holds. */
static int take_connection(weft_listener *listener, struct weft_stream **ret_stream)
{
    struct weft_stream *s;
    bool opened = false;
    int rc = weft__stream_new(&listener->options.stream, &s);

    if (rc < 0)
        return rc;
    rc = weft__uv_transport_accept(&s->of.uv, &listener->base.uv.stream, &opened);
    if (opened)
        listener->ready = false;
    if (rc == 0)
        rc = weft__stream_open(s, &listener->options.stream);
    if (rc == 0)
        *ret_stream = s;
    else if (opened)
        weft__stream_discard(s, true);
    else
        weft__stream_free(s);
    return rc;
}

static void on_connection(struct weft__listener *base)
{
    weft_listener *listener = base->user;
    struct weft__list *node = weft__list_pop(&listener->acceptors);
    struct acceptor *acceptor;

    listener->ready = true;
    if (node == NULL)
        return;
    acceptor = weft__list_entry(node, struct acceptor, wait.link);
    weft__wait_complete(&acceptor->wait, take_connection(listener, &acceptor->stream));
}

int weft_accept(weft_listener *listener, struct weft_stream **ret_stream)
{
    struct acceptor acceptor = { 0 };
    int rc = weft_check_cancelled();

    if (rc < 0)
        return rc;
    if (listener->ready)
        return take_connection(listener, ret_stream);
    weft__wait_init(&acceptor.wait, "accept");
    if (acceptor.wait.task == NULL)
        return WEFT_EMISUSE;
    weft__list_append(&listener->acceptors, &acceptor.wait.link);
    listener->users++;
    rc = weft__wait(&acceptor.wait);
    listener->users--;
    if (rc == 0)
        *ret_stream = acceptor.stream;
    return rc;
}

/* --- Listening -------------------------------------------------------------------- */

static void on_closed(struct weft__listener *base)
{
    free(base->user);
}

static int new_listener(int family, const weft_listen_options *options,
                        weft_listener **ret_listener)
{
    weft_listener *listener;
    int rc;

    if (weft_loop_current() == NULL)
        return WEFT_EMISUSE;
    listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        return UV_ENOMEM;
    if (options != NULL)
        listener->options = *options;
    if (listener->options.backlog <= 0)
        listener->options.backlog = DEFAULT_BACKLOG;
    weft__list_init(&listener->acceptors);
    listener->base.on_connection = on_connection;
    listener->base.on_closed = on_closed;
    listener->base.user = listener;
    rc = weft__listener_init(&listener->base, weft_loop_uv(weft_loop_current()), family);
    if (rc < 0) {
        free(listener);
        return rc;
    }
    *ret_listener = listener;
    return 0;
}

/* Hand the listener over, or close it where it does not listen. */
static int finish_listen(weft_listener *listener, int rc, weft_listener **ret_listener)
{
    if (rc < 0)
        weft__listener_close(&listener->base);
    else
        *ret_listener = listener;
    return rc;
}

int weft_tcp_listen(const char *host, int port, const weft_listen_options *options,
                    weft_listener **ret_listener)
{
    weft_address address;
    weft_listener *listener;
    int rc = weft__resolve_local(host, port, &address);

    if (rc < 0)
        return rc;
    rc = new_listener(AF_INET, options, &listener);
    if (rc < 0)
        return rc;
    rc = weft__listener_at(&listener->base, (const struct sockaddr *)&address.storage,
                           listener->options.backlog);
    return finish_listen(listener, rc, ret_listener);
}

int weft_unix_listen(const char *path, const weft_listen_options *options,
                     weft_listener **ret_listener)
{
    weft_listener *listener;
    int rc = path == NULL ? UV_EINVAL : new_listener(AF_UNIX, options, &listener);

    if (rc < 0)
        return rc;
    rc = weft__listener_unix(&listener->base, path, listener->options.backlog);
    return finish_listen(listener, rc, ret_listener);
}

int weft_listener_close(weft_listener *listener)
{
    if (listener == NULL)
        return 0;
    if (listener->users > 0) {
        weft_log(WEFT_LOG_ERROR, "weft_listener_close: a task accepts from the listener");
        return UV_EBUSY;
    }
    weft__listener_close(&listener->base);
    return 0;
}

int weft_listener_address(const weft_listener *listener, weft_address *ret_address)
{
    weft_address address = { 0 };
    socklen_t length = sizeof(address.storage);
    uv_os_fd_t fd;
    int rc = uv_fileno(&listener->base.uv.handle, &fd);

    if (rc < 0)
        return rc;
    if (getsockname(fd, (struct sockaddr *)&address.storage, &length) < 0)
        return UV_EINVAL;
    *ret_address = address;
    return 0;
}

int weft_listener_port(const weft_listener *listener)
{
    weft_address address;
    int rc = weft_listener_address(listener, &address);

    return rc < 0 ? rc : weft_address_port(&address);
}

/* --- Serving ---------------------------------------------------------------------- */

struct service {
    weft_listener *listener;
    weft_stream_handler handler;
    void *arg;
    struct weft__list connections;
    unsigned active;         /* connections */
    struct weft__wait *room; /* of the accepting task, while there are too many */
};

struct connection {
    struct weft__list link;
    struct service *service;
    struct weft_stream *stream;
};

static bool is_fate(int code)
{
    return code == UV_EOF || code == UV_EPIPE || code == UV_ECONNRESET ||
           code == UV_ECONNABORTED || code == UV_ETIMEDOUT || code == UV_ECANCELED;
}

static void drain_briefly(struct weft_stream *s)
{
    WEFT_TIMEOUT(limit, DRAIN_MS);
    (void)!weft_stream_drain(s); /* what has not left then never will */
}

static void end_connection(struct connection *connection)
{
    struct service *service = connection->service;

    weft_stream_close(connection->stream);
    free(connection);
    service->active--;
    if (service->room != NULL && !service->room->done)
        weft__wait_complete(service->room, 0);
}

static int serve_one(void *arg)
{
    struct connection *connection = arg;
    struct service *service = connection->service;
    int rc = service->handler(connection->stream, service->arg);

    if (rc >= 0)
        drain_briefly(connection->stream);
    else if (!is_fate(rc))
        weft_log(WEFT_LOG_ERROR, "the handler of a connection failed: %s", weft_strerror(rc));
    weft__list_remove(&connection->link);
    end_connection(connection);
    return 0; /* the others go on */
}

/* Until there is room for one more connection. */
static int await_place(struct service *service)
{
    unsigned max = service->listener->options.max_streams;
    int rc = 0;

    while (rc == 0 && max > 0 && service->active >= max) {
        struct weft__wait wait;

        weft__wait_init(&wait, "room for a connection");
        service->room = &wait;
        rc = weft__wait(&wait);
        service->room = NULL;
    }
    return rc;
}

/* Begin to serve `stream`, which is taken over, also on failure. */
static int begin(struct service *service, weft_group *group, struct weft_stream *stream)
{
    struct connection *connection = malloc(sizeof(*connection));
    int rc = UV_ENOMEM;

    if (connection != NULL) {
        *connection = (struct connection){ .service = service, .stream = stream };
        rc = weft_group_go(group, serve_one, connection);
    }
    if (rc < 0) {
        free(connection);
        weft_stream_abort(stream);
        weft_stream_close(stream);
        return rc;
    }
    weft__list_append(&service->connections, &connection->link);
    service->active++;
    return 0;
}

/* Cancelled before their tasks began: nobody else ends them, or looks at the list again. */
static void end_unbegun(struct service *service)
{
    struct weft__list *node = service->connections.next;

    while (node != &service->connections) {
        struct connection *connection = weft__list_entry(node, struct connection, link);

        node = node->next;
        weft_stream_abort(connection->stream);
        end_connection(connection);
    }
}

static int accept_one(struct service *service, weft_group *group)
{
    struct weft_stream *stream;
    int rc = await_place(service);

    if (rc == 0)
        rc = weft_accept(service->listener, &stream);
    if (rc == 0)
        rc = begin(service, group, stream);
    if (rc < 0 && rc != UV_ECANCELED && rc != UV_ETIMEDOUT)
        rc = weft_sleep(RETRY_MS); /* short of memory or tasks: let some end */
    return rc;
}

int weft_serve_streams(weft_listener *listener, weft_stream_handler handler, void *arg)
{
    struct service service = { .listener = listener, .handler = handler, .arg = arg };
    int rc = 0;

    if (!weft__in_task())
        return WEFT_EMISUSE;
    weft__list_init(&service.connections);
    WEFT_GROUP(group, 0);
    listener->users++;
    while (rc == 0)
        rc = accept_one(&service, group);
    listener->users--;
    weft_group_done(group);
    end_unbegun(&service);
    return rc;
}
