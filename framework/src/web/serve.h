/*
 * web/serve.h - a frozen app and a server under it.
 *
 * Besides weft_serve(), for the in-process test client, which runs a loop of its own:
 *
 *     weft__app_freeze(app);
 *     -- in a task: --
 *     weft__lifespan_start(app);
 *     weft__app_serve_on(app, options, &server);
 *     ... weft__memory_connect(server, ...) ... weft__server_drain(server, ...) ...
 *     weft__server_free(server);
 *     weft__app_serve_done(app);
 *     weft__lifespan_stop(app);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_SERVE_H
#define WEFT_WEB_SERVE_H

#include <weft/app.h>

struct weft__server;

/*
 * Make a server for `app`, a frozen root, on the loop of the calling task.  It does not listen
 * yet.  NULL options take all defaults; their strings must live as long as the server.
 *
 * 0; UV_EINVAL when root_path or forwarded_allow_ips is malformed, which is logged; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__app_serve_on(weft_app *app, const weft_serve_options *options,
                                       struct weft__server **ret_server);

/* Forget what weft__app_serve_on() kept in the app; for when the server has been freed, and
 * harmless when it has never been made. */
void weft__app_serve_done(weft_app *app);

/* Log every complaint about the declaration; how many there are. */
int weft__app_log_complaints(weft_app *app);

#endif
