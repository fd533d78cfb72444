/*
 * server/sweep.c - the time limits of connections: one timer for all of them.
 *
 * Every list of connections is ordered by the time of entry and has one limit, so only those
 * that are over it are touched.  Queues of output are all looked at.  Connections that
 * are held back, or have had their FIN, are asked by poll() whether their peer has left.
 *
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>

#include "server/conn.h"

static struct weft__conn *first_over(struct weft__list *list, uint64_t now_ms,
                                     uint64_t limit_ms)
{
    struct weft__list *node = weft__list_first(list);
    struct weft__conn *conn;

    if (node == NULL)
        return NULL;
    conn = weft__list_entry(node, struct weft__conn, link);
    return now_ms - conn->since_ms >= limit_ms ? conn : NULL;
}

/* No request is late that has not begun: these are closed without a word. */
static void sweep_waiting(struct weft__list *list, uint64_t now_ms, uint64_t limit_ms)
{
    struct weft__conn *conn;

    while ((conn = first_over(list, now_ms, limit_ms)) != NULL)
        weft__conn_finish(conn, false);
}

static void sweep_heads(struct weft__server *server, uint64_t now_ms)
{
    struct weft__conn *conn;

    while ((conn = first_over(&server->conns[WEFT__CONN_HEAD], now_ms,
                              server->options.head_timeout_ms)) != NULL) {
        if (conn->unnamed) /* HTTP has not begun */
            weft__conn_close(conn, false);
        else
            weft__conn_refuse(conn, 408);
    }
}

static void sweep_bodies(struct weft__server *server, uint64_t now_ms)
{
    struct weft__conn *conn;

    while ((conn = first_over(&server->conns[WEFT__CONN_BODY], now_ms,
                              server->options.body_timeout_ms)) != NULL) {
        struct weft__wait *reader = conn->reader;

        weft__conn_set_state(conn, WEFT__CONN_SERVING);
        conn->stalled = true;
        conn->reader = NULL;
        if (reader != NULL)
            weft__wait_complete(reader, UV_ETIMEDOUT);
    }
}

static void sweep_lingering(struct weft__server *server, uint64_t now_ms)
{
    struct weft__conn *conn;

    while ((conn = first_over(&server->conns[WEFT__CONN_LINGER], now_ms,
                              WEFT__LINGER_SILENCE_MS)) != NULL) {
        if (conn->out != NULL) /* its output has not left yet; the stall limit watches that */
            weft__conn_set_state(conn, WEFT__CONN_LINGER);
        else
            weft__conn_close(conn, false);
    }
}

/*
 * Whether a client takes what is queued for it too slowly, or not at all.  What counts is what
 * its system has acknowledged: ours holds megabytes, which it takes in large steps.
 */
static bool stalls(struct weft__outq *out, uint64_t now_ms)
{
    const struct weft__server_options *options = &out->conn->server->options;
    int64_t taken = weft__outq_taken(out);
    uint64_t span_ms = now_ms - out->rated_ms;

    if (taken <= out->taken)
        return now_ms - out->progress_ms >= options->write_timeout_ms;
    out->taken = taken;
    out->progress_ms = now_ms;
    if (span_ms <= WEFT__RATE_GRACE_MS || options->min_write_rate == UINT32_MAX)
        return false;
    if ((uint64_t)(taken - out->rated_taken) < span_ms * options->min_write_rate / 1000)
        return true;
    if (span_ms >= WEFT__RATE_SPAN_MS) {
        out->rated_ms = now_ms;
        out->rated_taken = taken;
    }
    return false;
}

static void sweep_stalled(struct weft__server *server, uint64_t now_ms)
{
    struct weft__list *node = server->stalled.next;

    while (node != &server->stalled) {
        struct weft__outq *out = weft__list_entry(node, struct weft__outq, link);

        node = node->next; /* closing a connection ends no queue but its own */
        if (stalls(out, now_ms))
            weft__conn_close(out->conn, true);
    }
}

/* --- Departures of those that are not read from ---------------------------------------- */

enum { BATCH = 256 }; /* asked at once */

static void ask_whether_left(struct weft__conn **conns, size_t count)
{
    struct pollfd polled[BATCH];

    for (size_t i = 0; i < count; i++) {
        struct weft__transport *transport = conns[i]->transport;

        polled[i] =
            (struct pollfd){ .fd = transport->ops->descriptor(transport), .events = POLLRDHUP };
    }
    if (poll(polled, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if ((polled[i].revents & (POLLERR | POLLHUP)) != 0)
            weft__conn_depart(conns[i], true);
        else if (polled[i].revents != 0 && !conns[i]->server->options.half_close)
            weft__conn_notice_fin(conns[i]);
    }
}

static void poll_held_back(struct weft__server *server)
{
    struct weft__list *serving = &server->conns[WEFT__CONN_SERVING];
    struct weft__conn *conns[BATCH];
    size_t count = 0;

    for (struct weft__list *node = serving->next; node != serving; node = node->next) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        if (conn->reading || conn->gone) /* a reset may still follow a FIN */
            continue;
        conns[count++] = conn;
        if (count == BATCH) {
            ask_whether_left(conns, count); /* nobody changes lists by that: all have a task */
            count = 0;
        }
    }
    if (count > 0)
        ask_whether_left(conns, count);
}

void weft__server_start_sweep(struct weft__server *server)
{
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_start(&server->sweep, weft__server_sweep, WEFT__SWEEP_MS, WEFT__SWEEP_MS);
}

void weft__server_sweep(uv_timer_t *timer)
{
    struct weft__server *server = timer->data;
    uint64_t now_ms = weft__loop_now_ms(server->loop);

    sweep_waiting(&server->conns[WEFT__CONN_NEW], now_ms, server->options.head_timeout_ms);
    sweep_waiting(&server->conns[WEFT__CONN_IDLE], now_ms,
                  server->options.keep_alive_timeout_ms);
    sweep_heads(server, now_ms);
    sweep_bodies(server, now_ms);
    sweep_lingering(server, now_ms);
    sweep_stalled(server, now_ms);
    poll_held_back(server);
    weft__pool_trim(server, now_ms);
    weft__server_measure_memory(server, now_ms);
    if (server->draining) {
        weft__server_drain_step(server, now_ms);
        return;
    }
    if (server->conn_count == 0 && server->pool.free == NULL)
        uv_timer_stop(timer);
    weft__server_accept_waiting(server); /* which may start it again */
}
