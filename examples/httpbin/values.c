/*
 * values.c - small values: /uuid, /bytes/{n}, /base64.
 *
 * Shows: bodies of bytes, memory of the request (weft_alloc(), which nobody frees), and which
 * media type goes with bytes that a client has chosen: never text/html, which would make this a
 * way to run scripts under the site's name.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <string.h>

#include "base64.h"
#include "params.h"
#include "random.h"
#include "reply.h"
#include "utf8.h"

enum { MAX_BYTES = 100 * 1024 };

/* A random UUID, version 4 (RFC 9562, 5.4). */
static weft_response *uuid(weft_request *req)
{
    unsigned char b[16];
    const char *text;
    int rc = random_bytes(b, sizeof(b));

    if (rc < 0)
        return weft_error(req, rc);
    b[6] = (b[6] & 0x0f) | 0x40; /* version */
    b[8] = (b[8] & 0x3f) | 0x80; /* variant */
    text =
        weft_printf(req, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                    b[12], b[13], b[14], b[15]);
    return reply_json(req, 200, json_pack("{s:s}", "uuid", text));
}

static weft_response *bytes(weft_request *req)
{
    int64_t n = 0;
    uint64_t seed = 0;
    void *data;
    int rc = path_integer(req, "n", 0, MAX_BYTES, &n);

    if (rc == 0)
        rc = request_seed(req, &seed);
    if (rc < 0)
        return weft_error(req, rc);
    data = weft_alloc(req, (size_t)n);
    if (data == NULL)
        return weft_error(req, UV_ENOMEM);
    seeded_bytes(seed, 0, data, (size_t)n);
    return weft_bytes(req, 200, "application/octet-stream", data, (size_t)n);
}

static weft_response *decode(weft_request *req)
{
    const char *value = weft_path_str(req, "value");
    char *data;
    ssize_t length = base64_decode(req, value, &data);

    if (*value == '\0')
        return weft_problem(req, 404, "there is no value");
    if (length == WEFT_EPROTO)
        return weft_problem(req, 400, "this is not base64; d2VmdA== would be");
    if (length < 0)
        return weft_error(req, (int)length);
    return weft_bytes(req, 200,
                      is_utf8(data, (size_t)length) ? "text/plain; charset=utf-8"
                                                    : "application/octet-stream",
                      data, (size_t)length);
}

static weft_response *encode(weft_request *req)
{
    const char *value = weft_path_str(req, "value");
    const char *encoded = base64_encode(req, value, strlen(value));

    return encoded != NULL ? weft_text(req, 200, encoded) : weft_error(req, UV_ENOMEM);
}

void add_values(weft_app *app)
{
    weft_get(app, "/uuid", uuid, .summary = "A random UUID");
    weft_get(app, "/bytes/{n:int}", bytes, .summary = "n random bytes; seed makes them repeat");
    /* Standard base64 has slashes in it, hence the parameter that takes the rest of the path.
     */
    weft_get(app, "/base64/{value:path}", decode, .summary = "base64, decoded");
    weft_get(app, "/base64/decode/{value:path}", decode, .summary = "The same");
    weft_get(app, "/base64/encode/{value:path}", encode, .summary = "A text as base64");
}
