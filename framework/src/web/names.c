/*
 * web/names.c - routes by their names.
 *
 * The place of a name depends on its text alone, so that all routes of one name stand in one
 * run of places in the order in which they were added.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/names.h"

#include <string.h>

#include "base/arena.h"
#include "web/route_tree.h"
#include "web/router.h"

enum { FIRST_ROOM = 16 };

static const struct weft__route *find(const struct weft__names *names, const weft_app *unit,
                                      const char *name)
{
    uint32_t hash = weft__text_hash(name, strlen(name));

    if (names->room == 0)
        return NULL;
    for (uint32_t at = hash;; at++) {
        const struct weft__name *place = &names->places[at & (names->room - 1)];

        if (place->route == NULL)
            return NULL;
        if (place->hash == hash && (unit == NULL || place->unit == unit) &&
            strcmp(place->route->options.name, name) == 0)
            return place->route;
    }
}

const struct weft__route *weft__names_find(const struct weft__names *names,
                                           const weft_app *unit, const char *name)
{
    return find(names, unit, name);
}

const struct weft__route *weft__names_find_any(const struct weft__names *names,
                                               const char *name)
{
    return find(names, NULL, name);
}

static void put(struct weft__name *places, uint32_t room, struct weft__name name)
{
    uint32_t at = name.hash;

    while (places[at & (room - 1)].route != NULL)
        at++;
    places[at & (room - 1)] = name;
}

static int grow(struct weft__names *names, struct weft__arena *arena)
{
    uint32_t room = names->room == 0 ? FIRST_ROOM : names->room * 2;
    uint32_t start = 0;
    struct weft__name *places;

    if (names->count * 2 < names->room)
        return 0;
    places = weft__arena_calloc(arena, room, sizeof(*places));
    if (places == NULL)
        return UV_ENOMEM;
    /* Begin behind an empty place, so that a run which wraps around keeps its order. */
    while (start < names->room && names->places[start].route != NULL)
        start++;
    for (uint32_t i = 0; i < names->room; i++) {
        struct weft__name name = names->places[(start + i) & (names->room - 1)];

        if (name.route != NULL)
            put(places, room, name);
    }
    names->places = places;
    names->room = room;
    return 0;
}

int weft__names_add(struct weft__names *names, struct weft__arena *arena, const weft_app *unit,
                    const struct weft__route *route)
{
    const char *name = route->options.name;

    if (grow(names, arena) < 0)
        return UV_ENOMEM;
    put(names->places, names->room,
        (struct weft__name){ unit, route, weft__text_hash(name, strlen(name)) });
    names->count++;
    return 0;
}
