/*
 * net/listener.c - see listener.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { UNSENT_MAX = 128 * 1024 }; /* that the system holds of one connection */

static void on_connection(uv_stream_t *stream, int status)
{
    struct weft__listener *listener = stream->data;

    if (status == 0) /* else libuv calls again for the next one */
        listener->on_connection(listener);
}

static void on_closed(uv_handle_t *handle)
{
    struct weft__listener *listener = handle->data;

    listener->on_closed(listener);
}

int weft__listener_init(struct weft__listener *listener, uv_loop_t *loop, int family)
{
    int rc = family == AF_UNIX ? uv_pipe_init(loop, &listener->uv.pipe, 0)
                               : uv_tcp_init(loop, &listener->uv.tcp);

    listener->uv.handle.data = listener;
    return rc;
}

void weft__listener_close(struct weft__listener *listener)
{
    uv_close(&listener->uv.handle, on_closed);
}

/* --- TCP -------------------------------------------------------------------------- */

static int resolve(uv_loop_t *loop, const char *host, int port,
                   struct sockaddr_storage *ret_address)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
    uv_getaddrinfo_t request;
    char service[8];
    int rc;

    if (uv_ip4_addr(host, port, (struct sockaddr_in *)ret_address) == 0 ||
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)ret_address) == 0)
        return 0;
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    rc = uv_getaddrinfo(loop, &request, NULL, host, service, &hints);
    if (rc < 0)
        return rc;
    memcpy(ret_address, request.addrinfo->ai_addr, request.addrinfo->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return 0;
}

/*
 * Linux passes the options on to what is accepted, which saves a system call for each.  Without
 * the second one the system would hold megabytes for each client that does not read: its window
 * bounds what is under way, and this what waits behind that.
 */
static void set_options(uv_tcp_t *tcp)
{
    uv_os_fd_t fd;
    int on = 1;

    if (uv_fileno((uv_handle_t *)tcp, &fd) < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
#ifdef TCP_NOTSENT_LOWAT
    {
        int unsent = UNSENT_MAX;

        setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    }
#endif
}

int weft__listener_at(struct weft__listener *listener, const struct sockaddr *address,
                      unsigned flags, int backlog)
{
    int rc = uv_tcp_bind(&listener->uv.tcp, address, flags);

    if (rc < 0)
        return rc;
    set_options(&listener->uv.tcp);
    return uv_listen(&listener->uv.stream, backlog, on_connection);
}

int weft__listener_tcp(struct weft__listener *listener, const char *host, int port, int backlog)
{
    struct sockaddr_storage address;
    int rc;

    if (port < 0 || port > 65535)
        return UV_EINVAL;
    rc = resolve(listener->uv.handle.loop, host, port, &address);
    return rc < 0 ? rc : weft__listener_at(listener, (struct sockaddr *)&address, 0, backlog);
}

int weft__listener_url(const struct weft__listener *listener, char *ret_url, size_t room)
{
    struct sockaddr_storage address;
    int length = sizeof(address);
    char name[64];
    bool v6;
    int rc = uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&address, &length);

    if (rc < 0)
        return rc;
    v6 = address.ss_family == AF_INET6;
    rc = v6 ? uv_ip6_name((struct sockaddr_in6 *)&address, name, sizeof(name))
            : uv_ip4_name((struct sockaddr_in *)&address, name, sizeof(name));
    if (rc < 0)
        return rc;
    snprintf(ret_url, room, v6 ? "http://[%s]:%d" : "http://%s:%d", name,
             ntohs(v6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                      : ((struct sockaddr_in *)&address)->sin_port));
    return 0;
}

/* --- Unix sockets ----------------------------------------------------------------- */

static bool is_socket(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* Remove the socket file that a server left which no longer runs.  Any other file refuses a
 * connection as well. */
static void remove_stale(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (!is_socket(path))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

int weft__listener_unix(struct weft__listener *listener, const char *path, int backlog)
{
    size_t length = strlen(path);
    int rc;

    if (length == 0)
        return UV_EINVAL;
    if (length >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) /* libuv would cut it */
        return UV_ENAMETOOLONG;
    remove_stale(path);
    rc = uv_pipe_bind(&listener->uv.pipe, path);
    return rc < 0 ? rc : uv_listen(&listener->uv.stream, backlog, on_connection);
}
