/*
 * web/route_tree.c - building the tree of segments.
 *
 * Literal edges are a short list first; past WEFT__EDGES_LINEAR they are an open-addressed
 * table that is at most half full.  Tables that were outgrown stay in the arena: as they
 * double, that is at most as much again.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/route_tree.h"

#include <weft/error.h>

#include "base/arena.h"

struct weft__node *weft__node_new(struct weft__arena *arena)
{
    return weft__arena_calloc(arena, 1, sizeof(struct weft__node));
}

static void put_hashed(struct weft__edge *edges, uint32_t room, struct weft__edge edge)
{
    uint32_t at = edge.hash;

    while (edges[at & (room - 1)].node != NULL)
        at++;
    edges[at & (room - 1)] = edge;
}

/* Make room for one more edge.  0 or UV_ENOMEM. */
static int grow(struct weft__node *node, struct weft__arena *arena)
{
    bool hashed = node->edge_count >= WEFT__EDGES_LINEAR;
    uint32_t room = hashed ? 4 * WEFT__EDGES_LINEAR : WEFT__EDGES_LINEAR;
    struct weft__edge *edges;

    if (node->edge_room != 0 &&
        (!hashed || (node->hashed && node->edge_count * 2 < node->edge_room)))
        return 0;
    if (hashed)
        for (room = 16; room < node->edge_count * 4; room *= 2)
            ;
    edges = weft__arena_calloc(arena, room, sizeof(*edges));
    if (edges == NULL)
        return UV_ENOMEM;
    for (uint32_t i = 0; i < node->edge_room; i++) {
        if (node->edges[i].node == NULL)
            continue;
        if (hashed)
            put_hashed(edges, room, node->edges[i]);
        else
            edges[i] = node->edges[i];
    }
    node->edges = edges;
    node->edge_room = room;
    node->hashed = hashed;
    return 0;
}

static struct weft__node *make_literal(struct weft__node *node, struct weft__arena *arena,
                                       const struct weft__segment *segment)
{
    struct weft__node *child = weft__node_literal(node, segment->text, segment->length);
    struct weft__edge edge = { .text = segment->text, .length = segment->length };

    if (child != NULL)
        return child;
    child = weft__node_new(arena);
    if (child == NULL || grow(node, arena) < 0)
        return NULL;
    edge.hash = weft__text_hash(segment->text, segment->length);
    edge.node = child;
    if (node->hashed)
        put_hashed(node->edges, node->edge_room, edge);
    else
        node->edges[node->edge_count] = edge;
    node->edge_count++;
    return child;
}

static struct weft__node *make_param(struct weft__node *node, struct weft__arena *arena,
                                     enum weft__segment_type type)
{
    struct weft__node **child = &node->params[type - WEFT__SEGMENT_INT];

    if (*child == NULL)
        *child = weft__node_new(arena);
    if (*child != NULL)
        node->typed = true;
    return *child;
}

struct weft__node *weft__node_make(struct weft__node *top, struct weft__arena *arena,
                                   const struct weft__template *template)
{
    struct weft__node *node = top;

    for (unsigned i = 0; i < template->count && node != NULL; i++) {
        const struct weft__segment *segment = &template->segments[i];

        if (segment->type == WEFT__SEGMENT_LITERAL)
            node = make_literal(node, arena, segment);
        else
            node = make_param(node, arena, segment->type);
    }
    return node;
}

static bool is_any(const char *method, size_t length)
{
    return length == 1 && *method == '*';
}

const struct weft__route *weft__leaf_exact(const struct weft__leaf *leaf, const char *method,
                                           size_t length)
{
    enum weft__method number = weft__method_parse(method, length);

    if (is_any(method, length))
        return leaf->any;
    if (number != WEFT__METHOD_OTHER)
        return leaf->by_method[number];
    for (const struct weft__other_method *other = leaf->others; other != NULL;
         other = other->next) {
        if (other->length == length && memcmp(other->text, method, length) == 0)
            return other->route;
    }
    return NULL;
}

int weft__leaf_set(struct weft__leaf *leaf, struct weft__arena *arena, const char *method,
                   size_t length, const struct weft__route *route)
{
    enum weft__method number = weft__method_parse(method, length);

    if (is_any(method, length)) {
        leaf->any = route;
    } else if (number != WEFT__METHOD_OTHER) {
        leaf->by_method[number] = route;
    } else {
        struct weft__other_method *other = weft__arena_alloc(arena, sizeof(*other));

        if (other == NULL)
            return UV_ENOMEM;
        *other = (struct weft__other_method){ leaf->others, method, length, route };
        leaf->others = other;
    }
    if (leaf->first == NULL)
        leaf->first = route;
    return 0;
}
