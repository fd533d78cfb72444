/*
 * web/app_settings.c - what an app holds besides routes: middleware, values, error handlers,
 * lifespans and settings.
 *
 * Values and owned memory may be added while the app is served, since start-up hooks do so; all
 * the rest is fixed by then.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/app.h"

enum {
    JSON_DEPTH_DEFAULT = 64,
    JSON_DEPTH_MAX = 256,
};

int weft_use(weft_app *app, weft_middleware fn, void *state)
{
    struct weft__use *use;
    int rc = weft__app_open(app);

    if (rc < 0)
        return rc;
    if (fn == NULL) {
        weft__app_complain(app, "a middleware is NULL");
        return UV_EINVAL;
    }
    use = weft__arena_alloc(&app->arena, sizeof(*use));
    if (use == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    *use = (struct weft__use){ .entry = { fn, state } };
    *app->uses_end = use;
    app->uses_end = &use->next;
    return 0;
}

int weft_app_own(weft_app *app, void *memory, void (*release)(void *memory))
{
    int rc = app == NULL || app->root == NULL ? UV_EINVAL : 0;

    if (release == NULL)
        return UV_EINVAL;
    if (rc == 0)
        rc = weft__app_failed(app, weft__arena_defer(&app->arena, release, memory));
    if (rc < 0)
        release(memory);
    return rc;
}

int weft_app_set(weft_app *app, const weft_key *key, void *value)
{
    struct weft__app_value *entry;

    if (key == NULL || app == NULL || app->root == NULL)
        return UV_EINVAL;
    for (entry = app->values; entry != NULL; entry = entry->next) {
        if (entry->key == key) {
            entry->value = value;
            return 0;
        }
    }
    entry = weft__arena_alloc(&app->arena, sizeof(*entry));
    if (entry == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    *entry = (struct weft__app_value){ app->values, key, value };
    app->values = entry;
    return 0;
}

void *weft_app_get(const weft_app *app, const weft_key *key)
{
    for (; app != NULL; app = app->parent) {
        for (const struct weft__app_value *entry = app->values; entry != NULL;
             entry = entry->next) {
            if (entry->key == key)
                return entry->value;
        }
    }
    return NULL;
}

int weft_on_error(weft_app *app, int status, weft_error_handler fn, void *arg)
{
    struct weft__error_entry *entry;
    int rc = weft__app_open(app);

    if (rc < 0)
        return rc;
    if (fn == NULL || (status != 0 && (status < 400 || status > 599))) {
        weft__app_complain(app, "an error handler is for a status from 400 to 599, not %d",
                           status);
        return UV_EINVAL;
    }
    entry = weft__arena_alloc(&app->arena, sizeof(*entry));
    if (entry == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    *entry = (struct weft__error_entry){ app->errors, status, { fn, arg } };
    app->errors = entry; /* the latest for a status counts */
    return 0;
}

const struct weft__error_handler *weft__app_error_handler(const weft_app *app, int status)
{
    for (; app != NULL; app = app->parent) {
        const struct weft__error_handler *general = NULL;

        for (const struct weft__error_entry *entry = app->errors; entry != NULL;
             entry = entry->next) {
            if (entry->status == status)
                return &entry->handler;
            if (entry->status == 0 && general == NULL)
                general = &entry->handler;
        }
        if (general != NULL)
            return general;
    }
    return NULL;
}

int weft_on_lifespan(weft_app *app, int (*start)(weft_app *app, void *arg),
                     void (*stop)(weft_app *app, void *arg), void *arg)
{
    struct weft__lifespan *lifespan;
    int rc = weft__app_open(app);

    if (rc < 0)
        return rc;
    lifespan = weft__arena_alloc(&app->arena, sizeof(*lifespan));
    if (lifespan == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    *lifespan = (struct weft__lifespan){ .start = start, .stop = stop, .arg = arg };
    *app->lifespans_end = lifespan;
    app->lifespans_end = &lifespan->next;
    return 0;
}

int weft_app_configure(weft_app *app, const weft_app_options *options)
{
    int rc = options == NULL ? UV_EINVAL : weft__app_open(app);

    if (rc < 0)
        return rc;
    if (options->max_json_depth > JSON_DEPTH_MAX) {
        weft__app_complain(app, "max_json_depth is at most %d, not %u", JSON_DEPTH_MAX,
                           options->max_json_depth);
        return UV_EINVAL;
    }
    if (options->timeout_ms != 0)
        app->own.timeout_ms = options->timeout_ms;
    if (options->max_body_bytes != 0)
        app->own.max_body_bytes = options->max_body_bytes;
    if (options->max_json_depth != 0)
        app->own.max_json_depth = options->max_json_depth;
    if (options->decompress != WEFT_DECOMPRESS_DEFAULT)
        app->own.decompress = options->decompress;
    if (options->max_decompress_ratio != 0)
        app->own.max_decompress_ratio = options->max_decompress_ratio;
    return 0;
}

unsigned weft__app_json_depth(const weft_app *app)
{
    return app != NULL && app->settings.max_json_depth != 0 ? app->settings.max_json_depth
                                                            : JSON_DEPTH_DEFAULT;
}
