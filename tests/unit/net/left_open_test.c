/*
 * What a program leaves open when its loop ends: it is closed, and nothing leaks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>
#include <weft/stream.h>
#include <weft/udp.h>

#include <fcntl.h>
#include <unistd.h>

#include "in_task.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void silence(weft_log_level level, const char *line, void *arg)
{
    (void)line;
    (void)level;
    ++*(int *)arg;
}

/* Run it; how many lines the end of its loop has logged. */
static int lines_of(weft_task_fn fn, void *arg)
{
    int lines = 0;

    weft_log_set_sink(silence, &lines);
    cr_expect(zero(int, weft_run(fn, arg)));
    weft_log_set_sink(NULL, NULL);
    return lines;
}

static int leave_a_pair(void *arg)
{
    struct weft_stream *near, *far;
    int rc = weft_stream_pair(NULL, &near, &far);

    (void)arg;
    return rc < 0 ? rc : weft_stream_write(near, "unread", 6);
}

WEFT_TEST(left_open, streams)
{
    cr_expect(eq(int, lines_of(leave_a_pair, NULL), 2));
}

/* Above the mark, so that a write is in flight. */
static int leave_bytes_unsent(void *arg)
{
    static char much[1 << 20];
    struct weft_stream *near, *far;
    int rc = weft_stream_pair(NULL, &near, &far);

    (void)arg;
    if (rc == 0)
        rc = weft_stream_write(near, much, sizeof(much));
    cr_expect(gt(sz, weft_stream_unsent(near), 0));
    return rc;
}

WEFT_TEST(left_open, bytes_unsent)
{
    cr_expect(eq(int, lines_of(leave_bytes_unsent, NULL), 2));
}

static int leave_an_aborted_one(void *arg)
{
    struct weft_stream *near, *far;
    int rc = weft_stream_pair(NULL, &near, &far);

    (void)arg;
    if (rc < 0)
        return rc;
    weft_stream_abort(near); /* closing when the loop ends */
    weft_stream_abort(far);
    weft_stream_close(far); /* and this one is released */
    return 0;
}

WEFT_TEST(left_open, aborted_streams)
{
    cr_expect(eq(int, lines_of(leave_an_aborted_one, NULL), 1));
}

static int leave_a_file(void *arg)
{
    struct weft_stream *stream;

    *(int *)arg = open("/dev/zero", O_RDWR | O_CLOEXEC);
    return weft_stream_from_fd(*(int *)arg, NULL, &stream);
}

WEFT_TEST(left_open, files_that_a_thread_reads)
{
    int fd;

    cr_expect(eq(int, lines_of(leave_a_file, &fd), 1));
    cr_expect(not(is_open(fd)));
}

static int leave_servers(void *arg)
{
    weft_listener *listener;
    struct weft_stream *client, *server;
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &listener);

    (void)arg;
    for (int i = 0; i < 3 && rc == 0; i++) /* one accepted, one ahead, one in the backlog */
        rc = weft_tcp_connect("127.0.0.1", weft_listener_port(listener), NULL, &client);
    return rc < 0 ? rc : weft_accept(listener, &server);
}

WEFT_TEST(left_open, listeners)
{
    cr_expect(eq(int, lines_of(leave_servers, NULL), 5));
}

static int leave_endpoints(void *arg)
{
    weft_udp *server, *client;
    weft_address address;
    int rc = weft_udp_bind("127.0.0.1", 0, NULL, &server);

    (void)arg;
    if (rc == 0)
        rc = weft_udp_local(server, &address);
    if (rc == 0)
        rc = weft_udp_connect("127.0.0.1", weft_address_port(&address), NULL, &client);
    if (rc == 0)
        rc = weft_udp_send_to(client, "hello", 5, NULL);
    return rc;
}

WEFT_TEST(left_open, endpoints)
{
    cr_expect(eq(int, lines_of(leave_endpoints, NULL), 2));
}

