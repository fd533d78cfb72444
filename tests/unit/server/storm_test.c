/*
 * Many clients that do anything at any time, by a generator of fixed seeds: nothing crashes,
 * leaks or stays behind, whatever meets whatever.  Over memory, where all is one story that can
 * be told again, and over real sockets.
 *
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
    struct weft__memory_client *end; /* over memory, else */
    int fd;
    const char *wire; /* what it is sending, or has sent last; NULL: a body */
    const char *rest; /* of that */
    size_t length;
    bool half; /* it has closed its side */
} clients[CLIENTS];

/* Half closes and resets that have met a connection that the server had not ended. */
static unsigned ends;

/* What a client sends next: a request, or now and then something that is none. */
/* Whether a body is awaited from it.  Over a socket that is guessed by what it sent last. */
static bool owes(const struct client *client)
{
    const struct weft__conn *conn;

    if (client->end == NULL)
        return client->wire != NULL && strstr(client->wire, "0000\r\n\r\n") != NULL;
    conn = harness_conn(client->end);
    return conn != NULL && conn->state == WEFT__CONN_BODY;
}

static void choose(struct client *client)
{
    size_t count = sizeof(wires) / sizeof(wires[0]);

    if (owes(client) && random_below(2) == 0) {
        client->wire = NULL;
        client->rest = bytes;
        client->length = random_below(sizeof(bytes));
        return;
    }
    if (random_below(20) > 0)
        count -= MALFORMED;
    client->wire = wires[random_below((uint32_t)count)];
    client->rest = client->wire;
    client->length = strlen(client->wire);
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

static void leave(struct client *client, bool reset)
{
    if (!weft__memory_closed(client->end) && (reset || !client->half))
        ends++;
    client->half = true;
    weft__memory_end(client->end, reset);
}

static void do_something(struct client *client)
{
    static const uint32_t ages[] = { 100, 1500, 12000, 40000, 80000 };

    switch (random_below(64)) {
    case 0:
        leave(client, false);
        break;
    case 1:
        leave(client, true);
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

/* --- Over sockets --------------------------------------------------------------------------
 */

static int port;

static void dial(struct client *client)
{
    *client = (struct client){ .fd = harness_dial(port) };
}

/* Whether the server has not ended the connection. */
static bool stands(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);

    cr_assert(zero(int, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size)));
    return info.tcpi_state == TCP_ESTABLISHED || info.tcpi_state == TCP_FIN_WAIT1 ||
           info.tcpi_state == TCP_FIN_WAIT2;
}

static void half_close(struct client *client)
{
    if (!client->half && stands(client->fd))
        ends++;
    client->half = true;
    shutdown(client->fd, SHUT_WR);
}

static void reset(struct client *client)
{
    struct linger linger = { .l_onoff = 1 };

    if (stands(client->fd))
        ends++;
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(client->fd);
    dial(client);
}

static void send_by_socket(struct client *client)
{
    size_t part;
    ssize_t count;

    if (client->length == 0)
        choose(client);
    part = random_below(3) == 0 ? random_below((uint32_t)client->length + 1) : client->length;
    count = send(client->fd, client->rest, part, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
        client->rest += count;
        client->length -= (size_t)count;
    }
}

static void receive_by_socket(struct client *client)
{
    static char room[50000];
    size_t length = 0;

    if (harness_receive(client->fd, room, 2 + random_below(sizeof(room) - 2), &length))
        return;
    close(client->fd);
    dial(client);
}

static void do_something_by_socket(struct client *client)
{
    switch (random_below(24)) {
    case 0:
        half_close(client);
        break;
    case 1:
        reset(client);
        break;
    case 2:
        if (random_below(8) == 0)
            harness_age(&h, random_below(40000));
        break;
    default:
        if (random_below(4) == 0)
            harness_gate_open(&gate);
        if (random_below(2) == 0)
            receive_by_socket(client);
        else
            send_by_socket(client);
    }
    if (random_below(3) > 0)
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
}

static bool all_ended(void)
{
    harness_gate_open(&gate);
    return weft__server_stats(h.server).connections == 0 && weft__loop_stats(h.loop).tasks == 0;
}

static void storm_by_sockets(uint32_t seed, bool half_closes, unsigned goal)
{
    struct weft__server_options options = harness_options();
    unsigned enough = ends + goal;

    state = seed;
    options.half_close = half_closes;
    harness_open(&h, routes, &options);
    port = harness_listen(&h);
    for (size_t i = 0; i < CLIENTS; i++)
        dial(&clients[i]);
    for (unsigned i = 0; i < goal * 200 && ends < enough; i++)
        do_something_by_socket(&clients[random_below(CLIENTS)]);
    cr_expect(ge(uint, ends, enough), "seed %u", seed);
    for (size_t i = 0; i < CLIENTS; i++)
        close(clients[i].fd);
    cr_expect(harness_until(&h, all_ended()), "seed %u: something is stuck", seed);
    cr_expect(weft__list_empty(&h.server->stalled));
    harness_close(&h);
}

/* --- How often ------------------------------------------------------------------------------
 */

/* `./dev test slow` has more than 20,000 half closes and resets, half of them over sockets. */
static bool slow(void)
{
    return getenv("WEFT_SLOW") != NULL;
}

static void storms(bool failing)
{
    unsigned goal = slow() ? 5000 : 800;

    ends = 0;
    for (uint32_t seed = 1; ends < goal; seed++) {
        cr_assert(lt(u32, seed, 1000));
        storm(seed, seed % 2 == 0, failing);
    }
}

WEFT_TEST(storm, is_survived)
{
    storms(false);
}

WEFT_TEST(storm, is_survived_without_memory)
{
    storms(true);
}

WEFT_TEST(storm, is_survived_over_sockets)
{
    ends = 0;
    for (uint32_t seed = 1; seed <= (slow() ? 20 : 2); seed++)
        storm_by_sockets(seed, seed % 2 == 0, slow() ? 500 : 200);
    cr_expect(ge(uint, ends, slow() ? 10000 : 400));
}
