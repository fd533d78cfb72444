/*
 * web/app.c - declaring an app: the tree of apps and their routes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/app.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <weft/log.h>

#include "base/alloc.h"

enum { APP_BLOCK_BYTES = 2048 };

/* Takes the calls on a group that could not be made.  It is never changed: weft__app_open()
 * refuses it because it has no root. */
static weft_app stand_in = { .title = "", .prefix = "" };

/* --- Complaints ------------------------------------------------------------------------ */

int weft__app_failed(weft_app *app, int code)
{
    if (code == UV_ENOMEM)
        app->failed = UV_ENOMEM;
    return code;
}

void weft__app_complain(weft_app *app, const char *format, ...)
{
    struct weft__complaint *complaint = weft__arena_alloc(&app->arena, sizeof(*complaint));
    va_list args;

    if (complaint == NULL) {
        app->failed = UV_ENOMEM;
        return;
    }
    va_start(args, format);
    complaint->next = NULL;
    complaint->text = weft__arena_vprintf(&app->arena, format, args);
    va_end(args);
    if (complaint->text == NULL) {
        app->failed = UV_ENOMEM;
        return;
    }
    *app->complaints_end = complaint;
    app->complaints_end = &complaint->next;
}

int weft__app_open(weft_app *app)
{
    if (app == NULL || app->root == NULL)
        return UV_EINVAL;
    if (app->root->frozen) {
        weft_log(WEFT_LOG_ERROR, "the app \"%s\" is being served: nothing can be added to it",
                 app->root->title);
        return WEFT_EMISUSE;
    }
    return 0;
}

/* --- The tree of apps ------------------------------------------------------------------ */

const weft_app *weft__app_unit(const weft_app *app)
{
    while (app->group)
        app = app->parent;
    return app;
}

weft_app *weft__app_next(const weft_app *root, weft_app *app)
{
    struct weft__list *child = weft__list_first(&app->children);

    if (child != NULL)
        return weft__list_entry(child, weft_app, link);
    for (; app != root; app = app->parent) {
        if (app->link.next != &app->parent->children)
            return weft__list_entry(app->link.next, weft_app, link);
    }
    return NULL;
}

/* An app without a place in a tree, or NULL. */
static weft_app *new_app(const char *title, const char *prefix)
{
    weft_app *app = weft__calloc(1, sizeof(*app));

    if (app == NULL)
        return NULL;
    weft__arena_init(&app->arena, APP_BLOCK_BYTES);
    weft__router_init(&app->router);
    weft__list_init(&app->children);
    app->uses_end = &app->uses;
    app->lifespans_end = &app->lifespans;
    weft__background_init(&app->background);
    app->complaints_end = &app->complaints;
    app->routes_end = &app->routes;
    app->title = weft__arena_strndup(&app->arena, title, strlen(title));
    app->prefix = weft__arena_strndup(&app->arena, prefix, strlen(prefix));
    if (app->title == NULL || app->prefix == NULL) {
        weft__arena_done(&app->arena);
        free(app);
        return NULL;
    }
    app->root = app;
    return app;
}

weft_app *weft_app_new(const char *title)
{
    return new_app(title != NULL ? title : "", "");
}

static void free_tree(weft_app *app)
{
    struct weft__list *next;

    for (struct weft__list *child = app->children.next; child != &app->children; child = next) {
        next = child->next;
        free_tree(weft__list_entry(child, weft_app, link));
    }
    weft__router_done(&app->router);
    weft__arena_done(&app->arena);
    free(app);
}

void weft_app_free(weft_app *app)
{
    if (app == NULL || app->root == NULL || app->parent != NULL)
        return; /* groups and mounted apps belong to their parent */
    if (app->service != NULL) {
        weft_log(WEFT_LOG_ERROR, "weft_app_free(): the app is still being served");
        return;
    }
    free_tree(app);
}

/* Whether `prefix` may stand in front of routes; complains to `app` if not. */
static bool prefix_ok(weft_app *app, const char *prefix)
{
    struct weft__template parsed;
    const char *why = NULL;
    size_t length = strlen(prefix);
    int rc;

    if (length > 0 && prefix[length - 1] == '/') {
        weft__app_complain(app, "the prefix \"%s\" is malformed: it ends with '/'", prefix);
        return false;
    }
    rc = weft__template_parse(&parsed, &app->arena, prefix, &why);
    if (rc == 0 && parsed.count > 0 &&
        parsed.segments[parsed.count - 1].type == WEFT__SEGMENT_PATH) {
        why = "a path parameter stands at the end of a route";
        rc = UV_EINVAL;
    }
    if (rc == UV_EINVAL)
        weft__app_complain(app, "the prefix \"%s\" is malformed: %s", prefix, why);
    return weft__app_failed(app, rc) == 0;
}

/* "/" is written for no prefix, too. */
static const char *normal_prefix(const char *prefix)
{
    return prefix == NULL || strcmp(prefix, "/") == 0 ? "" : prefix;
}

weft_app *weft_under(weft_app *app, const char *prefix)
{
    const char *why = NULL;
    weft_app *group;
    int rc;

    if (app == NULL)
        return NULL;
    if (weft__app_open(app) < 0)
        return &stand_in;
    prefix = normal_prefix(prefix);
    if (!prefix_ok(app, prefix))
        return &stand_in;
    group = new_app(app->title, prefix);
    if (group == NULL) {
        app->failed = UV_ENOMEM;
        return &stand_in;
    }
    group->group = true;
    group->parent = app;
    group->root = app->root;
    weft__list_append(&app->children, &group->link);
    rc = weft__router_add_scope(&app->root->router, group, &why);
    if (rc == UV_EINVAL)
        weft__app_complain(app, "the prefix \"%s\" is malformed: %s", prefix, why);
    weft__app_failed(app, rc);
    return group;
}

