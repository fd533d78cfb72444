/*
 * Content codings: the same whatever the pieces, and nothing malformed or cut off.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/decoder.h"

#include <stdlib.h>
#include <string.h>
#include <weft/error.h>

#include "guarded.h"
#include "test.h"

/* "hello, hello, hello\n" in each coding. */
static const char text[] = "hello, hello, hello\n";

struct sample {
    enum weft__coding coding;
    size_t length;
    unsigned char data[80];
};

#include "decoder_samples.inc"

/* Decode in pieces of `step` to pieces of `room`.  0, WEFT_EPROTO, or 1: cut off. */
static int decode_by(enum weft__coding coding, const unsigned char *data, size_t length,
                     size_t step, size_t room, char *out, size_t *ret_length)
{
    struct weft_test_guarded guarded = weft_test_guarded_new(length + 1);
    struct weft__decoder *decoder;
    int rc;

    *ret_length = 0;
    cr_assert(zero(int, weft__decoder_new(&decoder, coding, NULL)));
    rc = 0;
    for (size_t at = 0; at < length && rc == 0; at += step) {
        size_t take = length - at < step ? length - at : step;
        const char *from = weft_test_guarded_copy(&guarded, data + at, take);
        const char *end = from + take;
        size_t count = room;

        while (rc == 0 && count == room) {
            rc = weft__decoder_run(decoder, &from, end, out + *ret_length, room, &count);
            *ret_length += count;
            cr_assert(le(sz, *ret_length, 1000));
        }
        if (rc == 0)
            cr_expect(eq(ptr, (void *)from, (void *)end));
    }
    if (rc == 0 && !weft__decoder_ended(decoder))
        rc = 1;
    weft__decoder_free(decoder);
    weft_test_guarded_free(&guarded);
    return rc;
}

static bool is_built(enum weft__coding coding)
{
    struct weft__decoder *decoder;

    if (weft__decoder_new(&decoder, coding, NULL) == UV_EINVAL)
        return false;
    weft__decoder_free(decoder);
    return true;
}

#define EACH_SAMPLE(s)                                                                       \
    for (const struct sample *s = samples; s < samples + sizeof(samples) / sizeof(*samples); \
         s++)                                                                                \
        if (is_built(s->coding))

WEFT_TEST(decoder, gives_the_same_however_it_is_cut)
{
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    for (size_t step = 1; step <= s->length; step++)
        for (size_t room = 1; room <= 40; room++) {
            int rc = decode_by(s->coding, s->data, s->length, step, room, out, &length);

            cr_assert(zero(int, rc), "%d by %zu to %zu", s->coding, step, room);
            cr_assert(eq(sz, length, sizeof(text) - 1), "%d by %zu to %zu", s->coding, step,
                      room);
            cr_assert(zero(int, memcmp(out, text, length)));
        }
}

WEFT_TEST(decoder, knows_what_is_cut_off)
{
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    for (size_t cut = 0; cut < s->length; cut++)
        for (size_t step = 1; step < 50; step += 7)
            cr_expect(eq(int, decode_by(s->coding, s->data, cut, step, 100, out, &length), 1),
                      "%d cut at %zu", s->coding, cut);
}

WEFT_TEST(decoder, refuses_what_goes_on_behind_the_end)
{
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    {
        unsigned char more[100];

        memcpy(more, s->data, s->length);
        memcpy(more + s->length, "garbage", 7);
        for (size_t step = 1; step < 50; step++)
            cr_expect(eq(int,
                         decode_by(s->coding, more, s->length + 7, step, 100, out, &length),
                         WEFT_EPROTO),
                      "%d by %zu", s->coding, step);
    }
}

/* gzip and zstd may follow themselves; the others may not. */
WEFT_TEST(decoder, takes_several_members)
{
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    {
        bool many = s->coding == WEFT__CODING_GZIP || s->coding == WEFT__CODING_ZSTD;
        unsigned char twice[160];

        memcpy(twice, s->data, s->length);
        memcpy(twice + s->length, s->data, s->length);
        for (size_t step = 1; step < 100; step++) {
            int rc = decode_by(s->coding, twice, 2 * s->length, step, 30, out, &length);

            cr_expect(eq(int, rc, many ? 0 : WEFT_EPROTO), "%d by %zu", s->coding, step);
            if (many)
                cr_expect(eq(sz, length, 2 * (sizeof(text) - 1)));
        }
    }
}

WEFT_TEST(decoder, refuses_what_is_damaged)
{
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    {
        unsigned char bad[80];

        memcpy(bad, s->data, s->length);
        bad[0] ^= 0xff;
        bad[1] ^= 0xff;
        cr_expect(ne(int, decode_by(s->coding, bad, s->length, 100, 100, out, &length), 0));
        for (size_t i = 0; i < s->length; i++) /* no byte makes it crash */
            for (unsigned bit = 0; bit < 8; bit++) {
                memcpy(bad, s->data, s->length);
                bad[i] ^= (unsigned char)(1U << bit);
                (void)decode_by(s->coding, bad, s->length, 5, 400, out, &length);
            }
    }
}

