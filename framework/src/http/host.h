/*
 * http/host.h - host and port, as in the Host field (RFC 9110, 7.2; RFC 3986, 3.2.2).
 *
 * Stricter than the grammar: a name holds letters, digits, '-', '.', '_' and '~'.  The
 * sub-delims and percent-escapes that RFC 3986 also allows occur in attacks, not in names.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_HOST_H
#define WEFT_HTTP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__host {
    const char *name; /* a piece of the text; an IPv6 address comes with its brackets */
    size_t name_length;
    int port; /* 0 to 65535; -1 when there is none, or only a ':' */
    bool is_ipv6;
};

/* Check and split `host[:port]`.  0, or WEFT_EPROTO: *ret_host is untouched then. */
WEFT_MUST_CHECK int weft__host_parse(struct weft__host *ret_host, const char *text,
                                     size_t length);

/* Whether `text` is an IPv6 address (RFC 4291, 2.2), without brackets and without a zone. */
bool weft__host_ipv6_ok(const char *text, size_t length);

#endif
