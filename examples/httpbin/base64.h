/*
 * base64.h - base64 (RFC 4648), in both alphabets.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_BASE64_H
#define HTTPBIN_BASE64_H

#include <stddef.h>
#include <weft.h>

/* In memory of the request, with a NUL behind it.  NULL when memory is out. */
char *base64_encode(weft_request *req, const void *data, size_t length);

/*
 * Takes '+' and '-', '/' and '_' alike, with or without padding.
 *
 * ret  in memory of the request, with a NUL behind it.
 *
 * The length; WEFT_EPROTO for what is not base64; UV_ENOMEM.
 */
ssize_t base64_decode(weft_request *req, const char *text, char **ret);

#endif
