/*
 * web/spool.h - the temporary file of a form, which all of its files share.
 *
 * However many files a form has, they take one descriptor: each is a range of the same file,
 * in the order in which they came.  It is made when the first byte comes, has no name, so that
 * nothing is left whatever becomes of the process, and is written off the loop in large pieces.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_SPOOL_H
#define WEFT_WEB_SPOOL_H

#include <stdint.h>
#include <weft/fwd.h>

#include "web/file_out.h"

struct weft__spool {
    const char *directory;
    struct weft__server *server;
    uint64_t length;           /* of all that was put */
    bool in_memory;            /* the file; then its bytes are the process's */
    struct weft__file_out out; /* its `fd` is -1 until there is a file */
};

/*
 * In the request's memory; the file is released with the request.
 *
 * directory  where it is made; NULL: as the environment says.  Borrowed until the last put.
 *
 * NULL when memory is out.
 */
struct weft__spool *weft__spool_new(weft_request *req, const char *directory);

/* Append.  0, or a code as of weft_offload() or of the system; UV_ENOMEM, too, when the file
 * lies in memory and there is no more for it. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__spool_put(struct weft__spool *spool, const char *data,
                                                  size_t length);

/* Nothing more will be put; all can be read from now on.  0 or a code. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__spool_finish(struct weft__spool *spool);

#endif
