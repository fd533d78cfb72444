/*
 * How conversations end: halves, resets, cancels at each wait; no descriptor is left behind.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "in_task.h"
#include "orders.h"
#include "net/connect.h"

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* How many descriptors this process has, those aside that libuv opens once, with its first
 * loop.
 */
static int descriptors(void)
{
    DIR *dir;
    int count = 0;

    cr_assert(zero(int, weft_run(nothing, NULL)));
    dir = opendir("/proc/self/fd");
    cr_assert(ne(ptr, dir, NULL));
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

struct link {
    weft_listener *listener;
    struct weft_stream *client, *server;
};

static int open_link(struct link *link)
{
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &link->listener);

    if (rc == 0)
        rc = weft_tcp_connect("127.0.0.1", weft_listener_port(link->listener), NULL,
                              &link->client);
    return rc < 0 ? rc : weft_accept(link->listener, &link->server);
}

static void close_link(struct link *link)
{
    cr_expect(zero(int, weft_stream_close(link->client)));
    cr_expect(zero(int, weft_stream_close(link->server)));
    cr_expect(zero(int, weft_listener_close(link->listener)));
}

/* --- Halves ----------------------------------------------------------------------- */

/* Each side ends its half first, once; the other one answers after that. */
WEFT_TASK_TEST(half, each_side_may_be_first)
{
    for (int i = 0; i < 2; i++) {
        struct link link = { 0 };
        struct weft_stream *first, *second;
        char text[8] = "";

        cr_assert(zero(int, open_link(&link)));
        first = i == 0 ? link.client : link.server;
        second = i == 0 ? link.server : link.client;
        cr_expect(zero(int, weft_stream_write(first, "ask", 3)));
        cr_expect(zero(int, weft_stream_shut_write(first)));
        cr_expect(eq(int, weft_stream_read(second, text, 8), 3));
        cr_expect(zero(int, weft_stream_read(second, text, 8)));
        cr_expect(zero(int, weft_stream_write(second, "answer", 6)));
        cr_expect(zero(int, weft_stream_shut_write(second)));
        cr_expect(zero(int, weft_stream_read_exactly(first, text, 6, NULL)));
        cr_expect(zero(int, weft_stream_read(first, text, 8)));
        cr_expect(weft_stream_at_eof(first) && weft_stream_at_eof(second));
        cr_expect(eq(int, weft_stream_write(first, "x", 1), UV_EPIPE));
        close_link(&link);
    }
}

/* --- Resets ----------------------------------------------------------------------- */

WEFT_TASK_TEST(reset, what_came_before_may_be_read_and_then_every_call_fails)
{
    struct link link = { 0 };
    char text[8];

    cr_assert(zero(int, open_link(&link)));
    weft_stream_abort(link.server);
    cr_expect(eq(int, weft_stream_read(link.client, text, 8), UV_ECONNRESET));
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(int, weft_stream_write(link.client, "x", 1), UV_ECONNRESET));
        cr_expect(eq(int, weft_stream_drain(link.client), UV_ECONNRESET));
        cr_expect(eq(int, weft_stream_shut_write(link.client), UV_ECONNRESET));
        cr_expect(eq(int, weft_stream_read_line(link.client, text, 8), UV_ECONNRESET));
        cr_expect(eq(int, weft_stream_read_exactly(link.client, text, 8, NULL), UV_ECONNRESET));
    }
    close_link(&link);
}

/* --- Whatever fails --------------------------------------------------------------- */

static int answer(struct weft_stream *stream, void *arg)
{
    char line[16];
    int rc = weft_stream_read_line(stream, line, sizeof(line));

    (void)arg;
    if (rc > 0)
        rc = weft_stream_printf(stream, "%s", line);
    return rc;
}

static int serve(void *arg)
{
    return weft_serve_streams(arg, answer, NULL);
}

