/*
 * A client that leaves at each point of a connection's life: docs/guide/departure.md has it as
 * a table, and names these tests.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "server_harness.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static int last_rc;
static int dispatched;
static weft_departure departure; /* what the route of a stream says */
static char piece[200000];

static void ok(weft_request *req)
{
    dispatched++;
    (void)harness_reply(req, 200, "ok");
}

static void read_body(weft_request *req)
{
    dispatched++;
    last_rc = weft__request_read_all(req);
    (void)harness_reply(req, 200, "ok");
}

static void stream(weft_request *req)
{
    dispatched++;
    req->departure = departure;
    last_rc = weft__request_begin(req, &(struct weft__reply){ .status = 200 }, sizeof(piece));
    for (int i = 0; i < 10 && last_rc == 0; i++)
        last_rc = weft__request_write(req, piece, sizeof(piece) / 10);
    if (last_rc == 0)
        last_rc = weft__request_end(req, NULL);
}

static const struct harness_route routes[] = {
    { "/", ok }, { "/body", read_body }, { "/stream", stream }, { 0 }
};

static struct harness h;
static struct weft__memory_client *client;

static void start(bool half_close)
{
    struct weft__server_options options = harness_options();

    options.half_close = half_close;
    departure = WEFT_DEPARTURE_DEFAULT;
    last_rc = 1;
    dispatched = 0;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
}

static void leave(bool reset)
{
    weft__memory_end(client, reset);
    harness_turns(&h);
}

/* Nothing is left of the connection. */
static void expect_end(const char *where, int kind)
{
    cr_expect(weft__memory_closed(client), "%s %d", where, kind);
    cr_expect(zero(sz, weft__server_stats(h.server).connections), "%s %d", where, kind);
    cr_expect(zero(sz, weft__loop_stats(h.loop).tasks), "%s %d", where, kind);
    harness_close(&h);
}

/* Each of the four: FIN or RST, with half_close or without. */
#define EACH_KIND(kind) for (int kind = 0; kind < 4; kind++)
#define RESET(kind)     (((kind)&1) != 0)
#define HALF(kind)      (((kind)&2) != 0)

WEFT_TEST(departure_points, idle)
{
    EACH_KIND(kind)
    {
        start(HALF(kind));
        harness_send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        harness_turns(&h);
        harness_expect(client, OK);
        leave(RESET(kind));
        harness_expect(client, "");
        expect_end("idle", kind);
    }
}

WEFT_TEST(departure_points, in_the_head)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";

    EACH_KIND(kind)
    {
        for (size_t cut = 0; cut < sizeof(head) - 1; cut++) {
            start(HALF(kind));
            cr_expect(eq(sz, harness_give(client, head, cut), cut));
            leave(RESET(kind));
            harness_expect(client, "");
            cr_expect(zero(int, dispatched));
            expect_end("head", kind);
        }
    }
}

WEFT_TEST(departure_points, in_the_body)
{
    static const char *const methods[] = { "GET", "POST" };

    EACH_KIND(kind)
    {
        for (int i = 0; i < 2; i++) {
            char wire[128];

            start(HALF(kind));
            snprintf(wire, sizeof(wire),
                     "%s /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345",
                     methods[i]);
            harness_send(client, wire);
            leave(RESET(kind));
            cr_expect(eq(int, last_rc, WEFT_EGONE), "%s %d", methods[i], kind);
            expect_end("body", kind);
        }
    }
}

/* A writer waits for the client to read.  `cancels`: a departure by FIN ends it. */
static void leave_while_streaming(const char *method, weft_departure says, int kind,
                                  bool cancels)
{
    char wire[128];

    start(HALF(kind));
    departure = says;
    weft__memory_set_window(client, 1000);
    snprintf(wire, sizeof(wire), "%s /stream HTTP/1.1\r\nHost: a\r\n\r\n", method);
    harness_send(client, wire);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, 0), "it waits");
    leave(RESET(kind));
    if (!RESET(kind) && !cancels) {
        weft__memory_set_window(client, SIZE_MAX);
        harness_turns(&h);
        cr_expect(zero(int, last_rc), "%s %d: %d", method, kind, last_rc);
    } else {
        cr_expect(eq(int, last_rc, RESET(kind) ? WEFT_EGONE : UV_ECANCELED), "%s %d", method,
                  kind);
    }
    expect_end("stream", kind);
}

WEFT_TEST(departure_points, while_streaming)
{
    EACH_KIND(kind)
    {
        leave_while_streaming("GET", WEFT_DEPARTURE_DEFAULT, kind, !HALF(kind));
        leave_while_streaming("POST", WEFT_DEPARTURE_DEFAULT, kind, false);
        leave_while_streaming("PROPFIND", WEFT_DEPARTURE_DEFAULT, kind, false);
    }
}

WEFT_TEST(departure_points, while_streaming_as_the_route_says)
{
    EACH_KIND(kind)
    {
        leave_while_streaming("POST", WEFT_DEPARTURE_CANCEL, kind, !HALF(kind));
        leave_while_streaming("GET", WEFT_DEPARTURE_IGNORE, kind, false);
    }
}

/* The handler has returned, and its answer waits for the client to read. */
WEFT_TEST(departure_points, while_the_answer_is_queued)
{
    EACH_KIND(kind)
    {
        start(HALF(kind));
        weft__memory_set_window(client, 10);
        harness_send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        harness_turns(&h);
        leave(RESET(kind));
        if (!RESET(kind)) {
            weft__memory_set_window(client, SIZE_MAX);
            harness_turns(&h);
            harness_expect(client, OK);
        }
        expect_end("queued", kind);
    }
}

/* The answer has gone, and the rest of the request's body is thrown away. */
WEFT_TEST(departure_points, while_the_body_is_drained)
{
    EACH_KIND(kind)
    {
        start(HALF(kind));
        harness_send(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
        harness_turns(&h);
        harness_expect(client, OK);
        leave(RESET(kind));
        harness_expect(client, "");
        expect_end("drain", kind);
    }
}

/* A refusal has gone with a FIN, and the client may still be sending. */
WEFT_TEST(departure_points, while_lingering)
{
    EACH_KIND(kind)
    {
        start(HALF(kind));
        harness_push(client, "nonsense\r\n\r\n");
        harness_turns(&h);
        cr_expect(eq(int, harness_status(client), 400));
        cr_expect(eq(sz, weft__server_stats(h.server).connections, 1));
        leave(RESET(kind));
        expect_end("linger", kind);
    }
}
