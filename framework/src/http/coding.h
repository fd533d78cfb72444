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

#include "base/budget.h"

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
    bool ended;                  /* what came so far is whole */
    int failed;                  /* what every later call returns */
    struct weft__budget *budget; /* that the library's memory is taken from; or NULL */
    size_t charged;              /* by weft__coding_charge() */
};

/* Memory for a library that lets itself be given some, counted by the budget. */
void *weft__coding_allocate(struct weft__decoder *decoder, size_t size);
void weft__coding_release(void *memory);

/* For a library that does not: it has `bytes` now.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__coding_charge(struct weft__decoder *decoder, size_t bytes);

WEFT_MUST_CHECK int weft__zlib_decoder_new(struct weft__decoder **ret, bool gzip,
                                           struct weft__budget *budget);
WEFT_MUST_CHECK int weft__brotli_decoder_new(struct weft__decoder **ret,
                                             struct weft__budget *budget);
WEFT_MUST_CHECK int weft__zstd_decoder_new(struct weft__decoder **ret,
                                           struct weft__budget *budget);

#endif
