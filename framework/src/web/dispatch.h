/*
 * web/dispatch.h - from a request to its response.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_DISPATCH_H
#define WEFT_WEB_DISPATCH_H

#include <weft/app.h>
#include <weft/response.h>

/* A weft__dispatch_fn; `arg` is the root app, frozen. */
WEFT_SUSPENDS void weft__dispatch(weft_request *req, void *arg);

/* The response for req->verdict, at the end of a chain in the place of a handler. */
weft_response *weft__verdict(weft_request *req);

#endif
