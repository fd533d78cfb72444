/*
 * web/route_stacks.h - in debug mode: how deep the stacks were of each route's requests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_ROUTE_STACKS_H
#define WEFT_WEB_ROUTE_STACKS_H

#include <weft/app.h>

/* `root` is being served, in debug mode, on the loop of the calling task: measure, and have
 * dumps of the loop tell. */
void weft__route_stacks_begin(weft_app *root);
void weft__route_stacks_end(void);

/* The calling task has answered `req`, and has called weft__stack_forget() before. */
void weft__route_stacks_note(const weft_request *req);

/* A log line for each route that was asked for. */
void weft__route_stacks_log(weft_app *root);

#endif