/* Raw deflate and zlib in gzip's name, and the other way round. */
WEFT_TEST(decoder, takes_no_format_for_another)
{
    static const unsigned char raw[] = { 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7,
                                         0x51, 0xc8, 0x40, 0x27, 0xb8, 0x00 };
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    {
        if (s->coding == WEFT__CODING_GZIP) {
            cr_expect(
                eq(int,
                   decode_by(WEFT__CODING_DEFLATE, s->data, s->length, 100, 100, out, &length),
                   WEFT_EPROTO));
            cr_expect(eq(
                int, decode_by(WEFT__CODING_DEFLATE, raw, sizeof(raw), 100, 100, out, &length),
                WEFT_EPROTO));
        }
        if (s->coding == WEFT__CODING_DEFLATE)
            cr_expect(eq(
                int, decode_by(WEFT__CODING_GZIP, s->data, s->length, 100, 100, out, &length),
                WEFT_EPROTO));
    }
}

/* RFC 8878, 3.1.2: a frame to be skipped is none of the content.  What libzstd reads of the
 * formats before it is no zstd (the first bytes of the magic numbers of versions 0.1 to 0.7).
 */
WEFT_TEST(decoder, skips_frames_and_refuses_older_formats)
{
    static const unsigned char skipped[] = {
        0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'
    };
    static const unsigned char older[] = { 0x1e, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27 };
    char out[2000];
    size_t length;

    EACH_SAMPLE(s)
    if (s->coding == WEFT__CODING_ZSTD)
        for (size_t step = 1; step < 50; step++) {
            unsigned char more[100];

            memcpy(more, skipped, sizeof(skipped));
            memcpy(more + sizeof(skipped), s->data, s->length);
            cr_expect(zero(int, decode_by(s->coding, more, sizeof(skipped) + s->length, step,
                                          30, out, &length)));
            cr_expect(eq(sz, length, sizeof(text) - 1));
            memset(more, 0, sizeof(more));
            for (size_t i = 0; i < sizeof(older); i++) {
                memcpy(more, (unsigned char[]){ older[i], 0xb5, 0x2f, 0xfd }, 4);
                cr_expect(eq(int, decode_by(s->coding, more, 50, step, 30, out, &length),
                             WEFT_EPROTO),
                          "0x%x by %zu", older[i], step);
            }
        }
}

/* Decode a sample whole with so much memory.  0, or what failed; what is taken is given back.
 */
static int decode_within(const struct sample *s, struct weft__budget *budget)
{
    const char *at = (const char *)s->data;
    struct weft__decoder *decoder;
    char out[100];
    size_t length;
    int rc = weft__decoder_new(&decoder, s->coding, budget);

    if (rc == 0) {
        rc = weft__decoder_run(decoder, &at, at + s->length, out, sizeof(out), &length);
        weft__decoder_free(decoder);
    }
    cr_expect(zero(sz, budget->used));
    return rc;
}

WEFT_TEST(decoder, takes_what_it_may_and_no_more)
{
    EACH_SAMPLE(s)
    {
        struct weft__budget none = { .max = 0 };
        struct weft__budget little = { .max = 4096 };
        struct weft__budget enough = { .max = 32 << 20 };

        cr_expect(eq(int, decode_within(s, &none), UV_ENOMEM), "coding %d", s->coding);
        cr_expect(eq(int, decode_within(s, &little), UV_ENOMEM), "coding %d", s->coding);
        cr_expect(zero(int, decode_within(s, &enough)), "coding %d", s->coding);
    }
}

WEFT_TEST(decoder, knows_the_names)
{
    static const struct {
        const char *value;
        enum weft__coding coding;
    } cases[] = {
        { "identity", WEFT__CODING_IDENTITY }, { "", WEFT__CODING_IDENTITY },
        { " gzip\t", WEFT__CODING_GZIP },      { "X-GZIP", WEFT__CODING_GZIP },
        { "deflate", WEFT__CODING_DEFLATE },   { "br", WEFT__CODING_BR },
        { "zstd", WEFT__CODING_ZSTD },         { "compress", WEFT__CODING_UNKNOWN },
        { "gzip, br", WEFT__CODING_UNKNOWN },  { "gzip,", WEFT__CODING_UNKNOWN },
        { "gzi", WEFT__CODING_UNKNOWN },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum weft__coding found = weft__coding_parse(cases[i].value, strlen(cases[i].value));

        if (cases[i].coding >= WEFT__CODING_GZIP && !is_built(cases[i].coding))
            cr_expect(eq(int, found, WEFT__CODING_UNKNOWN));
        else
            cr_expect(eq(int, found, cases[i].coding), "%s", cases[i].value);
    }
}
