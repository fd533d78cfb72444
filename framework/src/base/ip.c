/*
 * base/ip.c - see ip.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/ip.h"

#include <string.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

void weft__ip_map(uint8_t to[WEFT__IP_BYTES], const void *ipv4)
{
    memcpy(to, mapped_prefix, sizeof(mapped_prefix));
    memcpy(to + sizeof(mapped_prefix), ipv4, WEFT__IP_BYTES - sizeof(mapped_prefix));
}

bool weft__ip_mapped(const uint8_t ip[WEFT__IP_BYTES])
{
    return memcmp(ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool weft__ip_of(uint8_t to[WEFT__IP_BYTES], const struct sockaddr_storage *address)
{
    switch (address->ss_family) {
    case AF_INET:
        weft__ip_map(to, &((const struct sockaddr_in *)address)->sin_addr);
        return true;
    case AF_INET6:
        memcpy(to, &((const struct sockaddr_in6 *)address)->sin6_addr, WEFT__IP_BYTES);
        return true;
    default:
        return false;
    }
}

bool weft__ip_parse(uint8_t to[WEFT__IP_BYTES], const char *text, bool *ret_ipv4)
{
    struct in_addr ipv4;

    *ret_ipv4 = uv_inet_pton(AF_INET, text, &ipv4) == 0;
    if (*ret_ipv4)
        weft__ip_map(to, &ipv4);
    return *ret_ipv4 || uv_inet_pton(AF_INET6, text, to) == 0;
}

void weft__ip_format(char *to, size_t room, const uint8_t ip[WEFT__IP_BYTES])
{
    if (weft__ip_mapped(ip))
        uv_inet_ntop(AF_INET, ip + sizeof(mapped_prefix), to, room);
    else
        uv_inet_ntop(AF_INET6, ip, to, room);
}
