/*
 * What one request leaves behind on its connection: nothing.  And connections that end at
 * awkward moments.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "server_harness.h"

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"
#define OK         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static HARNESS_GATE(gate);
static weft_key key;
static int last_rc;
static int dispatched;
static char *child_memory; /* of the request that spawned it */
static int children_ended;
static int defers;

static void ok(weft_request *req)
{
    dispatched++;
    (void)harness_reply(req, 200, "");
}

static void wait_then_ok(weft_request *req)
{
    dispatched++;
    last_rc = harness_gate_wait(&gate);
    (void)harness_reply(req, 200, "");
}

static int child(void *arg)
{
    int rc = weft_sleep(60000);

    (void)arg;
    cr_expect(eq(int, rc, UV_ECANCELED));
    strcpy(child_memory, "the child was here");
    cr_expect(ne(ptr, weft__task_context(), NULL));
    children_ended++;
    return rc;
}

/* Leaves children running, one of them with a handle that it never joins. */
static void spawn(weft_request *req)
{
    weft_task *task;

    child_memory = weft__arena_alloc(&req->arena, 100);
    cr_assert(ne(ptr, child_memory, NULL));
    cr_expect(zero(int, weft_spawn(NULL, child, NULL)));
    cr_expect(zero(int, weft_spawn(&task, child, NULL)));
    cr_expect(zero(int, weft_sleep(1)), "they begin");
    (void)harness_reply(req, 200, "");
}

static void set_local(weft_request *req)
{
    static int value;

    cr_expect(eq(ptr, weft_local_get(&key), NULL));
    cr_expect(zero(int, weft_local_set(&key, &value)));
    weft_task_set_name(weft_task_current(), "set by a request");
    ok(req);
}

static void cancel_itself(weft_request *req)
{
    weft_task_cancel(weft_task_current());
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
    ok(req);
}

static void wait_in_defer(void *arg)
{
    (void)arg;
    defers++;
    last_rc = harness_gate_wait(&gate);
}

static void deferring(weft_request *req)
{
    cr_expect(zero(int, weft__arena_defer(&req->arena, wait_in_defer, NULL)));
    ok(req);
}

static void spawn_child(void *arg)
{
    (void)arg;
    cr_expect(zero(int, weft_spawn(NULL, child, NULL)));
    cr_expect(zero(int, weft_sleep(1)), "it begins");
}

static void spawn_in_defer(weft_request *req)
{
    child_memory = weft__arena_alloc(&req->arena, 100);
    cr_assert(ne(ptr, child_memory, NULL));
    cr_expect(zero(int, weft__arena_defer(&req->arena, spawn_child, NULL)));
    ok(req);
}

static void close_then_read(weft_request *req)
{
    weft__conn_close(req->conn, true);
    (void)harness_gate_wait(&gate);
    last_rc = weft__request_read_all(req);
    cr_expect(zero(sz, req->whole.length));
    cr_expect(eq(int, harness_reply(req, 200, ""), WEFT_EGONE));
}

static void close_itself(weft_request *req)
{
    weft__conn_close(req->conn, true);
    ok(req);
}

static void ask_peer_when_closed(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    cr_expect(eq(str, (char *)weft__request_peer(req), (char *)""));
}

static const struct harness_route routes[] = {
    { "/", ok },
    { "/wait", wait_then_ok },
    { "/spawn", spawn },
    { "/local", set_local },
    { "/cancel", cancel_itself },
    { "/defer", deferring },
    { "/defer-spawn", spawn_in_defer },
    { "/close-read", close_then_read },
    { "/close", close_itself },
    { "/peer", ask_peer_when_closed },
    { 0 },
};

static struct harness h;
static struct weft__memory_client *client;

static void start(void)
{
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
}

/* --- One request after the other ------------------------------------------------------------
 */

/* What a handler spawns may use the request, so it ends before that does. */
WEFT_TEST(conn, ends_what_a_handler_has_spawned)
{
    start();
    harness_send(client, GET("/spawn") GET("/wait"));
    cr_expect(harness_until(&h, gate.waiting == 1));
    cr_expect(eq(int, children_ended, 2));
    harness_expect(client, OK);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK);
    cr_expect(zero(int, last_rc));
    harness_send(client, GET("/spawn"));
    cr_expect(harness_until(&h, children_ended == 4));
    harness_turns(&h);
    cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
    harness_close(&h);
}

