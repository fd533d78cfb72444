/*
 * http/method.h - request methods (RFC 9110, 9.3; RFC 5789 for PATCH).
 *
 * Method names are case-sensitive: "get" is a method, but not GET.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_METHOD_H
#define WEFT_HTTP_METHOD_H

#include <stddef.h>

enum weft__method {
    WEFT__METHOD_OTHER, /* any other token: the head keeps its text */
    WEFT__METHOD_GET,
    WEFT__METHOD_HEAD,
    WEFT__METHOD_POST,
    WEFT__METHOD_PUT,
    WEFT__METHOD_DELETE,
    WEFT__METHOD_PATCH,
    WEFT__METHOD_OPTIONS,
    WEFT__METHOD_TRACE,
    WEFT__METHOD_CONNECT,
    WEFT__METHOD_COUNT
};

/* Which method `text` names; WEFT__METHOD_OTHER when it is none of those above. */
enum weft__method weft__method_parse(const char *text, size_t length);

/* The name; static; "" for WEFT__METHOD_OTHER. */
const char *weft__method_name(enum weft__method method);

#endif
