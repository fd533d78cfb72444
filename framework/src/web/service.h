/*
 * web/service.h - an app while it is served (weft_serve()).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_SERVICE_H
#define WEFT_WEB_SERVICE_H

#include <weft/app.h>

#include "task/task.h"

enum weft__phase { WEFT__STARTING, WEFT__SERVING, WEFT__DRAINING, WEFT__STOPPING };

struct weft__service {
    weft_app *app; /* a frozen root */
    const weft_serve_options *options;
    bool owns_process; /* with its loop: both end with the service */
    struct weft__server *server;
    struct weft__wait *waits; /* what its task waits for now, or NULL */
    weft_scope starting;
    enum weft__phase phase;
    bool stopped; /* weft__service_stop() was called */
    bool drained;
};

/* Serve in the calling task, until it is stopped (0) or cancelled.  WEFT_EMISUSE when the app
 * is being served already; else what kept it from starting. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__service_run(struct weft__service *service);

/* Take it to its end, or one that is on its way there faster.  On the loop's thread. */
void weft__service_stop(struct weft__service *service);

#endif
