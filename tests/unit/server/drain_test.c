/*
 * The orderly end of a server: what is idle goes at once, what runs is let finish, in time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSE  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

static HARNESS_GATE(gate);
static int last_rc;
static int ended;

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static void wait_then_ok(weft_request *req)
{
    last_rc = harness_gate_wait(&gate);
    ended++;
    ok(req);
}

/* Does not care about being cancelled. */
static void wait_stubbornly(weft_request *req)
{
    weft_scope shield;

    weft_scope_shield(&shield, 1000000);
    wait_then_ok(req);
    weft_scope_leave(&shield);
}

static void read_body(weft_request *req)
{
    last_rc = weft__request_read_all(req);
    ok(req);
}

static void stream_and_wait(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &(struct weft__reply){ .status = 200 }, 4)));
    cr_expect(zero(int, weft__request_write(req, "ab", 2)));
    last_rc = harness_gate_wait(&gate);
    if (last_rc == 0) {
        cr_expect(zero(int, weft__request_write(req, "cd", 2)));
        cr_expect(zero(int, weft__request_end(req, NULL)));
    }
}

static const struct harness_route routes[] = { { "/", ok },
                                               { "/wait", wait_then_ok },
                                               { "/stubborn", wait_stubbornly },
                                               { "/body", read_body },
                                               { "/stream", stream_and_wait },
                                               { 0 } };

static struct harness h;
static struct weft__memory_client *client;
static unsigned drained;

static void on_drained(struct weft__server *server, void *arg)
{
    cr_expect(eq(ptr, server, h.server));
    cr_expect(eq(ptr, arg, &h));
    drained++;
}

static void start(void)
{
    drained = 0;
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
}

static void drain(uint32_t timeout_ms)
{
    weft__server_drain(h.server, timeout_ms, on_drained, &h);
    harness_turns(&h);
}

