/*
 * web/router_match.c - finding the route for a request.
 *
 * A walk down the tree with backtracking.  Each node can be reached in one way only, so the
 * work is bounded by the size of the tree, whatever the path; depth is bounded by the longest
 * template.
 *
 * A path without '%' is matched where it lies.  Any other one is decoded first, into a copy in
 * which NUL stands for each slash that separates: decoded text never holds a NUL, so encoded
 * slashes and separators stay apart.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buffer.h"
#include "http/url.h"
#include "server/request.h"
#include "web/app.h"
#include "web/route_tree.h"
#include "web/router.h"
#include "web/segment.h"

/* What is found of a path while no method is looked for. */
struct survey {
    struct weft__buffer allow;
    unsigned methods; /* bits by weft__method */
    weft_app *app;    /* of the first route */
    weft_app *scope;
    size_t scope_length; /* of the path in front of its end */
};

struct search {
    const char *start; /* the first segment */
    const char *end;   /* of the path */
    char separator;
    bool found; /* the path, if not the method */
    enum weft__method method;
    const char *method_text;
    struct survey *survey; /* NULL: looking for a route */
    unsigned depth;        /* of `captures` */
    struct weft__capture captures[WEFT__TEMPLATE_PARAMS_MAX];
};

static const struct weft__route *walk(struct search *search, const struct weft__node *node,
                                      const char *at);

/* --- Surveys --------------------------------------------------------------------------- */

static void allow(struct survey *survey, const char *method, size_t length)
{
    if (survey->allow.length > 0)
        weft__buffer_append(&survey->allow, ", ", 2);
    weft__buffer_append(&survey->allow, method, length);
}

/* Whether the list has this method already. */
static bool allowed(const struct survey *survey, const char *method, size_t length)
{
    const char *at = survey->allow.data;
    const char *end = at != NULL ? at + survey->allow.length : NULL; /* nothing yet */

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t piece = (size_t)((comma != NULL ? comma : end) - at);

        if (piece == length && memcmp(at, method, length) == 0)
            return true;
        at += piece + 2;
    }
    return false;
}

static void survey_leaf(struct survey *survey, const struct weft__leaf *leaf)
{
    if (survey->app == NULL)
        survey->app = leaf->first->app;
    for (unsigned i = WEFT__METHOD_OTHER + 1; i < WEFT__METHOD_COUNT; i++) {
        if (leaf->by_method[i] != NULL)
            survey->methods |= 1u << i;
    }
    for (const struct weft__other_method *other = leaf->others; other != NULL;
         other = other->next) {
        if (!allowed(survey, other->text, other->length))
            allow(survey, other->text, other->length);
    }
}

static void survey_node(struct search *search, const struct weft__node *node, const char *end)
{
    size_t length = (size_t)(end - search->start) + 1;

    if (node->scope != NULL && length > search->survey->scope_length) {
        search->survey->scope = node->scope;
        search->survey->scope_length = length;
    }
}

/* --- The walk -------------------------------------------------------------------------- */

/* A leaf that has no route for just this method. */
static const struct weft__route *otherwise(struct search *search, const struct weft__leaf *leaf)
{
    if (leaf->first == NULL)
        return NULL;
    search->found = true;
    if (search->method == WEFT__METHOD_HEAD && leaf->by_method[WEFT__METHOD_GET] != NULL)
        return leaf->by_method[WEFT__METHOD_GET];
    if (search->method == WEFT__METHOD_OTHER) {
        for (struct weft__other_method *other = leaf->others; other != NULL;
             other = other->next) {
            if (strncmp(other->text, search->method_text, other->length) == 0 &&
                search->method_text[other->length] == '\0')
                return other->route;
        }
    }
    return leaf->any;
}

/* The way has led to `node` with a segment that ends at `end`. */
static inline const struct weft__route *arrive(struct search *search,
                                               const struct weft__node *node, const char *end)
{
    if (search->survey != NULL) {
        survey_node(search, node, end);
        if (end == search->end && node->leaf.first != NULL)
            survey_leaf(search->survey, &node->leaf);
        return end == search->end ? NULL : walk(search, node, end + 1);
    }
    if (end != search->end)
        return walk(search, node, end + 1);
    if (node->leaf.by_method[search->method] != NULL)
        return node->leaf.by_method[search->method];
    return otherwise(search, &node->leaf);
}

static const struct weft__route *walk_params(struct search *search,
                                             const struct weft__node *node, const char *at,
                                             const char *end)
{
    struct weft__capture *capture = &search->captures[search->depth++];

    for (int type = WEFT__SEGMENT_INT; type <= WEFT__SEGMENT_PATH; type++) {
        const struct weft__node *next = node->params[type - WEFT__SEGMENT_INT];
        const struct weft__route *route;

        if (next == NULL)
            continue;
        if (type == WEFT__SEGMENT_PATH)
            end = search->end;
        capture->text = at;
        capture->length = (size_t)(end - at);
        if (!weft__segment_accept((enum weft__segment_type)type, search->separator, capture))
            continue;
        route = arrive(search, next, end);
        if (route != NULL)
            return route;
    }
    search->depth--;
    return NULL;
}

static const struct weft__route *walk(struct search *search, const struct weft__node *node,
                                      const char *at)
{
    const char *end = NULL;
    const struct weft__node *next;

    if (at != search->end)
        end = memchr(at, search->separator, (size_t)(search->end - at));
    if (end == NULL)
        end = search->end;
    next = weft__node_literal(node, at, (size_t)(end - at));
    if (next != NULL) {
        const struct weft__route *route = arrive(search, next, end);

        if (route != NULL)
            return route;
    }
    return node->typed ? walk_params(search, node, at, end) : NULL;
}

/* --- A request's path ------------------------------------------------------------------ */

