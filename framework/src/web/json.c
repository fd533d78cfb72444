/*
 * web/json.c - JSON bodies of requests and responses (weft/json.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/json.h>

#include <string.h>
#include <weft/log.h>

#include "model/json.h"
#include "web/app.h"
#include "web/content_type.h"
#include "web/decompress.h"
#include "web/response.h"

enum {
    SHARED_KEPT = 64 * 1024,           /* bytes of shared memory that stay for the next one */
    RESPONSE_MAX = 1024 * 1024 * 1024, /* bytes of JSON */
};

/* --- In -------------------------------------------------------------------------------- */

static const weft_key parsed = { "json" };
static const weft_key trees_key = { "json trees" };

/* A tree, and what it takes of the request's memory. */
struct tree {
    struct tree *next;
    json_t *value; /* NULL where parsing failed */
    struct weft__json_charge charge;
};

static void release(void *arg)
{
    struct tree *tree = arg;

    json_decref(tree->value);
    tree->value = NULL;
    weft__json_charge_done(&tree->charge);
}

static struct tree *new_tree(weft_request *req)
{
    struct tree *tree = weft_alloc(req, sizeof(*tree));

    if (tree != NULL)
        *tree = (struct tree){ .charge.budget = &req->memory };
    return tree;
}

/* Without a type, or with another one, a body is not taken for JSON: a page of another site can
 * make a browser send text/plain or a form without asking, but not this (CORS). */
static int refuse_what_is_no_json(weft_request *req)
{
    struct weft__media_type type;

    if (weft__content_type(req, &type) < 0 || !weft__media_type_is_json(&type))
        return weft__refuse_type(req, "application/json");
    if (weft__media_type_charset(&type) != WEFT__CHARSET_UTF8)
        return weft__refuse_charset(req, &type, "JSON is taken in UTF-8");
    return weft__refuse_encoded(req);
}

static int parse(weft_request *req, const char *text, size_t length, struct tree *tree,
                 struct weft__json_error *error)
{
    struct weft__json_limits limits = { .max_depth = weft__app_json_depth(req->app),
                                        .charge = &tree->charge };

    return weft__json_parse(&tree->value, text, length, &limits, error);
}

static int parse_body(weft_request *req, const char *body, size_t length, struct tree *tree)
{
    struct weft__json_error error;
    int rc = parse(req, body, length, tree, &error);

    if (rc == WEFT_EPROTO || rc == WEFT_ELIMIT)
        return weft_fail(req, 400, "Line %d, column %d: %s.", error.line, error.column,
                         error.text);
    return rc;
}

int weft_json_body(weft_request *req, json_t **ret)
{
    json_t *value = weft_value(req, &parsed);
    struct tree *tree;
    const char *body = "";
    size_t length = 0;
    int rc;

    if (value != NULL) {
        *ret = value;
        return 0;
    }
    rc = refuse_what_is_no_json(req);
    if (rc == 0)
        rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    tree = new_tree(req);
    rc = tree != NULL ? parse_body(req, body, length, tree) : UV_ENOMEM;
    if (rc < 0)
        return rc;
    rc = weft__arena_own(&req->arena, release, tree);
    if (rc < 0) {
        release(tree);
        return rc;
    }
    *ret = tree->value;
    return weft_set_value(req, &parsed, tree->value);
}

/*
 * Trees that belong to the handler stay counted for as long as it has them.  jansson does not
 * tell when it lets one go: the request has a reference as well, and looks whether it is the
 * last.  Each look goes through all, so the next is when there are twice as many.
 */
struct trees {
    struct tree *first;
    struct tree *unused;
    size_t count;
    size_t look_at; /* this count */
};

static void keep(struct trees *trees, struct tree *tree)
{
    tree->next = trees->first;
    trees->first = tree;
    trees->count++;
}

static void drop(struct trees *trees, struct tree *tree)
{
    release(tree);
    tree->next = trees->unused;
    trees->unused = tree;
}

