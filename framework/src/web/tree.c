/*
 * web/tree.c - serving a tree of files: the route, and the answers (weft/static.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/tree.h"

#include <string.h>
#include <unistd.h>
#include <weft/conditional.h>
#include <weft/file.h>
#include <weft/log.h>
#include <weft/negotiate.h>

#include "http/accept.h"
#include "http/mime.h"
#include "web/app.h"
#include "web/file.h"

#define IMMUTABLE "public, max-age=31536000, immutable"

/* --- What the client wants --------------------------------------------------------------- */

static const struct weft__tree_coding known[WEFT__TREE_CODINGS] = {
    { "br", ".br" },
    { "zstd", ".zst" },
    { "gzip", ".gz" },
};

/* The codings that the client prefers to none, the most wanted first. */
static void choose_codings(const weft_request *req, struct weft__tree_search *search)
{
    unsigned qualities[WEFT__TREE_CODINGS];
    unsigned identity = weft_encoding_quality(req, "identity");
    unsigned count = 0;

    if (weft_header(req, "Accept-Encoding") == NULL)
        return;
    for (unsigned i = 0; i < WEFT__TREE_CODINGS; i++) {
        unsigned quality = weft_encoding_quality(req, known[i].name);
        unsigned at = count;

        if (quality == 0 || quality < identity)
            continue;
        for (; at > 0 && qualities[at - 1] < quality; at--) {
            qualities[at] = qualities[at - 1];
            search->codings[at] = search->codings[at - 1];
        }
        qualities[at] = quality;
        search->codings[at] = &known[i];
        count++;
    }
}

/* Whether it is a person's browser that asks for a page: it says so by name. */
static bool wants_page(const weft_request *req)
{
    struct weft__accept_list list = { .media = true };
    const char *value;

    for (size_t i = 0; (value = weft_header_at(req, "Accept", i)) != NULL; i++)
        weft__accept_read(&list, value, strlen(value));
    for (unsigned i = 0; i < list.count; i++) {
        const struct weft__accept *item = &list.items[i];

        if (item->quality > 0 &&
            (weft__field_name_equal(item->range, item->range_length, "text/html", 9) ||
             weft__field_name_equal(item->range, item->range_length, "application/xhtml+xml",
                                    21)))
            return true;
    }
    return false;
}

static bool has_extension(const struct weft__tree_path *path)
{
    const char *slash = strrchr(path->text, '/');

    return strchr(slash == NULL ? path->text : slash, '.') != NULL;
}

static void choose_order(weft_request *req, struct weft__tree_search *search)
{
    const char *sort = weft_query(req, "sort");
    const char *order = weft_query(req, "order");

    if (sort != NULL && strcmp(sort, "size") == 0)
        search->order = WEFT__TREE_BY_SIZE;
    else if (sort != NULL && strcmp(sort, "time") == 0)
        search->order = WEFT__TREE_BY_TIME;
    search->descending = order != NULL && strcmp(order, "desc") == 0;
}

/* --- Answers ----------------------------------------------------------------------------- */

static weft_response *nothing(weft_request *req)
{
    return weft_problem(req, 404, "there is nothing at this path");
}

/*
 * To the same path with a slash.  It was taken apart before, so that it cannot be read as
 * "//host"; neither does a root path begin so.
 */
static weft_response *add_slash(weft_request *req)
{
    const char *path = weft_raw_path(req);
    const char *query = weft_query_string(req);
    const char *location;

    if (path[0] != '/' || path[1] == '/')
        return nothing(req);
    location = weft_printf(req, "%s%s/%s%s", req->root_path == NULL ? "" : req->root_path, path,
                           *query == '\0' ? "" : "?", query);
    return weft_redirect(req, 307, location);
}

static const char *cache_control(const struct weft__tree *tree, const char *name)
{
    if (!tree->options.immutable)
        return tree->options.cache_control;
    return strncmp(weft__mime_of(name), "text/html", 9) == 0 ? "no-cache" : IMMUTABLE;
}

