/*
 * web/serving.h - from weft_serve_options to what server and dispatcher go by.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_SERVING_H
#define WEFT_WEB_SERVING_H

#include <weft/app.h>

#include "server/server.h"

/*
 * Resolve `options` (NULL: all defaults) for a root: server options to *ret, and root path and
 * trusted proxies to root->serving, until weft__serving_done().  Strings are copied.
 *
 * 0; UV_EINVAL, which is logged, for a root path or a list of peers that cannot be read;
 * UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__serving_init(weft_app *root, const weft_serve_options *options,
                                       struct weft__server_options *ret);

/* Once no request is left.  Harmless without an init, and after a failed one. */
void weft__serving_done(weft_app *root);

#endif
