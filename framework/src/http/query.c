/*
 * http/query.c - see query.h.
 *
 * The text is copied once and decoded within the copy: each '=' and '&' leaves room for the NUL
 * of what stands before it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/query.h"

#include <string.h>
#include <weft/error.h>

#include "base/arena.h"
#include "http/find.h"
#include "http/url.h"

/* What is parsed, twice: as it came, and the copy that is decoded in place. */
struct source {
    const char *text;
    char *copy;
    enum weft__query_faults faults;
};

/* Undo what decoding in place has done before it failed. */
static int restore(const struct source *source, char *piece, size_t length)
{
    const char *raw = source->text + (piece - source->copy);

    if (source->faults != WEFT__QUERY_KEEP_RAW || memchr(raw, '\0', length) != NULL)
        return WEFT_EPROTO;
    memcpy(piece, raw, length);
    piece[length] = '\0';
    return 0;
}

/* Decode in place and write a NUL behind; the byte at `piece[length]` is a separator's. */
static int decode(const struct source *source, char *piece, size_t *length)
{
    long decoded = weft__url_decode(piece, piece, *length,
                                    source->faults == WEFT__QUERY_BYTES ? WEFT__URL_FORM_BYTES
                                                                        : WEFT__URL_FORM);

    if (decoded < 0)
        return restore(source, piece, *length);
    piece[decoded] = '\0';
    *length = (size_t)decoded;
    return 0;
}

static int split_pair(const struct source *source, struct weft__pair *pair, char *text,
                      char *end)
{
    char *equals = text + (weft__find(text, end, '=') - text);
    int rc;

    *pair = (struct weft__pair){
        .name = text,
        .name_length = (size_t)(equals - text),
        .value = "",
    };
    rc = decode(source, text, &pair->name_length);
    if (rc < 0 || equals == end)
        return rc;
    pair->value = equals + 1;
    pair->value_length = (size_t)(end - equals - 1);
    return decode(source, equals + 1, &pair->value_length);
}

bool weft__query_too_many(const char *text, size_t length)
{
    const char *end = text + length;
    unsigned count = 0;

    if (length <= 2 * WEFT__QUERY_PAIRS_MAX) /* a pair and a separator are two bytes */
        return false;
    while (text < end) {
        const char *next = weft__find(text, end, '&');

        count += next > text;
        text = next + 1;
    }
    return count > WEFT__QUERY_PAIRS_MAX;
}

int weft__query_parse(struct weft__pairs *ret_pairs, struct weft__arena *arena,
                      const char *text, size_t length, unsigned max_pairs,
                      enum weft__query_faults faults)
{
    char *copy = weft__arena_strndup(arena, text, length);
    struct source source = { .text = text, .copy = copy, .faults = faults };
    char *end;
    unsigned max = max_pairs == 0 ? WEFT__QUERY_PAIRS_MAX : max_pairs;

    if (copy == NULL)
        return UV_ENOMEM;
    end = copy + length;
    for (char *at = copy; at < end;) {
        char *next = at + (weft__find(at, end, '&') - at);
        struct weft__pair pair;
        int rc;

        if (next > at) {
            if (ret_pairs->count >= max)
                return WEFT_ELIMIT;
            rc = split_pair(&source, &pair, at, next);
            if (rc == 0)
                rc = weft__pairs_add(ret_pairs, arena, &pair);
            if (rc < 0)
                return rc;
        }
        at = next + 1;
    }
    return 0;
}
