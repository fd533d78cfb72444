/*
 * web/proxy.c - which peers are trusted proxies.
 *
 * IPv4 addresses are held as IPv4-mapped IPv6 ones (RFC 4291, 2.5.5.2), so that one comparison
 * serves both, and a peer of a dual-stack socket is found whichever way it is written.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { ENTRY_ROOM = INET6_ADDRSTRLEN + sizeof("/128") };

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool weft__address_parse(uint8_t to[16], const char *text, bool *ret_ipv4)
{
    uint8_t ipv4[4];

    if (inet_pton(AF_INET, text, ipv4) == 1) {
        memcpy(to, mapped_prefix, sizeof(mapped_prefix));
        memcpy(to + sizeof(mapped_prefix), ipv4, sizeof(ipv4));
        *ret_ipv4 = true;
        return true;
    }
    *ret_ipv4 = false;
    return inet_pton(AF_INET6, text, to) == 1;
}

void weft__address_format(char *to, size_t room, const uint8_t address[16])
{
    if (memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0)
        inet_ntop(AF_INET, address + sizeof(mapped_prefix), to, (socklen_t)room);
    else
        inet_ntop(AF_INET6, address, to, (socklen_t)room);
}

/* "/24" or nothing. */
static bool parse_bits(const char *slash, bool ipv4, unsigned *ret_bits)
{
    unsigned most = ipv4 ? 32 : 128;
    unsigned bits = 0;

    if (slash == NULL) {
        *ret_bits = 128;
        return true;
    }
    if (slash[1] == '\0' || strlen(slash + 1) > 3)
        return false;
    for (const char *digit = slash + 1; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        bits = bits * 10 + (unsigned)(*digit - '0');
    }
    *ret_bits = bits + (128 - most);
    return bits <= most;
}

static int parse_network(struct weft__network *ret, char *entry)
{
    char *slash = strchr(entry, '/');
    bool ipv4;

    if (slash != NULL)
        *slash = '\0';
    if (!weft__address_parse(ret->address, entry, &ipv4) ||
        !parse_bits(slash, ipv4, &ret->bits))
        return UV_EINVAL;
    return 0;
}

static int add_entry(struct weft__proxy *proxy, const char *text, size_t length)
{
    struct weft__network *networks;
    char entry[ENTRY_ROOM];
    int rc;

    if (length >= sizeof(entry))
        return UV_EINVAL;
    memcpy(entry, text, length);
    entry[length] = '\0';
    if (strcmp(entry, "*") == 0) {
        proxy->everybody = true;
        return 0;
    }
    if (strcmp(entry, "unix") == 0) {
        proxy->local = true;
        return 0;
    }
    networks = weft__realloc(proxy->networks, (proxy->count + 1) * sizeof(*networks));
    if (networks == NULL)
        return UV_ENOMEM;
    proxy->networks = networks;
    rc = parse_network(&networks[proxy->count], entry);
    if (rc == 0)
        proxy->count++;
    return rc;
}

int weft__proxy_init(struct weft__proxy *proxy, const char *list)
{
    static const char between[] = ", \t";
    const char *at = list;

    *proxy = (struct weft__proxy){ 0 };
    while (*(at += strspn(at, between)) != '\0') {
        size_t length = strcspn(at, between);
        int rc = add_entry(proxy, at, length);

        if (rc < 0) {
            weft__proxy_done(proxy);
            return rc;
        }
        at += length;
    }
    return 0;
}

void weft__proxy_done(struct weft__proxy *proxy)
{
    free(proxy->networks);
    *proxy = (struct weft__proxy){ 0 };
}

static bool in_network(const struct weft__network *network, const uint8_t address[16])
{
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;

    if (memcmp(network->address, address, whole) != 0)
        return false;
    return rest == 0 || ((network->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool weft__proxy_trusts(const struct weft__proxy *proxy, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    size_t length = strcspn(address, "%"); /* the zone of a link-local address */
    bool ipv4;

    if (proxy->everybody)
        return true;
    if (length == 0)
        return proxy->local;
    if (length >= sizeof(text))
        return false;
    memcpy(text, address, length);
    text[length] = '\0';
    if (!weft__address_parse(bytes, text, &ipv4))
        return false;
    for (size_t i = 0; i < proxy->count; i++) {
        if (in_network(&proxy->networks[i], bytes))
            return true;
    }
    return false;
}
