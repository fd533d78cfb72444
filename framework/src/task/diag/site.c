/*
 * task/diag/site.c - see site.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/site.h"

#include <string.h>

#include "task/diag/trace.h"

enum { SHOWN_CALLS = 3 };

void weft__site_take(struct weft__site *ret_site, void *return_address)
{
    void *first = __builtin_extract_return_addr(return_address);

    ret_site->count =
        first != NULL ? weft__trace_calls(ret_site->pc, WEFT__SITE_CALLS, first) : 0;
}

/* What weft_gather() and its like do for their caller. */
static bool is_ours(const char *name)
{
    return name != NULL && strncmp(name, "weft_", 5) == 0;
}

void weft__site_say(const struct weft__site *site, struct weft__symbols *symbols,
                    struct weft__say *say)
{
    unsigned first = 0;

    while (first + 1 < site->count && is_ours(weft__symbols_name(symbols, site->pc[first])))
        first++;
    for (unsigned i = first; i < site->count && i < first + SHOWN_CALLS; i++) {
        const char *name = weft__symbols_name(symbols, site->pc[i]);

        if (i > first && name != NULL && strcmp(name, "weft__debug_run") == 0)
            return; /* here the task begins */
        if (i > first)
            weft__say(say, " <- ");
        weft__symbols_say(symbols, say, site->pc[i], 0);
    }
}
