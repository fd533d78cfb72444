/*
 * Listening on addresses and paths, and what is accepted from there.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

static uv_loop_t loop;
static struct weft__uv_transport accepted;
static unsigned accepts;
static unsigned closes;
static char directory[] = "/tmp/weft-listener-XXXXXX";

static void transport_closed(struct weft__transport *transport)
{
    (void)transport;
    closes++;
}

static const struct weft__transport_events events = { .on_closed = transport_closed };

static void on_connection(struct weft__listener *listener)
{
    bool opened = false;

    accepted.base.events = &events;
    cr_assert(zero(int, weft__uv_transport_accept(&accepted, &listener->uv.stream, &opened)));
    cr_expect(opened);
    accepts++;
}

static void on_closed(struct weft__listener *listener)
{
    (void)listener;
    closes++;
}

static void start(struct weft__listener *listener, int family)
{
    *listener =
        (struct weft__listener){ .on_connection = on_connection, .on_closed = on_closed };
    cr_assert(zero(int, weft__listener_init(listener, &loop, family)));
}

/* Close it, and whatever else is closing. */
static void finish(struct weft__listener *listener)
{
    weft__listener_close(listener);
    for (int i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static int connect_to(const void *address, size_t length)
{
    const struct sockaddr *generic = address;
    int fd = socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = connect(fd, generic, (socklen_t)length);

    if (rc == 0)
        return fd;
    rc = -errno;
    close(fd);
    return rc;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    memcpy(address.sun_path, path, strlen(path));
    return connect_to(&address, sizeof(address));
}

/* --- TCP ------------------------------------------------------------------------------- */

static void listens_on(const char *host, const char *prefix)
{
    struct weft__listener listener;
    struct sockaddr_storage address;
    int length = sizeof(address);
    char url[80];
    int fd;

    accepts = 0;
    start(&listener, AF_INET);
    cr_assert(zero(int, weft__listener_tcp(&listener, host, 0, 16)));
    cr_assert(zero(int, weft__listener_url(&listener, url, sizeof(url))));
    cr_expect(zero(int, strncmp(url, prefix, strlen(prefix))), "%s", url);
    cr_assert(ne(ptr, strrchr(url, ':'), NULL), "%s", url);
    cr_expect(gt(ulong, strtoul(strrchr(url, ':') + 1, NULL, 10), 0), "%s", url);
    cr_assert(
        zero(int, uv_tcp_getsockname(&listener.uv.tcp, (struct sockaddr *)&address, &length)));
    fd = connect_to(&address, (size_t)length);
    cr_assert(ge(int, fd, 0));
    while (accepts == 0)
        uv_run(&loop, UV_RUN_ONCE);
    accepted.base.ops->close(&accepted.base, true);
    close(fd);
    finish(&listener);
}

WEFT_TEST(listener, listens_on_addresses_and_names)
{
    cr_assert(zero(int, uv_loop_init(&loop)));
    listens_on("127.0.0.1", "http://127.0.0.1");
    listens_on("::1", "http://[::1]");
    listens_on("localhost", "http://");
    cr_expect(eq(uint, closes, 6));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

/* What is accepted sends at once, has an address and a descriptor. */
WEFT_TEST(listener, accepts_transports)
{
    struct weft__listener listener;
    struct sockaddr_in address;
    struct sockaddr_storage peer;
    int length = sizeof(address);
    int on = 0;
    socklen_t size = sizeof(on);
    int fd;

    cr_assert(zero(int, uv_loop_init(&loop)));
    start(&listener, AF_INET);
    cr_assert(zero(int, weft__listener_tcp(&listener, "127.0.0.1", 0, 16)));
    cr_assert(
        zero(int, uv_tcp_getsockname(&listener.uv.tcp, (struct sockaddr *)&address, &length)));
    fd = connect_to(&address, sizeof(address));
    while (accepts == 0)
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect(zero(int, accepted.base.ops->peer(&accepted.base, &peer)));
    cr_expect(eq(int, peer.ss_family, AF_INET));
    cr_expect(zero(int, getsockopt(accepted.base.ops->descriptor(&accepted.base), IPPROTO_TCP,
                                   TCP_NODELAY, &on, &size)));
    cr_expect(eq(int, on, 1));
    accepted.base.ops->close(&accepted.base, false);
    accepted.base.ops->close(&accepted.base, true);
    close(fd);
    finish(&listener);
    cr_expect(eq(uint, closes, 2));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

WEFT_TEST(listener, refuses_what_cannot_be_listened_on)
{
    struct weft__listener first;
    struct weft__listener second;
    struct sockaddr_in address;
    int length = sizeof(address);

    cr_assert(zero(int, uv_loop_init(&loop)));
    start(&first, AF_INET);
    cr_assert(zero(int, weft__listener_tcp(&first, "127.0.0.1", 0, 16)));
    cr_assert(
        zero(int, uv_tcp_getsockname(&first.uv.tcp, (struct sockaddr *)&address, &length)));
    start(&second, AF_INET);
    cr_expect(eq(int, weft__listener_tcp(&second, "127.0.0.1", ntohs(address.sin_port), 16),
                 UV_EADDRINUSE));
    finish(&second);
    start(&second, AF_INET);
    cr_expect(eq(int, weft__listener_tcp(&second, "127.0.0.1", 65536, 16), UV_EINVAL));
    cr_expect(eq(int, weft__listener_tcp(&second, "127.0.0.1", -1, 16), UV_EINVAL));
    finish(&second);
    finish(&first);
    cr_expect(zero(int, uv_loop_close(&loop)));
}

/* --- Unix sockets ---------------------------------------------------------------------- */

static char *path_of(const char *name)
{
    static char path[200];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

WEFT_TEST(listener, listens_on_a_path)
{
    struct weft__listener listener;
    struct sockaddr_storage peer;
    char *path;
    int fd;

    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    path = path_of("socket");
    cr_assert(zero(int, uv_loop_init(&loop)));
    start(&listener, AF_UNIX);
    cr_assert(zero(int, weft__listener_unix(&listener, path, 16)));
    fd = connect_unix(path);
    cr_assert(ge(int, fd, 0));
    while (accepts == 0)
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect(eq(int, accepted.base.ops->peer(&accepted.base, &peer), UV_EINVAL));
    accepted.base.ops->close(&accepted.base, true);
    close(fd);
    finish(&listener);
    cr_expect(eq(int, access(path, F_OK), -1), "the file goes with the listener");
    cr_expect(zero(int, rmdir(directory)));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

/* A file that a killed server left is replaced; one that somebody listens on, or that is no
 * socket, is not. */
WEFT_TEST(listener, replaces_a_stale_socket_only)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct weft__listener first;
    struct weft__listener second;
    char *path;
    int stale;
    FILE *file;

    cr_assert(ne(ptr, mkdtemp(directory), NULL));
    path = path_of("socket");
    cr_assert(zero(int, uv_loop_init(&loop)));
    memcpy(address.sun_path, path, strlen(path));
    stale = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(zero(int, bind(stale, (struct sockaddr *)&address, sizeof(address))));
    close(stale);

    start(&first, AF_UNIX);
    cr_expect(zero(int, weft__listener_unix(&first, path, 16)));
    start(&second, AF_UNIX);
    cr_expect(eq(int, weft__listener_unix(&second, path, 16), UV_EADDRINUSE));
    weft__listener_close(&second);
    while (accepts == 0) /* the question whether somebody listens */
        uv_run(&loop, UV_RUN_ONCE);
    accepted.base.ops->close(&accepted.base, true);
    finish(&first);

    file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    (void)fclose(file);
    start(&first, AF_UNIX);
    cr_expect(eq(int, weft__listener_unix(&first, path, 16), UV_EADDRINUSE));
    finish(&first);
    cr_expect(zero(int, unlink(path)));
    cr_expect(zero(int, rmdir(directory)));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

WEFT_TEST(listener, refuses_a_path_that_does_not_fit)
{
    struct weft__listener listener;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

    memset(path, 'x', sizeof(path));
    memcpy(path, "/tmp/", 5);
    path[sizeof(path) - 1] = '\0';
    cr_assert(zero(int, uv_loop_init(&loop)));
    start(&listener, AF_UNIX);
    cr_expect(eq(int, weft__listener_unix(&listener, path, 16), UV_ENAMETOOLONG));
    cr_expect(eq(int, weft__listener_unix(&listener, "", 16), UV_EINVAL));
    cr_expect(eq(int, weft__listener_unix(&listener, "/nowhere/at/all", 16), UV_EACCES));
    finish(&listener);
    cr_expect(zero(int, uv_loop_close(&loop)));
}
