/*
 * http/coding.h - what a library's decoder has to be, behind http/decoder.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_HTTP_CODING_H
#define WEFT_HTTP_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <weft/export.h>

struct weft__decoder;

struct weft__decoder_type {
    /* As weft__decoder_run(); keeps `ended`. */
    int (*run)(struct weft__decoder *decoder, const char **at, const char *end, char *to,
               size_t room, size_t *ret_length);
    void (*free)(struct weft__decoder *decoder);
};

/* The first member of each decoder. */
struct weft__decoder {
    const struct weft__decoder_type *type;
    bool ended; /* what came so far is whole */
    int failed; /* what every later call returns */
};

WEFT_MUST_CHECK int weft__zlib_decoder_new(struct weft__decoder **ret, bool gzip);
WEFT_MUST_CHECK int weft__brotli_decoder_new(struct weft__decoder **ret);
WEFT_MUST_CHECK int weft__zstd_decoder_new(struct weft__decoder **ret);

#endif
