/*
 * web/router.h - routes, and finding the one for a request.
 *
 * Where several templates match a path, literals go before int, uuid, float and str parameters,
 * and these before path, segment by segment from the left; a way that leads to no route for the
 * method is given up for the next one.  The order of registration has no influence.
 *
 * Of a path with percent-escapes each segment is decoded by itself, so an encoded slash never
 * separates.  Segments are compared as they are: nothing is normalized, and neither an empty
 * segment nor "." and ".." match a parameter.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_ROUTER_H
#define WEFT_WEB_ROUTER_H

#include <weft/app.h>

#include "base/arena.h"
#include "http/method.h"
#include "web/names.h"
#include "web/template.h"

struct weft__node;
struct weft__other_method;

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
    const char *methods;      /* "GET,POST", as given */
    const char *path;         /* as declared, without prefixes */
    weft_route_options options;
    struct weft__template full; /* with all prefixes; full.text is weft_route_template() */

    /* Since freezing: */
    const weft_next *chain;
    size_t max_body_bytes; /* SIZE_MAX: no limit */
    uint32_t timeout_ms;   /* 0: none */
    size_t *deepest;       /* bytes of stack used, in debug mode: route_stacks.h */
};

/* All routes of a root. */
struct weft__router {
    struct weft__arena arena; /* of all that follows, and of full templates */
    struct weft__node *top;   /* stands before the first segment; NULL while empty */
    struct weft__names names;
    struct weft__other_method *others; /* of all leaves, each method once */
};

void weft__router_init(struct weft__router *router);
void weft__router_done(struct weft__router *router);

/*
 * Add a route of an app below `router`'s root, with all prefixes in front of its path.
 *
 * ret_why    set on UV_EINVAL to what is wrong; static.
 * ret_other  set on WEFT_ECONFLICT to the route that is there already.
 *
 * 0; UV_EINVAL; WEFT_ECONFLICT for the same method and shape, or, when `ret_why` is set, for
 * the same name; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__router_add(struct weft__router *router, struct weft__route *route,
                                     const char **ret_why,
                                     const struct weft__route **ret_other);

/* Note that the prefix of `app`, a group or mounted app, ends where it does.  0; UV_EINVAL when
 * a parameter's name is there twice; UV_ENOMEM. */
WEFT_MUST_CHECK int weft__router_add_scope(struct weft__router *router, weft_app *app,
                                           const char **ret_why);

/*
 * Find the route for the method and path in req->head, and set req->route and the parameters.
 *
 * 0; 404 no template matches; 405 some do, but not with this method; 400 a malformed escape, an
 * encoded NUL, or what is no UTF-8; 500 memory is out.
 */
WEFT_MUST_CHECK int weft__router_match(const struct weft__router *router, weft_request *req);

/*
 * The methods that the path of the request answers to, as an Allow field has them, with HEAD
 * and OPTIONS where they are automatic; or "" when no template matches.  NULL: memory is out.
 *
 * ret_app  set to the app or group of the first route that matches, or else to the one with the
 *          longest prefix that the path is in; NULL when there is none but the root.
 */
const char *weft__router_allow(const struct weft__router *router, weft_request *req,
                               weft_app **ret_app);

/* Whether some route has this method, which has no number. */
bool weft__router_knows(const struct weft__router *router, const char *method);

/* The next method of a list such as "GET,POST": *at moves behind it; NULL after the last. */
const char *weft__methods_next(const char **at, size_t *ret_length);

#endif
