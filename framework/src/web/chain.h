/*
 * web/chain.h - the onion of middleware around a handler.
 *
 * Each route has an array, made before serving: the middleware of the root, of the groups and
 * mounted apps inwards, of the route, and at last its handler.  weft_proceed() walks it by
 * pointer, so nothing is allocated for a request.
 *
 * Each element knows its level and runs only when the request has entered exactly that many
 * before it: so each runs once, in order, whatever a middleware does.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_CHAIN_H
#define WEFT_WEB_CHAIN_H

#include <weft/app.h>

struct weft__arena;

struct weft_next {
    weft_middleware fn;   /* NULL: the end of the chain */
    void *state;          /* of fn */
    weft_handler handler; /* at the end */
    unsigned level;       /* how many stand before it */
};

/*
 * The chain for a handler of `app`, or group.  `entries` are the route's own middleware, ended
 * by a zero entry; may be NULL.  NULL: memory is out.
 */
const weft_next *weft__chain_make(struct weft__arena *arena, const weft_app *app,
                                  const weft_use_entry *entries, weft_handler handler);

#endif
