/*
 * TCP over loopback: listeners, clients, servers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"
#include "net/connect.h"

static weft_listener *listen_on(const char *host, const weft_listen_options *options)
{
    weft_listener *listener = NULL;

    cr_assert(zero(int, weft_tcp_listen(host, 0, options, &listener)));
    cr_assert(gt(int, weft_listener_port(listener), 0));
    return listener;
}

static struct weft_stream *connect_to(weft_listener *listener)
{
    struct weft_stream *stream = NULL;

    cr_assert(
        zero(int, weft_tcp_connect("127.0.0.1", weft_listener_port(listener), NULL, &stream)));
    return stream;
}

static struct weft_stream *accept_from(weft_listener *listener)
{
    struct weft_stream *stream = NULL;

    cr_assert(zero(int, weft_accept(listener, &stream)));
    return stream;
}

/* --- One connection --------------------------------------------------------------- */

WEFT_TASK_TEST(tcp, connects_and_accepts)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    struct weft_stream *client = connect_to(listener), *server = accept_from(listener);
    weft_address a, b;
    char first[WEFT_ADDRESS_ROOM], second[WEFT_ADDRESS_ROOM], text[8] = "";

    cr_expect(zero(int, weft_stream_write(client, "hello", 5)));
    cr_expect(zero(int, weft_stream_read_exactly(server, text, 5, NULL)));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(zero(int, weft_stream_peer(client, &a)));
    cr_expect(zero(int, weft_listener_address(listener, &b)));
    cr_expect(gt(int, weft_address_format(&a, first, sizeof(first)), 0));
    cr_expect(gt(int, weft_address_format(&b, second, sizeof(second)), 0));
    cr_expect(eq(str, first, second));
    cr_expect(zero(int, weft_stream_local(client, &a)));
    cr_expect(zero(int, weft_stream_peer(server, &b)));
    cr_expect(eq(int, weft_address_port(&a), weft_address_port(&b)));
    cr_expect(zero(int, weft_stream_close(client)));
    cr_expect(zero(int, weft_stream_read(server, text, 8)));
    cr_expect(zero(int, weft_stream_close(server)));
    cr_expect(zero(int, weft_listener_close(listener)));
    cr_expect(zero(int, weft_listener_close(NULL)));
}

/* The descriptor of the newest stream: its peer's address names it. */
static int option_of(const struct weft_stream *stream, int level, int name)
{
    weft_address wanted;

    cr_assert(zero(int, weft_stream_local(stream, &wanted)));
    for (int fd = 3; fd < 64; fd++) {
        weft_address local = { 0 }, peer = { 0 };
        socklen_t length = sizeof(local.storage), peer_length = length;
        int value = -1;
        socklen_t size = sizeof(value);

        if (getsockname(fd, (struct sockaddr *)&local.storage, &length) == 0 &&
            getpeername(fd, (struct sockaddr *)&peer.storage, &peer_length) == 0 &&
            memcmp(&local, &wanted, sizeof(local)) == 0 &&
            getsockopt(fd, level, name, &value, &size) == 0)
            return value;
    }
    return -1;
}

WEFT_TASK_TEST(tcp, takes_options)
{
    weft_stream_options options = { .keepalive_s = 60, .allow_delay = true };
    weft_listener *listener =
        listen_on("127.0.0.1", &(weft_listen_options){ .stream.keepalive_s = 30 });
    struct weft_stream *client, *server;

    cr_assert(zero(
        int, weft_tcp_connect("127.0.0.1", weft_listener_port(listener), &options, &client)));
    server = accept_from(listener);
    cr_expect(zero(int, option_of(client, IPPROTO_TCP, TCP_NODELAY)));
    cr_expect(eq(int, option_of(client, IPPROTO_TCP, TCP_KEEPIDLE), 60));
    cr_expect(eq(int, option_of(server, IPPROTO_TCP, TCP_NODELAY), 1));
    cr_expect(eq(int, option_of(server, SOL_SOCKET, SO_KEEPALIVE), 1));
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(listener);
}

/* What was written and has not left is not passed off as the whole. */
WEFT_TASK_TEST(tcp, resets_when_closed_with_bytes_unsent)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    struct weft_stream *client = connect_to(listener), *server = accept_from(listener);
    size_t much = (size_t)32 << 20;
    char *memory = calloc(1, much);
    int rc;

    cr_assert(zero(int, weft_stream_write(client, memory, much)));
    cr_expect(gt(sz, weft_stream_unsent(client), 0));
    cr_expect(zero(int, weft_stream_close(client)));
    do
        rc = weft_stream_read(server, memory, much);
    while (rc > 0);
    cr_expect(eq(int, rc, UV_ECONNRESET));
    cr_expect(lt(int, weft_stream_write(server, "x", 1), 0));
    cr_expect(eq(int, weft_stream_read(server, memory, much), UV_ECONNRESET));
    cr_expect(zero(int, weft_stream_close(server)));
    weft_listener_close(listener);
    free(memory);
}