static void drop_unreferenced(struct trees *trees)
{
    struct tree *tree = trees->first;

    trees->first = NULL;
    trees->count = 0;
    while (tree != NULL) {
        struct tree *next = tree->next;

        if (tree->value->refcount == 1)
            drop(trees, tree);
        else
            keep(trees, tree);
        tree = next;
    }
    trees->look_at = trees->count > 0 ? 2 * trees->count : 1;
}

static void release_all(void *arg)
{
    struct trees *trees = arg;

    for (struct tree *tree = trees->first; tree != NULL; tree = tree->next)
        release(tree);
}

static struct trees *trees_of(weft_request *req)
{
    struct trees *trees = weft_value(req, &trees_key);

    if (trees != NULL)
        return trees;
    trees = weft_alloc(req, sizeof(*trees));
    if (trees == NULL)
        return NULL;
    *trees = (struct trees){ .look_at = 1 };
    if (weft__arena_own(&req->arena, release_all, trees) < 0 ||
        weft_set_value(req, &trees_key, trees) < 0)
        return NULL;
    return trees;
}

static struct tree *take_unused(weft_request *req, struct trees *trees)
{
    struct tree *tree = trees->unused;

    if (tree == NULL)
        return new_tree(req);
    trees->unused = tree->next;
    return tree;
}

int weft_json_parse(weft_request *req, const char *text, size_t length, json_t **ret)
{
    struct trees *trees = trees_of(req);
    struct tree *tree;
    int rc;

    if (trees == NULL)
        return UV_ENOMEM;
    if (trees->count >= trees->look_at)
        drop_unreferenced(trees);
    tree = take_unused(req, trees);
    if (tree == NULL)
        return UV_ENOMEM;
    rc = parse(req, text, length, tree, NULL);
    if (rc == WEFT_ELIMIT)
        req->too_much = true;
    if (rc < 0) {
        drop(trees, tree);
        return rc;
    }
    *ret = json_incref(tree->value);
    if (json_is_boolean(tree->value) || json_is_null(tree->value))
        drop(trees, tree); /* these are nobody's, and take nothing */
    else
        keep(trees, tree);
    return 0;
}

/* --- Out ------------------------------------------------------------------------------- */

/*
 * JSON is written to memory that all requests of an app share, since nothing suspends
 * meanwhile, and copied from there when its length is known.  What the request's ceiling would
 * not let in is not written either.
 */
static weft_response *reply(weft_request *req, int status, json_t *value,
                            int (*write)(struct weft__buffer *out, const json_t *value))
{
    static const char type[] = "application/json";
    struct weft__buffer *out = &req->app->root->serving.json;
    size_t left = weft__budget_left(&req->memory);
    weft_response *res;
    int rc;

    if (left < RESPONSE_MAX - SHARED_KEPT)
        out->max = left + SHARED_KEPT;
    else
        out->max = RESPONSE_MAX;
    weft__buffer_clear(out);
    rc = write(out, value);
    json_decref(value);
    if (out->failed == WEFT_ELIMIT && out->max < RESPONSE_MAX)
        rc = UV_ENOMEM;
    if (rc < 0) {
        if (rc == WEFT_EMISUSE)
            weft_log(WEFT_LOG_ERROR, "weft_json() was given NULL: did json_pack() fail?");
        res = weft_error(req, rc == UV_ENOMEM ? rc : UV_EINVAL); /* never the client's fault */
    } else {
        res = weft__response_bytes(req, status, type, sizeof(type) - 1, out->data, out->length);
    }
    if (out->room > SHARED_KEPT)
        weft__buffer_done(out);
    return res;
}

weft_response *weft_json(weft_request *req, int status, json_t *value)
{
    return reply(req, status, value, weft__json_write);
}

weft_response *weft_json_pretty(weft_request *req, int status, json_t *value)
{
    return reply(req, status, value, weft__json_write_pretty);
}
