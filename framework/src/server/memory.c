/*
 * server/memory.c - the ceiling of the process's memory, and what is done above it.
 *
 * What clients make the server itself take is counted at once, by budgets: bodies, arenas,
 * input, queued output, and trees of JSON, which are rounded up.  All the rest (what handlers
 * take, stacks, libraries) is what the process has resident besides; the sweep measures that
 * and lowers the server's budget by it, so that both together stay below the ceiling.  Above
 * it idle connections are closed and new requests answered 503, until it is below again.
 *
 * Not resident, yet memory that a control group pays for, are the kernel's part of a connection
 * and files in a file system that lies in memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include "server/conn.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    RELEASE_MS = 1000,   /* between two attempts at giving free memory back to the system */
    KERNEL_BYTES = 2048, /* a TCP connection takes so much of the kernel's memory, about */
};

static size_t taken(const struct weft__server *server)
{
    size_t bytes = 0;

    (void)uv_resident_set_memory(&bytes);
    return bytes + server->file_bytes + server->conn_count * KERNEL_BYTES;
}

/* How much there is besides what is counted; freed memory that malloc() keeps is part of it. */
static size_t uncounted(const struct weft__server *server)
{
    size_t bytes = taken(server);

    return bytes > server->memory.used ? bytes - server->memory.used : 0;
}

static void lower_by(struct weft__server *server, size_t bytes)
{
    size_t ceiling = server->options.max_memory;

    server->memory.max = ceiling > bytes ? ceiling - bytes : 0;
}

void weft__server_look_at_memory(struct weft__server *server)
{
    uint64_t now_ms = weft__loop_now_ms(server->loop);

    if (server->options.max_memory == SIZE_MAX || now_ms == server->looked_ms)
        return;
    server->looked_ms = now_ms;
    lower_by(server, uncounted(server));
}

static bool over(const struct weft__server *server)
{
    return server->memory.used > server->memory.max || server->memory.max == 0;
}

static void release_free_memory(struct weft__server *server, uint64_t now_ms)
{
    if (now_ms - server->released_ms < RELEASE_MS)
        return;
    server->released_ms = now_ms;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    lower_by(server, uncounted(server));
}

/* New ones stay: they have next to nothing, for a short time, and are about to ask. */
static void close_idle(struct weft__server *server)
{
    struct weft__list *list = &server->conns[WEFT__CONN_IDLE];
    struct weft__list *node = list->next;

    while (node != list) {
        struct weft__conn *conn = weft__list_entry(node, struct weft__conn, link);

        node = node->next;
        if (conn->state == WEFT__CONN_IDLE)
            weft__conn_finish(conn, false);
    }
}

void weft__server_measure_memory(struct weft__server *server, uint64_t now_ms)
{
    bool was = server->overloaded;

    if (server->options.max_memory == SIZE_MAX)
        return;
    lower_by(server, uncounted(server));
    if (over(server) || server->memory.refused)
        release_free_memory(server, now_ms);
    server->memory.refused = false;
    server->overloaded = over(server);
    if (server->overloaded)
        close_idle(server);
    if (server->overloaded && !was)
        weft_log(WEFT_LOG_WARNING,
                 "memory is above its ceiling of %zu MiB: new requests are answered 503",
                 server->options.max_memory >> 20);
    else if (was && !server->overloaded)
        weft_log(WEFT_LOG_WARNING, "memory is below its ceiling again");
}

int weft__server_take_file_bytes(struct weft__server *server, size_t bytes)
{
    int rc = weft__budget_take(&server->memory, bytes);

    if (rc == 0)
        server->file_bytes += bytes;
    return rc;
}

void weft__server_give_file_bytes(struct weft__server *server, size_t bytes)
{
    weft__budget_give(&server->memory, bytes);
    server->file_bytes -= bytes;
}
