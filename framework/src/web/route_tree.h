/*
 * web/route_tree.h - the tree of segments that a router searches.
 *
 * A node stands behind a segment; its edges lead on by the next one: literals by their text, at
 * most one edge for each type of parameter.  All templates of one shape end at the same node,
 * so two routes collide exactly when they meet in a leaf with the same method.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_ROUTE_TREE_H
#define WEFT_WEB_ROUTE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <weft/fwd.h>

#include "http/method.h"
#include "web/template.h"

struct weft__arena;
struct weft__route;

/* A literal edge.  In a table of many, an empty place has no node. */
struct weft__edge {
    const char *text;
    uint32_t length;
    uint32_t hash;
    struct weft__node *node;
};

/* A method that has no number. */
struct weft__other_method {
    struct weft__other_method *next;
    const char *text;
    size_t length;
    const struct weft__route *route;
};

/* The routes of one shape. */
struct weft__leaf {
    const struct weft__route *by_method[WEFT__METHOD_COUNT];
    const struct weft__route *any; /* of "*" */
    struct weft__other_method *others;
    const struct weft__route *first; /* declared; NULL: none is left here */
};

/* Up to this many literals are compared one by one; more are hashed. */
enum { WEFT__EDGES_LINEAR = 6 };

struct weft__node {
    struct weft__edge *edges;
    uint32_t edge_count;
    uint32_t edge_room; /* a power of two when the edges are hashed */
    bool hashed;
    bool typed; /* some of `params` is set */
    struct weft__node *params[WEFT__SEGMENT_PATH + 1 - WEFT__SEGMENT_INT]; /* by type */
    struct weft__leaf leaf;
    weft_app *scope; /* the group or mounted app whose prefix ends here; NULL: none */
};

/* FNV-1a; which literals there are is up to the program, so nobody can make them collide. */
static inline uint32_t weft__text_hash(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/* The node behind the literal `text`, or NULL. */
static inline struct weft__node *weft__node_literal(const struct weft__node *node,
                                                    const char *text, size_t length)
{
    const struct weft__edge *edge;

    if (!node->hashed) {
        for (uint32_t i = 0; i < node->edge_count; i++) {
            edge = &node->edges[i];
            if (edge->length == length &&
                (length == 0 ||
                 (edge->text[0] == text[0] && memcmp(edge->text, text, length) == 0)))
                return edge->node;
        }
        return NULL;
    }
    uint32_t hash = weft__text_hash(text, length);
    for (uint32_t i = hash;; i++) {
        edge = &node->edges[i & (node->edge_room - 1)];
        if (edge->node == NULL)
            return NULL;
        if (edge->hash == hash && edge->length == length &&
            memcmp(edge->text, text, length) == 0)
            return edge->node;
    }
}

/* A node without edges, or NULL: memory is out. */
struct weft__node *weft__node_new(struct weft__arena *arena);

/*
 * The node behind all segments of `template`, made where it is missing.  The template's texts
 * must live as long as the tree.  NULL: memory is out; the tree is as before but for nodes that
 * lead nowhere.
 */
struct weft__node *weft__node_make(struct weft__node *top, struct weft__arena *arena,
                                   const struct weft__template *template);

/* The route at `leaf` for exactly this method, "*" for that of every method, or NULL. */
const struct weft__route *weft__leaf_exact(const struct weft__leaf *leaf, const char *method,
                                           size_t length);

/* Set it.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__leaf_set(struct weft__leaf *leaf, struct weft__arena *arena,
                                   const char *method, size_t length,
                                   const struct weft__route *route);

#endif
