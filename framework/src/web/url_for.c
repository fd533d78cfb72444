/*
 * web/url_for.c - URLs of named routes.
 *
 * A name is looked for in the app that the request's route belongs to, then in those around it,
 * so that a mounted app finds its own routes first and may link to those of its surroundings;
 * and at last anywhere, so that an app may link into what is mounted in it.
 *
 * Invariant: the router finds the same route with the same values for every path that is made
 * here; a value that it would refuse is refused here.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>
#include <weft/log.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/url.h"
#include "model/number.h"
#include "server/request.h"
#include "web/app.h"
#include "web/segment.h"

enum { NUMBER_ROOM = WEFT__REAL_ROOM };

static const struct weft__route *find(const weft_request *req, const char *name)
{
    const struct weft__names *names = &req->app->root->router.names;

    for (const weft_app *app = req->app; app != NULL; app = app->parent) {
        const struct weft__route *route;

        app = weft__app_unit(app);
        route = weft__names_find(names, app, name);
        if (route != NULL)
            return route;
    }
    return weft__names_find_any(names, name);
}

/* A value as text: its own, or written to `room`. */
static const char *value_text(const weft_url_value *value, char room[NUMBER_ROOM],
                              size_t *ret_length)
{
    if (value->kind == WEFT_URL_STR) {
        *ret_length = value->text != NULL ? strlen(value->text) : 0;
        return value->text;
    }
    if (value->kind == WEFT_URL_FLOAT) {
        if (!isfinite(value->real))
            return NULL;
        *ret_length = weft__write_real(room, value->real);
        return room;
    }
    *ret_length = weft__write_integer(room, value->integer);
    return room;
}

/* The most that a route's path can take, root path aside; SIZE_MAX when that is too much. */
static size_t path_bound(const struct weft__route *route, const weft_url_value *values,
                         size_t count)
{
    size_t bound = strlen(route->full.text);

    for (size_t i = 0; i < count; i++) {
        size_t length = NUMBER_ROOM;

        if (values[i].kind == WEFT_URL_STR && values[i].text != NULL)
            length = strlen(values[i].text);
        if (__builtin_add_overflow(bound, length, &bound))
            return SIZE_MAX;
    }
    return bound > SIZE_MAX / 4 ? SIZE_MAX : bound * 3 + 1; /* each byte as %XX, and a NUL */
}

/* Append a parameter.  False when the value is none for its type. */
static bool put_value(struct weft__buffer *out, const struct weft__segment *segment,
                      const weft_url_value *value)
{
    char room[NUMBER_ROOM];
    struct weft__capture capture = { 0 };
    bool is_path = segment->type == WEFT__SEGMENT_PATH;

    capture.text = value_text(value, room, &capture.length);
    if (capture.text == NULL || !weft__segment_accept(segment->type, '/', &capture))
        return false;
    return weft__url_encode(out, capture.text, capture.length,
                            is_path ? WEFT__URL_SEGMENTS : WEFT__URL_SEGMENT) == 0;
}

/* Append the path.  False when a value does not fit. */
static bool put_path(struct weft__buffer *out, const weft_request *req,
                     const struct weft__route *route, const weft_url_value *values)
{
    for (unsigned i = 0; i < route->full.count; i++) {
        const struct weft__segment *segment = &route->full.segments[i];

        weft__buffer_append(out, "/", 1);
        if (segment->type == WEFT__SEGMENT_LITERAL) {
            (void)!weft__url_encode(out, segment->text, segment->length, WEFT__URL_SEGMENT);
        } else if (!put_value(out, segment, values++)) {
            weft_log(WEFT_LOG_ERROR, "weft_url_for(\"%s\"): the value for {%s:%s} is none",
                     route->options.name, segment->text,
                     weft__segment_type_name(segment->type));
            return false;
        }
    }
    return true;
}

/* Front and path in one piece of the request's arena, or NULL. */
static const char *build(weft_request *req, const char *front, const struct weft__route *route,
                         const weft_url_value *values, size_t count)
{
    size_t front_length = strlen(front);
    size_t room = path_bound(route, values, count);
    struct weft__buffer out = { 0 };

    if (__builtin_add_overflow(room, front_length, &room))
        return NULL;
    /* The bound holds, so the buffer never grows, which an arena's memory could not. */
    out.data = weft__arena_alloc(&req->arena, room);
    if (out.data == NULL)
        return NULL;
    out.room = room;
    out.max = room;
    weft__buffer_append(&out, front, front_length);
    if (!put_path(&out, req, route, values))
        return NULL;
    out.data[out.length] = '\0';
    return weft__arena_realloc(&req->arena, out.data, room, out.length + 1);
}

const char *weft_url_for_values(weft_request *req, bool absolute, const char *name,
                                const weft_url_value *values, size_t count)
{
    const struct weft__route *route = find(req, name);
    const char *front = req->root_path != NULL ? req->root_path : "";

    if (route == NULL) {
        weft_log(WEFT_LOG_ERROR, "weft_url_for(\"%s\"): no route has this name", name);
        return NULL;
    }
    if (count != route->full.param_count) {
        weft_log(WEFT_LOG_ERROR, "weft_url_for(\"%s\"): %s takes %u values, not %zu", name,
                 route->full.text, route->full.param_count, count);
        return NULL;
    }
    if (absolute)
        front = weft_base_url(req);
    return front == NULL ? NULL : build(req, front, route, values, count);
}
