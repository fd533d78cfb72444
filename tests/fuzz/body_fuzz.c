/*
 * fuzz/body_fuzz.c - request bodies.
 *
 * The first byte says how the rest is cut; the second, whether it is chunked or how long it is.
 * Whole and cut, the outcome must be the same, and bytes behind the end must stay untouched.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "http/head.h"

enum { MAX_BODY = 200 };

struct outcome {
    int rc;
    int complete;
    size_t decoded;
    size_t consumed;
};

static void begin(struct weft__body *body, uint8_t kind)
{
    char wire[100];
    struct weft__arena arena;
    struct weft__head head;
    int length;

    if (kind < 128)
        length = snprintf(wire, sizeof(wire),
                          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    else
        length =
            snprintf(wire, sizeof(wire),
                     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", kind - 128);
    weft__arena_init(&arena, 256);
    MUST(weft__head_parse(&head, body, &arena, wire, (size_t)length, 2) == 0);
    body->max_bytes = MAX_BODY;
    weft__arena_done(&arena);
}

/* Decode to `out`, each piece in memory of exactly its size. */
static struct outcome decode(uint8_t kind, const char *data, size_t size, size_t step,
                             char *out)
{
    struct outcome o = { 0 };
    struct weft__body body;

    begin(&body, kind);
    while (o.consumed < size && o.rc == 0 && !body.complete) {
        size_t take = size - o.consumed < step ? size - o.consumed : step;
        char *piece = malloc(take);
        size_t decoded;
        size_t consumed;

        MUST(piece != NULL);
        memcpy(piece, data + o.consumed, take);
        o.rc = weft__body_decode(&body, piece, take, &decoded, &consumed);
        MUST(consumed <= take && decoded <= consumed);
        if (o.rc == 0) {
            MUST(consumed == take || body.complete);
            MUST(memcmp(piece + consumed, data + o.consumed + consumed, take - consumed) == 0);
            memcpy(out + o.decoded, piece, decoded);
            o.decoded += decoded;
            o.consumed += consumed;
            MUST(o.decoded == body.received && o.decoded <= MAX_BODY);
        }
        free(piece);
    }
    o.complete = body.complete;
    return o;
}

/* However little of a message is looked at, it has no fewer bytes than that tells. */
static void check_least(uint8_t kind, const char *data, size_t consumed, size_t seen)
{
    struct weft__body body;

    begin(&body, kind);
    MUST(weft__body_least_rest(&body, data, seen < consumed ? seen : consumed) <= consumed);
    MUST(!body.chunked || weft__body_least_rest(&body, data, consumed) == consumed);
}

/* What a look ahead finds wrong is what decoding finds, limits aside. */
static void check(uint8_t kind, const char *data, size_t size, int rc)
{
    struct weft__body body;
    char *exact = malloc(size);
    int found;

    MUST(exact != NULL || size == 0);
    if (size > 0)
        memcpy(exact, data, size);
    begin(&body, kind);
    found = weft__body_check(&body, exact, size);
    MUST(found == rc || (rc == -413 && found == -400) || (rc == -413 && found == 0));
    MUST((found < 0) == (weft__body_least_rest(&body, exact, size) == UINT64_MAX));
    MUST(size == 0 || memcmp(exact, data, size) == 0);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *data = (const char *)input + 2;
    struct outcome whole;
    struct outcome cut;
    char *one;
    char *two;

    if (size < 2)
        return 0;
    size -= 2;
    one = malloc(size + 1);
    two = malloc(size + 1);
    MUST(one != NULL && two != NULL);
    whole = decode(input[1], data, size, size == 0 ? 1 : size, one);
    cut = decode(input[1], data, size, input[0] % 32 + 1U, two);
    MUST(whole.rc == cut.rc);
    check(input[1], data, size, whole.rc);
    if (whole.rc == 0) {
        if (whole.complete)
            check_least(input[1], data, whole.consumed, input[0]);
        MUST(whole.complete == cut.complete);
        MUST(whole.consumed == cut.consumed);
        MUST(whole.decoded == cut.decoded);
        MUST(memcmp(one, two, whole.decoded) == 0);
    }
    free(one);
    free(two);
    return 0;
}
