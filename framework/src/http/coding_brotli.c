/*
 * http/coding_brotli.c - br by libbrotlidec.
 *
 * SPDX-License-Identifier: MIT
 */
#include <brotli/decode.h>
#include <stdlib.h>
#include <weft/error.h>

#include "base/alloc.h"
#include "http/coding.h"

struct brotli_decoder {
    struct weft__decoder base;
    BrotliDecoderState *state;
};

static void *allocate(void *arg, size_t size)
{
    return weft__coding_allocate(arg, size);
}

static void release(void *arg, void *memory)
{
    (void)arg;
    weft__coding_release(memory);
}

static bool is_out_of_memory(const BrotliDecoderState *state)
{
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);

    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
           code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static int run(struct weft__decoder *base, const char **at, const char *end, char *to,
               size_t room, size_t *ret_length)
{
    BrotliDecoderState *state = ((struct brotli_decoder *)base)->state;
    const uint8_t *in = (const uint8_t *)*at;
    uint8_t *out = (uint8_t *)to;
    size_t given = (size_t)(end - *at);
    size_t left = room;
    BrotliDecoderResult result;

    if (base->ended)
        return given > 0 ? WEFT_EPROTO : 0;
    result = BrotliDecoderDecompressStream(state, &given, &in, &left, &out, NULL);
    *at = end - given;
    if (result == BROTLI_DECODER_RESULT_ERROR)
        return is_out_of_memory(state) ? UV_ENOMEM : WEFT_EPROTO;
    base->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    *ret_length = room - left;
    return base->ended && given > 0 ? WEFT_EPROTO : 0;
}

static void free_decoder(struct weft__decoder *base)
{
    BrotliDecoderDestroyInstance(((struct brotli_decoder *)base)->state);
    free(base);
}

int weft__brotli_decoder_new(struct weft__decoder **ret, struct weft__budget *budget)
{
    static const struct weft__decoder_type type = { run, free_decoder };
    struct brotli_decoder *decoder = weft__calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return UV_ENOMEM;
    decoder->base.type = &type;
    decoder->base.budget = budget;
    decoder->state = BrotliDecoderCreateInstance(allocate, release, &decoder->base);
    if (decoder->state == NULL) {
        free(decoder);
        return UV_ENOMEM;
    }
    *ret = &decoder->base;
    return 0;
}
