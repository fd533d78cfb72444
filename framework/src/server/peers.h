/*
 * server/peers.h - how many connections each client address has.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SERVER_PEERS_H
#define WEFT_SERVER_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/* An address with connections; of IPv6 the first 64 bits, which one client has as a rule. */
struct weft__peer {
    struct weft__peer *next; /* in its bucket */
    uint8_t key[WEFT__IP_BYTES];
    size_t count;
};

/* Zero-initialised it is empty. */
struct weft__peers {
    struct weft__peer **buckets; /* NULL before the first use */
    uint64_t seed;               /* so that nobody can choose addresses of one bucket */
};

/* Count one connection more of an address.  NULL where there is no memory to count it. */
struct weft__peer *weft__peers_enter(struct weft__peers *peers,
                                     const uint8_t ip[WEFT__IP_BYTES]);

/* One less; the last one frees it.  Takes NULL. */
void weft__peers_leave(struct weft__peers *peers, struct weft__peer *peer);

/* There are no connections. */
void weft__peers_done(struct weft__peers *peers);

#endif
