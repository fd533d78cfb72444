/*
 * http/disposition.h - Content-Disposition with the name of a file (RFC 6266, RFC 8187).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_DISPOSITION_H
#define WEFT_HTTP_DISPOSITION_H

#include <stddef.h>
#include <weft/export.h>

struct weft__buffer;

enum { WEFT__DISPOSITION_NAME_MAX = 1024 }; /* bytes of a name that are sent */

/*
 * Append `type` ("attachment" or "inline") with a file name: as a quoted string for all
 * clients, in which what is no plain ASCII, and what some clients take for an escape, becomes
 * '_'; and where that has changed it, once more in full as UTF-8 (filename*).  The name is what
 * stands behind its last '/' or '\'; control characters and bytes that are no UTF-8 become '_'.
 * A name of which nothing is left, or that is "." or "..", is not sent.
 *
 * 0, or the buffer's failure.
 */
WEFT_MUST_CHECK int weft__disposition_write(struct weft__buffer *out, const char *type,
                                            const char *name, size_t length);

#endif
