/*
 * web/upload.h - a file of a form, in memory or on disk (weft/multipart.h).
 *
 * Up to a limit the content lies in memory.  Above it, or when the form keeps too much already,
 * it goes to the form's temporary file (spool.h), of which it is a range.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_UPLOAD_H
#define WEFT_WEB_UPLOAD_H

#include <weft/multipart.h>

#include "http/field.h"
#include "web/spool.h"

struct weft_upload {
    struct weft_upload *next;
    const char *name;
    const char *filename;
    const char *type;
    struct weft__fields fields;
    uint64_t size;
    uint64_t at;                /* where weft_upload_read() stands */
    struct weft__buffer memory; /* the content, with a NUL behind it, while `spool` is NULL */
    struct weft__spool *spool;  /* where the content is `size` bytes from `offset` on */
    uint64_t offset;
};

/* An empty one, in the request's memory; what it holds is released with the request.  0 or
 * UV_ENOMEM. */
WEFT_MUST_CHECK int weft__upload_new(weft_request *req, const weft_part *part,
                                     const struct weft__fields *fields, weft_upload **ret);

/*
 * Append a piece, before another upload goes to the same spool.
 *
 * max_memory  how much of it may lie in memory.
 * spool       where it goes above that.
 *
 * 0, or a code as of weft_offload() or of the system.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__upload_append(weft_upload *upload, const char *data,
                                                      size_t length, size_t max_memory,
                                                      struct weft__spool *spool);

/* It is complete.  0 or a code. */
WEFT_MUST_CHECK int weft__upload_finish(weft_upload *upload);

/* Move what is in memory to disk.  0, or a code as of weft__spool_put(). */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__upload_to_disk(weft_upload *upload,
                                                       struct weft__spool *spool);

#endif
