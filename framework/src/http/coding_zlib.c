/*
 * http/coding_zlib.c - gzip and deflate by zlib.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <stdlib.h>
#include <weft/error.h>

#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#include "base/alloc.h"
#include "http/coding.h"

enum { WINDOW_BITS = 15, GZIP = 16 /* added to the former, it means gzip and nothing else */ };

struct zlib_decoder {
    struct weft__decoder base;
    bool gzip;
    z_stream stream;
};

static void *allocate(void *arg, unsigned count, unsigned size)
{
    return weft__coding_allocate(arg, (size_t)count * size);
}

static void release(void *arg, void *memory)
{
    (void)arg;
    weft__coding_release(memory);
}

static unsigned at_most_uint(size_t size)
{
    return size < UINT_MAX ? (unsigned)size : UINT_MAX;
}

/* Behind a member of gzip another may follow (RFC 1952, 2.2); behind zlib's end nothing. */
static int begin_again(struct zlib_decoder *decoder)
{
    if (!decoder->gzip)
        return WEFT_EPROTO;
    decoder->base.ended = false;
    return inflateReset(&decoder->stream) == Z_OK ? 0 : WEFT_EPROTO;
}

static int run(struct weft__decoder *base, const char **at, const char *end, char *to,
               size_t room, size_t *ret_length)
{
    struct zlib_decoder *decoder = (struct zlib_decoder *)base;
    z_stream *stream = &decoder->stream;
    unsigned offered = at_most_uint(room);

    stream->next_out = (Bytef *)to;
    stream->avail_out = offered;
    for (;;) {
        unsigned given = at_most_uint((size_t)(end - *at));
        int rc;

        if (base->ended && given > 0 && begin_again(decoder) < 0)
            return WEFT_EPROTO;
        if (base->ended)
            break;
        stream->next_in = (const Bytef *)*at;
        stream->avail_in = given;
        rc = inflate(stream, Z_NO_FLUSH);
        *at += given - stream->avail_in;
        base->ended = rc == Z_STREAM_END;
        if (rc == Z_MEM_ERROR)
            return UV_ENOMEM;
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return WEFT_EPROTO;
        if (stream->avail_out == 0 || (*at == end && !base->ended) || rc == Z_BUF_ERROR)
            break;
    }
    *ret_length = offered - stream->avail_out;
    return 0;
}

static void free_decoder(struct weft__decoder *base)
{
    inflateEnd(&((struct zlib_decoder *)base)->stream);
    free(base);
}

int weft__zlib_decoder_new(struct weft__decoder **ret, bool gzip, struct weft__budget *budget)
{
    static const struct weft__decoder_type type = { run, free_decoder };
    struct zlib_decoder *decoder = weft__calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return UV_ENOMEM;
    decoder->base.type = &type;
    decoder->base.budget = budget;
    decoder->gzip = gzip;
    decoder->stream.zalloc = allocate;
    decoder->stream.zfree = release;
    decoder->stream.opaque = &decoder->base;
    if (inflateInit2(&decoder->stream, WINDOW_BITS + (gzip ? GZIP : 0)) != Z_OK) {
        free(decoder);
        return UV_ENOMEM;
    }
    *ret = &decoder->base;
    return 0;
}
