/*
 * web/parts.h - the parts of a request's multipart body, for forms.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_PARTS_H
#define WEFT_WEB_PARTS_H

#include <weft/multipart.h>

#include "base/buffer.h"
#include "http/field.h"

/* The options with their defaults in place. */
weft_form_options weft__form_limits(const weft_form_options *options);

/* weft_begin_parts(), but what the headers of the parts say lives as long as the request. */
WEFT_MUST_CHECK int weft__begin_kept_parts(weft_request *req, const weft_form_options *options);

/* Append what is left of the current part to `all`, whose memory is the request's budget's.  0,
 * or a code as of weft_part_read(); WEFT_ELIMIT where it is longer than `all` may be. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__part_gather(weft_request *req,
                                                    struct weft__buffer *all);

/* The header fields of the current part, and how long its lines were; NULL when there is none.
 */
const struct weft__fields *weft__part_fields(const weft_request *req, size_t *ret_bytes);

#endif
