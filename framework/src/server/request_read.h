/*
 * server/request_read.h - what request_body.c and request_decode.c know of each other.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SERVER_REQUEST_READ_H
#define WEFT_SERVER_REQUEST_READ_H

#include "server/request.h"

/*
 * Take the framing off at least one byte of the body, off at most `max` bytes of the
 * connection's window, at whose beginning the bytes then lie until it is consumed by
 * *ret_consumed.  How many; 0 at the end; or a code.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_pull(weft_request *req, size_t max,
                                                     size_t *ret_consumed);

/* Reading failed, for good: `status` is the answer to that.  Returns `code`. */
int weft__request_body_failed(weft_request *req, int code, int status);

/* The next bytes of a body that is being decoded, at most `room`.  How many; 0 at the end; or a
 * code. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_read_decoded(weft_request *req, char *to,
                                                             size_t room);

#endif
