/*
 * Streams, listeners and datagrams while each allocation fails once.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>
#include <weft/udp.h>

#include <stdio.h>
#include <string.h>

#include "fail_each.h"

/* Far more than the system takes at once, so that some is kept until it does. */
enum { MUCH = 1 << 20 };

/* --- A pair */

static int send_much(void *arg)
{
    static const char much[MUCH];
    struct weft_stream *stream = arg;
    int rc = weft_stream_printf(stream, "%600d\n", 7);

    if (rc == 0)
        rc = weft_stream_write(stream, much, sizeof(much));
    if (rc == 0)
        rc = weft_stream_drain(stream);
    (void)weft_stream_shut_write(stream);
    return rc;
}

static int read_all(void *arg)
{
    static char line[1000];
    static char much[MUCH];
    struct weft_stream *stream = arg;
    int rc = weft_stream_read_line(stream, line, sizeof(line));

    if (rc <= 0)
        return rc < 0 ? rc : UV_EOF;
    cr_expect(eq(int, rc, 601));
    return weft_stream_read_exactly(stream, much, sizeof(much), NULL);
}

/* A failure of one ends the other, which might wait for it for ever. */
static int talk(struct weft_stream *near, struct weft_stream *far)
{
    int rc;
    WEFT_GROUP(group, 0);

    rc = weft_group_go(group, send_much, far);
    if (rc == 0)
        rc = weft_group_go(group, read_all, near);
    return rc < 0 ? rc : weft_group_wait(group);
}

static int use_pair(void *arg)
{
    struct weft_stream *near, *far;
    int rc = weft_stream_pair(NULL, &near, &far);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = talk(near, far);
    weft_stream_close(near);
    weft_stream_close(far);
    return rc;
}

/* --- Listeners */

static int answer(struct weft_stream *stream, void *arg)
{
    char text[8];
    int rc = weft_stream_read_exactly(stream, text, 5, NULL);

    (void)arg;
    return rc < 0 ? rc : weft_stream_write(stream, text, 5);
}

static int serve(void *arg)
{
    return weft_serve_streams(arg, answer, NULL);
}

static int ask(struct weft_stream *stream)
{
    char text[8] = "";
    int rc = weft_stream_write(stream, "hello", 5);

    if (rc == 0)
        rc = weft_stream_read_exactly(stream, text, 5, NULL);
    /* The server dropped the connection when it had no memory for it. */
    return rc == UV_EOF || rc == UV_ECONNRESET || rc == UV_EPIPE ? UV_ENOMEM : rc;
}

static int serve_and_ask(weft_listener *listener)
{
    struct weft_stream *client;
    int rc;
    WEFT_GROUP(group, 0);
    WEFT_TIMEOUT(scope, 60 * 1000);

    rc = weft_group_go(group, serve, listener);
    if (rc < 0)
        return rc;
    rc = weft_tcp_connect("127.0.0.1", weft_listener_port(listener), NULL, &client);
    if (rc < 0)
        return rc;
    rc = ask(client);
    weft_stream_close(client);
    return rc;
}

static int use_tcp(void *arg)
{
    weft_listener *listener;
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &listener);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = serve_and_ask(listener);
    cr_expect(zero(int, weft_listener_close(listener)));
    return rc;
}

/* --- Datagrams */

static int send_and_receive(weft_udp *from, weft_udp *to)
{
    weft_address address;
    char text[8];
    int rc = weft_udp_local(to, &address);
    WEFT_TIMEOUT(scope, 60 * 1000);

    if (rc == 0)
        rc = weft_udp_send_to(from, "hello", 5, &address);
    if (rc == 0)
        rc = weft_udp_receive_from(to, text, sizeof(text), NULL);
    if (rc == UV_ETIMEDOUT && weft_udp_dropped(to) == 1)
        rc = UV_ENOMEM;
    return rc == 5 ? 0 : rc;
}

static int use_udp(void *arg)
{
    weft_udp *a = NULL;
    weft_udp *b = NULL;
    int rc = weft_udp_bind("127.0.0.1", 0, NULL, &a);

    (void)arg;
    if (rc == 0)
        rc = weft_udp_bind("127.0.0.1", 0, NULL, &b);
    if (rc == 0)
        rc = send_and_receive(a, b);
    cr_expect(zero(int, weft_udp_close(a)));
    cr_expect(zero(int, weft_udp_close(b)));
    return rc;
}

WEFT_TEST(alloc_streams, pair)
{
    weft_test_fail_each(use_pair, 4, 0);
}

WEFT_TEST(alloc_streams, tcp)
{
    weft_test_fail_each(use_tcp, 4, 1);
}

WEFT_TEST(alloc_streams, udp)
{
    weft_test_fail_each(use_udp, 3, 0);
}
