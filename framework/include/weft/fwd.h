/*
 * weft/fwd.h - the opaque types.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_FWD_H
#define WEFT_FWD_H

typedef struct weft_app weft_app;
typedef struct weft_listener weft_listener;
typedef struct weft_loop weft_loop;
typedef struct weft_next weft_next;
typedef struct weft_request weft_request;
typedef struct weft_response weft_response;
typedef struct weft_task weft_task;
typedef struct weft_udp weft_udp;

#endif
