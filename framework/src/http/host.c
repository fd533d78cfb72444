/*
 * http/host.c - see host.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/host.h"

#include <weft/error.h>

#include "http/chars.h"
#include "http/find.h"

/* "1.2.3.4", each part from 0 to 255 without leading zeros, to the end of the text. */
static bool ipv4_ok(const char *at, const char *end)
{
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        const char *first;

        if (part > 0 && (at == end || *at++ != '.'))
            return false;
        first = at;
        while (at < end && at - first < 3 && weft__char_is(*at, WEFT__CHAR_DIGIT))
            value = value * 10 + (unsigned)(*at++ - '0');
        if (at == first || value > 255 || (*first == '0' && at - first > 1))
            return false;
    }
    return at == end;
}

bool weft__host_ipv6_ok(const char *text, size_t length)
{
    const char *at = text;
    const char *end = text + length;
    bool elided = false; /* "::" was seen */
    int groups = 0;      /* of 16 bits */

    if (length >= 2 && at[0] == ':' && at[1] == ':') {
        elided = true;
        at += 2;
    }
    while (at < end) {
        const char *first = at;

        while (at < end && at - first < 5 && weft__char_is(*at, WEFT__CHAR_HEX))
            at++;
        if (at < end && *at == '.' && groups <= 6 && ipv4_ok(first, end)) {
            groups += 2;
            break;
        }
        if (at == first || at - first > 4 || ++groups > 8)
            return false;
        if (at == end)
            break;
        if (*at++ != ':' || at == end)
            return false;
        if (*at == ':') {
            if (elided)
                return false;
            elided = true;
            at++;
        }
    }
    return elided ? groups < 8 : groups == 8;
}

/* The digits behind the colon; -1 for none; -2 when it is no port. */
static int parse_port(const char *at, const char *end)
{
    int port = at == end ? -1 : 0;

    if (end - at > 5)
        return -2;
    for (; at < end; at++) {
        if (!weft__char_is(*at, WEFT__CHAR_DIGIT))
            return -2;
        port = port * 10 + (*at - '0');
    }
    return port <= 65535 ? port : -2;
}

/* The end of an address in brackets, which begin at `at`; NULL when it is none. */
static const char *skip_ipv6(const char *at, const char *end)
{
    const char *close = at + 1;

    while (close < end && *close != ']')
        close++;
    if (close == end || !weft__host_ipv6_ok(at + 1, (size_t)(close - at - 1)))
        return NULL;
    return close + 1;
}

int weft__host_parse(struct weft__host *ret_host, const char *text, size_t length)
{
    struct weft__host host = { .name = text, .port = -1 };
    const char *end = text + length;
    const char *at = text;

    if (length == 0)
        return WEFT_EPROTO;
    if (*at == '[') {
        host.is_ipv6 = true;
        at = skip_ipv6(at, end);
        if (at == NULL)
            return WEFT_EPROTO;
    } else {
        at = weft__find_unreserved_end(at, end);
    }
    host.name_length = (size_t)(at - text);
    if (host.name_length == 0)
        return WEFT_EPROTO;
    if (at < end) {
        if (*at != ':')
            return WEFT_EPROTO;
        host.port = parse_port(at + 1, end);
        if (host.port == -2)
            return WEFT_EPROTO;
    }
    *ret_host = host;
    return 0;
}
