/*
 * http/url.h - percent-encoding (RFC 3986, 2.1).
 *
 * Decoding refuses what a C string or JSON could not carry, instead of changing it: a '%' that
 * two hexadecimal digits do not follow, an encoded NUL, and a result that is not UTF-8.  The
 * raw text stays available to programs that want it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_URL_H
#define WEFT_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__arena;
struct weft__buffer;

enum weft__url_decoding {
    WEFT__URL_PATH,       /* '+' is a plus sign */
    WEFT__URL_FORM,       /* '+' is a space */
    WEFT__URL_FORM_BYTES, /* the same, and the result may be any bytes but NUL */
};

/*
 * Decode `length` bytes to `to`, which may be `from` itself and takes at most `length` bytes;
 * no NUL is written.  The decoded length, or WEFT_EPROTO.
 */
WEFT_MUST_CHECK long weft__url_decode(char *to, const char *from, size_t length,
                                      enum weft__url_decoding how);

/* Decode into the arena, with a NUL behind.  0, WEFT_EPROTO or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__url_decode_arena(struct weft__arena *arena, const char *text,
                                           size_t length, enum weft__url_decoding how,
                                           const char **ret_text, size_t *ret_length);

enum weft__url_encoding {
    WEFT__URL_SEGMENT,     /* of a path: unreserved, sub-delims, ':' and '@' stay */
    WEFT__URL_SEGMENTS,    /* a whole path: '/' stays as well */
    WEFT__URL_QUERY_VALUE, /* only unreserved characters stay; a space becomes %20 */
    WEFT__URL_REFERENCE,   /* made already: all that a URI may hold stays, '%' as well */
};

/* Append `text`, encoded, to the buffer.  0 or the buffer's failure. */
WEFT_MUST_CHECK int weft__url_encode(struct weft__buffer *out, const char *text, size_t length,
                                     enum weft__url_encoding how);

/* Encode into the arena, with a NUL behind; NULL when memory is out. */
char *weft__url_encode_arena(struct weft__arena *arena, const char *text, size_t length,
                             enum weft__url_encoding how, size_t *ret_length);

#endif
