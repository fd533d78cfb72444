/*
 * ranges.c - /range/{n}: n bytes, "abc...z" over and over, of which a part may be asked for.
 *
 * Shows: range requests (RFC 9110, 14) of what a program makes: weft_check_range() says which
 * part is wanted, by Range and by If-Range, with which a client says which version it has the
 * rest of; 206 and 416 tell it by Content-Range.  Files need none of this: weft_file() does it
 * all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>

#include "pace.h"
#include "params.h"

enum { MAX_BYTES = 100 * 1024, MAX_DURATION_S = 60 };

static void fill_with_letters(uint64_t at, char *buffer, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buffer[i] = (char)('a' + (at + i) % 26);
}

static void describe_part(weft_response *res, const char *etag, const char *content_range)
{
    weft_set_header(res, "ETag", etag);
    weft_set_header(res, "Accept-Ranges", "bytes");
    if (content_range != NULL) /* that of the whole has none */
        weft_set_header(res, "Content-Range", content_range);
}

static weft_response *send_range(weft_request *req, int status, const char *etag,
                                 const weft_range *range, const char *content_range)
{
    weft_response *res = weft_stream(req, status, "application/octet-stream");
    int64_t length = (int64_t)(range->last - range->first + 1);
    size_t chunk = 0;
    uint64_t ms = 0;
    int rc = query_seconds(req, "duration", 0, MAX_DURATION_S, &ms);

    if (rc == 0)
        rc = query_chunk_size(req, MAX_BYTES, MAX_BYTES, &chunk);
    if (rc < 0)
        return weft_error(req, rc);
    describe_part(res, etag, content_range);
    weft_set_header(res, "Content-Length", weft_printf(req, "%" PRId64, length));
    rc = write_paced(res, length, chunk, ms, range->first, fill_with_letters);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *without_body(weft_request *req, int status, const char *etag,
                                   const char *content_range)
{
    weft_response *res = weft_empty(req, status);

    describe_part(res, etag, content_range);
    return res;
}

static weft_response *range(weft_request *req)
{
    int64_t size = weft_path_int(req, "n");
    const char *etag = weft_printf(req, "\"range%" PRId64 "\"", size);
    weft_range part = { .last = (uint64_t)size - 1 }; /* the whole */
    const char *content_range = NULL;
    weft_response *res;
    int status;

    if (etag == NULL)
        return weft_error(req, UV_ENOMEM);
    if (size <= 0 || size > MAX_BYTES) {
        res = weft_problem(req, 404, "there are ranges of 1 to %d bytes", MAX_BYTES);
        describe_part(res, etag, NULL);
        return res;
    }
    status = weft_check_preconditions(req, etag, WEFT_NO_TIME);
    if (status != 0)
        return without_body(req, status, etag, NULL);
    status = weft_check_range(req, etag, WEFT_NO_TIME, (uint64_t)size, &part);
    if (status != 0) {
        content_range = weft_content_range(req, status == 206 ? &part : NULL, (uint64_t)size);
        if (content_range == NULL)
            return weft_error(req, UV_ENOMEM);
    }
    if (status == 416)
        return without_body(req, 416, etag, content_range);
    return send_range(req, status == 206 ? 206 : 200, etag, &part, content_range);
}

void add_ranges(weft_app *app)
{
    weft_get(app, "/range/{n:int}", range,
             .summary = "n bytes, or the range of them asked for; duration, chunk_size");
}
