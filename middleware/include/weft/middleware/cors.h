/*
 * weft/middleware/cors.h - lets pages of other origins use an app (Fetch standard, CORS).
 *
 *     weft_use_cors(app, &(weft_cors_options){ .origins = WEFT_LIST("https://example.org") });
 *
 * Preflights (OPTIONS with Access-Control-Request-Method) are answered here; every other
 * response of the app, errors included, gets the fields that let the page see it.  What the
 * server itself refuses (malformed, late or too large heads, connections over the limit) never
 * reaches the app, so its answers do not have them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_CORS_H
#define WEFT_MIDDLEWARE_CORS_H

#include <weft/app.h>

WEFT_BEGIN_DECLS

/* Lists end with NULL (WEFT_LIST) and are copied. */
typedef struct weft_cors_options {
    /* Origins as browsers write them, "https://example.org" or "http://localhost:3000", without
     * a slash at the end; or "*", any.  NULL: none. */
    const char *const *origins;
    const char *const *methods; /* default: GET, HEAD, POST, PUT, PATCH, DELETE */
    const char *const *headers; /* that requests may carry; default: what the browser asks */
    const char *const *expose;  /* fields of the response that scripts may read */
    uint32_t max_age_s;         /* how long a preflight holds; default 600 */
    bool credentials;           /* cookies may be sent; not together with "*" */
} weft_cors_options;

/*
 * Use it on `app`.  0, or a code as of weft_use().  An origin that is none, or "*" with
 * credentials, is a mistake of the declaration: UV_EINVAL, and the app does not start.
 */
WEFT_EXPORT int weft_use_cors(weft_app *app, const weft_cors_options *options);

WEFT_END_DECLS
#endif
