/*
 * web/proxy.c - which peers are trusted proxies.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ip.h"

enum { ENTRY_ROOM = INET6_ADDRSTRLEN + sizeof("/128") };

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
    if (!weft__ip_parse(ret->address, entry, &ipv4) || !parse_bits(slash, ipv4, &ret->bits))
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

bool weft__proxy_trusts_ip(const struct weft__proxy *proxy, const uint8_t *ip)
{
    if (proxy->everybody)
        return true;
    if (ip == NULL)
        return proxy->local;
    for (size_t i = 0; i < proxy->count; i++) {
        if (in_network(&proxy->networks[i], ip))
            return true;
    }
    return false;
}

bool weft__proxy_trusts(const struct weft__proxy *proxy, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t ip[WEFT__IP_BYTES];
    size_t length = strcspn(address, "%"); /* the zone of a link-local address */
    bool ipv4;

    if (length == 0)
        return weft__proxy_trusts_ip(proxy, NULL);
    if (length >= sizeof(text))
        return proxy->everybody;
    memcpy(text, address, length);
    text[length] = '\0';
    return weft__ip_parse(ip, text, &ipv4) ? weft__proxy_trusts_ip(proxy, ip)
                                           : proxy->everybody;
}
