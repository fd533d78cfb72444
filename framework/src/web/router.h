/*
 * web/router.h - routes, and finding the one for a request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_ROUTER_H
#define WEFT_WEB_ROUTER_H

#include <weft/app.h>

#include "base/arena.h"
#include "http/method.h"
#include "web/template.h"

struct weft__node;
struct weft__names;

/* A parameter of the path that matched.  All parameters of a request, with their texts, are one
 * piece of its arena. */
struct weft__path_param {
    const char *name; /* as the template has it; ends with NUL */
    const char *text; /* decoded; ends with NUL and holds none */
    size_t length;
    int64_t integer; /* of an int */
    double real;     /* of a float; of an int its value as well */
    enum weft__segment_type type;
};

/* One weft_route(). */
struct weft__route {
    struct weft__route *next; /* of the app */
    weft_app *app;            /* or group that it was declared on */
    const char *methods;      /* "GET,POST", upper case as given */
    const char *path;         /* as declared, without prefixes */
    weft_route_options options;
    struct weft__template full; /* with all prefixes; full.text is weft_route_template() */

    /* Since freezing: */
    const weft_next *chain;
    size_t max_body_bytes; /* SIZE_MAX: no limit */
    uint32_t timeout_ms;   /* 0: none */
};

/* All routes of a root. */
struct weft__router {
    struct weft__arena arena;  /* nodes and full templates */
    struct weft__node *top;    /* stands before the first segment; NULL while empty */
    struct weft__names *names; /* since freezing: for weft_url_for() */
};

#endif
