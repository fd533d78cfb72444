/*
 * server/admit.c - whose a new connection is, and whether it is served.
 *
 * Its client is the peer, unless that is a proxy that speaks the PROXY protocol: then it is who
 * the header names, which comes before anything else and within the time limit of a head.  Such
 * a header is believed of proxies only, and there it must be: whatever else comes is no HTTP
 * that anybody may read.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include "server/conn.h"

/* Above a limit some connections are still taken, to be told 503; beyond those, none. */
static bool far_over(size_t count, size_t limit)
{
    return count > limit && count - limit >= limit / 4 + 16;
}

/* One connection more of a client.  False: it has so many that it is not even told. */
static bool count_client(struct weft__conn *conn, const uint8_t *ip)
{
    struct weft__server *server = conn->server;
    size_t limit = server->options.max_connections_per_address;

    if (limit == SIZE_MAX)
        return true;
    conn->peer = weft__peers_enter(&server->peers, ip);
    if (conn->peer == NULL)
        return true;
    conn->refused = conn->refused || conn->peer->count > limit;
    return !far_over(conn->peer->count, limit);
}

/* The peer's address as base/ip.h has it, in `room`; NULL when it has none. */
static const uint8_t *peer_of(const struct weft__conn *conn, uint8_t room[WEFT__IP_BYTES])
{
    struct sockaddr_storage address;

    if (conn->transport->ops->peer(conn->transport, &address) < 0 ||
        !weft__ip_of(room, &address))
        return NULL;
    return room;
}

bool weft__conn_admit(struct weft__conn *conn)
{
    const struct weft__server_options *options = &conn->server->options;
    uint8_t room[WEFT__IP_BYTES];
    const uint8_t *ip;
    bool proxy;

    if (far_over(conn->server->conn_count, options->max_connections))
        return false;
    if (options->max_connections_per_address == SIZE_MAX && !options->proxy_protocol)
        return true;
    ip = peer_of(conn, room);
    proxy = options->is_proxy != NULL && options->is_proxy(ip, options->proxy_arg);
    if (options->proxy_protocol) {
        if (!proxy)
            weft_log(WEFT_LOG_DEBUG, "a connection was refused: it comes from no proxy");
        conn->unnamed = true;
        weft__conn_set_state(conn, WEFT__CONN_HEAD);
        return proxy;
    }
    return proxy || ip == NULL || count_client(conn, ip);
}

bool weft__conn_take_name(struct weft__conn *conn)
{
    long length = weft__proxy_header_parse(&conn->name, conn->in, conn->in_length);

    if (length == 0) { /* there is more to come */
        if (weft__conn_keep(conn) < 0)
            weft__conn_close(conn, true);
        return false;
    }
    if (length < 0) {
        weft_log(WEFT_LOG_DEBUG, "a proxy sent no header that can be understood");
        weft__conn_close(conn, false);
        return false;
    }
    conn->unnamed = false;
    weft__conn_consume(conn, (size_t)length);
    weft__conn_set_state(conn, WEFT__CONN_NEW);
    if (conn->name.named == WEFT__NAMED_IP && !count_client(conn, conn->name.ip)) {
        weft__conn_close(conn, true);
        return false;
    }
    if (conn->in_length > 0)
        return true;
    conn->borrowed = false;
    weft__buffer_done(&conn->own);
    return false;
}
