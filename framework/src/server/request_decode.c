/*
 * server/request_decode.c - bodies with a Content-Encoding, decoded as they are read.
 *
 * Bytes go from the connection's window through a small piece of memory to the decoder, and
 * from there to whoever reads.  A bomb is stopped by what comes out: by the limit of the body,
 * and by how much more that is than what went in.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "server/conn.h"
#include "server/request_read.h"

enum {
    INPUT_MAX = 16 * 1024,  /* of the window that is taken at once */
    RATIO_FREE = 64 * 1024, /* decoded bytes that may be of any ratio */
};

struct weft__decoding {
    struct weft__decoder *decoder;
    struct weft__budget *budget; /* that this is taken from */
    uint64_t max_bytes;          /* decoded */
    unsigned max_ratio;          /* UINT_MAX: any */
    uint64_t received;           /* encoded */
    uint64_t decoded;
    char *at; /* what is left of `input` */
    char *end;
    char input[INPUT_MAX];
};

static void release(void *arg)
{
    struct weft__decoding *decoding = arg;

    weft__decoder_free(decoding->decoder);
    weft__budget_give(decoding->budget, sizeof(*decoding));
    free(decoding);
}

/* Taken from the request's memory.  NULL when that is out. */
static struct weft__decoding *make(weft_request *req)
{
    struct weft__decoding *decoding;

    if (weft__budget_take(&req->memory, sizeof(*decoding)) < 0)
        return NULL;
    decoding = weft__malloc(sizeof(*decoding));
    if (decoding == NULL) {
        weft__budget_give(&req->memory, sizeof(*decoding));
        return NULL;
    }
    decoding->decoder = NULL;
    decoding->budget = &req->memory;
    return decoding;
}

int weft__request_decode(weft_request *req, enum weft__coding coding, uint64_t max_bytes,
                         unsigned max_ratio)
{
    struct weft__decoding *decoding = make(req);
    int rc;

    if (decoding == NULL)
        return UV_ENOMEM;
    decoding->max_bytes = max_bytes;
    decoding->max_ratio = max_ratio;
    decoding->received = 0;
    decoding->decoded = 0;
    decoding->at = decoding->end = decoding->input;
    rc = weft__decoder_new(&decoding->decoder, coding, &req->memory);
    if (rc < 0) {
        release(decoding);
        return rc;
    }
    rc = weft__arena_own(&req->arena, release, decoding);
    if (rc < 0)
        release(decoding);
    else
        req->decoding = decoding;
    return rc;
}

/* The next encoded bytes into `input`.  How many, 0 at the end, or a code. */
static int refill(weft_request *req, struct weft__decoding *decoding)
{
    size_t consumed;
    int count = weft__request_pull(req, INPUT_MAX, &consumed);

    if (count < 0)
        return count;
    if (count > 0)
        memcpy(decoding->input, req->conn->in, (size_t)count);
    weft__conn_consume(req->conn, consumed);
    decoding->at = decoding->input;
    decoding->end = decoding->input + count;
    decoding->received += (unsigned)count;
    return count;
}

/* Whether more has come out than may. */
static bool is_too_much(const struct weft__decoding *decoding)
{
    if (decoding->decoded > decoding->max_bytes)
        return true;
    return decoding->max_ratio != UINT_MAX && decoding->decoded > RATIO_FREE &&
           decoding->decoded / decoding->max_ratio > decoding->received;
}

static int run(weft_request *req, struct weft__decoding *decoding, char *to, size_t room,
               size_t *ret_length)
{
    const char *at = decoding->at;
    int rc = weft__decoder_run(decoding->decoder, &at, decoding->end, to, room, ret_length);

    decoding->at += at - decoding->at;
    decoding->decoded += *ret_length;
    if (rc == UV_ENOMEM)
        return weft__request_body_failed(req, rc, 503);
    if (rc < 0)
        return weft__request_body_failed(req, WEFT_EPROTO, 400);
    if (is_too_much(decoding))
        return weft__request_body_failed(req, WEFT_ELIMIT, 413);
    return 0;
}

int weft__request_read_decoded(weft_request *req, char *to, size_t room)
{
    struct weft__decoding *decoding = req->decoding;
    size_t length;

    for (;;) {
        int rc = run(req, decoding, to, room, &length);

        if (rc < 0)
            return rc;
        if (length > 0)
            return (int)length;
        rc = req->body.complete ? 0 : refill(req, decoding);
        if (rc < 0)
            return rc;
        if (rc > 0)
            continue;
        /* A body of no bytes at all is empty, whatever it was to be encoded in. */
        if (decoding->received > 0 && !weft__decoder_ended(decoding->decoder))
            return weft__request_body_failed(req, WEFT_EPROTO, 400);
        return 0;
    }
}
