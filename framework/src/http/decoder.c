/*
 * http/decoder.c - see decoder.h: what all codings share.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/decoder.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "base/alloc.h"
#include "http/coding.h"
#include "http/find.h"

const char weft__codings[] =
#ifdef WEFT_ZLIB
    "gzip, deflate"
#if defined(WEFT_BROTLI) || defined(WEFT_ZSTD)
    ", "
#endif
#endif
#ifdef WEFT_BROTLI
    "br"
#ifdef WEFT_ZSTD
    ", "
#endif
#endif
#ifdef WEFT_ZSTD
    "zstd"
#endif
    "";

static const struct {
    const char *name;
    enum weft__coding coding;
} names[] = {
    { "identity", WEFT__CODING_IDENTITY },
#ifdef WEFT_ZLIB
    { "gzip", WEFT__CODING_GZIP },
    { "x-gzip", WEFT__CODING_GZIP },
    { "deflate", WEFT__CODING_DEFLATE },
#endif
#ifdef WEFT_BROTLI
    { "br", WEFT__CODING_BR },
#endif
#ifdef WEFT_ZSTD
    { "zstd", WEFT__CODING_ZSTD },
#endif
};

enum weft__coding weft__coding_parse(const char *value, size_t length)
{
    const char *end = value + length;

    value = weft__skip_space(value, end);
    while (end > value && weft__char_is_space(end[-1]))
        end--;
    length = (size_t)(end - value);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i].name) == length && weft__lower_equal(value, names[i].name, length))
            return names[i].coding;
    return length == 0 ? WEFT__CODING_IDENTITY : WEFT__CODING_UNKNOWN;
}

/* In front of what a library was given. */
union block {
    struct {
        struct weft__budget *budget;
        size_t size; /* this included */
    } of;
    max_align_t align;
};

void *weft__coding_allocate(struct weft__decoder *decoder, size_t size)
{
    union block *block;

    if (size > SIZE_MAX - sizeof(*block))
        return NULL;
    size += sizeof(*block);
    if (weft__budget_take(decoder->budget, size) < 0)
        return NULL;
    block = weft__malloc(size);
    if (block == NULL) {
        weft__budget_give(decoder->budget, size);
        return NULL;
    }
    block->of.budget = decoder->budget;
    block->of.size = size;
    return block + 1;
}

void weft__coding_release(void *memory)
{
    union block *block;

    if (memory == NULL)
        return;
    block = (union block *)memory - 1;
    weft__budget_give(block->of.budget, block->of.size);
    free(block);
}

int weft__coding_charge(struct weft__decoder *decoder, size_t bytes)
{
    if (bytes <= decoder->charged)
        return 0;
    if (weft__budget_take(decoder->budget, bytes - decoder->charged) < 0)
        return UV_ENOMEM;
    decoder->charged = bytes;
    return 0;
}

int weft__decoder_new(struct weft__decoder **ret, enum weft__coding coding,
                      struct weft__budget *budget)
{
    switch (coding) {
#ifdef WEFT_ZLIB
    case WEFT__CODING_GZIP:
    case WEFT__CODING_DEFLATE:
        return weft__zlib_decoder_new(ret, coding == WEFT__CODING_GZIP, budget);
#endif
#ifdef WEFT_BROTLI
    case WEFT__CODING_BR:
        return weft__brotli_decoder_new(ret, budget);
#endif
#ifdef WEFT_ZSTD
    case WEFT__CODING_ZSTD:
        return weft__zstd_decoder_new(ret, budget);
#endif
    default:
        return UV_EINVAL;
    }
}

void weft__decoder_free(struct weft__decoder *decoder)
{
    if (decoder == NULL)
        return;
    weft__budget_give(decoder->budget, decoder->charged);
    decoder->type->free(decoder);
}

int weft__decoder_run(struct weft__decoder *decoder, const char **at, const char *end, char *to,
                      size_t room, size_t *ret_length)
{
    *ret_length = 0;
    if (decoder->failed == 0)
        decoder->failed = decoder->type->run(decoder, at, end, to, room, ret_length);
    return decoder->failed;
}

bool weft__decoder_ended(const struct weft__decoder *decoder)
{
    return decoder->failed == 0 && decoder->ended;
}
