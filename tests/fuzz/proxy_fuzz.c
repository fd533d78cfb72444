/*
 * fuzz/proxy_fuzz.c - the PROXY protocol's header.
 *
 * However the bytes come, the verdict is the same, and what is accepted is as the header
 * promises.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "fuzz.h"
#include "http/proxy_header.h"

static void check_header(const struct weft__proxy_header *header, long length, long size)
{
    static const uint8_t nothing[WEFT__IP_BYTES];

    MUST(length > 0 && length <= size && length <= WEFT__PROXY_HEADER_MAX);
    MUST(header->named <= WEFT__NAMED_UNIX);
    MUST(header->named == WEFT__NAMED_IP || memcmp(header->ip, nothing, sizeof(nothing)) == 0);
    MUST(header->named == WEFT__NAMED_IP || header->port == 0);
    MUST(header->named != WEFT__NAMED_NOBODY || !header->tls);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__proxy_header header = { 0 };
    struct weft__proxy_header cut = { 0 };
    const char *data = (const char *)input;
    long whole = weft__proxy_header_parse(&header, data, size);
    long rc = 0;

    for (size_t length = 0; length <= size && rc == 0; length++) {
        char *copy = malloc(length + 1); /* so that reading past its end is found */

        MUST(copy != NULL);
        memcpy(copy + 1, data, length);
        rc = weft__proxy_header_parse(&cut, copy + 1, length);
        MUST(rc <= 0 || (size_t)rc == length);
        free(copy);
    }
    MUST(rc == whole);
    if (whole <= 0)
        return 0;
    check_header(&header, whole, (long)size);
    MUST(memcmp(header.ip, cut.ip, sizeof(cut.ip)) == 0 && header.named == cut.named &&
         header.port == cut.port && header.tls == cut.tls);
    return 0;
}
