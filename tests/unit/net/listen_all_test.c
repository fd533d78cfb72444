/*
 * Listening on several addresses: all with one port, those left out that are elsewhere.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"
#include "net/stream_listener.h"

static weft_address literal(const char *host, int port)
{
    weft_address address;

    cr_assert(zero(int, weft_address_parse(host, port, &address)));
    return address;
}

static weft_listener *listen_on_two(int port)
{
    const weft_address addresses[] = { literal("127.0.0.1", port), literal("127.0.0.2", port) };
    weft_listener *listener = NULL;

    cr_assert(zero(int, weft__listen_all(addresses, 2, NULL, &listener)));
    return listener;
}

static struct weft_stream *connect_to(const weft_address *address)
{
    struct weft_stream *stream = NULL;

    cr_assert(zero(int, weft_tcp_connect_to(address, NULL, &stream)));
    return stream;
}

WEFT_TASK_TEST(listen_all, has_one_port)
{
    weft_listener *listener = listen_on_two(0);
    weft_address addresses[3] = { 0 };

    cr_assert(eq(int, weft_listener_addresses(listener, addresses, 3), 2));
    cr_expect(gt(int, weft_listener_port(listener), 0));
    for (int i = 0; i < 2; i++)
        cr_expect(eq(int, weft_address_port(&addresses[i]), weft_listener_port(listener)));
    cr_expect(ne(int, memcmp(&addresses[0], &addresses[1], sizeof(addresses[0])), 0));
    cr_expect(eq(int, weft_listener_addresses(listener, addresses, 1), 1));
    weft_listener_close(listener);
}

struct accepting {
    weft_listener *listener;
    struct weft_stream *stream;
};

static int accept_task(void *arg)
{
    struct accepting *a = arg;

    return weft_accept(a->listener, &a->stream);
}

/* Whether somebody waits already or not, whatever the address. */
WEFT_TASK_TEST(listen_all, accepts_from_each)
{
    struct accepting a = { .listener = listen_on_two(0) };
    weft_address addresses[2];

    cr_assert(eq(int, weft_listener_addresses(a.listener, addresses, 2), 2));
    for (int i = 0; i < 4; i++) {
        struct weft_stream *client;
        weft_task *task = weft_test_spawn(accept_task, &a);

        client = connect_to(&addresses[i % 2]);
        cr_expect(zero(int, weft_test_join(task)));
        weft_stream_close(client);
        weft_stream_close(a.stream);
        client = connect_to(&addresses[i % 2]);
        cr_expect(zero(int, accept_task(&a)));
        weft_stream_close(client);
        weft_stream_close(a.stream);
    }
    weft_listener_close(a.listener);
}

/* One address with connections all the time does not starve the other. */
WEFT_TASK_TEST(listen_all, takes_turns)
{
    struct accepting a = { .listener = listen_on_two(0) };
    struct weft_stream *clients[4];
    weft_address addresses[2], local;
    bool served[2] = { false, false };

    cr_assert(eq(int, weft_listener_addresses(a.listener, addresses, 2), 2));
    for (int i = 0; i < 4; i++)
        clients[i] = connect_to(&addresses[i == 3]);
    for (int i = 0; i < 2; i++) {
        cr_assert(zero(int, accept_task(&a)));
        cr_assert(zero(int, weft_stream_local(a.stream, &local)));
        served[memcmp(&local, &addresses[1], sizeof(local)) == 0] = true;
        weft_stream_close(a.stream);
    }
    cr_expect(served[0] && served[1]);
    for (int i = 0; i < 4; i++)
        weft_stream_close(clients[i]);
    weft_listener_close(a.listener);
}

/* 192.0.2.1 is for documentation (RFC 5737): no machine has it. */
WEFT_TASK_TEST(listen_all, leaves_out_what_is_elsewhere)
{
    const weft_address addresses[] = { literal("192.0.2.1", 0), literal("127.0.0.1", 0) };
    weft_listener *listener = NULL;
    struct weft_stream *client;
    weft_address address;

    cr_assert(zero(int, weft__listen_all(addresses, 2, NULL, &listener)));
    cr_expect(eq(int, weft_listener_addresses(listener, &address, 1), 1));
    client = connect_to(&address);
    weft_stream_close(client);
    weft_listener_close(listener);
    cr_expect(eq(int, weft__listen_all(addresses, 1, NULL, &listener), UV_EADDRNOTAVAIL));
}

WEFT_TASK_TEST(listen_all, is_all_or_nothing_where_a_port_is_taken)
{
    const weft_address second = literal("127.0.0.2", 0);
    weft_address addresses[2];
    weft_listener *holder = NULL, *listener = NULL;
    int port;

    cr_assert(zero(int, weft__listen_all(&second, 1, NULL, &holder)));
    port = weft_listener_port(holder);
    addresses[0] = literal("127.0.0.1", port);
    addresses[1] = literal("127.0.0.2", port);
    cr_expect(eq(int, weft__listen_all(addresses, 2, NULL, &listener), UV_EADDRINUSE));
    cr_expect(eq(ptr, listener, NULL));
    weft_listener_close(holder);
    listener = listen_on_two(port); /* the first one was let go, too */
    weft_listener_close(listener);
}

/* Both families of a name, where the machine has both. */
WEFT_TASK_TEST(listen_all, of_a_name)
{
    weft_address found[8], bound[8];
    int count = weft_resolve("localhost", 0, 0, found, 8);
    weft_listener *listener = NULL;

    cr_assert(gt(int, count, 0));
    cr_assert(zero(int, weft_tcp_listen("localhost", 0, NULL, &listener)));
    cr_expect(gt(int, weft_listener_addresses(listener, bound, 8), 0));
    cr_expect(le(int, weft_listener_addresses(listener, bound, 8), count));
    weft_listener_close(listener);
}

WEFT_TASK_TEST(listen_all, ipv6_beside_ipv4)
{
    const weft_address addresses[] = { literal("0.0.0.0", 0), literal("::", 0) };
    weft_listener *listener = NULL;

    cr_assert(zero(int, weft__listen_all(addresses, 2, NULL, &listener)),
              "the one does not stand for the other");
    weft_listener_close(listener);
}

/* --- Memory ----------------------------------------------------------------------- */

/* Two wait, and there is no memory for the first: the connection is the second's. */
WEFT_TASK_TEST(listen_all, goes_on_to_the_next_where_memory_is_out)
{
    struct accepting a = { .listener = listen_on_two(0) }, b = a;
    weft_task *first = weft_test_spawn(accept_task, &a);
    weft_task *second = weft_test_spawn(accept_task, &b);
    weft_address address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(zero(int, weft_listener_address(a.listener, &address)));
    cr_assert(zero(
        int, connect(fd, (struct sockaddr *)&address.storage, sizeof(struct sockaddr_in))));
    weft_test_fail_alloc(1);
    cr_expect(eq(int, weft_test_join(first), UV_ENOMEM));
    weft_test_fail_stop();
    cr_expect(zero(int, weft_test_join(second)));
    weft_stream_close(b.stream);
    close(fd);
    weft_listener_close(a.listener);
}
