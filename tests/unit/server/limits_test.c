/*
 * What a client may take: bytes and fields of a head, connections, time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static HARNESS_GATE(gate);

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static void wait_then_ok(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    ok(req);
}

static const struct harness_route routes[] = { { "/", ok }, { "/wait", wait_then_ok }, { 0 } };

static struct harness h;
static struct weft__memory_client *client;

static void start_with(const struct weft__server_options *options)
{
    harness_open(&h, routes, options);
    client = harness_connect(&h);
}

/* --- Heads ----------------------------------------------------------------------------- */

/* A GET of `path` whose head takes exactly `length` bytes; in the target, or in a field. */
static char *get_of(const char *path, size_t length, bool in_target)
{
    char *wire = malloc(length + 1);
    size_t fixed;
    int head;
    int tail;

    cr_assert(ne(ptr, wire, NULL));
    head = snprintf(wire, length + 1, "GET %s%s", path,
                    in_target ? "?" : " HTTP/1.1\r\nHost: a\r\nX: ");
    fixed = (size_t)head + strlen(in_target ? " HTTP/1.1\r\nHost: a\r\n\r\n" : "\r\n\r\n");
    cr_assert(le(sz, fixed, length));
    memset(wire + head, 'x', length - fixed);
    tail = snprintf(wire + head + length - fixed, fixed - (size_t)head + 1, "%s",
                    in_target ? " HTTP/1.1\r\nHost: a\r\n\r\n" : "\r\n\r\n");
    cr_assert(eq(sz, (size_t)head + length - fixed + (size_t)tail, length));
    return wire;
}

static void head_of(size_t length, bool in_target, size_t max_bytes, int status)
{
    struct weft__server_options options = harness_options();
    char *wire = get_of("/", length, in_target);

    options.max_head_bytes = max_bytes;
    for (int cut = 0; cut < 2; cut++) {
        start_with(&options);
        if (cut) {
            cr_expect(eq(sz, harness_give(client, wire, length / 2), length / 2));
            harness_turns(&h);
        }
        harness_push(client, wire + (cut ? length / 2 : 0));
        cr_expect(eq(int, harness_status(client), status), "%zu of %zu", length, max_bytes);
        cr_expect(eq(int, weft__memory_closed(client), status != 200));
        harness_close(&h);
    }
    free(wire);
}

WEFT_TEST(limits, bound_the_head)
{
    static const size_t max_bytes[] = { 1000, 16 * 1024, 100000, 300000 };

    for (size_t i = 0; i < sizeof(max_bytes) / sizeof(max_bytes[0]); i++) {
        for (int in_target = 0; in_target < 2; in_target++) {
            int over = in_target ? 414 : 431;

            head_of(max_bytes[i] - 1, in_target, max_bytes[i], 200);
            head_of(max_bytes[i], in_target, max_bytes[i], 200);
            head_of(max_bytes[i] + 30, in_target, max_bytes[i], over);
            head_of(max_bytes[i] * 2, in_target, max_bytes[i], over);
        }
        head_of(max_bytes[i] + 1, false, max_bytes[i], 431);
        head_of(max_bytes[i] + 1, true, max_bytes[i],
                414); /* though the line itself is whole */
    }
}

/* A head larger than all buffers, which comes while reading is held back. */
WEFT_TEST(limits, let_a_large_head_through_behind_a_waiting_handler)
{
    struct weft__server_options options = harness_options();
    char *wire = get_of("/", 200000, false);
    size_t sent;

    options.max_head_bytes = 200000;
    start_with(&options);
    harness_send(client, GET("/wait"));
    sent = harness_give(client, wire, 200000);
    cr_expect(lt(sz, sent, 200000));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_send(client, wire + sent);
    harness_expect(client, OK OK);
    free(wire);
    harness_close(&h);
}

