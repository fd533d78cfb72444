/*
 * fuzz/cookie_fuzz.c - the Cookie field: at most so many, each with its NUL.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/cookie.h"

static void check_pairs(const struct weft__pairs *pairs)
{
    for (unsigned i = 0; i < pairs->count; i++) {
        const struct weft__pair *pair = &pairs->items[i];

        MUST(strlen(pair->name) == pair->name_length);
        MUST(strlen(pair->value) == pair->value_length);
        MUST(weft__pairs_find(pairs, pair->name, pair->name_length) <= pair);
    }
}

static void check_cookies(struct weft__arena *arena, const char *text, size_t size)
{
    struct weft__pairs pairs = { 0 };

    if (memchr(text, '\0', size) == NULL && weft__cookies_parse(&pairs, arena, text, size) == 0)
        check_pairs(&pairs);
    MUST(pairs.count <= WEFT__COOKIES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    check_cookies(&arena, (const char *)input, size);
    weft__arena_done(&arena);
    return 0;
}