WEFT_TASK_TEST(tcp, listens_on_all_addresses_and_names)
{
    weft_listener *any = listen_on(NULL, NULL), *name = listen_on("localhost", NULL);
    weft_listener *second;
    struct weft_stream *client = connect_to(any), *server = accept_from(any);

    cr_expect(
        eq(int, weft_tcp_listen(NULL, weft_listener_port(any), NULL, &second), UV_EADDRINUSE));
    cr_expect(eq(int, weft_tcp_listen(NULL, 65536, NULL, &second), UV_EINVAL));
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(any);
    weft_listener_close(name);
}

/* --- Accepting -------------------------------------------------------------------- */

struct accepting {
    weft_listener *listener;
    struct weft_stream *stream;
};

static int accept_task(void *arg)
{
    struct accepting *a = arg;

    return weft_accept(a->listener, &a->stream);
}

WEFT_TASK_TEST(tcp, accepts_in_turn_and_loses_none)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    struct accepting accepting[3] = { { listener, NULL },
                                      { listener, NULL },
                                      { listener, NULL } };
    weft_task *tasks[3];
    struct weft_stream *clients[2];
    weft_address address;

    for (int i = 0; i < 3; i++)
        tasks[i] = weft_test_spawn(accept_task, &accepting[i]);
    cr_expect(eq(int, weft_listener_close(listener), UV_EBUSY), "closed while waited on");
    weft_task_cancel(tasks[0]);
    cr_expect(eq(int, weft_test_join(tasks[0]), UV_ECANCELED));
    for (int i = 0; i < 2; i++) {
        char mark = (char)('a' + i), text = 0;

        clients[i] = connect_to(listener);
        cr_assert(zero(int, weft_stream_write(clients[i], &mark, 1)));
        cr_assert(zero(int, weft_test_join(tasks[i + 1])));
        cr_expect(eq(int, weft_stream_read(accepting[i + 1].stream, &text, 1), 1));
        cr_expect(eq(chr, text, mark));
        weft_stream_close(accepting[i + 1].stream);
        weft_stream_close(clients[i]);
    }
    {
        struct weft_stream *stream;
        WEFT_TIMEOUT(limit, 5);

        cr_expect(eq(int, weft_accept(listener, &stream), UV_ETIMEDOUT));
    }
    cr_assert(zero(int, weft_listener_address(listener, &address)));
    cr_assert(
        zero(int, weft_tcp_connect_to(&address, NULL, &clients[0]))); /* nobody ever takes it */
    weft_listener_close(listener);
    weft_stream_close(clients[0]);
}

/* --- Connecting ------------------------------------------------------------------- */

/* A port where nobody listens: bound, and kept so, by a socket that does not listen. */
static int closed_port(int *ret_fd)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);

    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(zero(int, bind(*ret_fd, (struct sockaddr *)&address, sizeof(address))));
    cr_assert(zero(int, getsockname(*ret_fd, (struct sockaddr *)&address, &length)));
    return ntohs(address.sin_port);
}

WEFT_TASK_TEST(connect, tells_why_it_failed)
{
    struct weft_stream *stream = NULL;
    weft_address none = { 0 };
    int fd;

    cr_expect(eq(int, weft_tcp_connect("127.0.0.1", closed_port(&fd), NULL, &stream),
                 UV_ECONNREFUSED));
    cr_expect(eq(int, weft_tcp_connect("127.0.0.1", 70000, NULL, &stream), UV_EINVAL));
    cr_expect(eq(int, weft_tcp_connect(NULL, 1, NULL, &stream), UV_EINVAL));
    cr_expect(eq(
        int, weft_tcp_connect("::1", 1, &(weft_stream_options){ .family = AF_INET }, &stream),
        UV_EAI_ADDRFAMILY));
    cr_expect(eq(int, weft_tcp_connect_to(&none, NULL, &stream), UV_EINVAL));
    cr_expect(eq(ptr, stream, NULL));
    close(fd);
}

/*
 * An address that does not answer: a listener whose backlog is full drops what comes.
 *
 * fds  of the listener and of who fills it.
 */
static weft_address silent_address(int fds[8])
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    weft_address result = { 0 };

    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(zero(int, bind(fds[0], (struct sockaddr *)&address, sizeof(address))));
    cr_assert(zero(int, listen(fds[0], 0)));
    cr_assert(zero(int, getsockname(fds[0], (struct sockaddr *)&address, &length)));
    for (int i = 1; i < 8; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&address, sizeof(address));
    }
    memcpy(&result.storage, &address, sizeof(address));
    return result;
}

