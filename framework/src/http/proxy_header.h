/*
 * http/proxy_header.h - the header of the PROXY protocol, versions 1 and 2, by which a proxy
 * that works below HTTP says whose connection it passes on ("The PROXY protocol", 2.1, 2.2).
 *
 * Stricter than the specification, which a receiver may be: a header is at most
 * WEFT__PROXY_HEADER_MAX bytes, additions (TLVs) have to be well formed, and what no proxy
 * sends is refused.  What is true of the connection whatever is said of it stays true: a header
 * that names nobody (LOCAL, UNKNOWN, an unspecified family, datagrams) leaves the proxy the
 * peer.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_PROXY_HEADER_H
#define WEFT_HTTP_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/export.h>

#include "base/ip.h"

enum { WEFT__PROXY_HEADER_MAX = 4096, WEFT__PROXY_HEADER_V1_MAX = 107 };

/* Whom it names. */
enum weft__named {
    WEFT__NAMED_NOBODY,
    WEFT__NAMED_IP,
    WEFT__NAMED_UNIX, /* a client on the proxy's machine, which has no address */
};

struct weft__proxy_header {
    uint8_t ip[WEFT__IP_BYTES]; /* of the client, with WEFT__NAMED_IP */
    uint16_t port;
    uint8_t named; /* enum weft__named */
    bool tls;      /* the client has come to the proxy over TLS (version 2 alone says so) */
};

/*
 * Read the header at the beginning of what has come of a connection so far.  How many bytes it
 * takes; 0 when more have to come; WEFT_EPROTO for what is none.  The result is the same
 * however the bytes came, except that a bad one may be refused before its end.  *ret is written
 * when the header is whole.
 */
WEFT_MUST_CHECK long weft__proxy_header_parse(struct weft__proxy_header *ret, const char *data,
                                              size_t length);

#endif
