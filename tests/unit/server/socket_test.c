/*
 * The same over real sockets: what only the system can show.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "failalloc.h"
#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSE  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

static HARNESS_GATE(gate);
static int last_rc;
static int ended;
static char piece[50000];
static char peer[64];

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

/* A method that is not cancelled by default, made to be. */
static void wait_unless_gone(weft_request *req)
{
    req->departure = WEFT_DEPARTURE_CANCEL;
    wait_then_ok(req);
}

static void stream(weft_request *req)
{
    last_rc = weft__request_begin(req, &(struct weft__reply){ .status = 200 }, 100000000);
    for (int i = 0; i < 2000 && last_rc == 0; i++)
        last_rc = weft__request_write(req, piece, 50000);
    if (last_rc == 0)
        last_rc = weft__request_end(req, NULL);
    ended++;
}

/* A piece now and then, until that fails. */
static void events(weft_request *req)
{
    last_rc = weft__request_begin(req, &(struct weft__reply){ .status = 200 }, -1);
    while (last_rc == 0) {
        last_rc = weft__request_write(req, "event", 5);
        if (last_rc == 0)
            last_rc = harness_gate_wait(&gate);
    }
    ended++;
}

static void tell_peer(weft_request *req)
{
    strncpy(peer, weft__request_peer(req), sizeof(peer) - 1);
    ok(req);
}

static const struct harness_route routes[] = { { "/", ok },
                                               { "/wait", wait_then_ok },
                                               { "/unless-gone", wait_unless_gone },
                                               { "/stream", stream },
                                               { "/peer", tell_peer },
                                               { "/events", events },
                                               { 0 } };

static struct harness h;
static int port;
static char text[1000]; /* what a client has received */
static size_t text_length;

static void start(const struct weft__server_options *options)
{
    ended = 0;
    last_rc = 1;
    text_length = 0;
    harness_open(&h, routes, options);
    port = harness_listen(&h);
}

static void send_text(int fd, const char *wire)
{
    cr_assert(eq(sz, (size_t)send(fd, wire, strlen(wire), MSG_NOSIGNAL), strlen(wire)));
}

/* A new client that has sent `wire`. */
static int ask(const char *wire)
{
    int fd = harness_dial(port);

    send_text(fd, wire);
    return fd;
}

