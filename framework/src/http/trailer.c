/*
 * http/trailer.c - see trailer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/trailer.h"

#include "http/chars.h"

/* In the order of RFC 9110, 6.5.1. */
static const char *const forbidden[] = {
    /* framing and routing */
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "upgrade",
    "host",
    /* request modifiers */
    "cache-control",
    "expect",
    "max-forwards",
    "pragma",
    "range",
    "te",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    /* authentication, and state */
    "authorization",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "cookie",
    "set-cookie",
    /* response control */
    "age",
    "date",
    "expires",
    "location",
    "retry-after",
    "vary",
    "warning",
    /* how the content is read */
    "content-encoding",
    "content-type",
    "content-range",
    "trailer",
};

bool weft__trailer_allowed(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
        if (strlen(forbidden[i]) == length && weft__lower_equal(name, forbidden[i], length))
            return false;
    return true;
}
