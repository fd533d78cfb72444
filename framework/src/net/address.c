/*
 * net/address.c - addresses as values and as text.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/address.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum { MAX_PORT = 65535 };

int weft_address_parse(const char *host, int port, weft_address *ret_address)
{
    weft_address address = { 0 };

    if (host == NULL || port < 0 || port > MAX_PORT ||
        (uv_ip4_addr(host, port, (struct sockaddr_in *)&address.storage) < 0 &&
         uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address.storage) < 0))
        return UV_EINVAL;
    *ret_address = address;
    return 0;
}

int weft_address_port(const weft_address *address)
{
    switch (address->storage.ss_family) {
    case AF_INET:
        return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    case AF_INET6:
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    default:
        return UV_EINVAL;
    }
}

int weft_address_set_port(weft_address *address, int port)
{
    if (port < 0 || port > MAX_PORT || weft_address_port(address) < 0)
        return UV_EINVAL;
    if (address->storage.ss_family == AF_INET)
        ((struct sockaddr_in *)&address->storage)->sin_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons((uint16_t)port);
    return 0;
}

static int text_of(const weft_address *address, char *text, size_t room)
{
    const struct sockaddr_un *unix_address = (const struct sockaddr_un *)&address->storage;
    const char *path = unix_address->sun_path;
    char host[INET6_ADDRSTRLEN];
    int port = weft_address_port(address);

    switch (address->storage.ss_family) {
    case AF_INET:
        uv_ip4_name((const struct sockaddr_in *)&address->storage, host, sizeof(host));
        return snprintf(text, room, "%s:%d", host, port);
    case AF_INET6:
        uv_ip6_name((const struct sockaddr_in6 *)&address->storage, host, sizeof(host));
        return snprintf(text, room, "[%s]:%d", host, port);
    case AF_UNIX: /* a path that fills its room has no NUL */
        return path[0] != '\0'
                   ? snprintf(text, room, "%.*s", (int)sizeof(unix_address->sun_path), path)
                   : snprintf(text, room, "unix");
    default:
        return UV_EINVAL;
    }
}

int weft_address_format(const weft_address *address, char *buffer, size_t room)
{
    int length = text_of(address, buffer, room);

    return length >= 0 && (size_t)length >= room ? UV_ENOBUFS : length;
}
