/*
 * server/drain.c - an orderly end: no new connections, running requests finish in time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/conn.h"

enum {
    KILL_AFTER_MS = 5000,    /* between cancelling handlers and closing connections */
    ABANDON_AFTER_MS = 1000, /* and giving up on handlers that do not end even then */
};

static void report(struct weft__server *server)
{
    void (*drained)(struct weft__server *, void *) = server->drained;

    server->drained = NULL;
    if (drained != NULL)
        drained(server, server->drained_arg);
}

void weft__server_check_drained(struct weft__server *server)
{
    if (server->draining && server->conn_count == 0 && server->listener_count == 0 &&
        weft__list_empty(&server->background))
        report(server);
}

/* The list may hold one that is being served just now, by the caller. */
static void close_waiting(struct weft__list *list)
{
    struct weft__list *node = list->next;

    while (node != list) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        node = node->next;
        if (weft__conn_waits(conn) || conn->unnamed)
            weft__conn_finish(conn, false);
    }
}

static void cancel_all(struct weft__list *list)
{
    for (struct weft__list *node = list->next; node != list; node = node->next) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        if (conn->task != NULL && weft_task_cancelling(conn->task) == 0)
            weft_task_cancel(conn->task);
    }
}

/* Those that only read what is left of a body whose request has been answered. */
static void cancel_answered(struct weft__list *list)
{
    for (struct weft__list *node = list->next; node != list; node = node->next) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        if (conn->task != NULL && conn->req == NULL)
            weft_task_cancel(conn->task);
    }
}

static void kill_all(struct weft__list *list)
{
    struct weft__list *node;

    while ((node = weft__list_first(list)) != NULL)
        weft__conn_close(weft__list_entry(node, struct weft__conn, link), true);
}

void weft__server_drain_step(struct weft__server *server, uint64_t now_ms)
{
    if (now_ms >= server->cancel_at_ms) {
        cancel_all(&server->conns[WEFT__CONN_SERVING]);
        cancel_all(&server->conns[WEFT__CONN_BODY]);
        kill_all(&server->conns[WEFT__CONN_HEAD]);
        weft__server_cancel_background(server);
    }
    if (now_ms >= server->kill_at_ms) {
        kill_all(&server->conns[WEFT__CONN_SERVING]);
        kill_all(&server->conns[WEFT__CONN_BODY]);
        kill_all(&server->conns[WEFT__CONN_LINGER]);
    }
    weft__server_check_drained(server);
    if (now_ms >= server->kill_at_ms + ABANDON_AFTER_MS)
        report(server);
}

bool weft__server_draining(const struct weft__server *server)
{
    return server->draining;
}

void weft__server_drain(struct weft__server *server, uint32_t timeout_ms,
                        void (*drained)(struct weft__server *server, void *arg), void *arg)
{
    uint64_t now_ms = weft__loop_now_ms(server->loop);

    if (server->draining) {
        server->cancel_at_ms = now_ms;
        server->kill_at_ms = now_ms + WEFT__SWEEP_MS;
    } else {
        server->draining = true;
        server->drained = drained;
        server->drained_arg = arg;
        server->cancel_at_ms = now_ms + timeout_ms;
        server->kill_at_ms = server->cancel_at_ms + KILL_AFTER_MS;
        weft__server_close_listeners(server);
        close_waiting(&server->conns[WEFT__CONN_NEW]);
        close_waiting(&server->conns[WEFT__CONN_IDLE]);
        close_waiting(&server->conns[WEFT__CONN_HEAD]);
        cancel_answered(&server->conns[WEFT__CONN_BODY]);
    }
    /* At once, also where nothing else will happen. */
    uv_timer_start(&server->sweep, weft__server_sweep, 0, WEFT__SWEEP_MS);
}
