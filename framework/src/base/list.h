/*
 * base/list.h - an intrusive doubly linked list.
 *
 * A list is a head whose `next` and `prev` point at itself when it is empty.  A node that is in
 * no list has null links, so weft__list_linked() tells and weft__list_remove() may be called on
 * a node twice.
 *
 *     struct item { struct weft__list link; int value; };
 *     struct weft__list items;
 *     weft__list_init(&items);
 *     weft__list_append(&items, &it->link);
 *     struct item *first = weft__list_entry(weft__list_first(&items), struct item, link);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_LIST_H
#define WEFT_BASE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct weft__list {
    struct weft__list *next;
    struct weft__list *prev;
};

#define weft__list_entry(node, type, member) \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void weft__list_init(struct weft__list *list)
{
    list->next = list;
    list->prev = list;
}

static inline bool weft__list_empty(const struct weft__list *list)
{
    return list->next == list;
}

static inline bool weft__list_linked(const struct weft__list *node)
{
    return node->next != NULL;
}

/* The first node, or NULL. */
static inline struct weft__list *weft__list_first(const struct weft__list *list)
{
    return list->next == list ? NULL : list->next;
}

static inline void weft__list_append(struct weft__list *list, struct weft__list *node)
{
    assert(node->next == NULL);
    node->next = list;
    node->prev = list->prev;
    list->prev->next = node;
    list->prev = node;
}

static inline void weft__list_prepend(struct weft__list *list, struct weft__list *node)
{
    assert(node->next == NULL);
    node->prev = list;
    node->next = list->next;
    list->next->prev = node;
    list->next = node;
}

static inline void weft__list_remove(struct weft__list *node)
{
    if (node->next == NULL)
        return;
    node->next->prev = node->prev;
    node->prev->next = node->next;
    node->next = NULL;
    node->prev = NULL;
}

/* Remove the first node and return it, or NULL. */
static inline struct weft__list *weft__list_pop(struct weft__list *list)
{
    struct weft__list *node = weft__list_first(list);

    if (node != NULL)
        weft__list_remove(node);
    return node;
}

/* Move all nodes of `from` to the end of `to`; `from` is empty afterwards. */
static inline void weft__list_splice(struct weft__list *to, struct weft__list *from)
{
    if (weft__list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    weft__list_init(from);
}

#endif
