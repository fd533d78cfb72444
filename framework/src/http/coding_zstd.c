/*
 * http/coding_zstd.c - zstd by libzstd, which takes its memory by itself and tells how much:
 * the interface for other allocators is not a stable one.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <weft/error.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "http/coding.h"

enum {
    WINDOW_LOG_MAX = 23, /* 8 MiB: RFC 9659 */
    HEADER_MAX = 18,     /* RFC 8878, 3.1.1: the magic number and the longest header */
};

struct zstd_decoder {
    struct weft__decoder base;
    ZSTD_DCtx *context;
    unsigned header_bytes; /* of the frame, up to HEADER_MAX */
};

/*
 * The first bytes of a frame go one by one.  Given more, libzstd looks whether a whole frame is
 * there, which it reads another way that checks more, or one of the formats before RFC 8878,
 * which nobody is asked to read and few have tested; so it would depend on the cuts what is
 * malformed.
 */
static size_t next_piece(struct zstd_decoder *decoder, size_t left)
{
    if (left == 0 || decoder->header_bytes == HEADER_MAX)
        return left;
    decoder->header_bytes++;
    return 1;
}

static int run(struct weft__decoder *base, const char **at, const char *end, char *to,
               size_t room, size_t *ret_length)
{
    struct zstd_decoder *decoder = (struct zstd_decoder *)base;
    const size_t length = (size_t)(end - *at);
    ZSTD_inBuffer in = { .src = *at };
    ZSTD_outBuffer out = { .dst = to, .size = room };

    /* Asked for no input at the end of a frame it would begin another one. */
    while (out.pos < out.size && !(base->ended && in.pos == length)) {
        size_t before = in.pos + out.pos;
        size_t rc;

        in.size = in.pos + next_piece(decoder, length - in.pos);
        rc = ZSTD_decompressStream(decoder->context, &out, &in);
        if (ZSTD_isError(rc))
            return ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation ? UV_ENOMEM
                                                                         : WEFT_EPROTO;
        base->ended = rc == 0;
        if (base->ended)
            decoder->header_bytes = 0;
        if (in.pos + out.pos == before || (in.pos == length && out.pos < out.size))
            break;
    }
    *at += in.pos;
    *ret_length = out.pos;
    return weft__coding_charge(base, ZSTD_sizeof_DStream(decoder->context));
}

static void free_decoder(struct weft__decoder *base)
{
    ZSTD_freeDCtx(((struct zstd_decoder *)base)->context);
    free(base);
}

int weft__zstd_decoder_new(struct weft__decoder **ret, struct weft__budget *budget)
{
    static const struct weft__decoder_type type = { run, free_decoder };
    struct zstd_decoder *decoder = weft__calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return UV_ENOMEM;
    decoder->base.type = &type;
    decoder->base.budget = budget;
    decoder->context = ZSTD_createDCtx();
    if (decoder->context == NULL ||
        ZSTD_isError(
            ZSTD_DCtx_setParameter(decoder->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        ZSTD_freeDCtx(decoder->context);
        free(decoder);
        return UV_ENOMEM;
    }
    *ret = &decoder->base;
    return 0;
}