static weft_response *send_found(weft_request *req, struct weft__tree_search *search)
{
    const struct weft__tree *tree = search->tree;
    struct weft__found_file found = {
        .fd = search->fd,
        .stat = search->stat,
        .name = search->name,
        .coding = search->coding == NULL ? NULL : search->coding->name,
        .varies = tree->options.precompressed,
    };
    weft_file_options options = { .cache_control = cache_control(tree, search->name) };
    int rc;

    search->fd = -1; /* the request closes it from here on */
    rc = weft__file_keep(req, found.fd, (uint64_t)found.stat.st_size);
    return rc < 0 ? weft_error(req, rc) : weft__file_respond(req, &found, &options);
}

/* There is such a page, and nothing to tell one version from the next by. */
static weft_response *unsent_page(weft_request *req, int status)
{
    weft_response *res;

    if (status != 304)
        return weft_problem(req, status, "the page is made anew for each request");
    res = weft_empty(req, status);
    weft_set_header(res, "Cache-Control", "no-cache");
    return res;
}

static weft_response *send_page(weft_request *req, const struct weft__tree_search *search)
{
    static const char type[] = "text/html; charset=utf-8";
    int status = weft_check_preconditions(req, "", WEFT_NO_TIME);
    weft_response *res;

    if (status != 0)
        return unsent_page(req, status);
    res = weft__response_bytes(req, 200, type, sizeof(type) - 1, search->page.data,
                               search->page.length);
    weft_set_header(res, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                    "form-action 'none'");
    weft_set_header(res, "X-Content-Type-Options", "nosniff");
    weft_set_header(res, "Cache-Control", "no-cache");
    return res;
}

/* What the search came to. */
static weft_response *answer(weft_request *req, struct weft__tree_search *search, int rc)
{
    if (rc == UV_ENOENT)
        return nothing(req);
    if (rc < 0)
        return weft_error(req, rc);
    switch (search->kind) {
    case WEFT__TREE_FILE:
        return send_found(req, search);
    case WEFT__TREE_DIRECTORY:
        return add_slash(req);
    default:
        return send_page(req, search);
    }
}

/* What stands in the raw path where the template has {path}. */
static const char *raw_rest(const weft_request *req, size_t *ret_length)
{
    const char *at = req->head.path;
    const char *end = at + req->head.path_length;

    for (const char *t = req->route->full.text; *t != '\0'; t++) {
        const char *slash;

        if (*t != '/')
            continue;
        slash = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
        if (slash == NULL)
            return NULL;
        at = slash + 1;
    }
    *ret_length = (size_t)(end - at);
    return at;
}

/* Room for the names of all files that the search may find. */
static int make_room(weft_request *req, struct weft__tree_search *search)
{
    const weft_static_options *options = &search->tree->options;

    search->name_room = search->path.length + strlen(options->index) + 2;
    if (options->fallback != NULL)
        search->name_room += strlen(options->fallback);
    search->name = weft__arena_alloc(&req->arena, search->name_room);
    return search->name == NULL ? UV_ENOMEM : 0;
}

static weft_response *serve(weft_request *req, const struct weft__tree *tree)
{
    struct weft__tree_search search = { .tree = tree, .fd = -1 };
    size_t length = 0;
    const char *raw = raw_rest(req, &length);
    weft_response *res;
    bool may_fall_back;
    int rc;

    if (raw == NULL)
        return nothing(req);
    rc = weft__tree_path_parse(&search.path, &req->arena, raw, length, tree->options.dot_files);
    if (rc == -400)
        return weft_problem(req, 400, "the path is malformed");
    if (rc == -404)
        return nothing(req);
    if (rc == 0)
        rc = make_room(req, &search);
    if (rc < 0)
        return weft_error(req, rc);
    may_fall_back = tree->options.fallback != NULL && !has_extension(&search.path);
    search.fallback = may_fall_back && wants_page(req);
    if (tree->options.precompressed)
        choose_codings(req, &search);
    choose_order(req, &search);
    rc = weft_offload(weft__tree_find, &search);
    res = answer(req, &search, rc);
    if (may_fall_back)
        (void)weft_append_header(res, "Vary", "Accept");
    weft__tree_search_done(&search);
    return res;
}

/* --- Routes ------------------------------------------------------------------------------ */