WEFT_TEST(drain, of_nothing_is_done_at_once)
{
    harness_open(&h, routes, NULL);
    (void)harness_listen(&h);
    drain(1000);
    cr_expect(harness_until(&h, drained == 1));
    harness_turns(&h);
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

WEFT_TEST(drain, closes_what_is_idle_at_once)
{
    struct weft__memory_client *untouched;

    start();
    untouched = harness_connect(&h);
    harness_send(client, GET("/"));
    harness_expect(client, OK);
    drain(1000);
    cr_expect(weft__memory_closed(client));
    cr_expect(weft__memory_closed(untouched));
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

WEFT_TEST(drain, closes_listeners)
{
    int port;
    int fd;

    harness_open(&h, routes, NULL);
    port = harness_listen(&h);
    fd = harness_dial(port);
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 1));
    drain(1000);
    cr_expect(harness_until(&h, drained == 1));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_expect(lt(int,
                 connect(fd,
                         (struct sockaddr *)&(struct sockaddr_in){
                             .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
                         sizeof(struct sockaddr_in)),
                 0));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(drain, lets_running_requests_finish)
{
    start();
    harness_send(client, GET("/wait") GET("/"));
    drain(1000);
    cr_expect(zero(uint, drained));
    harness_age(&h, 500);
    cr_expect(zero(int, ended));
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(zero(int, last_rc));
    harness_expect(client, OK_CLOSE);
    cr_expect(weft__memory_closed(client));
    weft__memory_end(client, false);
    harness_turns(&h);
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

/* The client may have sent its next request before it got to know: no RST takes the answer from
 * it. */
WEFT_TEST(drain, lingers_where_the_client_did_not_ask_to_close)
{
    start();
    harness_send(client, GET("/wait"));
    drain(10000);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_send(client, GET("/"));
    harness_expect(client, OK_CLOSE);
    cr_expect(client->finned);
    cr_expect(not(client->closing));
    harness_age(&h, WEFT__LINGER_MS);
    cr_expect(client->closing);
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

/* A head that had said keep-alive is kept to by the framing only. */
WEFT_TEST(drain, closes_behind_a_response_that_had_begun)
{
    start();
    harness_send(client, GET("/stream"));
    harness_turns(&h);
    drain(1000);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
    cr_expect(weft__memory_closed(client));
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

WEFT_TEST(drain, answers_a_request_that_is_being_sent)
{
    start();
    harness_send(client, "GET / HTTP/1.1\r\nHo");
    drain(1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_send(client, "st: a\r\n\r\n");
    harness_turns(&h);
    harness_expect(client, OK_CLOSE);
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(drain, sends_what_is_queued)
{
    start();
    weft__memory_set_window(client, 10);
    harness_send(client, GET("/"));
    drain(1000);
    cr_expect(not(weft__memory_closed(client)));
    weft__memory_set_window(client, SIZE_MAX);
    harness_turns(&h);
    harness_expect(client, OK);
    cr_expect(weft__memory_closed(client));
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

/* Nobody waits for the rest of a body that nobody reads. */
WEFT_TEST(drain, does_not_wait_for_unread_bodies)
{
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    };

    for (size_t i = 0; i < 2; i++) {
        start();
        harness_send(client, heads[i]);
        harness_turns(&h);
        harness_expect(client, OK);
        drain(10000);
        cr_expect(client->finned, "%s", heads[i]);
        weft__memory_end(client, false);
        harness_turns(&h);
        cr_expect(eq(uint, drained, 1), "%s", heads[i]);
        harness_close(&h);
    }
}

/* But for that which somebody reads, or whose answer says that it is the last. */
WEFT_TEST(drain, waits_for_bodies_that_are_read)
{
    start();
    harness_send(client, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na");
    harness_turns(&h);
    drain(10000);
    cr_expect(not(client->finned));
    harness_send(client, "bcde");
    harness_turns(&h);
    cr_expect(zero(int, last_rc));
    harness_expect(client, OK_CLOSE);
    harness_close(&h);
}

/* --- The bound ------------------------------------------------------------------------------
 */

WEFT_TEST(drain, cancels_what_does_not_finish_in_time)
{
    struct weft__memory_client *reading;
    struct weft__memory_client *head;

    start();
    reading = harness_connect(&h);
    head = harness_connect(&h);
    harness_send(client, GET("/wait"));
    harness_send(reading, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na");
    harness_send(head, "GET / H");
    harness_turns(&h);
    drain(1000);
    harness_age(&h, 500);
    cr_expect(zero(int, ended));
    harness_age(&h, 500);
    cr_expect(eq(int, ended, 1));
    cr_expect(eq(int, gate.result, UV_ECANCELED));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_expect(client, OK_CLOSE);
    harness_expect(reading, OK_CLOSE);
    harness_expect(head, "");
    cr_expect(weft__memory_closed(head));
    weft__memory_end(client, false); /* else they linger */
    weft__memory_end(reading, false);
    harness_turns(&h);
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

WEFT_TEST(drain, closes_what_does_not_heed_the_cancel)
{
    struct weft__memory_client *stuck;

    start();
    stuck = harness_connect(&h);
    weft__memory_set_window(stuck, 5);
    harness_send(client, GET("/stubborn"));
    harness_send(stuck, "GET / HTTP/1.0\r\n\r\n");
    drain(1000);
    harness_age(&h, 1000);
    cr_expect(zero(int, ended));
    cr_expect(not(weft__memory_closed(client)));
    cr_expect(not(weft__memory_closed(stuck)));
    harness_age(&h, 5000);
    cr_expect(weft__memory_closed(client));
    cr_expect(weft__memory_closed(stuck));
    cr_expect(zero(uint, drained), "the handler runs still");
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(eq(int, ended, 1));
    cr_expect(eq(uint, drained, 1));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

/* Whoever drains is told in the end, and that not all has ended. */
WEFT_TEST(drain, is_over_whatever_a_handler_does)
{
    start();
    harness_send(client, GET("/stubborn"));
    drain(1000);
    harness_age(&h, 6500);
    cr_expect(zero(uint, drained));
    harness_age(&h, 1000);
    cr_expect(eq(uint, drained, 1));
    cr_expect(eq(sz, weft__server_stats(h.server).connections, 1));
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

WEFT_TEST(drain, is_cut_short_by_a_second_call)
{
    start();
    harness_send(client, GET("/wait"));
    drain(1000000);
    cr_expect(zero(int, ended));
    weft__server_drain(h.server, 1000000, NULL, NULL);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    cr_expect(harness_until(&h, drained == 1));
    harness_turns(&h);
    cr_expect(eq(uint, drained, 1));
    harness_close(&h);
}

/* --- The server may go from the callback ----------------------------------------------- */

static void free_when_drained(struct weft__server *server, void *arg)
{
    struct harness *harness = arg;

    weft__server_free(server);
    harness->server = NULL;
    drained++;
}

WEFT_TEST(drain, may_end_with_freeing_the_server)
{
    start();
    (void)harness_listen(&h);
    harness_send(client, GET("/wait"));
    weft__server_drain(h.server, 1000, free_when_drained, &h);
    harness_turns(&h);
    harness_gate_open(&gate);
    cr_expect(harness_until(&h, drained == 1));
    harness_close(&h);
}

WEFT_TEST(drain, may_be_over_before_it_is_begun)
{
    harness_open(&h, routes, NULL);
    weft__server_drain(h.server, 1000, free_when_drained, &h);
    cr_expect(harness_until(&h, drained == 1));
    harness_close(&h);
}
