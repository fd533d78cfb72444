/*
 * web/lifespan.h - what runs before the first connection and after the last.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_LIFESPAN_H
#define WEFT_WEB_LIFESPAN_H

#include <weft/app.h>

/*
 * Run the start hooks of a root and all below it in the order of declaration, parents before
 * children.  In a task.  0, or the code of the first that failed, which is logged: those before
 * it have then been stopped.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__lifespan_start(weft_app *root);

/* Run the stop hooks of all that started, in reverse order; shielded from cancels. */
WEFT_SUSPENDS void weft__lifespan_stop(weft_app *root);

#endif