static void fields_of(unsigned count, int status)
{
    struct weft__buffer wire;

    weft__buffer_init(&wire, SIZE_MAX / 2);
    cr_assert(zero(int, weft__buffer_printf(&wire, "GET / HTTP/1.1\r\nHost: a\r\n")));
    for (unsigned i = 1; i < count; i++)
        cr_assert(zero(int, weft__buffer_printf(&wire, "X-%u: y\r\n", i)));
    cr_assert(zero(int, weft__buffer_printf(&wire, "\r\n")));
    start_with(NULL);
    cr_expect(le(sz, harness_give(client, wire.data, wire.length), wire.length));
    cr_expect(eq(int, harness_status(client), status), "%u fields", count);
    harness_close(&h);
    weft__buffer_done(&wire);
}

WEFT_TEST(limits, bound_the_number_of_fields)
{
    fields_of(99, 200);
    fields_of(100, 200);
    fields_of(101, 431);
}

/* --- Time ------------------------------------------------------------------------------ */

WEFT_TEST(limits, bound_the_time_of_a_head)
{
    char wire[] = GET("/");
    uint32_t limit_ms;

    start_with(NULL);
    limit_ms = h.server->options.head_timeout_ms;
    for (int i = 0; i < 9; i++) { /* a byte a second does not help */
        cr_expect(eq(sz, harness_give(client, wire + i, 1), 1));
        harness_age(&h, limit_ms / 10);
        cr_expect(not(weft__memory_closed(client)));
    }
    harness_expect(client, "");
    harness_age(&h, limit_ms / 10);
    harness_expect(client, "HTTP/1.1 408 Request Timeout\r\n"
                           "Content-Type: application/problem+json\r\n"
                           "Content-Length: 85\r\nConnection: close\r\n\r\n"
                           "{\"title\":\"Request Timeout\",\"status\":408,"
                           "\"detail\":\"the request took too long to come\"}");
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* Also of a head that begins behind another request. */
WEFT_TEST(limits, bound_the_time_of_a_pipelined_head)
{
    start_with(NULL);
    harness_send(client, GET("/wait") "GET / ");
    harness_age(&h, h.server->options.head_timeout_ms + 1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK);
    harness_age(&h, h.server->options.head_timeout_ms + 1000);
    cr_expect(eq(int, harness_status(client), 408));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(limits, bound_the_time_of_idleness)
{
    start_with(NULL);
    harness_send(client, GET("/"));
    harness_expect(client, OK);
    harness_age(&h, h.server->options.keep_alive_timeout_ms - 1);
    cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
    harness_send(client, GET("/")); /* begins anew */
    harness_expect(client, OK);
    harness_age(&h, 2000);
    cr_expect(not(weft__memory_closed(client)));
    harness_age(&h, h.server->options.keep_alive_timeout_ms);
    cr_expect(weft__memory_closed(client));
    harness_expect(client, "");
    harness_close(&h);
}

/* Who connects and says nothing, or nothing but an empty line, has the time of a head and not
 * that of a client that has shown itself; and gets no answer, since it has asked nothing. */
WEFT_TEST(limits, bound_the_silence_of_a_new_connection)
{
    static const char *const said[] = { "", "\r\n", "\r\n\r\n" };

    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        start_with(NULL);
        harness_age(&h, h.server->options.head_timeout_ms / 2);
        harness_send(client, said[i]);
        harness_age(&h, h.server->options.head_timeout_ms / 2 - 1000);
        cr_expect(not(weft__memory_closed(client)), "%zu", i);
        cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
        harness_age(&h, 1000);
        cr_expect(weft__memory_closed(client), "%zu", i);
        harness_expect(client, "");
        harness_close(&h);
    }
}

/* Its head has its own time, from its first byte on; once served it is idle. */
WEFT_TEST(limits, give_a_new_connection_the_time_of_a_head)
{
    start_with(NULL);
    harness_age(&h, h.server->options.head_timeout_ms - 1000);
    harness_send(client, "GET / HTTP/1.1\r\n");
    harness_age(&h, h.server->options.head_timeout_ms - 1000);
    harness_send(client, "Host: a\r\n\r\n");
    harness_expect(client, OK);
    harness_age(&h, h.server->options.head_timeout_ms + 1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_close(&h);
}

/* Some clients send an empty line behind a body; it is no request that is late. */
WEFT_TEST(limits, count_no_empty_line_as_a_request)
{
    start_with(NULL);
    harness_send(client, GET("/") "\r\n");
    harness_expect(client, OK);
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
        harness_age(&h, h.server->options.head_timeout_ms + 1000);
        cr_expect(not(weft__memory_closed(client)));
        harness_send(client, i == 0 ? GET("/") : "\r\n");
    }
    harness_expect(client, OK);
    cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
    harness_send(client, "G");
    harness_age(&h, h.server->options.head_timeout_ms + 1000);
    cr_expect(eq(int, harness_status(client), 408));
    harness_close(&h);
}

WEFT_TEST(limits, bound_no_handler)
{
    start_with(NULL);
    harness_send(client, GET("/wait"));
    harness_age(&h, 1000000);
    cr_expect(not(weft__memory_closed(client)));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK);
    harness_close(&h);
}