static int ask(int port)
{
    struct weft_stream *stream;
    char line[16];
    int rc = weft_tcp_connect("127.0.0.1", port, NULL, &stream);

    if (rc < 0)
        return rc;
    rc = weft_stream_printf(stream, "hello\n");
    if (rc == 0)
        rc = weft_stream_read_line(stream, line, sizeof(line));
    if (rc == 6)
        rc = weft_stream_read(stream, line, sizeof(line));
    weft_stream_close(stream);
    return rc;
}

static int ask_task(void *arg)
{
    return ask(weft_listener_port(arg));
}

static int conversations(void *arg)
{
    weft_listener *listener;
    weft_task *server;
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &listener);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_spawn(&server, serve, listener);
    if (rc == 0) {
        WEFT_GROUP(clients, 5000);
        for (int i = 0; i < 3 && rc == 0; i++)
            rc = weft_group_go(clients, ask_task, listener);
        if (rc == 0)
            rc = weft_group_wait(clients);
        weft_group_done(clients);
        weft_task_cancel(server);
        WEFT_SHIELD(shield, 5000);
        while (weft_task_join(server, NULL) < 0) /* the wait that fails may be this one */
            ;
    }
    if (weft_listener_close(listener) < 0)
        return UV_EBUSY;
    return rc;
}

WEFT_TEST(conversation, leaves_nothing_whichever_wait_fails)
{
    int before = descriptors();
    expect_whatever_wait_fails(conversations, NULL, 5);
    cr_expect(eq(int, descriptors(), before));
}

WEFT_TEST(conversation, goes_the_same_way_in_any_order)
{
    int before = descriptors();
    expect_in_any_order(conversations, NULL);
    cr_expect(eq(int, descriptors(), before));
}

/* --- Connecting ------------------------------------------------------------------- */

struct race {
    weft_address addresses[3];
    unsigned turns; /* before it is cancelled */
    int rc;
};

static int connect_in_race(void *arg)
{
    struct race *race = arg;
    weft_stream_options options = { .attempt_delay_ms = 1 };
    struct weft_stream *stream;

    race->rc = weft__connect_any(race->addresses, 3, &options, &stream);
    if (race->rc == 0)
        weft_stream_close(stream);
    return 0;
}

/* Bound and not listening: it refuses. */
static weft_address refusing(int *ret_fd)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    weft_address result = { 0 };

    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(zero(int, bind(*ret_fd, (struct sockaddr *)&address, sizeof(address))));
    cr_assert(zero(int, getsockname(*ret_fd, (struct sockaddr *)&address, &length)));
    memcpy(&result.storage, &address, sizeof(address));
    return result;
}

static int cancel_race(void *arg)
{
    struct race *race = arg;
    weft_listener *listener;
    weft_task *task;
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &listener);

    if (rc == 0)
        rc = weft_listener_address(listener, &race->addresses[1]);
    race->addresses[2] = race->addresses[1];
    if (rc == 0)
        rc = weft_spawn(&task, connect_in_race, race);
    for (unsigned i = 0; i < race->turns && rc == 0; i++)
        rc = weft_yield();
    if (rc < 0)
        return rc;
    weft_task_cancel(task);
    rc = weft_task_join(task, NULL);
    return rc < 0 ? rc : weft_listener_close(listener);
}

/* Cancelled before it began, while an attempt runs, between two, as one has just won. */
WEFT_TEST(connect_race, leaves_nothing_wherever_it_is_cancelled)
{
    int won = 0, cancelled = 0, before, fd;
    struct race race = { 0 };

    race.addresses[0] = refusing(&fd);
    before = descriptors();
    for (race.turns = 0; race.turns < 12; race.turns++) {
        race.rc = UV_ECANCELED; /* where it never begins */
        cr_assert(zero(int, weft_run(cancel_race, &race)));
        won += race.rc == 0;
        cancelled += race.rc == UV_ECANCELED;
        cr_expect(eq(int, descriptors(), before), "after %u turns", race.turns);
    }
    cr_expect(eq(int, won + cancelled, 12));
    cr_expect(won > 0 && cancelled > 0, "%d won", won);
    close(fd);
}