/* Decode the path segment by segment.  0, 400 or 500. */
static int decode(struct search *search, weft_request *req)
{
    const char *at = req->head.path + 1;
    const char *end = req->head.path + req->head.path_length;
    char *to = weft__arena_alloc(&req->arena, req->head.path_length);

    if (to == NULL)
        return 500;
    search->start = to;
    for (;;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t length = (size_t)((slash != NULL ? slash : end) - at);
        long decoded = weft__url_decode(to, at, length, WEFT__URL_PATH);

        if (decoded < 0)
            return 400;
        to += decoded;
        if (slash == NULL)
            break;
        *to++ = '\0';
        at = slash + 1;
    }
    search->end = to;
    search->separator = '\0';
    return 0;
}

/* 0; 404 for what is no path; 400 or 500. */
static inline int begin(struct search *search, weft_request *req, struct survey *survey)
{
    const char *path = req->head.path;
    size_t length = req->head.path_length;

    if (length == 0 || *path != '/')
        return 404;
    search->start = path + 1;
    search->end = path + length;
    search->separator = '/';
    search->found = false;
    search->method = req->head.method;
    search->method_text = req->head.method_text;
    search->survey = survey;
    search->depth = 0;
    return memchr(path, '%', length) == NULL ? 0 : decode(search, req);
}

/* Copy a parameter's text to `to`; separators become slashes. */
static void copy_text(char *to, const struct search *search, const struct weft__capture *from)
{
    memcpy(to, from->text, from->length);
    to[from->length] = '\0';
    if (search->separator == '\0') {
        for (size_t i = 0; i < from->length; i++) {
            if (to[i] == '\0')
                to[i] = '/';
        }
    }
}

/* Hand the captures over to the request.  0 or 500. */
static int keep_params(const struct search *search, weft_request *req,
                       const struct weft__template *template)
{
    const struct weft__segment *segment = template->segments;
    size_t size = search->depth * sizeof(struct weft__path_param);
    struct weft__path_param *params;
    char *text;

    for (unsigned i = 0; i < search->depth; i++)
        size += search->captures[i].length + 1;
    params = weft__arena_alloc(&req->arena, size);
    if (params == NULL)
        return 500;
    text = (char *)&params[search->depth];
    for (unsigned i = 0; i < search->depth; i++, segment++) {
        const struct weft__capture *capture = &search->captures[i];

        while (segment->type == WEFT__SEGMENT_LITERAL)
            segment++;
        params[i] = (struct weft__path_param){ .name = segment->text,
                                               .text = text,
                                               .length = capture->length,
                                               .type = segment->type };
        if (segment->type == WEFT__SEGMENT_INT) {
            params[i].integer = capture->integer;
            params[i].real = (double)capture->integer;
        } else if (segment->type == WEFT__SEGMENT_FLOAT) {
            params[i].real = capture->real;
        }
        copy_text(text, search, capture);
        text += capture->length + 1;
    }
    req->params = params;
    req->param_count = search->depth;
    return 0;
}

int weft__router_match(const struct weft__router *router, weft_request *req)
{
    struct search search; /* cleared by begin() but for the captures */
    int status = begin(&search, req, NULL);
    const struct weft__route *route;

    if (status != 0)
        return status;
    route = router->top == NULL ? NULL : walk(&search, router->top, search.start);
    if (route == NULL)
        return search.found ? 405 : 404;
    req->route = route;
    return search.depth == 0 ? 0 : keep_params(&search, req, &route->full);
}

/* --- Allow ----------------------------------------------------------------------------- */

/* Every method of every route, for "OPTIONS *". */
static void survey_all(struct survey *survey, weft_app *root)
{
    for (weft_app *app = root; app != NULL; app = weft__app_next(root, app)) {
        for (const struct weft__route *route = app->routes; route != NULL;
             route = route->next) {
            const char *at = route->methods;
            const char *text;
            size_t length;

            while ((text = weft__methods_next(&at, &length)) != NULL) {
                enum weft__method method = weft__method_parse(text, length);

                if (method != WEFT__METHOD_OTHER)
                    survey->methods |= 1u << method;
                else if (strncmp(text, "*", length) != 0 && !allowed(survey, text, length))
                    allow(survey, text, length);
            }
        }
    }
}

/* The methods with a number, and those that answer by themselves, behind the others. */
static void allow_numbered(struct survey *survey)
{
    if (survey->methods & 1u << WEFT__METHOD_GET)
        survey->methods |= 1u << WEFT__METHOD_HEAD;
    survey->methods |= 1u << WEFT__METHOD_OPTIONS;
    for (unsigned i = WEFT__METHOD_OTHER + 1; i < WEFT__METHOD_COUNT; i++) {
        const char *name = weft__method_name((enum weft__method)i);

        if (survey->methods & 1u << i)
            allow(survey, name, strlen(name));
    }
}

const char *weft__router_allow(const struct weft__router *router, weft_request *req,
                               weft_app **ret_app)
{
    bool server_wide = req->head.path_length == 1 && *req->head.path == '*';
    struct survey survey = { 0 };
    struct search search;
    const char *text;

    weft__buffer_init(&survey.allow, SIZE_MAX);
    if (server_wide)
        survey_all(&survey, req->app->root);
    else if (begin(&search, req, &survey) == 0 && router->top != NULL)
        walk(&search, router->top, search.start);
    if (server_wide || survey.methods != 0 || survey.allow.length > 0)
        allow_numbered(&survey);
    text =
        survey.allow.failed < 0
            ? NULL
            : weft__arena_strndup(&req->arena, survey.allow.length > 0 ? survey.allow.data : "",
                                  survey.allow.length);
    weft__buffer_done(&survey.allow);
    *ret_app = survey.app != NULL ? survey.app : survey.scope;
    return text;
}
