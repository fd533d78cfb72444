/*
 * fuzz/decoder_fuzz.c - content codings.
 *
 * The first byte says which, the second how input and output are cut.  Whole and cut, what is
 * decoded and whether it is whole must be the same.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz.h"
#include "http/decoder.h"

enum { MAX_OUTPUT = 1 << 16 };

struct outcome {
    int rc;
    bool ended;
    size_t length;
};

static struct outcome decode(enum weft__coding coding, const char *data, size_t size,
                             size_t step, size_t room, char *out)
{
    struct weft__decoder *decoder;
    struct outcome o = { 0 };

    if (weft__decoder_new(&decoder, coding, NULL) < 0)
        return o;
    for (size_t at = 0; at < size && o.rc == 0; at += step) {
        size_t take = size - at < step ? size - at : step;
        const char *from = data + at;
        size_t count = room;

        while (o.rc == 0 && count == room && o.length + room <= MAX_OUTPUT) {
            o.rc = weft__decoder_run(decoder, &from, data + at + take, out + o.length, room,
                                     &count);
            MUST(count <= room && from <= data + at + take);
            MUST(o.rc < 0 || count == room || from == data + at + take);
            o.length += count;
        }
        if (o.length + room > MAX_OUTPUT)
            o.rc = 1; /* enough */
    }
    o.ended = weft__decoder_ended(decoder);
    weft__decoder_free(decoder);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static char one[MAX_OUTPUT];
    static char two[MAX_OUTPUT];
    const char *data = (const char *)input + 2;
    enum weft__coding coding;
    struct outcome whole;
    struct outcome cut;

    if (size < 2)
        return 0;
    size -= 2;
    coding = (enum weft__coding)(WEFT__CODING_GZIP + input[0] % 4);
    whole = decode(coding, data, size, size == 0 ? 1 : size, 4096, one);
    cut = decode(coding, data, size, input[1] % 16 + 1U, input[1] / 16 + 1U, two);
    if (whole.rc == 0 && cut.rc == 0) {
        MUST(whole.ended == cut.ended);
        MUST(whole.length == cut.length);
        MUST(memcmp(one, two, whole.length) == 0);
    }
    MUST((whole.rc == 0) == (cut.rc == 0) || whole.rc == 1 || cut.rc == 1);
    return 0;
}