/* --- Lingering (RFC 9112, 9.6) --------------------------------------------------------------
 */

/* A connection that was refused and whose client goes on sending. */
static void start_lingering(void)
{
    start_with(NULL);
    harness_send(client, "\x01");
    cr_expect(eq(int, harness_status(client), 400));
    cr_expect(client->finned);
    cr_expect(not(client->closing));
}

WEFT_TEST(limits, bound_the_silence_of_lingering)
{
    start_lingering();
    harness_age(&h, WEFT__LINGER_SILENCE_MS - 500);
    harness_send(client, GET("/"));
    harness_age(&h, WEFT__LINGER_SILENCE_MS - 500);
    cr_expect(not(client->closing));
    harness_age(&h, 500);
    cr_expect(client->closing);
    harness_expect(client, "");
    harness_close(&h);
}

WEFT_TEST(limits, bound_the_time_of_lingering)
{
    start_lingering();
    for (int ms = 1000; ms < WEFT__LINGER_MS; ms += 1000) {
        harness_age(&h, 1000);
        harness_send(client, "x");
        cr_assert(not(client->closing), "after %d ms", ms);
    }
    harness_age(&h, 1000);
    harness_send(client, "x");
    cr_expect(client->closing);
    harness_close(&h);
}

WEFT_TEST(limits, bound_the_bytes_of_lingering)
{
    char *bytes = calloc(1, WEFT__LINGER_MAX + 1);

    cr_assert(ne(ptr, bytes, NULL));
    start_lingering();
    cr_expect(eq(sz, harness_give(client, bytes, WEFT__LINGER_MAX), WEFT__LINGER_MAX));
    cr_expect(not(client->closing));
    cr_expect(eq(sz, harness_give(client, bytes, 1), 1));
    cr_expect(client->closing);
    cr_expect(zero(sz, harness_give(client, bytes, 1)));
    free(bytes);
    harness_close(&h);
}

WEFT_TEST(limits, end_lingering_with_the_client)
{
    for (int reset = 0; reset < 2; reset++) {
        start_lingering();
        weft__memory_end(client, reset);
        cr_expect(client->closing);
        harness_turns(&h);
        cr_expect(zero(sz, weft__server_stats(h.server).connections));
        harness_close(&h);
    }
}

/* --- Connections ----------------------------------------------------------------------------
 */

WEFT_TEST(limits, bound_the_connections)
{
    struct weft__server_options options = harness_options();
    struct weft__memory_client *second;
    struct weft__memory_client *third;

    options.max_connections = 2;
    start_with(&options);
    second = harness_connect(&h);
    third = harness_connect(&h);
    harness_send(client, GET("/"));
    harness_send(second, GET("/wait"));
    harness_send(third, GET("/"));
    harness_expect(client, OK);
    harness_expect(third, "HTTP/1.1 503 Service Unavailable\r\n"
                          "Content-Type: application/problem+json\r\nRetry-After: 1\r\n"
                          "Content-Length: 83\r\nConnection: close\r\n\r\n"
                          "{\"title\":\"Service Unavailable\",\"status\":503,"
                          "\"detail\":\"there is too much to do now\"}");
    cr_expect(weft__memory_closed(third));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(second, OK);
    harness_drop(&h, third);
    harness_drop(&h, second);
    harness_turns(&h);
    second = harness_connect(&h);
    harness_send(second, GET("/"));
    harness_expect(second, OK);
    harness_close(&h);
}

