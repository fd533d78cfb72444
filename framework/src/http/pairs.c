/*
 * http/pairs.c - see pairs.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/pairs.h"

#include <limits.h>
#include <string.h>
#include <weft/error.h>

#include "base/arena.h"

enum { FIRST_ROOM = 8 };

static const struct weft__pair *find(const struct weft__pair *at, const struct weft__pair *end,
                                     const char *name, size_t length)
{
    for (; at < end; at++)
        if (at->name_length == length && memcmp(at->name, name, length) == 0)
            return at;
    return NULL;
}

const struct weft__pair *weft__pairs_find(const struct weft__pairs *pairs, const char *name,
                                          size_t length)
{
    if (pairs->count == 0)
        return NULL;
    return find(pairs->items, pairs->items + pairs->count, name, length);
}

const struct weft__pair *weft__pairs_find_next(const struct weft__pairs *pairs,
                                               const struct weft__pair *pair)
{
    return find(pair + 1, pairs->items + pairs->count, pair->name, pair->name_length);
}

bool weft__pairs_next(const struct weft__pairs *pairs, size_t *at, const char **ret_name,
                      const char **ret_value)
{
    if (pairs == NULL || *at >= pairs->count)
        return false;
    *ret_name = pairs->items[*at].name;
    *ret_value = pairs->items[*at].value;
    ++*at;
    return true;
}

int weft__pairs_add(struct weft__pairs *pairs, struct weft__arena *arena,
                    const struct weft__pair *pair)
{
    if (pairs->count == pairs->room) {
        size_t room = pairs->room == 0 ? FIRST_ROOM : (size_t)pairs->room * 2;
        struct weft__pair *items;

        if (room > UINT_MAX / sizeof(*items))
            return UV_ENOMEM;
        items = weft__arena_realloc(arena, pairs->items, pairs->room * sizeof(*items),
                                    room * sizeof(*items));
        if (items == NULL)
            return UV_ENOMEM;
        pairs->items = items;
        pairs->room = (unsigned)room;
    }
    pairs->items[pairs->count++] = *pair;
    return 0;
}
