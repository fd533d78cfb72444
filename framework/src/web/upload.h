/*
 * web/upload.h - a file of a form, in memory or on disk (weft/multipart.h).
 *
 * Up to a limit the content lies in memory.  Above it, or when the form keeps too much already,
 * it goes to a temporary file that has no name: whatever becomes of the process, nothing is
 * left.  Writing is done off the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_UPLOAD_H
#define WEFT_WEB_UPLOAD_H

#include <weft/multipart.h>

#include "http/field.h"
#include "web/file_out.h"

struct weft_upload {
    struct weft_upload *next;
    const char *name;
    const char *filename;
    const char *type;
    struct weft__fields fields;
    uint64_t size;
    uint64_t at;                /* where weft_upload_read() stands */
    struct weft__buffer memory; /* the content, with a NUL behind it, while `fd` is -1 */
    struct weft__file_out out;  /* while a file on disk is being written */
    int fd;
};

/* An empty one, in the request's memory; what it holds is released with the request.  0 or
 * UV_ENOMEM. */
WEFT_MUST_CHECK int weft__upload_new(weft_request *req, const weft_part *part,
                                     const struct weft__fields *fields, weft_upload **ret);

/*
 * Append a piece.
 *
 * max_memory  how much of it may lie in memory.
 * directory   where it goes above that; NULL: as the environment says.
 *
 * 0, or a code as of weft_offload() or of the system.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__upload_append(weft_upload *upload, const char *data,
                                                      size_t length, size_t max_memory,
                                                      const char *directory);

/* It is complete.  0 or a code. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__upload_finish(weft_upload *upload);

#endif
