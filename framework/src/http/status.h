/*
 * http/status.h - status codes: reason phrases and ready-made status lines (RFC 9110, 15).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_STATUS_H
#define WEFT_HTTP_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/* A line such as "HTTP/1.1 200 OK\r\n"; static. */
struct weft__status_line {
    const char *text;
    unsigned length;
};

/* The line of a status from 100 to 599, with an empty reason when the code is not a registered
 * one; the line of 500 for anything else. */
struct weft__status_line weft__status_line(unsigned status);

/* The reason phrase; "" for a code that is not registered.  Static. */
const char *weft__status_reason(unsigned status);

/* Whether a response with this status never has a body: 1xx, 204, 304 (RFC 9112, 6.3). */
static inline bool weft__status_bodyless(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}

#endif
