/*
 * web/health.h - asks a running server whether it is well.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_HEALTH_H
#define WEFT_WEB_HEALTH_H

#include <weft/app.h>

/*
 * GET /healthz of the server that these options describe, as a container's health check does.
 * Where it listens on all addresses, the loopback one is asked.  Runs a loop of its own, for 2
 * seconds at most.
 *
 * The status of the answer, or a negative code when there was none.
 */
int weft__health_ask(const weft_serve_options *options);

#endif
