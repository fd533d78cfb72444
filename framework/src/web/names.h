/*
 * web/names.h - routes by their names.
 *
 * A name belongs to a unit: an app with its groups.  A mounted app is a unit of its own, so
 * that it may use names without knowing where it is mounted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_NAMES_H
#define WEFT_WEB_NAMES_H

#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>

struct weft__arena;
struct weft__route;

struct weft__name {
    const weft_app *unit;
    const struct weft__route *route; /* NULL: an empty place */
    uint32_t hash;                   /* of the name alone */
};

/* Zero-initialised, it is empty.  An open-addressed table, at most half full. */
struct weft__names {
    struct weft__name *places;
    uint32_t count;
    uint32_t room; /* a power of two, or 0 */
};

/* The route called `name` in `unit`, or NULL. */
const struct weft__route *weft__names_find(const struct weft__names *names,
                                           const weft_app *unit, const char *name);

/* The first declared of that name in any unit, or NULL. */
const struct weft__route *weft__names_find_any(const struct weft__names *names,
                                               const char *name);

/* Add a route by its name, which is not taken.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__names_add(struct weft__names *names, struct weft__arena *arena,
                                    const weft_app *unit, const struct weft__route *route);

#endif
