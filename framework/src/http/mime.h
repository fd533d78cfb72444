/*
 * http/mime.h - the media type that the name of a file suggests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_MIME_H
#define WEFT_HTTP_MIME_H

#include <stddef.h>

/* By what follows the last '.' of the last segment, without regard to case; texts are of UTF-8.
 * "application/octet-stream" for what is not known.  Static. */
const char *weft__mime_of(const char *path);

#endif
