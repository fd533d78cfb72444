/*
 * base/budget.c - see budget.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/budget.h"

#include <assert.h>
#include <stdint.h>
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

size_t weft__budget_left(const struct weft__budget *budget)
{
    size_t left = SIZE_MAX;

    for (; budget != NULL; budget = budget->parent) {
        size_t here = budget->used < budget->max ? budget->max - budget->used : 0;

        if (here < left)
            left = here;
    }
    return left;
}

void weft__budget_give(struct weft__budget *budget, size_t bytes)
{
    for (; budget != NULL; budget = budget->parent) {
        assert(budget->used >= bytes);
        budget->used -= bytes;
    }
}