/* One task on the loop: the second request at a time is turned away, not queued. */
WEFT_TEST(limits, bound_the_tasks)
{
    struct weft__memory_client *second;

    harness_open_small(&h, routes, 1);
    client = harness_connect(&h);
    second = harness_connect(&h);
    harness_send(client, GET("/wait"));
    harness_send(second, GET("/"));
    cr_expect(eq(int, harness_status(second), 503));
    cr_expect(weft__memory_closed(second));
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK);
    harness_send(client, GET("/"));
    harness_expect(client, OK);
    harness_close(&h);
}

/* --- Pools ----------------------------------------------------------------------------------
 */

WEFT_TEST(limits, pools_are_trimmed_after_a_peak)
{
    enum { PEAK = 1000 };
    struct weft__memory_client **clients = calloc(PEAK, sizeof(client));

    cr_assert(ne(ptr, clients, NULL));
    harness_open(&h, routes, NULL);
    for (int i = 0; i < PEAK; i++) {
        clients[i] = harness_connect(&h);
        harness_send(clients[i], GET("/wait"));
    }
    cr_expect(zero(sz, weft__server_stats(h.server).pooled_requests));
    harness_gate_open(&gate);
    harness_turns(&h);
    for (int i = 0; i < PEAK; i++)
        harness_expect(clients[i], OK);
    cr_expect(eq(sz, weft__server_stats(h.server).pooled_requests, PEAK));
    cr_expect(eq(sz, weft__server_stats(h.server).idle, PEAK));
    for (int ms = 0; ms < 10000; ms += WEFT__SWEEP_MS) {
        harness_age(&h, WEFT__SWEEP_MS);
        harness_send(clients[0], GET("/")); /* some load goes on */
        harness_expect(clients[0], OK);
    }
    cr_expect(le(sz, weft__server_stats(h.server).pooled_requests, 1));
    free(clients);
    harness_close(&h);
}

/* With no connection left the sweep goes on until the pool is empty, and then rests. */
WEFT_TEST(limits, pools_are_trimmed_when_nobody_is_connected)
{
    start_with(NULL);
    harness_send(client, GET("/"));
    harness_drop(&h, client);
    harness_turns(&h);
    cr_expect(eq(sz, weft__server_stats(h.server).pooled_requests, 1));
    cr_expect(uv_is_active((uv_handle_t *)&h.server->sweep));
    for (int i = 0; i < 2; i++)
        harness_age(&h, 5000);
    cr_expect(zero(sz, weft__server_stats(h.server).pooled_requests));
    cr_expect(not(uv_is_active((uv_handle_t *)&h.server->sweep)));
    client = harness_connect(&h);
    cr_expect(uv_is_active((uv_handle_t *)&h.server->sweep));
    harness_close(&h);
}

/* Connections that come and go one by one do not put the sweep off. */
WEFT_TEST(limits, sweeps_go_on_whoever_comes_and_goes)
{
    uint64_t due_ms;

    start_with(NULL);
    harness_drop(&h, client);
    harness_turns(&h);
    due_ms = uv_timer_get_due_in(&h.server->sweep);
    cr_expect(gt(u64, due_ms, 0));
    while (uv_timer_get_due_in(&h.server->sweep) == due_ms)
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
    client = harness_connect(&h);
    cr_expect(lt(u64, uv_timer_get_due_in(&h.server->sweep), due_ms));
    harness_close(&h);
}

/* The same memory over and over. */
WEFT_TEST(limits, pools_do_not_grow)
{
    start_with(NULL);
    for (int i = 0; i < 10000; i++) {
        harness_send(client, GET("/") GET("/") GET("/") GET("/") GET("/") GET("/") GET("/")
                                 GET("/") GET("/") GET("/"));
        harness_consume_all(client);
    }
    cr_expect(eq(sz, weft__server_stats(h.server).requests, 100000));
    cr_expect(eq(sz, weft__server_stats(h.server).pooled_requests, 1));
    cr_expect(le(sz, h.server->cork.bytes.room, 4096));
    cr_expect(zero(sz, h.server->pool.free->arena.used_bytes));
    harness_close(&h);
}
