/*
 * fuzz/text_fuzz.c - the small formats: URLs, queries, cookies, media types, hosts, dates.
 *
 * The first byte says which.  What is accepted must keep the promises of its header, and what
 * is written must read back as it was.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "http/cookie.h"
#include "http/date.h"
#include "http/host.h"
#include "http/media_type.h"
#include "http/query.h"
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
}

static void check_cookies(struct weft__arena *arena, const char *text, size_t size)
{
    struct weft__pairs pairs = { 0 };

    if (memchr(text, '\0', size) == NULL && weft__cookies_parse(&pairs, arena, text, size) == 0)
        check_pairs(&pairs);
}

static void check_media_type(struct weft__arena *arena, const char *text, size_t size)
{
    struct weft__media_type type;
    const char *value;
    size_t length;

    if (weft__media_type_parse(&type, text, size) < 0)
        return;
    MUST(weft__media_type_is(&type, "*/*"));
    MUST(type.type_length > 0 && type.subtype_length > 0);
    weft__media_type_is_json(&type);
    weft__media_type_is_utf8(&type);
    MUST(weft__media_type_parameter(&type, arena, "charset", &value, &length) >= 0);
}

static void check_host(const char *text, size_t size)
{
    struct weft__host host;

    if (weft__host_parse(&host, text, size) < 0)
        return;
    MUST(host.name == text && host.name_length > 0 && host.name_length <= size);
    MUST(host.port >= -1 && host.port <= 65535);
}

static void check_date(const char *text, size_t size)
{
    char form[WEFT__DATE_LENGTH];
    int64_t seconds;
    int64_t again;

    if (weft__date_parse(&seconds, text, size, 1700000000) < 0)
        return;
    weft__date_format(form, seconds);
    MUST(weft__date_parse(&again, form, sizeof(form), 0) == 0 && again == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *text = (const char *)input + 1;
    struct weft__arena arena;

    if (size < 1)
        return 0;
    size--;
    weft__arena_init(&arena, 256);
    switch (input[0] % 6) {
    case 0:
        check_url(&arena, text, size);
        break;
    case 1:
        check_query(&arena, text, size);
        break;
    case 2:
        check_cookies(&arena, text, size);
        break;
    case 3:
        check_media_type(&arena, text, size);
        break;
    case 4:
        check_host(text, size);
        break;
    default:
        check_date(text, size);
        break;
    }
    weft__arena_done(&arena);
    return 0;
}
