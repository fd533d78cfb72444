/*
 * web/router.c - adding routes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/router.h"

#include <string.h>

#include "base/arena.h"
#include "http/field.h"
#include "web/app.h"
#include "web/route_tree.h"

enum {
    ROUTER_BLOCK_BYTES = 8192,
    METHOD_LENGTH_MAX = 64, /* longer ones are refused by the parser */
};

void weft__router_init(struct weft__router *router)
{
    *router = (struct weft__router){ 0 };
    weft__arena_init(&router->arena, ROUTER_BLOCK_BYTES);
}

void weft__router_done(struct weft__router *router)
{
    weft__arena_done(&router->arena);
    router->top = NULL;
    router->names = (struct weft__names){ 0 };
    router->others = NULL;
}

const char *weft__methods_next(const char **at, size_t *ret_length)
{
    const char *text = *at;

    text += strspn(text, ", ");
    *ret_length = strcspn(text, ",");
    *at = text + *ret_length;
    while (*ret_length > 0 && text[*ret_length - 1] == ' ')
        --*ret_length;
    return *ret_length == 0 ? NULL : text;
}

/* Whether the method at `text` stands in the list before it. */
static bool repeated(const char *methods, const char *text, size_t length)
{
    const char *at = methods;
    const char *other;
    size_t other_length;

    while ((other = weft__methods_next(&at, &other_length)) != NULL && other != text) {
        if (other_length == length && memcmp(other, text, length) == 0)
            return true;
    }
    return false;
}

/* What is wrong with a list of methods, or NULL. */
static const char *check_methods(const char *methods)
{
    const char *at = methods;
    const char *text;
    size_t length;
    size_t count = 0;

    while ((text = weft__methods_next(&at, &length)) != NULL) {
        if (!weft__field_name_ok(text, length) || length > METHOD_LENGTH_MAX)
            return "a method is a token of at most 64 characters";
        if (weft__method_parse(text, length) == WEFT__METHOD_CONNECT)
            return "CONNECT is refused before any route is asked";
        if (repeated(methods, text, length))
            return "a method is named twice";
        count++;
    }
    return count == 0 ? "no method is named" : NULL;
}

/* The length of all prefixes above and at `app`. */
static size_t prefix_length(const weft_app *app)
{
    size_t length = 0;

    for (; app != NULL; app = app->parent)
        length += strlen(app->prefix);
    return length;
}

/* All prefixes from the root on, then `path`; NULL: memory is out. */
static char *full_text(struct weft__arena *arena, const weft_app *app, const char *path)
{
    size_t length = prefix_length(app);
    size_t path_length = strlen(path);
    char *text = weft__arena_alloc(arena, length + path_length + 1);

    if (text == NULL)
        return NULL;
    memcpy(text + length, path, path_length + 1);
    for (; app != NULL; app = app->parent) {
        size_t piece = strlen(app->prefix);

        length -= piece;
        memcpy(text + length, app->prefix, piece);
    }
    return text;
}

/* Parse all prefixes and `path`, and make the node behind them. */
static int make_node(struct weft__router *router, const weft_app *app, const char *path,
                     struct weft__template *ret_full, struct weft__node **ret_node,
                     const char **ret_why)
{
    char *text = full_text(&router->arena, app, path);
    int rc;

    if (text == NULL)
        return UV_ENOMEM;
    rc = weft__template_parse(ret_full, &router->arena, text, ret_why);
    if (rc < 0)
        return rc;
    if (router->top == NULL)
        router->top = weft__node_new(&router->arena);
    if (router->top == NULL)
        return UV_ENOMEM;
    *ret_node = weft__node_make(router->top, &router->arena, ret_full);
    return *ret_node == NULL ? UV_ENOMEM : 0;
}

static int check_collision(const struct weft__leaf *leaf, const char *methods,
                           const struct weft__route **ret_other)
{
    const char *text;
    size_t length;

    while ((text = weft__methods_next(&methods, &length)) != NULL) {
        *ret_other = weft__leaf_exact(leaf, text, length);
        if (*ret_other != NULL)
            return WEFT_ECONFLICT;
    }
    return 0;
}

/* One name may stand for several methods of one template, and for nothing else. */
static int add_name(struct weft__router *router, const struct weft__route *route,
                    const char **ret_why, const struct weft__route **ret_other)
{
    const weft_app *unit = weft__app_unit(route->app);
    const struct weft__route *other;

    if (route->options.name == NULL)
        return 0;
    other = weft__names_find(&router->names, unit, route->options.name);
    if (other == NULL)
        return weft__names_add(&router->names, &router->arena, unit, route);
    if (strcmp(other->full.text, route->full.text) == 0)
        return 0;
    *ret_why = "has the same name as";
    *ret_other = other;
    return WEFT_ECONFLICT;
}

static bool find_method(const struct weft__router *router, const char *text, size_t length)
{
    for (const struct weft__other_method *other = router->others; other != NULL;
         other = other->next) {
        if (other->length == length && memcmp(other->text, text, length) == 0)
            return true;
    }
    return false;
}

/* Note a method that has no number.  0 or UV_ENOMEM. */
static int know_method(struct weft__router *router, const char *text, size_t length)
{
    struct weft__other_method *other;

    if (find_method(router, text, length))
        return 0;
    other = weft__arena_alloc(&router->arena, sizeof(*other));
    if (other == NULL)
        return UV_ENOMEM;
    *other = (struct weft__other_method){ router->others, text, length, NULL };
    router->others = other;
    return 0;
}

int weft__router_add(struct weft__router *router, struct weft__route *route,
                     const char **ret_why, const struct weft__route **ret_other)
{
    const char *methods = route->methods;
    struct weft__node *node;
    const char *text;
    size_t length;
    int rc;

    *ret_why = check_methods(methods);
    if (*ret_why != NULL)
        return UV_EINVAL;
    rc = make_node(router, route->app, route->path, &route->full, &node, ret_why);
    if (rc == 0 && route->full.count == 0) {
        *ret_why = "it is empty";
        rc = UV_EINVAL;
    }
    if (rc == 0)
        rc = check_collision(&node->leaf, methods, ret_other);
    if (rc == 0)
        rc = add_name(router, route, ret_why, ret_other);
    while (rc == 0 && (text = weft__methods_next(&methods, &length)) != NULL) {
        rc = weft__leaf_set(&node->leaf, &router->arena, text, length, route);
        if (rc == 0 && weft__method_parse(text, length) == WEFT__METHOD_OTHER)
            rc = know_method(router, text, length);
    }
    return rc;
}

bool weft__router_knows(const struct weft__router *router, const char *method)
{
    return find_method(router, method, strlen(method));
}

int weft__router_add_scope(struct weft__router *router, weft_app *app, const char **ret_why)
{
    struct weft__template full;
    struct weft__node *node;
    int rc = make_node(router, app, "", &full, &node, ret_why);

    /* Of several with one prefix the first one answers; the root is meant by no scope. */
    if (rc == 0 && full.count > 0 && node->scope == NULL)
        node->scope = app;
    return rc;
}
