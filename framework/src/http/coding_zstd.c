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

enum { WINDOW_LOG_MAX = 23 }; /* 8 MiB: RFC 9659 */

struct zstd_decoder {
    struct weft__decoder base;
    ZSTD_DCtx *context;
    bool in_frame; /* its first byte was seen */
};

/* RFC 8878, 3.1: a frame's magic number, of data or to be skipped, by its first byte.  libzstd
 * may read the formats that came before, too, which nobody is asked to and few have tested. */
static bool begins_frame(unsigned char byte)
{
    return byte == 0x28 || byte >> 4 == 0x5;
}

/*
 * A frame's first byte goes alone: libzstd reads a frame that it is given whole another way,
 * which checks more, and what is malformed is to be so however it is cut.
 */
static int run(struct weft__decoder *base, const char **at, const char *end, char *to,
               size_t room, size_t *ret_length)
{
    struct zstd_decoder *decoder = (struct zstd_decoder *)base;
    const unsigned char *data = (const unsigned char *)*at;
    const size_t length = (size_t)(end - *at);
    ZSTD_inBuffer in = { .src = data };
    ZSTD_outBuffer out = { .dst = to, .size = room };

    /* Asked for no input at the end of a frame it would begin another one. */
    while (out.pos < out.size && !(base->ended && in.pos == length)) {
        size_t before = in.pos + out.pos;
        size_t rc;

        in.size = length;
        if (!decoder->in_frame && in.pos < length) {
            if (!begins_frame(data[in.pos]))
                return WEFT_EPROTO;
            decoder->in_frame = true;
            in.size = in.pos + 1;
        }
        rc = ZSTD_decompressStream(decoder->context, &out, &in);
        if (ZSTD_isError(rc))
            return ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation ? UV_ENOMEM
                                                                         : WEFT_EPROTO;
        base->ended = rc == 0;
        if (base->ended)
            decoder->in_frame = false;
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
