/*
 * net/dns.c - names and addresses, looked up on libuv's threads.
 *
 * A look-up that a thread has begun cannot be stopped, so it lies in memory of its own, which
 * whoever comes last frees: the task that waits for it, or the callback when the task has left.
 *
 * SPDX-License-Identifier: MIT
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/resolve.h"
#include "task/task.h"

enum { MAX_PORT = 65535 };

struct lookup {
    union {
        uv_req_t any;
        uv_getaddrinfo_t addresses;
        uv_getnameinfo_t name;
    } request;
    struct weft__wait wait;
    bool left;                  /* the task waits no more */
    struct weft__loop_hook end; /* then: keeps the loop until the callback */
};

static void free_lookup(struct lookup *lookup)
{
    weft__loop_remove_hook(&lookup->end);
    free(lookup);
}

static void on_loop_end(struct weft__loop_hook *hook)
{
    (void)hook; /* that it is there keeps the loop */
}

static bool detach_lookup(struct weft__wait *wait)
{
    struct lookup *lookup = weft__list_entry(wait, struct lookup, wait);

    lookup->left = true;
    lookup->end.fn = on_loop_end;
    weft__loop_add_end_hook(weft_loop_current(), &lookup->end);
    uv_cancel(&lookup->request.any); /* refused where it has begun */
    return true;
}

static struct lookup *new_lookup(const char *what)
{
    struct lookup *lookup = weft__calloc(1, sizeof(*lookup));

    if (lookup == NULL)
        return NULL;
    weft__wait_init(&lookup->wait, what);
    lookup->wait.detach = detach_lookup;
    return lookup;
}

/* --- Addresses of a name ---------------------------------------------------------- */

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct lookup *lookup = weft__list_entry(request, struct lookup, request.addresses);

    if (!lookup->left) {
        weft__wait_complete(&lookup->wait, status);
        return;
    }
    uv_freeaddrinfo(found);
    free_lookup(lookup);
}

static int copy_found(const struct addrinfo *found, weft_address *addresses, size_t room)
{
    size_t count = 0;

    for (; found != NULL && count < room; found = found->ai_next) {
        if (found->ai_family != AF_INET && found->ai_family != AF_INET6)
            continue;
        addresses[count] = (weft_address){ 0 };
        memcpy(&addresses[count++].storage, found->ai_addr, found->ai_addrlen);
    }
    return count > 0 ? (int)count : UV_EAI_NODATA;
}

static int look_up(const char *host, int port, int family, weft_address *addresses, size_t room)
{
    struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
    struct lookup *lookup;
    char service[8];
    int rc = weft_check_cancelled();

    if (rc < 0)
        return rc;
    lookup = new_lookup("name look-up");
    if (lookup == NULL)
        return UV_ENOMEM;
    snprintf(service, sizeof(service), "%d", port);
    rc = uv_getaddrinfo(weft_loop_uv(weft_loop_current()), &lookup->request.addresses,
                        on_addresses, host, service, &hints);
    if (rc < 0) {
        free(lookup);
        return rc;
    }
    rc = weft__wait(&lookup->wait);
    if (lookup->left)
        return rc;
    if (rc == 0)
        rc = copy_found(lookup->request.addresses.addrinfo, addresses, room);
    uv_freeaddrinfo(lookup->request.addresses.addrinfo);
    free(lookup);
    return rc;
}

int weft_resolve(const char *host, int port, int family, weft_address *addresses, size_t room)
{
    weft_address literal;

    if (host == NULL || port < 0 || port > MAX_PORT || room == 0 || room > INT32_MAX ||
        (family != 0 && family != AF_INET && family != AF_INET6))
        return UV_EINVAL;
    if (weft_address_parse(host, port, &literal) == 0) {
        if (family != 0 && family != literal.storage.ss_family)
            return UV_EAI_ADDRFAMILY;
        addresses[0] = literal;
        return 1;
    }
    if (!weft__in_task())
        return weft__misuse("weft_resolve", "only a task can wait");
    return look_up(host, port, family, addresses, room);
}

/* --- The name of an address ------------------------------------------------------- */

static void on_name(uv_getnameinfo_t *request, int status, const char *host,
                    const char *service)
{
    struct lookup *lookup = weft__list_entry(request, struct lookup, request.name);

    (void)host;
    (void)service;
    if (lookup->left)
        free_lookup(lookup);
    else
        weft__wait_complete(&lookup->wait, status);
}

static int copy_name(const struct lookup *lookup, char *host, size_t room)
{
    size_t length = strnlen(lookup->request.name.host, sizeof(lookup->request.name.host));

    if (length >= room)
        return UV_ENOBUFS;
    memcpy(host, lookup->request.name.host, length);
    host[length] = '\0';
    return 0;
}

int weft_resolve_name(const weft_address *address, char *host, size_t room)
{
    struct lookup *lookup;
    int rc;

    if (!weft__in_task())
        return weft__misuse("weft_resolve_name", "only a task can wait");
    if (weft_address_port(address) < 0)
        return UV_EINVAL;
    rc = weft_check_cancelled();
    if (rc < 0)
        return rc;
    lookup = new_lookup("reverse look-up");
    if (lookup == NULL)
        return UV_ENOMEM;
    rc = uv_getnameinfo(weft_loop_uv(weft_loop_current()), &lookup->request.name, on_name,
                        (const struct sockaddr *)&address->storage, NI_NUMERICSERV);
    if (rc == 0) {
        rc = weft__wait(&lookup->wait);
        if (lookup->left)
            return rc;
    }
    if (rc == 0)
        rc = copy_name(lookup, host, room);
    free(lookup);
    return rc;
}

/* --- What to bind to -------------------------------------------------------------- */

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int weft__resolve_local(const char *host, int port, weft_address *addresses, size_t room)
{
    int rc;

    if (host != NULL)
        return weft_resolve(host, port, 0, addresses, room);
    rc = weft_address_parse(has_ipv6() ? "::" : "0.0.0.0", port, &addresses[0]);
    return rc < 0 ? rc : 1;
}