static void close_all(const int fds[8])
{
    for (int i = 0; i < 8; i++)
        close(fds[i]);
}

/* A silent address holds up for the delay only; one that refuses, not at all. */
WEFT_TASK_TEST(connect, goes_on_to_the_next_address)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    weft_stream_options options = { .attempt_delay_ms = 20 };
    weft_address addresses[3];
    struct weft_stream *client = NULL, *server;
    uint64_t began_ms = weft_now_ms();
    int fds[8], fd;

    addresses[0] = silent_address(fds);
    cr_assert(zero(int, weft_address_parse("127.0.0.1", closed_port(&fd), &addresses[1])));
    cr_assert(zero(int, weft_listener_address(listener, &addresses[2])));
    cr_assert(zero(int, weft__connect_any(addresses, 3, &options, &client)));
    cr_expect(ge(u64, weft_now_ms() - began_ms, 19));
    server = accept_from(listener);
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(listener);
    close_all(fds);
    close(fd);
}

WEFT_TASK_TEST(connect, tells_of_the_first_failure)
{
    weft_stream_options options = { .attempt_delay_ms = 5 };
    weft_address addresses[2];
    struct weft_stream *client = NULL;
    int fds[2];

    cr_assert(zero(int, weft_address_parse("127.0.0.1", closed_port(&fds[0]), &addresses[0])));
    cr_assert(zero(int, weft_address_parse("255.255.255.255", 1, &addresses[1])));
    cr_expect(eq(int, weft__connect_any(addresses, 2, &options, &client), UV_ECONNREFUSED));
    close(fds[0]);
}

struct connecting {
    weft_address addresses[2];
    struct weft_stream *stream;
};

static int connect_task(void *arg)
{
    struct connecting *c = arg;
    weft_stream_options options = { .attempt_delay_ms = 1 };

    return weft__connect_any(c->addresses, 2, &options, &c->stream);
}

WEFT_TASK_TEST(connect, is_cancelled_and_ends_with_its_time)
{
    struct connecting c = { 0 };
    int fds[8];
    weft_task *task;

    c.addresses[0] = c.addresses[1] = silent_address(fds);
    task = weft_test_spawn(connect_task, &c);
    weft_sleep(3); /* so that both attempts run */
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    {
        WEFT_TIMEOUT(limit, 5);
        cr_expect(eq(int, connect_task(&c), UV_ETIMEDOUT));
        cr_expect(eq(int, connect_task(&c), UV_ETIMEDOUT), "out of time already");
    }
    cr_expect(eq(ptr, c.stream, NULL));
    close_all(fds);
}

WEFT_TEST(connect, takes_turns_of_the_families)
{
    static const char *const hosts[] = { "::1", "::2", "::3", "10.0.0.1", "10.0.0.2" };
    static const char *const turns[] = { "[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1",
                                         "[::3]:1" };
    weft_address addresses[5];
    char text[WEFT_ADDRESS_ROOM];

    for (int i = 0; i < 5; i++)
        cr_assert(zero(int, weft_address_parse(hosts[i], 1, &addresses[i])));
    weft__interleave(addresses, 5);
    for (int i = 0; i < 5; i++) {
        cr_assert(gt(int, weft_address_format(&addresses[i], text, sizeof(text)), 0));
        cr_expect(eq(str, text, (char *)turns[i]));
    }
    weft__interleave(addresses, 0);
    weft__interleave(addresses, 1);
}

WEFT_TEST(connect, needs_a_task)
{
    struct weft_stream *stream;
    weft_listener *listener;

    cr_expect(eq(int, weft_tcp_connect("127.0.0.1", 1, NULL, &stream), WEFT_EMISUSE));
    cr_expect(eq(int, weft_tcp_listen("127.0.0.1", 0, NULL, &listener), WEFT_EMISUSE));
}

/* --- Serving ---------------------------------------------------------------------- */

static unsigned serving, most_served;

/* Echo lines until the client ends; one that says "fail" fails the handler. */
static int echo(struct weft_stream *stream, void *arg)
{
    char line[64];
    int rc;

    (void)arg;
    serving++;
    most_served = serving > most_served ? serving : most_served;
    while ((rc = weft_stream_read_line(stream, line, sizeof(line))) > 0) {
        if (strcmp(line, "fail\n") == 0)
            rc = WEFT_EPROTO;
        else
            rc = weft_stream_write(stream, line, (size_t)rc);
        if (rc < 0)
            break;
    }
    serving--;
    return rc;
}

static int serve(void *arg)
{
    return weft_serve_streams(arg, echo, NULL);
}

