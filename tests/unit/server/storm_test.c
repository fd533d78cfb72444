/*
 * Many clients that do anything at any time, by a generator of fixed seeds: nothing crashes,
 * leaks or stays behind, whatever meets whatever.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "server_harness.h"

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"

enum { CLIENTS = 8, STEPS = 3000, MALFORMED = 4 };

static HARNESS_GATE(gate);
static char bytes[200000];
static uint32_t state; /* of the generator */
static const struct weft__reply reply = { .status = 200 };

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

/* --- Handlers ----------------------------------------------------------------------------- */

static void some(weft_request *req)
{
    int rc = weft__request_send(req, &reply, bytes, random_below(300));

    (void)rc;
}

static void much(weft_request *req)
{
    int rc = weft__request_send(req, &reply, bytes, random_below(sizeof(bytes)));

    (void)rc;
}

static void wait(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    some(req);
}

static void stream(weft_request *req)
{
    int rc = weft__request_begin(req, &reply, random_below(2) == 0 ? -1 : 100000);

    while (rc == 0 && random_below(20) > 0)
        rc = weft__request_write(req, bytes, random_below(40000));
    if (rc == 0 && random_below(4) > 0)
        rc = weft__request_end(req, NULL);
}

static void read_whole(weft_request *req)
{
    req->body.max_bytes = 150000;
    if (weft__request_read_all(req) == 0)
        much(req);
}

static void read_pieces(weft_request *req)
{
    const char *piece;

    while (weft__request_read_some(req, &piece) > 0) {
        if (random_below(4) == 0 && harness_gate_wait(&gate) < 0)
            return;
    }
    stream(req);
}

static int child(void *arg)
{
    weft_request *req = arg;

    if (random_below(2) == 0)
        (void)harness_gate_wait(&gate);
    return weft__request_write(req, bytes, random_below(40000));
}

/* Leaves children to whoever ends them. */
static void spawn(weft_request *req)
{
    int rc = weft__request_begin(req, &reply, -1);

    for (int i = 0; i < 3 && rc == 0; i++)
        rc = weft_spawn(NULL, child, req);
    if (random_below(2) == 0)
        (void)harness_gate_wait(&gate);
    rc = weft__request_end(req, NULL);
}

static void wait_in_defer(void *arg)
{
    (void)arg;
    (void)harness_gate_wait(&gate);
}

static void defer(weft_request *req)
{
    int rc = weft__arena_defer(&req->arena, wait_in_defer, NULL);

    (void)rc;
    some(req);
}

static void shield(weft_request *req)
{
    weft_scope scope;

    weft_scope_shield(&scope, 1000000);
    wait(req);
    weft_scope_leave(&scope);
}

static const struct harness_route routes[] = {
    { "/some", some },        { "/much", much },
    { "/wait", wait },        { "/stream", stream },
    { "/whole", read_whole }, { "/pieces", read_pieces },
    { "/spawn", spawn },      { "/defer", defer },
    { "/shield", shield },    { 0 },
};

/* --- Clients ------------------------------------------------------------------------------ */

static const char *const wires[] = {
    GET("/some"),
    GET("/much"),
    GET("/wait"),
    GET("/stream"),
    GET("/spawn"),
    GET("/defer"),
    GET("/shield"),
    GET("/nowhere"),
    GET("/some") GET("/some") GET("/wait") GET("/some") GET("/stream") GET("/some"),
    "HEAD /much HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /stream HTTP/1.0\r\n\r\n",
    "GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    POST("/wait") "Content-Length: 3\r\n\r\nabc",
    POST("/stream") "\r\n",
    POST("/whole") "Content-Length: 10\r\n\r\n0123456789",
    POST("/pieces") "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n0123456789",
    POST("/whole") "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    POST("/pieces") "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    POST("/some") "Content-Length: 100000\r\n\r\n",
    POST("/pieces") "Content-Length: 150000\r\n\r\n",
    "\r\n",
    /* The last ones break the protocol. */
    POST("/pieces") "Transfer-Encoding: chunked\r\n\r\nx",
    POST("/some") "Transfer-Encoding: chunked\r\n\r\n1\r\nab",
    "nonsense\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
};

static struct harness h;
static struct client {
    struct weft__memory_client *end;
    const char *rest; /* of what it is sending */
    size_t length;
} clients[CLIENTS];

