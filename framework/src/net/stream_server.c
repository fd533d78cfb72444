/*
 * net/stream_server.c - servers of a task for each connection.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "net/stream.h"
#include "net/stream_listener.h"

enum { RETRY_MS = 50, DRAIN_MS = 5000 };

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
    weft__task_renew(); /* what the handler has not joined may wait in the stream */
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
    struct connection *connection = weft__malloc(sizeof(*connection));
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
        return weft__misuse("weft_serve_streams", "only a task can serve");
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
