/*
 * http/method.c - see method.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/method.h"

#include <string.h>

static const char *const names[WEFT__METHOD_COUNT] = {
    [WEFT__METHOD_OTHER] = "",      [WEFT__METHOD_GET] = "GET",
    [WEFT__METHOD_HEAD] = "HEAD",   [WEFT__METHOD_POST] = "POST",
    [WEFT__METHOD_PUT] = "PUT",     [WEFT__METHOD_DELETE] = "DELETE",
    [WEFT__METHOD_PATCH] = "PATCH", [WEFT__METHOD_OPTIONS] = "OPTIONS",
    [WEFT__METHOD_TRACE] = "TRACE", [WEFT__METHOD_CONNECT] = "CONNECT",
};

/* `method` if `text` has its name; the length is that of the name. */
#define IF_NAMED(method, name) \
    (memcmp(text, name, sizeof(name) - 1) == 0 ? (method) : WEFT__METHOD_OTHER)

enum weft__method weft__method_parse(const char *text, size_t length)
{
    switch (length) {
    case 3:
        return text[0] == 'G' ? IF_NAMED(WEFT__METHOD_GET, "GET")
                              : IF_NAMED(WEFT__METHOD_PUT, "PUT");
    case 4:
        return text[0] == 'P' ? IF_NAMED(WEFT__METHOD_POST, "POST")
                              : IF_NAMED(WEFT__METHOD_HEAD, "HEAD");
    case 5:
        return text[0] == 'P' ? IF_NAMED(WEFT__METHOD_PATCH, "PATCH")
                              : IF_NAMED(WEFT__METHOD_TRACE, "TRACE");
    case 6:
        return IF_NAMED(WEFT__METHOD_DELETE, "DELETE");
    case 7:
        return text[0] == 'O' ? IF_NAMED(WEFT__METHOD_OPTIONS, "OPTIONS")
                              : IF_NAMED(WEFT__METHOD_CONNECT, "CONNECT");
    default:
        return WEFT__METHOD_OTHER;
    }
}

const char *weft__method_name(enum weft__method method)
{
    return (unsigned)method < WEFT__METHOD_COUNT ? names[method] : "";
}
