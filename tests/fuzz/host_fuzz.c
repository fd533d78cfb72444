/*
 * fuzz/host_fuzz.c - Host and the authority of targets.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz.h"
#include "http/host.h"

static void check_host(const char *text, size_t size)
{
    struct weft__host host;

    if (weft__host_parse(&host, text, size) < 0)
        return;
    MUST(host.name == text && host.name_length > 0 && host.name_length <= size);
    MUST(host.port >= -1 && host.port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    check_host((const char *)input, size);
    return 0;
}
