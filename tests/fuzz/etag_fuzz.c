/*
 * fuzz/etag_fuzz.c - entity-tags, alone and in lists.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz.h"
#include "http/etag.h"

/* Every tag lies within the text, and equals itself. */
static void check_tag(const struct weft__etag *tag, const char *text, size_t size)
{
    MUST(tag->tag >= text && tag->tag + tag->length <= text + size);
    MUST(memchr(tag->tag, '"', tag->length) == NULL);
    MUST(weft__etag_equal_weakly(tag, tag));
    MUST(weft__etag_equal_strongly(tag, tag) == !tag->weak);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *text = (const char *)input;
    const char *at = text;
    struct weft__etag one;
    struct weft__etag tag;
    size_t count = 0;

    while (weft__etag_next(&at, text + size, &tag)) {
        MUST(at > tag.tag);
        check_tag(&tag, text, size);
        count++;
    }
    if (weft__etag_parse(&one, text, size) == 0) {
        check_tag(&one, text, size);
        MUST(count == 1);
    }
    (void)weft__etag_is_any(text, size);
    return 0;
}
