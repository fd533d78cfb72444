/*
 * server/server.h - connections of one loop, and what is done with their requests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SERVER_SERVER_H
#define WEFT_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/request.h>
#include <weft/task.h>

struct weft__memory_client;
struct weft__server;

/* All resolved: no field is zero for "default" (weft__server_defaults() gives them). */
struct weft__server_options {
    size_t max_connections;
    size_t max_connections_per_address; /* SIZE_MAX: no limit */
    /* Whether an address (base/ip.h; NULL: a peer without one) is that of a proxy, whose
     * connections are those of many clients.  NULL: there are no proxies. */
    bool (*is_proxy)(const uint8_t *ip, void *proxy_arg);
    void *proxy_arg;
    bool proxy_protocol; /* all connections begin with its header; others than proxies' end */
    size_t max_head_bytes;
    unsigned max_header_fields;
    size_t max_connection_memory; /* taken for the request that is being served */
    bool bodies_apart; /* bodies read whole are not part of that: they have a limit */
    size_t max_memory; /* of the process; SIZE_MAX: none */
    uint32_t head_timeout_ms;
    uint32_t body_timeout_ms;
    uint32_t min_body_rate;  /* bytes a second; UINT32_MAX: none */
    uint32_t min_write_rate; /* the same of output that is queued */
    uint32_t keep_alive_timeout_ms;
    uint32_t write_timeout_ms;
    int backlog;
    bool half_close;
    bool disable_date;
    const char *server_header; /* NULL: none */
};
void weft__server_defaults(struct weft__server_options *options);

/*
 * Answers one request, in its connection's task.  It sends by weft__request_send() and the
 * like; when it returns without having sent anything, a 500 is sent.
 */
typedef void (*weft__dispatch_fn)(weft_request *req, void *arg);

WEFT_MUST_CHECK int weft__server_new(struct weft__server **ret_server, weft_loop *loop,
                                     const struct weft__server_options *options,
                                     weft__dispatch_fn dispatch, void *arg);

/*
 * Listen on an address and port (0: one that is free), or on a Unix socket's path.
 * ret_url  set to "http://HOST:PORT" or "unix:PATH"; `room` bytes.
 */
WEFT_MUST_CHECK int weft__server_listen_tcp(struct weft__server *server, const char *host,
                                            int port, char *ret_url, size_t room);
WEFT_MUST_CHECK int weft__server_listen_unix(struct weft__server *server, const char *path,
                                             char *ret_url, size_t room);

/*
 * Take no more connections, close idle ones, let running requests finish with Connection:
 * close. After timeout_ms handlers are cancelled, and 5 s later what is left is closed.
 * `drained` is called once, on the loop's stack, when no connection is left; or another second
 * later all the same, where handlers do not end even then (blocking calls are always awaited):
 * weft__server_stats() tells, and the server cannot be freed.  A second call cuts the time
 * short.
 */
void weft__server_drain(struct weft__server *server, uint32_t timeout_ms,
                        void (*drained)(struct weft__server *server, void *arg), void *arg);

/* Whether weft__server_drain() was called. */
bool weft__server_draining(const struct weft__server *server);

/* No connection may be left.  Closes listeners; takes NULL.  The memory is freed once the loop
 * has closed the handles. */
void weft__server_free(struct weft__server *server);

struct weft__server_stats {
    size_t connections;
    size_t idle;       /* of these, waiting for a request */
    size_t background; /* requests that are over but for work in the background */
    size_t pooled_requests;
    size_t requests; /* served so far */
};
struct weft__server_stats weft__server_stats(const struct weft__server *server);

/* --- Connections over memory, for tests ------------------------------------------------ */

/*
 * A connection to `server` without a socket.  The client's end: bytes are pushed with
 * weft__memory_send(), what the server wrote is read from `received` and consumed by the
 * caller. All of it on the loop's stack.
 */
struct weft__memory_client;

WEFT_MUST_CHECK int weft__memory_connect(struct weft__server *server,
                                         struct weft__memory_client **ret_client);

#endif
