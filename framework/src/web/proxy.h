/*
 * web/proxy.h - what a trusted proxy says of the client (--proxy-headers).
 *
 * X-Forwarded-For, -Proto, -Host, -Port and -Prefix, and Forwarded (RFC 7239) are believed only
 * from peers that the operator names; from anybody else they are ignored, since any client can
 * send them.  Of a chain of proxies the entries are read from the right, which is the nearest:
 * the client is the first one that is not trusted.  An address that cannot be read ends the
 * walk, and what was found up to there holds; other malformed values are ignored.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_PROXY_H
#define WEFT_WEB_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>

/* An address or network; IPv4 ones are held as IPv4-mapped IPv6 ones. */
struct weft__network {
    uint8_t address[16];
    unsigned bits; /* of the prefix, 0 to 128 */
};

struct weft__serving;

/* The peers whose word counts.  Zero-initialised, nobody's does. */
struct weft__proxy {
    struct weft__network *networks;
    size_t count;
    bool everybody; /* "*" */
    bool local;     /* "unix": peers without an address, such as those of Unix sockets */
};

/*
 * Read a list such as "127.0.0.1,::1,10.0.0.0/8", "*" or "unix", separated by commas or spaces.
 * 0; UV_EINVAL when an entry is neither; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__proxy_init(struct weft__proxy *proxy, const char *list);
void weft__proxy_done(struct weft__proxy *proxy);

/* Whether a peer's word counts; `address` as text, "" for one that has none. */
bool weft__proxy_trusts(const struct weft__proxy *proxy, const char *address);

/* The same of an address as base/ip.h has it; NULL for a peer that has none. */
bool weft__proxy_trusts_ip(const struct weft__proxy *proxy, const uint8_t *ip);

/* Set remote, scheme, host and root path of the request: from the PROXY protocol's header, then
 * from the request's own fields if its peer, whom that header may name, is trusted.  For the
 * dispatcher.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__proxy_apply(const struct weft__serving *serving, weft_request *req);

#endif