static void ask(struct weft_stream *client)
{
    char line[64];

    cr_assert(zero(int, weft_stream_printf(client, "hello\n")));
    cr_assert(eq(int, weft_stream_read_line(client, line, sizeof(line)), 6));
    cr_assert(eq(str, line, (char *)"hello\n"));
}

WEFT_TASK_TEST(serve, runs_a_task_for_each_connection)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    weft_task *server = weft_test_spawn(serve, listener);
    struct weft_stream *clients[20];
    char line[8];

    for (int i = 0; i < 20; i++)
        clients[i] = connect_to(listener);
    for (int i = 0; i < 20; i++)
        ask(clients[i]);
    cr_expect(eq(uint, most_served, 20));
    cr_expect(zero(int, weft_stream_printf(clients[0], "fail\n")));
    cr_expect(zero(int, weft_stream_read(clients[0], line, 8)), "it is closed");
    ask(clients[1]);
    weft_stream_shut_write(clients[2]);
    cr_expect(zero(int, weft_stream_read(clients[2], line, 8)));
    weft_task_cancel(server);
    cr_expect(eq(int, weft_test_join(server), UV_ECANCELED));
    cr_expect(zero(uint, serving));
    cr_expect(zero(int, weft_stream_read(clients[1], line, 8)));
    for (int i = 0; i < 20; i++)
        weft_stream_close(clients[i]);
    weft_listener_close(listener);
}

static int read_for_ever(void *arg)
{
    char text[8];

    return weft_stream_read(arg, text, sizeof(text));
}

/* It leaves a task behind that waits in the stream. */
static int forget_a_reader(struct weft_stream *stream, void *arg)
{
    int rc = weft_spawn(NULL, read_for_ever, stream);

    (void)arg;
    return rc < 0 ? rc : weft_stream_write(stream, "bye", 3);
}

static int serve_forgetfully(void *arg)
{
    return weft_serve_streams(arg, forget_a_reader, NULL);
}

WEFT_TASK_TEST(serve, ends_what_a_handler_has_left_in_the_stream)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);
    weft_task *server = weft_test_spawn(serve_forgetfully, listener);
    struct weft_stream *client = connect_to(listener);
    char text[8];

    cr_expect(eq(int, weft_stream_read(client, text, 8), 3));
    cr_expect(zero(int, weft_stream_read(client, text, 8)), "it is closed");
    weft_stream_close(client);
    weft_task_cancel(server);
    cr_expect(eq(int, weft_test_join(server), UV_ECANCELED));
    cr_expect(zero(int, weft_listener_close(listener)));
}

WEFT_TASK_TEST(serve, holds_a_limit)
{
    weft_listener *listener =
        listen_on("127.0.0.1", &(weft_listen_options){ .max_streams = 2 });
    weft_task *server = weft_test_spawn(serve, listener);
    struct weft_stream *clients[5];

    for (int i = 0; i < 5; i++)
        clients[i] = connect_to(listener);
    for (int i = 0; i < 5; i++) {
        ask(clients[i]);
        weft_stream_close(clients[i]);
    }
    cr_expect(le(uint, most_served, 2));
    weft_task_cancel(server);
    cr_expect(eq(int, weft_test_join(server), UV_ECANCELED));
    weft_listener_close(listener);
}

/* A connection whose task is cancelled before it began is closed all the same. */
WEFT_TASK_TEST(serve, leaves_nothing_that_never_began)
{
    weft_listener *listener = listen_on("127.0.0.1", NULL);

    for (int turns = 0; turns < 5; turns++) {
        weft_task *server = weft_test_spawn(serve, listener);
        struct weft_stream *client = connect_to(listener);
        char line[8];

        for (int i = 0; i < turns; i++)
            weft_yield();
        weft_task_cancel(server);
        cr_expect(eq(int, weft_test_join(server), UV_ECANCELED));
        weft_stream_close(client);
        (void)line;
    }
    weft_listener_close(listener);
}

/* --- Memory ----------------------------------------------------------------------- */

static int scenario(void *arg)
{
    weft_listener *listener = NULL;
    struct weft_stream *client = NULL, *server = NULL;
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &listener);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_tcp_connect("127.0.0.1", weft_listener_port(listener), NULL, &client);
    if (rc == 0)
        rc = weft_accept(listener, &server);
    if (rc == UV_ENOMEM && client != NULL) /* the connection waits on */
        rc = weft_accept(listener, &server) == 0 ? UV_ENOMEM : UV_EOF;
    weft_stream_close(client);
    weft_stream_close(server);
    weft_listener_close(listener);
    return rc;
}

WEFT_TEST(tcp_alloc, each_can_fail)
{
    for (unsigned long n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            cr_expect(gt(u64, n, 8));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
}
