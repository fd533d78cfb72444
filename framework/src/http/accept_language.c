/*
 * http/accept_language.c - languages by RFC 4647: see accept.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "http/accept.h"
#include "http/chars.h"
#include "http/field.h"

static bool is_any(const struct weft__accept *item)
{
    return item->range_length == 1 && item->range[0] == '*';
}

/* Whether the first `length` bytes of a range are the tag or, with `filter`, its beginning up
 * to a subtag's end. */
static bool finds(const char *range, size_t length, const char *tag, bool filter)
{
    size_t tag_length = strlen(tag);

    if (filter && tag_length > length && tag[length] == '-')
        tag_length = length;
    return weft__field_name_equal(range, length, tag, tag_length);
}

/* The range that fits a tag most closely; NULL when none does. */
static const struct weft__accept *closest(const struct weft__accept_list *list, const char *tag)
{
    const struct weft__accept *found = NULL;

    for (unsigned i = 0; i < list->count; i++) {
        const struct weft__accept *item = &list->items[i];

        if (!is_any(item) && !finds(item->range, item->range_length, tag, true))
            continue;
        if (found == NULL || (is_any(found) && !is_any(item)) ||
            (is_any(found) == is_any(item) && item->range_length > found->range_length))
            found = item;
    }
    return found;
}

unsigned weft__accept_language(const struct weft__accept_list *list, const char *tag)
{
    const struct weft__accept *item = closest(list, tag);

    if (list->count == 0)
        return WEFT__QUALITY_MAX;
    return item == NULL ? 0 : item->quality;
}

static bool is_excluded(const struct weft__accept_list *list, const char *tag)
{
    const struct weft__accept *item = closest(list, tag);

    return item != NULL && item->quality == 0;
}

/* The first tag, not excluded, that the beginning of a range finds; -1 when there is none. */
static int find_tag(const struct weft__accept_list *list, const char *const *tags,
                    unsigned count, const char *range, size_t length, bool filter)
{
    for (unsigned i = 0; i < count; i++)
        if ((length == 0 || finds(range, length, tags[i], filter)) &&
            !is_excluded(list, tags[i]))
            return (int)i;
    return -1;
}

/* The length of a range without its last subtag, and without a single letter before it, which
 * means nothing alone (RFC 4647, 3.4). */
static size_t truncate_range(const char *range, size_t length)
{
    const char *dash = memrchr(range, '-', length);

    if (dash == NULL)
        return 0;
    length = (size_t)(dash - range);
    return length > 2 && range[length - 2] == '-' ? length - 2 : length;
}

static int look_up(const struct weft__accept_list *list, const struct weft__accept *item,
                   const char *const *tags, unsigned count)
{
    size_t length = item->range_length;
    int found;

    if (is_any(item))
        return find_tag(list, tags, count, NULL, 0, false);
    found = find_tag(list, tags, count, item->range, length, false);
    if (found < 0)
        found = find_tag(list, tags, count, item->range, length, true);
    while (found < 0 && (length = truncate_range(item->range, length)) > 0)
        found = find_tag(list, tags, count, item->range, length, false);
    return found;
}

int weft__accept_lookup(const struct weft__accept_list *list, const char *const *tags,
                        unsigned count)
{
    unsigned above =
        WEFT__QUALITY_MAX + 1; /* ranges of this quality and more have been tried */

    if (list->count == 0)
        return count > 0 ? 0 : -1;
    for (;;) {
        unsigned quality = 0;

        for (unsigned i = 0; i < list->count; i++)
            if (list->items[i].quality < above && list->items[i].quality > quality)
                quality = list->items[i].quality;
        if (quality == 0)
            return -1;
        for (unsigned i = 0; i < list->count; i++) {
            int found = list->items[i].quality == quality
                            ? look_up(list, &list->items[i], tags, count)
                            : -1;

            if (found >= 0)
                return found;
        }
        above = quality;
    }
}
