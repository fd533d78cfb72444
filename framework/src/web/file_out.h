/*
 * web/file_out.h - bytes that go to a file in large pieces, off the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_FILE_OUT_H
#define WEFT_WEB_FILE_OUT_H

#include "base/buffer.h"

enum { WEFT__FILE_OUT_BYTES = 256 * 1024 }; /* that are written at once */

/* `fd` is the caller's; it is written where it stands. */
struct weft__file_out {
    int fd;
    struct weft__buffer pending;
};

void weft__file_out_init(struct weft__file_out *out, int fd);
void weft__file_out_done(struct weft__file_out *out);

/* Keep the bytes, and write when much has come.  0; UV_ENOMEM; or a code as of weft_offload()
 * or of the system. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__file_out_put(struct weft__file_out *out,
                                                     const char *data, size_t length);

/* Write what is kept. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__file_out_flush(struct weft__file_out *out);

#endif
