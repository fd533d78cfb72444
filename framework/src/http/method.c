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

/* The only method, or one of two, that has this many letters and begins with this one. */
static enum weft__method guess(char first, size_t length)
{
    switch (length) {
    case 3:
        return first == 'G' ? WEFT__METHOD_GET : WEFT__METHOD_PUT;
    case 4:
        return first == 'P' ? WEFT__METHOD_POST : WEFT__METHOD_HEAD;
    case 5:
        return first == 'P' ? WEFT__METHOD_PATCH : WEFT__METHOD_TRACE;
    case 6:
        return WEFT__METHOD_DELETE;
    case 7:
        return first == 'O' ? WEFT__METHOD_OPTIONS : WEFT__METHOD_CONNECT;
    default:
        return WEFT__METHOD_OTHER;
    }
}

enum weft__method weft__method_parse(const char *text, size_t length)
{
    enum weft__method method = length == 0 ? WEFT__METHOD_OTHER : guess(text[0], length);

    if (method == WEFT__METHOD_OTHER || memcmp(text, names[method], length) != 0)
        return WEFT__METHOD_OTHER;
    return method;
}

const char *weft__method_name(enum weft__method method)
{
    return (unsigned)method < WEFT__METHOD_COUNT ? names[method] : "";
}
