/*
 * server/pool.c - requests and their arenas, used again.
 *
 * What was free all the time between two trims was not needed and is given back, so after a
 * peak the pool is empty again within two trims.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "server/conn.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    ARENA_BLOCK = 4096 - 64,
    /* What a request takes as a rule: itself, its first block, and of its task's stack. */
    REQUEST_COST = sizeof(weft_request) + ARENA_BLOCK + 16 * 1024,
    TRIM_MS = 2000,
    TRIM_HEAP_FROM = 256, /* this many requests freed at once: the heap is trimmed as well */
};

static weft_request *make(struct weft__server *server)
{
    weft_request *req;

    if (weft__budget_take(&server->memory, REQUEST_COST) < 0)
        return NULL;
    req = weft__malloc(sizeof(*req));
    if (req == NULL) {
        weft__budget_give(&server->memory, REQUEST_COST);
        return NULL;
    }
    req->memory = (struct weft__budget){ .parent = &server->memory,
                                         .max = server->options.max_connection_memory };
    weft__arena_init(&req->arena, ARENA_BLOCK);
    req->arena.budget = &req->memory;
    return req;
}

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
        req = make(server);
        if (req == NULL)
            return NULL;
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
    if (req->chunk != NULL) {
        weft__budget_give(&req->memory, WEFT__CHUNK_MAX);
        free(req->chunk);
    }
    assert(req->memory.used == 0);
    req->memory.refused = false;
    req->conn = (struct weft__conn *)(void *)server->pool.free;
    server->pool.free = req;
    server->pool.count++;
}

static void free_some(struct weft__server *server, size_t count)
{
    struct weft__request_pool *pool = &server->pool;

    for (; count > 0 && pool->free != NULL; count--) {
        weft_request *req = pool->free;

        pool->free = (weft_request *)(void *)req->conn;
        pool->count--;
        weft__arena_done(&req->arena);
        free(req);
        weft__budget_give(&server->memory, REQUEST_COST);
    }
}

void weft__pool_trim(struct weft__server *server, uint64_t now_ms)
{
    struct weft__request_pool *pool = &server->pool;
    size_t unused = pool->lowest;

    if (now_ms - pool->trimmed_ms < TRIM_MS)
        return;
    pool->trimmed_ms = now_ms;
    free_some(server, unused);
    pool->lowest = pool->count;
#ifdef __GLIBC__
    if (unused >= TRIM_HEAP_FROM)
        malloc_trim(0);
#endif
}

void weft__pool_done(struct weft__server *server)
{
    free_some(server, SIZE_MAX);
}
