/*
 * Memory that runs out: a request gets a whole answer or a closed connection, nothing leaks,
 * and the server goes on.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "server_harness.h"

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"

enum { LARGE = 300000 };

static char large_body[LARGE];
static const struct weft__reply reply = { .status = 200 };

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static void wait_then_ok(weft_request *req)
{
    (void)weft_sleep(5);
    ok(req);
}

static void large(weft_request *req)
{
    int rc = weft__request_send(req, &reply, large_body, LARGE);

    (void)rc;
}

static void stream(weft_request *req)
{
    int rc = weft__request_begin(req, &reply, -1);

    for (size_t at = 0; at < LARGE && rc == 0; at += 30000)
        rc = weft__request_write(req, large_body + at, 30000);
    if (rc == 0)
        rc = weft__request_end(req, NULL);
}

static void whole(weft_request *req)
{
    int rc = weft__request_read_all(req);

    if (rc < 0)
        (void)harness_reply(req, (unsigned)req->body_status, "");
    else
        rc = weft__request_send(req, &reply, req->whole.data, req->whole.length);
}

static void pieces(weft_request *req)
{
    const char *piece;
    int rc;

    while ((rc = weft__request_read_some(req, &piece)) > 0)
        ;
    (void)harness_reply(req, rc == 0 ? 200 : 503, "");
}

static void unread(weft_request *req)
{
    (void)weft__arena_alloc(&req->arena, 100000);
    (void)harness_reply(req, 200, "");
}

static const struct harness_route routes[] = {
    { "/", ok },           { "/wait", wait_then_ok },
    { "/large", large },   { "/stream", stream },
    { "/whole", whole },   { "/pieces", pieces },
    { "/unread", unread }, { 0 },
};

static struct harness h;

/* Take off what came: so many whole responses, none of them malformed, and a rest only where
 * the connection was closed. */
static void check_received(struct weft__buffer *all, int expected, bool closed)
{
    struct harness_response response;
    size_t at = 0;
    int count = 0;

    while (harness_parse(all->data + at, all->length - at, false, false, &response)) {
        free(response.body);
        at += response.bytes;
        if (response.status >= 200)
            count++;
        if (response.close)
            break;
    }
    cr_expect(closed || (count == expected && at == all->length),
              "%d of %d responses, and no close", count, expected);
}

static void expect_service(void)
{
    struct weft__memory_client *client = harness_connect(&h);

    harness_send(client, GET("/"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* Move what came to `all`, which has room. */
static void receive(struct weft__memory_client *client, struct weft__buffer *all)
{
    size_t length;
    const char *data = weft__memory_received(client, &length);

    cr_assert(zero(int, weft__buffer_append(all, data, length)));
    weft__memory_consume(client, length);
}

/* Play `wire` with the n-th allocation failing, or all from it on; false when it needs fewer.
 */
static bool play(const char *wire, size_t window, int expected, unsigned long n, bool on)
{
    struct weft__buffer all;
    struct weft__memory_client *client;
    size_t length = strlen(wire);
    bool failed;

    weft__buffer_init(&all, SIZE_MAX / 2);
    cr_assert(ne(ptr, weft__buffer_reserve(&all, 4 * LARGE), NULL));
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    weft__memory_set_window(client, window);
    if (on)
        weft_test_fail_alloc_from(n);
    else
        weft_test_fail_alloc(n);
    for (int quiet = 0; quiet < 50; quiet++) {
        size_t sent = harness_give(client, wire, length);

        wire += sent;
        length -= sent;
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        receive(client, &all);
        if (weft__loop_stats(h.loop).tasks > 0)
            quiet = 0;
    }
    failed = weft_test_fail_stop();
    receive(client, &all);
    check_received(&all, expected, weft__memory_closed(client));
    weft__buffer_done(&all);
    expect_service();
    harness_close(&h);
    return failed;
}

static void survives(const char *wire, size_t window, int expected)
{
    for (int on = 0; on < 2; on++) {
        unsigned long n = 1;

        while (play(wire, window, expected, n, on))
            n++;
        cr_expect(gt(ulong, n, 2), "nothing was allocated");
    }
}

WEFT_TEST(server_alloc, of_simple_requests)
{
    survives(GET("/") GET("/wait") GET("/unread") GET("/"), SIZE_MAX, 4);
    survives(GET("/") GET("/wait") GET("/") "GET / HTT", 30, 3);
}

WEFT_TEST(server_alloc, of_large_responses)
{
    for (size_t window = 40000; window <= 100000; window += 5000)
        survives(GET("/large") GET("/"), window, 2);
    survives(GET("/large") GET("/"), SIZE_MAX, 2);
}

WEFT_TEST(server_alloc, of_streams)
{
    survives(GET("/stream") GET("/"), SIZE_MAX, 2);
    survives(GET("/stream") GET("/"), 50000, 2);
}

WEFT_TEST(server_alloc, of_bodies)
{
    survives(POST("/whole") "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello" GET("/"),
             SIZE_MAX, 2);
    survives(POST("/pieces") "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" GET("/"),
             SIZE_MAX, 2);
    survives(POST("/unread") "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" GET("/"),
             SIZE_MAX, 2);
}

WEFT_TEST(server_alloc, of_large_bodies)
{
    char *wire = malloc(LARGE + 200);
    size_t length;

    cr_assert(ne(ptr, wire, NULL));
    for (int i = 0; i < 2; i++) {
        length = (size_t)snprintf(wire, 200,
                                  "POST %s HTTP/1.1\r\nHost: a\r\n"
                                  "Content-Length: %d\r\n\r\n",
                                  i == 0 ? "/whole" : "/pieces", LARGE);
        memset(wire + length, 'x', LARGE);
        memcpy(wire + length + LARGE, GET("/"), sizeof(GET("/")));
        survives(wire, 100000, 2);
    }
    free(wire);
}

/* Connecting itself. */
WEFT_TEST(server_alloc, of_connections)
{
    unsigned long n = 1;
    bool failed = true;

    harness_open(&h, routes, NULL);
    for (; failed; n++) {
        struct weft__memory_client *client = NULL;
        int rc;

        weft_test_fail_alloc(n);
        rc = weft__memory_connect(h.server, &client);
        failed = weft_test_fail_stop();
        cr_expect(eq(int, rc, failed ? UV_ENOMEM : 0));
        if (rc == 0)
            weft__memory_free(client);
        harness_turns(&h);
        cr_expect(zero(sz, weft__server_stats(h.server).connections));
    }
    cr_expect(gt(ulong, n, 2));
    expect_service();
    harness_close(&h);
}

WEFT_TEST(server_alloc, of_the_server)
{
    struct weft__server_options options = harness_options();
    unsigned long n = 1;
    bool failed = true;

    harness_open(&h, routes, NULL);
    for (; failed; n++) {
        struct weft__server *server = NULL;
        int rc;

        weft_test_fail_alloc(n);
        rc = weft__server_new(&server, h.loop, &options, NULL, NULL);
        failed = weft_test_fail_stop();
        cr_expect(eq(int, rc, failed ? UV_ENOMEM : 0));
        weft__server_free(rc == 0 ? server : NULL);
    }
    cr_expect(gt(ulong, n, 2));
    harness_close(&h);
}
