/*
 * web/decompress.h - whether a body with a Content-Encoding is decoded (weft/app.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_DECOMPRESS_H
#define WEFT_WEB_DECOMPRESS_H

#include "server/request.h"

/* For a request with such a body, whose route and app are known: have it decoded, if it is to
 * be.  The verdict on it, 0 for none. */
int weft__decompress(weft_request *req, uint64_t max_bytes);

/* Say what codings would have been taken, for a 415 because of the coding (RFC 9110, 12.5.3 and
 * 15.5.16). */
void weft__tell_codings(const weft_request *req, weft_response *res);

/* For who needs to understand the body: 0, or WEFT_EANSWERED when it is encoded still. */
WEFT_MUST_CHECK int weft__refuse_encoded(weft_request *req);

#endif
