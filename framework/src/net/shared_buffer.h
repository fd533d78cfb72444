/*
 * net/shared_buffer.h - the buffer that all streams and endpoints of a thread read into.
 *
 * What it holds is copied before the next read, so an idle connection has no buffer.  It exists
 * as long as something uses it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_SHARED_BUFFER_H
#define WEFT_NET_SHARED_BUFFER_H

#include <uv.h>
#include <weft/export.h>

/* The buffer of this thread, 64 KiB; NULL without memory.  Released by the function below, as
 * often as it was taken. */
WEFT_MUST_CHECK const uv_buf_t *weft__shared_buffer_take(void);
void weft__shared_buffer_release(void);

#endif
