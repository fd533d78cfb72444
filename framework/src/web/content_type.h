/*
 * web/content_type.h - what a request says that its body is (RFC 9110, 8.3).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_CONTENT_TYPE_H
#define WEFT_WEB_CONTENT_TYPE_H

#include <weft/request.h>

#include "http/media_type.h"

/* 0; WEFT_EPROTO when it says nothing, something malformed, or several things. */
WEFT_MUST_CHECK int weft__content_type(const weft_request *req, struct weft__media_type *ret);

#endif
