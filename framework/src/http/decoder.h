/*
 * http/decoder.h - content codings of bodies, taken off as they come (RFC 9110, 8.4.1).
 *
 * gzip (RFC 1952, any number of members), deflate (RFC 1950; raw deflate, which some senders
 * have called so, is refused), br (RFC 7932) and zstd (RFC 8878, any number of frames, windows
 * of at most 8 MiB as RFC 9659 has them).  Which of these there are is a matter of the
 * build.  Memory is bounded by the format's window, 32 KiB to 16 MiB.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_DECODER_H
#define WEFT_HTTP_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

#include "base/budget.h"

enum weft__coding {
    WEFT__CODING_IDENTITY,
    WEFT__CODING_GZIP, /* "x-gzip", too */
    WEFT__CODING_DEFLATE,
    WEFT__CODING_BR,
    WEFT__CODING_ZSTD,
    WEFT__CODING_UNKNOWN, /* or not in this build */
};

/* Which coding a Content-Encoding names; several at once are unknown. */
enum weft__coding weft__coding_parse(const char *value, size_t length);

/* What an Accept-Encoding field says of this build: "gzip, deflate, br, zstd". */
extern const char weft__codings[];

struct weft__decoder;

/* For a coding that is neither of the first nor of the last kind.  What the library takes is
 * taken from `budget`, which may be NULL and lives longer.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__decoder_new(struct weft__decoder **ret, enum weft__coding coding,
                                      struct weft__budget *budget);

/* Takes NULL. */
void weft__decoder_free(struct weft__decoder *decoder);

/*
 * Decode from *at, which is moved on, up to `end`, to `to`.
 *
 * ret_length  how much was written, at most `room`, which is not 0.  When it is less, all input
 *             is used up.
 *
 * 0; WEFT_EPROTO when the input is malformed, or goes on behind its end; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__decoder_run(struct weft__decoder *decoder, const char **at,
                                      const char *end, char *to, size_t room,
                                      size_t *ret_length);

/* Whether the input may end here. */
bool weft__decoder_ended(const struct weft__decoder *decoder);

#endif
