/*
 * fuzz/accept_fuzz.c - Accept, Accept-Encoding and Accept-Language.
 *
 * The first byte says whether elements are media ranges, and cuts the text into two lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz.h"
#include "http/accept.h"
#include "http/media_type.h"

static void check_list(const struct weft__accept_list *list)
{
    MUST(list->count <= WEFT__ACCEPT_MAX);
    for (unsigned i = 0; i < list->count; i++) {
        MUST(list->items[i].range_length > 0);
        MUST(list->items[i].quality <= WEFT__QUALITY_MAX);
    }
}

static void ask_type(const struct weft__accept_list *list)
{
    static const char name[] = "text/html; charset=utf-8";
    struct weft__media_type type;

    MUST(weft__media_type_parse(&type, name, sizeof(name) - 1) == 0);
    MUST(weft__accept_type(list, &type) <= WEFT__QUALITY_MAX);
}

static void ask_others(const struct weft__accept_list *list)
{
    static const char *const tags[] = { "de-CH", "en", "zh-Hant-TW" };
    int found = weft__accept_lookup(list, tags, 3);

    MUST(found >= -1 && found < 3);
    MUST(weft__accept_coding(list, "gzip") <= WEFT__QUALITY_MAX);
    MUST(weft__accept_coding(list, "identity") <= WEFT__QUALITY_MAX);
    MUST(weft__accept_language(list, "de-CH") <= WEFT__QUALITY_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *text = (const char *)input + 1;
    struct weft__accept_list list = { 0 };
    size_t first;

    if (size < 1)
        return 0;
    size--;
    list.media = input[0] % 2 == 1;
    first = size * (input[0] / 2) / 127;
    weft__accept_read(&list, text, first);
    check_list(&list);
    weft__accept_read(&list, text + first, size - first);
    check_list(&list);
    if (list.media)
        ask_type(&list);
    else
        ask_others(&list);
    return 0;
}
