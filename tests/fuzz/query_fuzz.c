/*
 * fuzz/query_fuzz.c - queries and forms: names and values end with their NUL, and are found.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/query.h"

static void check_pairs(const struct weft__pairs *pairs)
{
    for (unsigned i = 0; i < pairs->count; i++) {
        const struct weft__pair *pair = &pairs->items[i];

        MUST(strlen(pair->name) == pair->name_length);
        MUST(strlen(pair->value) == pair->value_length);
        MUST(weft__pairs_find(pairs, pair->name, pair->name_length) <= pair);
    }
}

static void check_query(struct weft__arena *arena, const char *text, size_t size)
{
    struct weft__pairs strict = { 0 };
    struct weft__pairs pairs = { 0 };
    int rc = weft__query_parse(&strict, arena, text, size, 100, WEFT__QUERY_REFUSE);

    if (rc == 0)
        check_pairs(&strict);
    MUST(strict.count <= 100);
    if (weft__query_parse(&pairs, arena, text, size, 100, WEFT__QUERY_KEEP_RAW) == 0)
        check_pairs(&pairs);
    MUST(pairs.count >= strict.count && pairs.count <= 100);
    pairs = (struct weft__pairs){ 0 };
    if (weft__query_parse(&pairs, arena, text, size, 100, WEFT__QUERY_BYTES) == 0)
        check_pairs(&pairs);
    MUST(pairs.count >= strict.count && (rc != 0 || pairs.count == strict.count));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    check_query(&arena, (const char *)input, size);
    weft__arena_done(&arena);
    return 0;
}