/* What was closed properly is not told of, though its handles close with the loop only. */
static int leave_nothing(void *arg)
{
    struct weft_stream *near, *far;
    weft_udp *udp;
    int rc = weft_stream_pair(NULL, &near, &far);

    (void)arg;
    if (rc < 0)
        return rc;
    weft_stream_close(near);
    weft_stream_close(far);
    rc = weft_udp_bind("127.0.0.1", 0, NULL, &udp);
    weft_udp_close(udp);
    return rc;
}

WEFT_TEST(left_open, nothing)
{
    cr_expect(zero(int, lines_of(leave_nothing, NULL)));
}

/* --- Afterwards */

static struct {
    struct weft_stream *near, *far, *aborted;
    weft_listener *listener;
    weft_udp *udp;
} left;

static int leave_one_of_each(void *arg)
{
    struct weft_stream *other;
    int rc = weft_stream_pair(NULL, &left.near, &left.far);

    (void)arg;
    if (rc == 0)
        rc = weft_stream_pair(NULL, &left.aborted, &other);
    if (rc < 0)
        return rc;
    weft_stream_abort(left.aborted);
    weft_stream_close(other);
    rc = weft_yield(); /* the aborted one is closed, and not released */
    if (rc == 0)
        rc = weft_stream_write(left.near, "unread", 6);
    if (rc == 0)
        rc = weft_tcp_listen("127.0.0.1", 0, NULL, &left.listener);
    return rc < 0 ? rc : weft_udp_bind("127.0.0.1", 0, NULL, &left.udp);
}

/* Each says that it can do nothing any more, and is closed. */
static int use_and_close_them(void *arg)
{
    struct weft_stream *accepted;
    weft_address address;
    char byte;

    (void)arg;
    cr_expect(eq(int, weft_stream_write(left.near, "more", 4), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_read(left.far, &byte, 1), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_drain(left.near), UV_ECONNABORTED));
    cr_expect(eq(int, weft_stream_peer(left.near, &address), UV_ENOTCONN));
    weft_stream_abort(left.far);
    cr_expect(zero(int, weft_stream_close(left.near)));
    cr_expect(zero(int, weft_stream_close(left.far)));
    cr_expect(zero(int, weft_stream_close(left.aborted)));
    cr_expect(eq(int, weft_accept(left.listener, &accepted), WEFT_EMISUSE));
    cr_expect(eq(int, weft_listener_address(left.listener, &address), UV_ENOTCONN));
    cr_expect(zero(int, weft_listener_close(left.listener)));
    cr_expect(eq(int, weft_udp_receive_from(left.udp, &byte, 1, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft_udp_send_to(left.udp, "x", 1, NULL), WEFT_EMISUSE));
    cr_expect(lt(int, weft_udp_local(left.udp, &address), 0));
    cr_expect(zero(int, weft_udp_close(left.udp)));
    return 0;
}

WEFT_TEST(left_open, is_closed_in_another_loop)
{
    cr_expect(eq(int, lines_of(leave_one_of_each, NULL), 5));
    cr_expect(eq(int, lines_of(use_and_close_them, NULL), 3));
}

WEFT_TEST(left_open, is_closed_without_a_loop)
{
    int lines = 0;

    cr_expect(eq(int, lines_of(leave_one_of_each, NULL), 5));
    weft_log_set_sink(silence, &lines);
    use_and_close_them(NULL);
    weft_log_set_sink(NULL, NULL);
}

/* In a libuv loop that goes on, nothing of it stays behind. */
WEFT_TEST(left_open, in_a_foreign_loop)
{
    uv_loop_t uv;
    weft_loop *loop;
    int lines = 0;

    cr_assert(zero(int, uv_loop_init(&uv)));
    cr_assert(zero(int, weft_loop_attach(&loop, &(weft_loop_options){ .uv = &uv })));
    cr_assert(zero(int, weft_loop_spawn(loop, leave_servers, NULL)));
    weft_log_set_sink(silence, &lines);
    for (int turns = 0; turns < 20; turns++) /* a listener would keep it for ever */
        uv_run(&uv, UV_RUN_NOWAIT);
    weft_loop_detach(loop);
    weft_log_set_sink(NULL, NULL);
    cr_expect(eq(int, lines, 5));
    cr_expect(zero(int, uv_loop_close(&uv)));
}