WEFT_TEST(conn, ends_what_a_deferred_call_has_spawned)
{
    start();
    harness_send(client, GET("/defer-spawn") GET("/wait"));
    cr_expect(harness_until(&h, gate.waiting == 1));
    cr_expect(eq(int, children_ended, 1));
    harness_close(&h);
}

WEFT_TEST(conn, has_task_locals_anew_for_each_request)
{
    start();
    harness_send(client, GET("/local") GET("/local") GET("/local"));
    harness_expect(client, OK OK OK);
    harness_close(&h);
}

WEFT_TEST(conn, carries_no_cancel_on_to_the_next_request)
{
    start();
    harness_send(client, GET("/cancel") GET("/wait"));
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(zero(int, last_rc));
    harness_expect(client, OK OK);
    harness_close(&h);
}

/* --- Deferred calls -------------------------------------------------------------------- */

WEFT_TEST(conn, runs_deferred_calls_before_the_next_request)
{
    start();
    harness_send(client, GET("/defer") GET("/"));
    harness_turns(&h);
    harness_expect(client, OK);
    cr_expect(eq(int, dispatched, 1));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK);
    cr_expect(eq(int, dispatched, 2));
    harness_close(&h);
}

/* The answer has left; whether the client stays for the deferred calls is no matter to them,
 * but nothing of what it sent before is begun after. */
WEFT_TEST(conn, begins_nothing_when_the_client_leaves_during_deferred_calls)
{
    for (int reset = 0; reset < 2; reset++) {
        dispatched = 0;
        defers = 0;
        start();
        harness_send(client, GET("/defer") GET("/"));
        harness_turns(&h);
        cr_expect(eq(int, defers, 1));
        weft__memory_end(client, reset);
        harness_turns(&h);
        harness_gate_open(&gate);
        harness_turns(&h);
        cr_expect(zero(int, last_rc));
        cr_expect(eq(int, dispatched, 1));
        cr_expect(weft__memory_closed(client));
        cr_expect(zero(sz, weft__server_stats(h.server).connections));
        harness_close(&h);
    }
}

/* --- Closed at awkward moments --------------------------------------------------------- */

/* What came with the head lies in the buffer that all connections share. */
WEFT_TEST(conn, reads_nothing_of_others_when_closed)
{
    last_rc = 1;
    start();
    harness_send(client, POST("/close-read") "Content-Length: 10\r\n\r\n0123456789");
    harness_send(harness_connect(&h), GET("/") GET("/") GET("/"));
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    harness_close(&h);
}

WEFT_TEST(conn, may_be_closed_by_its_own_task)
{
    start();
    harness_send(client, GET("/") GET("/close") GET("/"));
    harness_turns(&h);
    cr_expect(eq(int, dispatched, 2));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

/* The transport may be gone while the handler goes on. */
WEFT_TEST(conn, outlives_its_transport)
{
    start();
    harness_send(client, POST("/peer") "\r\n");
    weft__conn_close(harness_conn(client), true);
    harness_drop(&h, client);
    harness_turns(&h);
    cr_expect(eq(sz, weft__server_stats(h.server).connections, 1));
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

WEFT_TEST(conn, may_be_closed_twice)
{
    start();
    harness_send(client, GET("/wait"));
    weft__conn_close(harness_conn(client), true);
    weft__conn_close(client->base.user, false);
    weft__conn_finish(client->base.user, true);
    harness_turns(&h);
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

/* --- Memory of a connection ------------------------------------------------------------ */

WEFT_TEST(conn, costs_little_when_idle)
{
    cr_expect(le(sz, sizeof(struct weft__conn), 600));
    start();
    for (int i = 0; i < 3; i++) {
        harness_send_bytewise(&h, client, GET("/"));
        harness_send(client, POST("/") "Content-Length: 3\r\n\r\na");
        harness_turns(&h);
        harness_send(client, "bc");
        harness_turns(&h);
        harness_expect(client, OK OK);
        cr_expect(eq(ptr, harness_conn(client)->own.data, NULL));
        cr_expect(eq(ptr, harness_conn(client)->out, NULL));
        cr_expect(zero(sz, weft__loop_stats(h.loop).tasks));
    }
    harness_close(&h);
}
