/*
 * coding.c - /gzip, /deflate, /brotli, /zstd: the request told back, compressed; /decoded: the
 * other direction, a compressed body told back.
 *
 * Shows: content codings (RFC 9110, 8.4.1), and what the libraries make of a whole body in one
 * call.  The coding is sent whatever the client accepts: that is what is tested with it. Bodies
 * of requests are decoded by Weft where a route asks for it, and all that reads them gives
 * decoded bytes; what would grow a hundredfold is refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "body.h"
#include "describe.h"

/* From `data` into `room` bytes at `to`.  The length; 0 on failure. */
typedef size_t compressor(const void *data, size_t length, void *to, size_t room);

/* A coding, by the names that it has in the response. */
struct coding {
    const char *name;
    const char *member;
    compressor *compress;
};

/* zlib writes three formats; window_bits says which. */
static size_t compress_zlib(const void *data, size_t length, void *to, size_t room,
                            int window_bits)
{
    z_stream z = { .next_in = (Bytef *)data,
                   .avail_in = (uInt)length,
                   .next_out = to,
                   .avail_out = (uInt)room };
    int rc;

    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    rc = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return rc == Z_STREAM_END ? z.total_out : 0;
}

static size_t compress_gzip(const void *data, size_t length, void *to, size_t room)
{
    return compress_zlib(data, length, to, room, 15 + 16);
}

/* "deflate" is the zlib format (RFC 1950); bare DEFLATE under this name is an old mistake. */
static size_t compress_deflate(const void *data, size_t length, void *to, size_t room)
{
    return compress_zlib(data, length, to, room, 15);
}

static size_t compress_brotli(const void *data, size_t length, void *to, size_t room)
{
    int ok = BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, length, data,
                                   &room, to);

    return ok ? room : 0;
}

static size_t compress_zstd(const void *data, size_t length, void *to, size_t room)
{
    size_t written = ZSTD_compress(to, room, data, length, 3);

    return ZSTD_isError(written) ? 0 : written;
}

/* The response as it would be, with its body replaced. */
static weft_response *compressed(weft_request *req, const struct coding *coding,
                                 weft_response *res)
{
    size_t length, room;
    const void *plain = weft_response_body(res, &length);
    void *buffer;

    room = length + length / 8 + 1024; /* more than any of them adds */
    buffer = weft_alloc(req, room);
    length = buffer != NULL ? coding->compress(plain, length, buffer, room) : 0;
    if (length == 0)
        return weft_error(req, UV_ENOMEM);
    weft_response_set_body(res, buffer, length);
    weft_set_header(res, "Content-Encoding", coding->name);
    return res;
}

static weft_response *reply(weft_request *req, const struct coding *coding)
{
    json_t *what = json_pack("{s:b, s:o, s:s, s:s}", coding->member, true, "headers",
                             describe_headers(req), "method", weft_method(req), "origin",
                             weft_remote(req));

    if (what == NULL)
        return weft_error(req, UV_ENOMEM);
    return compressed(req, coding, weft_json_pretty(req, 200, what));
}

static weft_response *gzip(weft_request *req)
{
    return reply(req, &(struct coding){ "gzip", "gzipped", compress_gzip });
}

static weft_response *deflated(weft_request *req)
{
    return reply(req, &(struct coding){ "deflate", "deflated", compress_deflate });
}

static weft_response *brotli(weft_request *req)
{
    return reply(req, &(struct coding){ "br", "brotli", compress_brotli });
}

static weft_response *zstd(weft_request *req)
{
    return reply(req, &(struct coding){ "zstd", "zstd", compress_zstd });
}

static weft_response *decoded(weft_request *req)
{
    return tell_back(req, NULL);
}

void add_codings(weft_app *app)
{
    weft_get(app, "/gzip", gzip, .summary = "A response in gzip");
    weft_get(app, "/deflate", deflated, .summary = "A response in deflate");
    weft_get(app, "/brotli", brotli, .summary = "A response in Brotli");
    weft_get(app, "/zstd", zstd, .summary = "A response in Zstandard");
    weft_post(app, "/decoded", decoded, .decompress = WEFT_DECOMPRESS_ON,
              .summary = "A body in one of these, decoded and told back");
}
