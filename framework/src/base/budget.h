/*
 * base/budget.h - how much memory somebody may take, and has taken.
 *
 * Budgets form a tree: what is taken from one is taken from all above it, or from none.  Who
 * grows takes first and allocates then; a refusal is to be treated as memory that is out.  They
 * count what was asked for, not what malloc() rounds it up to.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BASE_BUDGET_H
#define WEFT_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__budget {
    struct weft__budget *parent; /* or NULL */
    size_t max;                  /* may come to be below `used`: then nothing more is given */
    size_t used;
    bool refused; /* something was, since its owner last looked */
};

/* 0 or UV_ENOMEM.  A NULL budget has no bounds. */
WEFT_MUST_CHECK int weft__budget_take(struct weft__budget *budget, size_t bytes);

/* How much could be taken now; SIZE_MAX for NULL. */
size_t weft__budget_left(const struct weft__budget *budget);

/* Give back what was taken. */
void weft__budget_give(struct weft__budget *budget, size_t bytes);

#endif
