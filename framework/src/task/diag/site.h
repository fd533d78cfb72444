/*
 * task/diag/site.h - places in the program, for saying later where something was done.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_DIAG_SITE_H
#define WEFT_TASK_DIAG_SITE_H

#include "task/diag/say.h"
#include "task/diag/symbol.h"

enum { WEFT__SITE_CALLS = 6 };

/* Where a call was made, and the calls around it, innermost first. */
struct weft__site {
    void *pc[WEFT__SITE_CALLS]; /* where they return to */
    unsigned count;             /* 0: not known */
};

/* Take the place that a call of the caller's, or of one around it, returns to:
 * __builtin_return_address(0).  NULL: not known. */
void weft__site_take(struct weft__site *ret_site, void *return_address);

/*
 * Say "f+0x12 (program+0x3456) <- g+0x1f (program+0x3410) <- ..." of the program's own calls:
 * what leads with functions of the library, in which the place was taken, is left out.
 */
void weft__site_say(const struct weft__site *site, struct weft__symbols *symbols,
                    struct weft__say *say);

#endif