/* Answers in place of the handler of a route: it has the tree as its state. */
static weft_response *serve_tree(weft_request *req, weft_next *next, void *state)
{
    (void)next;
    return serve(req, state);
}

/* The prefix without the slash that files stand behind. */
static weft_response *serve_prefix(weft_request *req, weft_next *next, void *state)
{
    (void)next;
    (void)state;
    return add_slash(req);
}

static weft_response *not_reached(weft_request *req)
{
    return nothing(req);
}

static const char *copy(weft_app *app, const char *text)
{
    return text == NULL ? NULL : weft__arena_strndup(&app->arena, text, strlen(text));
}

static const char *absolute(weft_app *app, const char *directory)
{
    char here[4096];
    char *joined;
    size_t size;

    if (*directory == '/')
        return copy(app, directory);
    if (getcwd(here, sizeof(here)) == NULL)
        return NULL;
    size = strlen(here) + strlen(directory) + 2;
    joined = weft__arena_alloc(&app->arena, size);
    if (joined != NULL)
        snprintf(joined, size, "%s/%s", here, directory);
    return joined;
}

static struct weft__tree *make_tree(weft_app *app, const char *directory,
                                    const weft_static_options *options)
{
    struct weft__tree *tree = weft__arena_alloc(&app->arena, sizeof(*tree));

    if (tree == NULL)
        return NULL;
    tree->options = *options;
    tree->directory = absolute(app, directory);
    tree->options.index = copy(app, options->index == NULL ? "index.html" : options->index);
    tree->options.fallback = copy(app, options->fallback);
    tree->options.cache_control = copy(app, options->cache_control);
    if (tree->directory == NULL || tree->options.index == NULL ||
        (options->fallback != NULL && tree->options.fallback == NULL) ||
        (options->cache_control != NULL && tree->options.cache_control == NULL))
        return NULL;
    return tree;
}

/* Start-up: what a program is told early need not puzzle it later. */
static int check_directory(weft_app *app, void *arg)
{
    const struct weft__tree *tree = arg;
    struct stat st;
    int rc;

    (void)app;
    rc = weft_fs_stat(tree->directory, &st);
    if (rc == 0 && !S_ISDIR(st.st_mode))
        rc = UV_ENOTDIR;
    if (rc < 0)
        weft_log(WEFT_LOG_ERROR, "cannot serve files from %s: %s", tree->directory,
                 weft_strerror(rc));
    return rc;
}

static int add_routes(weft_app *app, const char *prefix, struct weft__tree *tree)
{
    const weft_use_entry files[] = { { serve_tree, tree }, { 0 } };
    const weft_use_entry slash[] = { { serve_prefix, tree }, { 0 } };
    size_t length = strlen(prefix);
    struct weft__buffer path;
    int rc;

    while (length > 0 && prefix[length - 1] == '/')
        length--;
    weft__buffer_init(&path, SIZE_MAX / 2);
    rc = weft__buffer_printf(&path, "%.*s/{path:path}", (int)length, prefix);
    if (rc == 0)
        rc = weft_route(app, "GET", path.data,
                        &(weft_route_options){
                            .handler = not_reached, .name = tree->options.name, .use = files });
    weft__buffer_clear(&path);
    if (rc == 0 && length > 0)
        rc = weft__buffer_printf(&path, "%.*s", (int)length, prefix);
    if (rc == 0 && length > 0)
        rc = weft_route(app, "GET", path.data,
                        &(weft_route_options){ .handler = not_reached, .use = slash });
    weft__buffer_done(&path);
    return rc;
}

int weft_static(weft_app *app, const char *prefix, const char *directory,
                const weft_static_options *options)
{
    static const weft_static_options defaults;
    struct weft__tree *tree;
    int rc = weft__app_open(app);

    if (rc < 0)
        return rc;
    if (prefix == NULL || directory == NULL) {
        weft__app_complain(app, "weft_static() without a prefix or a directory");
        return UV_EINVAL;
    }
    tree = make_tree(app, directory, options != NULL ? options : &defaults);
    if (tree == NULL)
        return weft__app_failed(app, UV_ENOMEM);
    rc = add_routes(app, prefix, tree);
    return rc < 0 ? rc : weft_on_lifespan(app, check_directory, NULL, tree);
}