/* What a client sends next: a request, or now and then something that is none. */
static void choose(struct client *client)
{
    const struct weft__conn *conn = harness_conn(client->end);
    size_t count = sizeof(wires) / sizeof(wires[0]);

    if (random_below(20) > 0)
        count -= MALFORMED;
    client->rest = wires[random_below((uint32_t)count)];
    client->length = strlen(client->rest);
    if (conn != NULL && conn->state == WEFT__CONN_BODY && random_below(2) == 0) {
        client->rest = bytes;
        client->length = random_below(sizeof(bytes));
    }
}

static void send_something(struct client *client)
{
    size_t part;
    size_t taken;

    if (client->length == 0)
        choose(client);
    part = random_below(3) == 0 ? random_below((uint32_t)client->length + 1) : client->length;
    taken = harness_give(client->end, client->rest, part);
    client->rest += taken;
    client->length -= taken;
}

static void receive_something(struct client *client)
{
    size_t length;

    weft__memory_received(client->end, &length);
    if (random_below(4) == 0)
        length = random_below((uint32_t)length + 1);
    weft__memory_consume(client->end, length);
}

static void begin(struct client *client)
{
    *client = (struct client){ .end = harness_connect(&h) };
    if (random_below(4) == 0)
        weft__memory_set_window(client->end, random_below(100000));
}

static void do_something(struct client *client)
{
    static const uint32_t ages[] = { 100, 1500, 12000, 40000, 80000 };

    switch (random_below(64)) {
    case 0:
        weft__memory_end(client->end, false);
        break;
    case 1:
        weft__memory_end(client->end, true);
        break;
    case 2:
        (void)weft_test_fail_stop(); /* the test's own memory does not fail */
        harness_drop(&h, client->end);
        begin(client);
        break;
    case 3:
        weft__memory_set_window(client->end, random_below(100000));
        break;
    case 4:
        harness_age(&h, ages[random_below(5)]);
        break;
    default:
        if (random_below(4) == 0)
            harness_gate_open(&gate);
        if (random_below(2) == 0)
            receive_something(client);
        else
            send_something(client);
    }
}

static void step(bool failing)
{
    struct client *client = &clients[random_below(CLIENTS)];

    if (failing)
        weft_test_fail_alloc(1 + random_below(10));
    do_something(client);
    if (random_below(3) > 0)
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
    (void)weft_test_fail_stop();
    if (weft__memory_closed(client->end) && random_below(4) == 0) {
        harness_drop(&h, client->end);
        begin(client);
    }
}

/* Let go on what waits for the test. */
static void let_all_go(void)
{
    for (int i = 0; i < 20; i++) {
        harness_gate_open(&gate);
        harness_turns(&h);
    }
}

/* The generator goes on in the handlers, so that a seed is one story. */
static void storm(uint32_t seed, bool half_close, bool failing)
{
    struct weft__server_options options = harness_options();

    state = seed;
    options.half_close = half_close;
    options.max_connections = CLIENTS - 1;
    harness_open(&h, routes, &options);
    for (size_t i = 0; i < CLIENTS; i++)
        begin(&clients[i]);
    for (int i = 0; i < STEPS; i++)
        step(failing && i % 8 == 0);
    cr_expect(gt(sz, weft__server_stats(h.server).requests, STEPS / 20), "seed %u", seed);
    let_all_go();
    for (size_t i = 0; i < CLIENTS; i++)
        harness_drop(&h, clients[i].end);
    let_all_go();
    cr_expect(zero(sz, weft__server_stats(h.server).connections), "seed %u", seed);
    cr_expect(zero(sz, weft__loop_stats(h.loop).tasks), "seed %u", seed);
    cr_expect(weft__list_empty(&h.server->stalled));
    harness_close(&h);
}

/* Some 90 resets and half closes each, in both tests; `./dev test slow` has more than 20,000.
 */
static uint32_t seeds(void)
{
    return getenv("WEFT_SLOW") != NULL ? 130 : 20;
}

WEFT_TEST(storm, is_survived)
{
    for (uint32_t seed = 1; seed <= seeds(); seed++)
        storm(seed, seed % 2 == 0, false);
}

WEFT_TEST(storm, is_survived_without_memory)
{
    for (uint32_t seed = 1; seed <= seeds(); seed++)
        storm(seed, seed % 2 == 0, true);
}
