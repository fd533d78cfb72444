/*
 * web/freeze.c - what is worked out once, before an app is served.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/app.h"
#include "web/chain.h"

static const weft_app_options defaults = {
    .timeout_ms = 30000,
    .max_body_bytes = 1024 * 1024,
    .max_json_depth = 64,
    .decompress = WEFT_DECOMPRESS_OFF,
    .max_decompress_ratio = 100,
};

/* Parents come before children, so the parent's settings are there. */
static void settle(weft_app *app)
{
    const weft_app_options *outer = app->parent != NULL ? &app->parent->settings : &defaults;

    app->settings = (weft_app_options){
        .timeout_ms = app->own.timeout_ms != 0 ? app->own.timeout_ms : outer->timeout_ms,
        .max_body_bytes =
            app->own.max_body_bytes != 0 ? app->own.max_body_bytes : outer->max_body_bytes,
        .max_json_depth =
            app->own.max_json_depth != 0 ? app->own.max_json_depth : outer->max_json_depth,
        .decompress = app->own.decompress != WEFT_DECOMPRESS_DEFAULT ? app->own.decompress
                                                                     : outer->decompress,
        .max_decompress_ratio = app->own.max_decompress_ratio != 0
                                    ? app->own.max_decompress_ratio
                                    : outer->max_decompress_ratio,
    };
}

static int freeze_route(struct weft__route *route, struct weft__arena *arena)
{
    const weft_app_options *settings = &route->app->settings;
    const weft_route_options *own = &route->options;

    route->timeout_ms =
        weft__timeout(own->timeout_ms != 0 ? own->timeout_ms : settings->timeout_ms);
    route->max_body_bytes =
        own->max_body_bytes != 0 ? own->max_body_bytes : settings->max_body_bytes;
    route->chain = weft__chain_make(arena, route->app, own->use, own->handler);
    route->deepest = weft__arena_calloc(arena, 1, sizeof(*route->deepest));
    return route->chain == NULL || route->deepest == NULL ? UV_ENOMEM : 0;
}

static int freeze_app(weft_app *app, struct weft__arena *arena)
{
    settle(app);
    app->fallback = weft__chain_make(arena, app, NULL, NULL);
    if (app->fallback == NULL)
        return UV_ENOMEM;
    for (struct weft__route *route = app->routes; route != NULL; route = route->next) {
        if (freeze_route(route, arena) < 0)
            return UV_ENOMEM;
    }
    return 0;
}

int weft__app_freeze(weft_app *root)
{
    if (root == NULL || root->root != root)
        return UV_EINVAL;
    if (root->frozen)
        return 0;
    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        if (app->failed < 0)
            return app->failed;
        if (app->complaints != NULL)
            return WEFT_EMISUSE;
    }
    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        if (freeze_app(app, &root->router.arena) < 0)
            return UV_ENOMEM;
    }
    root->frozen = true;
    return 0;
}
