/*
 * http/trailer.h - which fields may stand behind a body (RFC 9110, 6.5.1).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_TRAILER_H
#define WEFT_HTTP_TRAILER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a response may send a field of that name as a trailer: none of those that a recipient
 * needs before the body, or that must not be merged into what it has acted on already: framing,
 * routing, authentication, request modifiers, response control, and how the content is read.
 */
bool weft__trailer_allowed(const char *name, size_t length);

#endif
