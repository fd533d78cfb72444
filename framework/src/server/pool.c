/*
 * server/pool.c - requests and their arenas, used again.
 *
 * What was free all the time between two trims was not needed and is given back, so after a
 * peak the pool is empty again within two trims.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "server/conn.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    ARENA_BLOCK = 4096 - 64,
    TRIM_MS = 2000,
    TRIM_HEAP_FROM = 256, /* this many requests freed at once: the heap is trimmed as well */
};

weft_request *weft__request_take(struct weft__server *server)
{
    struct weft__request_pool *pool = &server->pool;
    weft_request *req = pool->free;

    if (req != NULL) {
        pool->free = (weft_request *)(void *)req->conn;
        pool->count--;
        if (pool->count < pool->lowest)
            pool->lowest = pool->count;
    } else {
        req = weft__malloc(sizeof(*req));
        if (req == NULL)
            return NULL;
        weft__arena_init(&req->arena, ARENA_BLOCK);
    }
    /* Head and body are set by weft__head_parse(). */
    memset(&req->conn, 0, sizeof(*req) - offsetof(weft_request, conn));
    return req;
}

void weft__request_give(struct weft__server *server, weft_request *req)
{
    weft__arena_reset(&req->arena);
    if (req->whole.data != NULL)
        weft__buffer_done(&req->whole);
    free(req->chunk);
    req->conn = (struct weft__conn *)(void *)server->pool.free;
    server->pool.free = req;
    server->pool.count++;
}

static void free_some(struct weft__request_pool *pool, size_t count)
{
    for (; count > 0 && pool->free != NULL; count--) {
        weft_request *req = pool->free;

        pool->free = (weft_request *)(void *)req->conn;
        pool->count--;
        weft__arena_done(&req->arena);
        free(req);
    }
}

void weft__pool_trim(struct weft__server *server, uint64_t now_ms)
{
    struct weft__request_pool *pool = &server->pool;
    size_t unused = pool->lowest;

    if (now_ms - pool->trimmed_ms < TRIM_MS)
        return;
    pool->trimmed_ms = now_ms;
    free_some(pool, unused);
    pool->lowest = pool->count;
#ifdef __GLIBC__
    if (unused >= TRIM_HEAP_FROM)
        malloc_trim(0);
#endif
}

void weft__pool_done(struct weft__server *server)
{
    free_some(&server->pool, SIZE_MAX);
}
