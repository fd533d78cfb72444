/*
 * web/values.c - values of a request and of the apps around it (weft/request.h).
 *
 * A request has few values, so a list is faster than any table.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/app.h>
#include <weft/request.h>

#include "server/request.h"
#include "web/app.h"

struct weft__value {
    struct weft__value *next;
    const weft_key *key;
    void *value;
};

static struct weft__value *find(const weft_request *req, const weft_key *key)
{
    struct weft__value *item = req->values;

    while (item != NULL && item->key != key)
        item = item->next;
    return item;
}

int weft_set_value(weft_request *req, const weft_key *key, void *value)
{
    struct weft__value *item = find(req, key);

    if (item == NULL) {
        item = weft__arena_alloc(&req->arena, sizeof(*item));
        if (item == NULL)
            return UV_ENOMEM;
        item->next = req->values;
        item->key = key;
        req->values = item;
    }
    item->value = value;
    return 0;
}

void *weft_value(const weft_request *req, const weft_key *key)
{
    const struct weft__value *item = find(req, key);

    return item == NULL ? NULL : item->value;
}

void *weft_state(const weft_request *req, const weft_key *key)
{
    void *value = NULL;

    for (const weft_app *app = req->app; app != NULL && value == NULL; app = app->parent)
        value = weft_app_get(app, key);
    return value;
}

weft_app *weft_app_of(const weft_request *req)
{
    return req->app;
}
