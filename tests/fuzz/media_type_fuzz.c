/*
 * fuzz/media_type_fuzz.c - media types and their parameters.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/media_type.h"

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
    MUST(weft__media_type_charset(&type) <= WEFT__CHARSET_OTHER);
    MUST(weft__media_type_parameter(&type, arena, "charset", &value, &length) != UV_ENOMEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    struct weft__arena arena;

    weft__arena_init(&arena, 256);
    check_media_type(&arena, (const char *)input, size);
    weft__arena_done(&arena);
    return 0;
}
