/*
 * server/peers.c - see peers.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/peers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/alloc.h"

enum { BUCKETS = 1024, IP6_PREFIX_BYTES = 8 };

/* What counts as one client: an IPv4 address, or the part of an IPv6 one that a network has. */
static void make_key(uint8_t key[WEFT__IP_BYTES], const uint8_t ip[WEFT__IP_BYTES])
{
    memset(key, 0, WEFT__IP_BYTES);
    memcpy(key, ip, weft__ip_mapped(ip) ? WEFT__IP_BYTES : IP6_PREFIX_BYTES);
}

static struct weft__peer **bucket_of(const struct weft__peers *peers, const uint8_t *key)
{
    uint64_t parts[2];
    uint64_t hash;

    memcpy(parts, key, sizeof(parts));
    hash = (parts[0] ^ peers->seed) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ (hash >> 32) ^ parts[1]) * UINT64_C(0xbf58476d1ce4e5b9);
    return &peers->buckets[(hash ^ (hash >> 29)) % BUCKETS];
}

static bool make_buckets(struct weft__peers *peers)
{
    if (peers->buckets != NULL)
        return true;
    peers->buckets = weft__calloc(BUCKETS, sizeof(struct weft__peer *));
    if (peers->buckets != NULL &&
        uv_random(NULL, NULL, &peers->seed, sizeof(peers->seed), 0, NULL) < 0)
        peers->seed = uv_hrtime();
    return peers->buckets != NULL;
}

struct weft__peer *weft__peers_enter(struct weft__peers *peers,
                                     const uint8_t ip[WEFT__IP_BYTES])
{
    struct weft__peer **bucket;
    struct weft__peer *peer;
    uint8_t key[WEFT__IP_BYTES];

    if (!make_buckets(peers))
        return NULL;
    make_key(key, ip);
    bucket = bucket_of(peers, key);
    for (peer = *bucket; peer != NULL; peer = peer->next) {
        if (memcmp(peer->key, key, sizeof(key)) == 0) {
            peer->count++;
            return peer;
        }
    }
    peer = weft__calloc(1, sizeof(*peer));
    if (peer == NULL)
        return NULL;
    memcpy(peer->key, key, sizeof(key));
    peer->count = 1;
    peer->next = *bucket;
    *bucket = peer;
    return peer;
}

void weft__peers_leave(struct weft__peers *peers, struct weft__peer *peer)
{
    struct weft__peer **place;

    if (peer == NULL || --peer->count > 0)
        return;
    place = bucket_of(peers, peer->key);
    while (*place != peer)
        place = &(*place)->next;
    *place = peer->next;
    free(peer);
}

void weft__peers_done(struct weft__peers *peers)
{
    free(peers->buckets);
    peers->buckets = NULL;
}
