/*
 * task/local.c - values of a task that the tasks it starts inherit.
 *
 * A table is shared by all tasks that have the same values, and copied by the first that sets
 * one: starting a task costs a reference.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "task/runtime.h"

struct local {
    const weft_key *key;
    void *value;
};

struct weft__locals {
    size_t refs; /* tasks that share it */
    size_t count;
    struct local entries[];
};

struct weft__locals *weft__locals_ref(struct weft__locals *locals)
{
    if (locals != NULL)
        locals->refs++;
    return locals;
}

void weft__locals_unref(struct weft__locals *locals)
{
    if (locals != NULL && --locals->refs == 0)
        free(locals);
}

static struct local *find(struct weft__locals *locals, const weft_key *key)
{
    if (locals == NULL)
        return NULL;
    for (size_t i = 0; i < locals->count; i++) {
        if (locals->entries[i].key == key)
            return &locals->entries[i];
    }
    return NULL;
}

/* A copy that nobody shares, with `spare` more entries of room. */
static struct weft__locals *copy(const struct weft__locals *from, size_t spare)
{
    size_t count = from != NULL ? from->count : 0;
    struct weft__locals *to =
        weft__malloc(sizeof(*to) + (count + spare) * sizeof(to->entries[0]));

    if (to == NULL)
        return NULL;
    to->refs = 1;
    to->count = count;
    if (count > 0)
        memcpy(to->entries, from->entries, count * sizeof(to->entries[0]));
    return to;
}

int weft_local_set(const weft_key *key, void *value)
{
    weft_task *task = weft__task_here();
    struct local *entry;

    if (task == NULL)
        return WEFT_EMISUSE;
    entry = find(task->locals, key);
    if (entry == NULL || task->locals->refs > 1) {
        struct weft__locals *own = copy(task->locals, entry == NULL ? 1 : 0);

        if (own == NULL)
            return UV_ENOMEM;
        weft__locals_unref(task->locals);
        task->locals = own;
        entry = find(own, key);
        if (entry == NULL)
            entry = &own->entries[own->count++];
    }
    *entry = (struct local){ .key = key, .value = value };
    return 0;
}

void *weft_local_get(const weft_key *key)
{
    const weft_task *here = weft__task_here();
    const weft_task *task = here != NULL ? here : weft__offloaded_for;
    const struct local *entry = task != NULL ? find(task->locals, key) : NULL;

    return entry != NULL ? entry->value : NULL;
}