/* --- Routes ---------------------------------------------------------------------------- */

/* Put a route into the tree of its root; complains when it cannot be. */
static int enter_route(struct weft__route *route)
{
    weft_app *app = route->app;
    const struct weft__route *other = NULL;
    const char *why = NULL;
    int rc = weft__router_add(&app->root->router, route, &why, &other);

    if (rc == UV_EINVAL)
        weft__app_complain(app, "the route %s \"%s\" is malformed: %s", route->methods,
                           route->path, why);
    else if (rc == WEFT_ECONFLICT)
        weft__app_complain(app, "the route %s %s %s %s %s", route->methods, route->full.text,
                           why != NULL ? why : "collides with", other->methods,
                           other->full.text);
    return weft__app_failed(app, rc);
}

/* A copy of `text`, which may be NULL. */
static int copy_text(const char **ret, struct weft__arena *arena, const char *text)
{
    *ret = text != NULL ? weft__arena_strndup(arena, text, strlen(text)) : NULL;
    return text != NULL && *ret == NULL ? UV_ENOMEM : 0;
}

/* Lists and texts are copied: a list in a function's compound literal would not live on. */
static int copy_options(struct weft__route *route, struct weft__arena *arena,
                        const weft_route_options *options)
{
    const weft_use_entry *use = options->use;
    weft_use_entry *copy;
    size_t count = 0;

    route->options = *options;
    if (copy_text(&route->options.name, arena, options->name) < 0 ||
        copy_text(&route->options.summary, arena, options->summary) < 0)
        return UV_ENOMEM;
    while (use != NULL && use[count].fn != NULL)
        count++;
    if (count == 0)
        return 0;
    copy = weft__arena_calloc(arena, count + 1, sizeof(*copy)); /* a zero entry ends it */
    if (copy == NULL)
        return UV_ENOMEM;
    memcpy(copy, use, count * sizeof(*copy));
    route->options.use = copy;
    return 0;
}

int weft_route(weft_app *app, const char *method, const char *path,
               const weft_route_options *options)
{
    struct weft__route *route;
    int rc = weft__app_open(app);

    if (rc < 0)
        return rc;
    if (method == NULL || path == NULL || options == NULL || options->handler == NULL) {
        weft__app_complain(app, "the route %s \"%s\" has no handler",
                           method != NULL ? method : "(no method)",
                           path != NULL ? path : "(no path)");
        return UV_EINVAL;
    }
    route = weft__arena_calloc(&app->arena, 1, sizeof(*route));
    if (route == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    route->app = app;
    rc = copy_options(route, &app->arena, options);
    if (rc == 0)
        rc = copy_text(&route->methods, &app->arena, method);
    if (rc == 0)
        rc = copy_text(&route->path, &app->arena, path);
    if (rc < 0)
        return weft__app_failed(app, rc);
    rc = enter_route(route);
    if (rc < 0)
        return rc;
    *app->routes_end = route;
    app->routes_end = &route->next;
    return 0;
}

/* --- Mounting -------------------------------------------------------------------------- */

/* Whether `child` may be taken over. */
static bool mountable(const weft_app *app, const weft_app *child)
{
    if (child == NULL || child->root != child || child->frozen)
        return false;
    return app == NULL || app->root != child; /* an app cannot hold itself */
}

/* Enter prefixes and routes of `child` and all below it into the tree of the new root.  The
 * first failure; the others are complained of as well. */
static int enter_tree(weft_app *child)
{
    int result = 0;

    for (weft_app *app = child; app != NULL; app = weft__app_next(child, app)) {
        const char *why = NULL;
        int rc = weft__router_add_scope(&child->root->router, app, &why);

        if (rc == UV_EINVAL)
            weft__app_complain(app, "the prefix \"%s\" is malformed: %s", app->prefix, why);
        result = result == 0 ? weft__app_failed(app, rc) : result;
        for (struct weft__route *route = app->routes; route != NULL; route = route->next) {
            route->full = (struct weft__template){ 0 }; /* that of the tree before */
            rc = enter_route(route);
            result = result == 0 ? rc : result;
        }
    }
    return result;
}

int weft_mount(weft_app *app, const char *prefix, weft_app *child)
{
    int rc = weft__app_open(app);

    if (!mountable(app, child)) {
        if (rc == 0)
            weft__app_complain(app, "what shall be mounted at \"%s\" is no app of its own",
                               prefix != NULL ? prefix : "");
        return rc < 0 ? rc : WEFT_EMISUSE;
    }
    prefix = normal_prefix(prefix);
    if (rc == 0 && !prefix_ok(app, prefix))
        rc = UV_EINVAL;
    if (rc == 0) {
        child->prefix = weft__arena_strndup(&child->arena, prefix, strlen(prefix));
        if (child->prefix == NULL)
            rc = weft__app_failed(app, UV_ENOMEM);
    }
    if (rc < 0) {
        weft_app_free(child);
        return rc;
    }
    weft__router_done(&child->router);
    child->parent = app;
    weft__list_append(&app->children, &child->link);
    for (weft_app *at = child; at != NULL; at = weft__app_next(child, at))
        at->root = app->root;
    return enter_tree(child);
}