static void reset(int fd)
{
    struct linger linger = { .l_onoff = 1 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

/* Whether `fd` receives exactly `expected`. */
static bool receives(int fd, const char *expected)
{
    text_length = 0;
    return harness_until(&h, !harness_receive(fd, text, sizeof(text), &text_length) ||
                                 text_length >= strlen(expected)) &&
           strcmp(text, expected) == 0;
}

static bool ends(int fd)
{
    return harness_until(&h, !harness_receive(fd, text, sizeof(text), &text_length));
}

static size_t connections(void)
{
    return weft__server_stats(h.server).connections;
}

/* The only connection. */
static struct weft__conn *only(void)
{
    for (int state = 0; state < WEFT__CONN_STATES; state++) {
        struct weft__list *node = weft__list_first(&h.server->conns[state]);

        if (node != NULL)
            return weft__list_entry(node, struct weft__conn, link);
    }
    return NULL;
}

/* --- Serving ------------------------------------------------------------------------------ */

WEFT_TEST(socket, serves)
{
    int fd;

    start(NULL);
    fd = ask(GET("/"));
    cr_expect(receives(fd, OK));
    send_text(fd, GET("/") GET("/wait") GET("/peer"));
    cr_expect(receives(fd, OK));
    harness_gate_open(&gate);
    cr_expect(receives(fd, OK OK));
    cr_expect(eq(str, peer, (char *)"127.0.0.1"));
    send_text(fd, "GET / HTTP/1.0\r\n\r\n");
    cr_expect(receives(fd, OK_CLOSE));
    cr_expect(ends(fd));
    close(fd);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

WEFT_TEST(socket, serves_many_at_once)
{
    int fds[100];

    start(NULL);
    for (int i = 0; i < 100; i++)
        fds[i] = ask(GET("/wait"));
    cr_expect(harness_until(&h, gate.waiting == 100));
    harness_gate_open(&gate);
    for (int i = 0; i < 100; i++)
        cr_expect(receives(fds[i], OK));
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

WEFT_TEST(socket, serves_on_a_path)
{
    char directory[] = "/tmp/weft-socket-XXXXXX";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char url[200];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
    harness_open(&h, routes, NULL);
    cr_assert(
        zero(int, weft__server_listen_unix(h.server, address.sun_path, url, sizeof(url))));
    cr_expect(zero(int, strncmp(url, "unix:/tmp/weft-", 15)));
    cr_assert(zero(int, connect(fd, (struct sockaddr *)&address, sizeof(address))));
    send_text(fd, GET("/peer"));
    cr_expect(harness_until(&h, recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0));
    cr_expect(eq(str, peer, (char *)""));
    close(fd);
    harness_close(&h);
    cr_expect(zero(int, rmdir(directory)));
}

/* --- Departure ---------------------------------------------------------------------------- */

WEFT_TEST(socket, notices_a_client_that_leaves)
{
    for (int i = 0; i < 2; i++) {
        int fd;

        start(NULL);
        gate.waiting = 0;
        fd = ask(GET("/wait"));
        cr_expect(harness_until(&h, gate.waiting == 1));
        if (i == 0)
            close(fd);
        else
            reset(fd);
        cr_expect(harness_until(&h, ended == 1));
        cr_expect(eq(int, last_rc, UV_ECANCELED));
        cr_expect(harness_until(&h, connections() == 0));
        harness_close(&h);
    }
}

WEFT_TEST(socket, lets_post_finish_when_the_client_leaves)
{
    for (int i = 0; i < 2; i++) {
        int fd;

        start(NULL);
        gate.waiting = 0;
        fd = ask("POST /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        cr_expect(harness_until(&h, gate.waiting == 1));
        if (i == 0)
            close(fd);
        else
            reset(fd);
        cr_expect(harness_until(&h, only()->ended));
        cr_expect(zero(int, ended));
        harness_gate_open(&gate);
        cr_expect(harness_until(&h, connections() == 0));
        cr_expect(zero(int, last_rc));
        harness_close(&h);
    }
}

/* The socket's buffer is full, and the client's too: the writer waits, until there is nobody to
 * write to.  What a client closes without having read it all is reset by its system. */
WEFT_TEST(socket, ends_a_stream_whose_client_resets_and_has_not_read_it)
{
    static const char *const methods[] = { "GET", "POST" };

    for (int i = 0; i < 4; i++) {
        char wire[100];
        int fd;

        start(NULL);
        snprintf(wire, sizeof(wire), "%s /stream HTTP/1.1\r\nHost: a\r\n\r\n", methods[i / 2]);
        fd = ask(wire);
        cr_expect(harness_until(&h, connections() == 1 && only()->out != NULL));
        harness_turns(&h);
        cr_expect(zero(int, ended));
        if (i % 2 == 0)
            reset(fd);
        else
            close(fd);
        cr_expect(harness_until(&h, ended == 1));
        cr_expect(eq(int, last_rc, WEFT_EGONE), "%d", i);
        cr_expect(harness_until(&h, connections() == 0));
        harness_close(&h);
    }
}

/* As server-sent events are: the handler waits for something to tell, and its client leaves. */
WEFT_TEST(socket, ends_a_stream_of_events_whose_client_leaves)
{
    static const char *const methods[] = { "GET", "POST" };

    for (int i = 0; i < 4; i++) {
        bool with_reset = i % 2 == 0;
        char wire[100];
        int fd;

        start(NULL);
        gate.waiting = 0;
        snprintf(wire, sizeof(wire), "%s /events HTTP/1.1\r\nHost: a\r\n\r\n", methods[i / 2]);
        fd = ask(wire);
        cr_expect(harness_until(&h, gate.waiting == 1));
        if (with_reset)
            reset(fd);
        else
            shutdown(fd, SHUT_WR);
        cr_expect(harness_until(&h, connections() == 0 || only()->ended));
        if (i / 2 == 1) { /* it goes on; a client that is there still gets what it is told */
            cr_expect(zero(int, ended));
            harness_gate_open(&gate);
            cr_expect(harness_until(&h, with_reset ? ended == 1 : gate.waiting == 2));
            if (!with_reset) {
                reset(fd);
                fd = -1;
                cr_expect(harness_until(&h, only()->gone));
                harness_gate_open(&gate);
            }
        }
        cr_expect(harness_until(&h, ended == 1));
        cr_expect(eq(int, last_rc, i / 2 == 1 ? WEFT_EGONE : UV_ECANCELED), "%d", i);
        if (!with_reset && fd >= 0)
            close(fd);
        cr_expect(harness_until(&h, connections() == 0));
        harness_close(&h);
    }
}

/* Behind a FIN nothing is read any more, but a reset is still seen, and is a departure also
 * where the FIN was none. */
WEFT_TEST(socket, notices_a_reset_behind_a_half_close)
{
    struct weft__server_options options = harness_options();
    int fd;

    options.half_close = true;
    start(&options);
    gate.waiting = 0;
    fd = ask(GET("/wait"));
    cr_expect(harness_until(&h, gate.waiting == 1));
    shutdown(fd, SHUT_WR);
    cr_expect(harness_until(&h, only()->ended));
    cr_expect(zero(int, ended));
    reset(fd);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

WEFT_TEST(socket, serves_a_client_that_half_closes)
{
    struct weft__server_options options = harness_options();
    int fd;

    options.half_close = true;
    start(&options);
    fd = ask(GET("/wait") GET("/"));
    cr_expect(harness_until(&h, gate.waiting == 1));
    shutdown(fd, SHUT_WR);
    cr_expect(harness_until(&h, only()->ended));
    harness_gate_open(&gate);
    cr_expect(receives(fd, OK OK_CLOSE));
    cr_expect(ends(fd));
    close(fd);
    harness_close(&h);
}

/* Reading is stopped while more than 64 KiB wait unread: FIN and RST stand behind them. */
static void leave_held_back(bool with_reset, bool half_close)
{
    static const char head[] = "POST /unless-gone HTTP/1.1\r\nHost: a\r\n"
                               "Content-Length: 100000000\r\n\r\n";
    struct weft__server_options options = harness_options();
    int fd;

    options.half_close = half_close;
    start(&options);
    gate.waiting = 0;
    fd = ask(head);
    cr_expect(harness_until(&h, gate.waiting == 1));
    while (only()->reading) {
        cr_expect(gt(long, send(fd, piece, sizeof(piece), MSG_DONTWAIT), 0));
        harness_turns(&h);
    }
    cr_expect(le(sz, only()->own.room, 4 * WEFT__IN_HIGH));
    cr_expect(zero(int, ended));
    if (with_reset)
        reset(fd);
    else
        shutdown(fd, SHUT_WR);
    if (half_close && !with_reset) {
        harness_age(&h, 1000);
        cr_expect(zero(int, ended));
        harness_gate_open(&gate);
    }
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, last_rc, half_close && !with_reset ? 0 : UV_ECANCELED));
    if (!with_reset)
        close(fd);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

WEFT_TEST(socket, notices_that_a_client_leaves_which_is_held_back)
{
    leave_held_back(false, false);
    leave_held_back(true, false);
    leave_held_back(true, true);
    leave_held_back(false, true);
}

/* However many there are. */
WEFT_TEST(socket, notices_that_many_leave_which_are_held_back)
{
    enum { COUNT = 300 };
    static char body[2 * WEFT__IN_HIGH];
    int fds[COUNT];

    start(NULL);
    for (int i = 0; i < COUNT; i++) {
        size_t sent = 0;

        fds[i] = ask("POST /unless-gone HTTP/1.1\r\nHost: a\r\n"
                     "Content-Length: 10000000\r\n\r\n");
        while (sent < sizeof(body)) {
            ssize_t count = send(fds[i], body, sizeof(body) - sent, MSG_DONTWAIT);

            sent += count > 0 ? (size_t)count : 0;
            uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        }
    }
    cr_expect(harness_until(&h, gate.waiting == COUNT));
    harness_turns(&h);
    for (int i = 0; i < COUNT; i++)
        close(fds[i]);
    cr_expect(harness_until(&h, connections() == 0));
    cr_expect(eq(int, ended, COUNT));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_close(&h);
}

/* --- A client that does not read ------------------------------------------------------------
 */

WEFT_TEST(socket, holds_a_stream_back_in_bounded_memory)
{
    struct weft__outq *out;
    int fd;

    start(NULL);
    fd = ask(GET("/stream"));
    cr_expect(harness_until(&h, only() != NULL && only()->out != NULL));
    harness_turns(&h);
    out = only()->out;
    cr_expect(
        lt(sz, out->sending.room + out->next.room + h.server->cork.bytes.room, 512 * 1024));
    cr_expect(zero(int, ended));
    close(fd);
    cr_expect(harness_until(&h, connections() == 0));
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    harness_close(&h);
}

WEFT_TEST(socket, streams_to_the_end)
{
    static char buffer[1 << 20];
    size_t total = 0;
    ssize_t count;
    int fd;

    start(NULL);
    fd = ask(GET("/stream"));
    while (total < 100000000) {
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        count = recv(fd, buffer, sizeof(buffer), 0);
        cr_assert(count > 0 || errno == EAGAIN);
        total += count > 0 ? (size_t)count : 0;
    }
    cr_expect(eq(int, ended, 1));
    cr_expect(zero(int, last_rc));
    send_text(fd, GET("/"));
    cr_expect(harness_until(&h, recv(fd, buffer, sizeof(buffer), 0) > 0));
    close(fd);
    harness_close(&h);
}

WEFT_TEST(socket, gives_up_a_client_that_reads_nothing)
{
    int fd;

    start(NULL);
    fd = ask(GET("/stream"));
    cr_expect(harness_until(&h, only() != NULL && only()->out != NULL));
    harness_turns(&h);
    harness_age(&h, h.server->options.write_timeout_ms + 1000);
    cr_expect(harness_until(&h, connections() == 0));
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    close(fd);
    harness_close(&h);
}

/* What it takes is progress, also where that is but part of what was queued at once. */
WEFT_TEST(socket, keeps_a_client_that_reads_slowly)
{
    int small = 4096;
    char buffer[2000];
    int fd;

    start(NULL);
    h.server->options.min_write_rate = UINT32_MAX;
    fd = harness_dial(port);
    cr_assert(harness_until(&h, connections() == 1));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    setsockopt(only()->transport->ops->descriptor(only()->transport), SOL_SOCKET, SO_SNDBUF,
               &small, sizeof(small));
    send_text(fd, GET("/stream"));
    cr_assert(harness_until(&h, only()->out != NULL));
    harness_turns(&h);
    for (int i = 0; i < 3; i++) {
        const uv_stream_t *stream = &only()->uv.uv.stream;
        size_t left = uv_stream_get_write_queue_size(stream);

        harness_age(&h, h.server->options.write_timeout_ms - 3000);
        cr_assert(eq(sz, connections(), 1));
        while (uv_stream_get_write_queue_size(stream) == left) {
            cr_assert(recv(fd, buffer, sizeof(buffer), 0) > 0 || errno == EAGAIN);
            uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        }
        harness_age(&h, 2000);
        cr_assert(eq(sz, connections(), 1));
    }
    for (int i = 0; i < 2; i++)
        harness_age(&h, h.server->options.write_timeout_ms + 1000);
    cr_expect(zero(sz, connections()));
    close(fd);
    harness_close(&h);
}

/* --- Limits ------------------------------------------------------------------------------- */

WEFT_TEST(socket, closes_a_head_that_is_late)
{
    struct weft__server_options options = harness_options();
    int fd;

    options.head_timeout_ms = 50;
    start(&options);
    fd = ask("GET / HTTP/1.1\r\nHos");
    cr_expect(ends(fd));
    cr_expect(zero(int, strncmp(text, "HTTP/1.1 408 ", 13)));
    close(fd);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

WEFT_TEST(socket, refuses_connections_over_the_limit)
{
    struct weft__server_options options = harness_options();
    int fds[40];
    int refused = 0;

    options.max_connections = 8;
    start(&options);
    for (int i = 0; i < 40; i++)
        fds[i] = harness_dial(port);
    harness_turns(&h);
    cr_expect(le(sz, connections(), 8 + 8 / 4 + 16));
    for (int i = 0; i < 40; i++) {
        if (send(fds[i], GET("/"), strlen(GET("/")), MSG_NOSIGNAL) < 0) {
            refused++; /* reset: not even told */
            continue;
        }
        text_length = 0;
        cr_expect(
            harness_until(&h, !harness_receive(fds[i], text, sizeof(text), &text_length) ||
                                  text_length >= strlen(OK)));
        if (text_length == 0)
            refused++;
        else
            cr_expect(zero(int, strncmp(text, i < 8 ? OK : "HTTP/1.1 503 ", 13)), "%d", i);
    }
    cr_expect(ge(int, refused, 40 - (8 + 8 / 4 + 16)));
    cr_expect(le(int, refused, 40 - 8));
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    cr_expect(harness_until(&h, connections() == 0));
    fds[0] = ask(GET("/"));
    cr_expect(receives(fds[0], OK));
    close(fds[0]);
    harness_close(&h);
}

/* A client with the address 127.0.0.`last`. */
static int dial_from(unsigned char last)
{
    struct sockaddr_in from = { .sin_family = AF_INET };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    from.sin_addr.s_addr = htonl(0x7f000000U | last);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert(ge(int, fd, 0));
    cr_assert(zero(int, bind(fd, (struct sockaddr *)&from, sizeof(from))));
    cr_assert(zero(int, connect(fd, (struct sockaddr *)&to, sizeof(to))));
    cr_assert(zero(int, fcntl(fd, F_SETFL, O_NONBLOCK)));
    return fd;
}

static void expect_answer(int fd, const char *begin)
{
    send_text(fd, GET("/"));
    text_length = 0;
    cr_expect(harness_until(&h, !harness_receive(fd, text, sizeof(text), &text_length) ||
                                    text_length >= strlen(OK)));
    cr_expect(zero(int, strncmp(text, begin, strlen(begin))), "%s", text);
}

WEFT_TEST(socket, refuses_connections_of_one_address_over_its_limit)
{
    struct weft__server_options options = harness_options();
    int fds[3], other;

    options.max_connections_per_address = 2;
    start(&options);
    for (int i = 0; i < 3; i++)
        fds[i] = dial_from(1);
    other = dial_from(2);
    expect_answer(fds[0], OK);
    expect_answer(fds[1], OK);
    expect_answer(fds[2], "HTTP/1.1 503 ");
    expect_answer(other, OK);
    close(fds[0]);
    close(fds[2]);
    cr_expect(harness_until(&h, connections() == 2));
    fds[0] = dial_from(1); /* there is a place again */
    expect_answer(fds[0], OK);
    close(fds[0]);
    close(fds[1]);
    close(other);
    harness_close(&h);
}

static bool is_own(const uint8_t *ip, void *arg)
{
    return ip != NULL && ip[WEFT__IP_BYTES - 1] == *(const uint8_t *)arg;
}

WEFT_TEST(socket, counts_no_connections_of_a_proxy)
{
    struct weft__server_options options = harness_options();
    uint8_t last = 1;
    int fds[4];

    options.max_connections_per_address = 1;
    options.is_proxy = is_own;
    options.proxy_arg = &last;
    start(&options);
    for (int i = 0; i < 4; i++)
        fds[i] = dial_from(i < 2 ? 1 : 2);
    expect_answer(fds[0], OK);
    expect_answer(fds[1], OK);
    expect_answer(fds[2], OK);
    expect_answer(fds[3], "HTTP/1.1 503 ");
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    harness_close(&h);
}

WEFT_TEST(socket, resets_connections_of_one_address_far_over_its_limit)
{
    struct weft__server_options options = harness_options();
    int fds[40], other;

    options.max_connections_per_address = 8;
    start(&options);
    for (int i = 0; i < 40; i++)
        fds[i] = dial_from(1);
    other = dial_from(2);
    harness_turns(&h);
    cr_expect(le(sz, connections(), 1 + 8 + 8 / 4 + 16));
    expect_answer(other, OK);
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    close(other);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

/* A refused client that sends on gets its answer all the same (RFC 9112, 9.6). */
WEFT_TEST(socket, lingers_for_the_answer_to_be_read)
{
    int fd;

    start(NULL);
    fd = ask("\x01");
    for (int i = 0; i < 10; i++)
        send_text(fd, "some more of what the server does not want to have");
    cr_expect(harness_until(&h, only() != NULL && only()->state == WEFT__CONN_LINGER));
    send_text(fd, "and more");
    cr_expect(ends(fd));
    cr_expect(zero(int, strncmp(text, "HTTP/1.1 400 ", 13)));
    cr_expect(eq(sz, connections(), 1));
    close(fd);
    cr_expect(harness_until(&h, connections() == 0));
    harness_close(&h);
}

/* A connection that there is no memory for waits; the listener is not stuck. */
WEFT_TEST(socket, accepts_again_when_there_is_memory)
{
    int fds[3];

    start(NULL);
    for (int i = 0; i < 3; i++)
        fds[i] = ask(GET("/"));
    weft_test_fail_alloc_from(1);
    harness_turns(&h);
    cr_expect(weft_test_fail_stop());
    cr_expect(zero(sz, connections()));
    for (int i = 0; i < 3; i++)
        cr_expect(receives(fds[i], OK));
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    harness_close(&h);
}
