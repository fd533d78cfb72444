/*
 * net/memory.h - a transport whose other end is in the same process, for tests.
 *
 * The far end is driven by plain calls on the loop's stack.  What the near end writes is kept
 * up to a window; behind it, writes wait as they do on a socket whose peer does not read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_MEMORY_H
#define WEFT_NET_MEMORY_H

#include "base/buffer.h"
#include "net/transport.h"

struct weft__memory_client {
    struct weft__transport base; /* the near end */
    uv_idle_t handle;            /* its closing gives on_closed its turn of the loop */
    struct weft__buffer received;
    size_t window; /* `received` holds no more */
    struct weft__transport_write *write;
    size_t writes; /* of the near end that got something through */
    bool reading;
    bool ended;  /* by the far end */
    bool reset;  /* and with RST: nothing can be written any more */
    bool finned; /* by the near end */
    bool closing;
    bool closed;
    bool orphan; /* the far end is no longer held: free at on_closed */
};

/* A pair, whose memory is the far end's: weft__memory_free().  The caller sets base.events,
 * shared and user.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__memory_new(uv_loop_t *loop, struct weft__memory_client **ret_client);

/* --- The far end ----------------------------------------------------------------------- */

/* Bytes for the near end, delivered in this call as one read (one for each 64 KiB).  How many
 * it took: fewer when it stopped reading or closed. */
WEFT_MUST_CHECK size_t weft__memory_send(struct weft__memory_client *client, const char *data,
                                         size_t length);

/* FIN, or RST, which may follow a FIN.  A write that waits fails with a RST. */
void weft__memory_end(struct weft__memory_client *client, bool reset);

/* What the near end has written and the caller not consumed. */
const char *weft__memory_received(const struct weft__memory_client *client, size_t *ret_length);
void weft__memory_consume(struct weft__memory_client *client, size_t length);

/* How much the far end holds before the near end has to wait; default: any amount. */
void weft__memory_set_window(struct weft__memory_client *client, size_t bytes);

/* Whether the near end sent FIN or closed. */
bool weft__memory_closed(const struct weft__memory_client *client);

/* Let go of the far end: RST, if it is open.  The memory is freed once the near end has closed.
 */
void weft__memory_free(struct weft__memory_client *client);

#endif
