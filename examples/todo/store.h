/*
 * store.h - to-dos in a SQLite file.
 *
 * Every call here may block: handlers run them by weft_offload().  One store may be used by
 * several threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TODO_STORE_H
#define TODO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct store store;

typedef struct todo {
    int64_t id;
    char *title; /* malloc'ed */
    bool completed;
    bool has_order;
    int64_t order;
} todo;

/* What a PATCH changes. */
typedef struct todo_change {
    const char *title;     /* NULL: stays */
    const bool *completed; /* NULL: stays */
    bool set_order;
    bool has_order; /* false: becomes null */
    int64_t order;
} todo_change;

typedef struct todo_list {
    todo *items;
    size_t count;
} todo_list;

/* 0, or a negative code: UV_ENOENT (no such to-do), UV_ENOMEM, UV_EBUSY, UV_EIO. */
int store_open(const char *path, store **ret_store);
void store_close(store *s); /* takes NULL */

int store_list(store *s, todo_list *ret_list);
int store_get(store *s, int64_t id, todo *ret_todo);
int store_add(store *s, todo *item); /* sets item->id */
int store_change(store *s, int64_t id, const todo_change *change, todo *ret_todo);
int store_delete(store *s, int64_t id);
int store_clear(store *s);

void todo_done(todo *item);
void todo_list_done(todo_list *list);

#endif
