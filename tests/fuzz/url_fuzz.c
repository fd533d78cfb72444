/*
 * fuzz/url_fuzz.c - percent-encoding: what is decoded is UTF-8 without NUL, and encodes back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/url.h"

static void check_url(struct weft__arena *arena, const char *text, size_t size)
{
    const char *decoded;
    size_t length;
    char *encoded;
    size_t encoded_length;

    if (weft__url_decode_arena(arena, text, size, WEFT__URL_PATH, &decoded, &length) < 0)
        return;
    MUST(strlen(decoded) == length && weft__utf8_valid(decoded, length));
    encoded =
        weft__url_encode_arena(arena, decoded, length, WEFT__URL_SEGMENT, &encoded_length);
    MUST(encoded != NULL);
    MUST(weft__url_decode(encoded, encoded, encoded_length, WEFT__URL_PATH) == (long)length);
    MUST(memcmp(encoded, decoded, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    check_url(&arena, (const char *)input, size);
    weft__arena_done(&arena);
    return 0;
}
