/*
 * streams.c - bodies written piece by piece: /stream/{n} and /stream-bytes/{n}.
 *
 * Shows: weft_stream() and weft_write(), a loop that reads straight down.  weft_write() waits
 * while the client does not take what was sent before, so a body of 1 GiB needs no more memory
 * than one of 1 KiB; and it fails when the client leaves, which ends the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include "describe.h"
#include "params.h"
#include "random.h"

enum {
    MAX_LINES = 100,
    MAX_STREAMED = 1 << 30,
    DEFAULT_CHUNK = 10 * 1024,
    MAX_CHUNK = 1 << 20,
};

static int write_line(weft_request *req, weft_response *res, json_t *value)
{
    const char *line = json_text(req, value, 0);

    return line != NULL ? weft_write_printf(res, "%s\n", line) : UV_ENOMEM;
}

static weft_response *lines(weft_request *req)
{
    json_t *what = describe_request(req);
    weft_response *res = weft_stream(req, 200, "application/json");
    int64_t n = 0;
    int rc = path_integer(req, "n", 0, MAX_LINES, &n);

    for (int64_t i = 0; rc >= 0 && i < n; i++) {
        rc = json_object_set_new(what, "id", json_integer(i)) < 0 ? UV_ENOMEM : 0;
        if (rc == 0)
            rc = write_line(req, res, what);
    }
    json_decref(what);
    return rc < 0 ? weft_error(req, rc) : res;
}

static int write_bytes(weft_response *res, uint64_t seed, int64_t length, size_t chunk,
                       void *buffer)
{
    int rc = 0;

    for (int64_t sent = 0; rc >= 0 && sent < length; sent += (int64_t)chunk) {
        size_t piece = (int64_t)chunk < length - sent ? chunk : (size_t)(length - sent);

        seeded_bytes(seed, (uint64_t)sent, buffer, piece);
        rc = weft_write(res, buffer, piece);
    }
    return rc;
}

static weft_response *random_stream(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "application/octet-stream");
    int64_t n = 0;
    size_t chunk = 0;
    uint64_t seed = 0;
    void *buffer;
    int rc = path_integer(req, "n", 0, MAX_STREAMED, &n);

    if (rc == 0)
        rc = query_chunk_size(req, DEFAULT_CHUNK, MAX_CHUNK, &chunk);
    if (rc == 0)
        rc = request_seed(req, &seed);
    if (rc < 0)
        return weft_error(req, rc);
    buffer = weft_alloc(req, chunk);
    rc = buffer != NULL ? write_bytes(res, seed, n, chunk, buffer) : UV_ENOMEM;
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_streams(weft_app *app)
{
    weft_get(app, "/stream/{n:int}", lines, .summary = "n lines of JSON, one after the other");
    weft_get(app, "/stream-bytes/{n:int}", random_stream,
             .summary = "n random bytes in chunks; seed, chunk_size");
}
