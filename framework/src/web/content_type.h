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

/* Answer 415: the body is not of the type that was `expected`.  WEFT_EANSWERED. */
WEFT_MUST_CHECK int weft__refuse_type(weft_request *req, const char *expected);

/*
 * Answer 415: the charset that `type` names is not taken.
 *
 * taken  what is, such as "JSON is taken in UTF-8".
 *
 * WEFT_EANSWERED; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__refuse_charset(weft_request *req, const struct weft__media_type *type,
                                         const char *taken);

#endif
