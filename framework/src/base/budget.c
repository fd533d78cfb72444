/*
 * base/budget.c - see budget.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/budget.h"

#include <assert.h>
#include <uv.h>

int weft__budget_take(struct weft__budget *budget, size_t bytes)
{
    for (struct weft__budget *at = budget; at != NULL; at = at->parent) {
        if (at->used <= at->max && bytes <= at->max - at->used)
            continue;
        budget->refused = true;
        return UV_ENOMEM;
    }
    for (; budget != NULL; budget = budget->parent)
        budget->used += bytes;
    return 0;
}

void weft__budget_give(struct weft__budget *budget, size_t bytes)
{
    for (; budget != NULL; budget = budget->parent) {
        assert(budget->used >= bytes);
        budget->used -= bytes;
    }
}
