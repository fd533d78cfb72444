/*
 * ranges.c - /range/{n}: n bytes, "abc...z" over and over, of which a part may be asked for.
 *
 * Shows: range requests (RFC 9110, 14) made by hand: 206 with Content-Range, 416 for what lies
 * past the end, and If-Range, by which a client says which version it has the rest of.  Files
 * need none of this: weft_file() does it all.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "pace.h"
#include "params.h"

enum { MAX_BYTES = 100 * 1024, MAX_DURATION_S = 60 };

/* The part that is sent: `length` bytes from `first` on. */
struct part {
    int64_t first;
    int64_t length;
    bool partial;
};

/* Digits as a number, at most `max`.  -1 when there is none. */
static int64_t read_number(const char **at, int64_t max)
{
    int64_t value = 0;

    if (**at < '0' || **at > '9')
        return -1;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (**at - '0');
        if (value > max)
            value = max; /* `max` is far below what could overflow */
    }
    return value;
}

/*
 * "bytes=0-9", "bytes=10-" or "bytes=-5" of `size` bytes.  A field of another form, with
 * several ranges or in another unit is ignored, as RFC 9110, 14.2 allows: then the part is the
 * whole.
 *
 * False when nothing of the range is there, or it ends before it begins: 416.
 */
static bool choose_part(const char *range, int64_t size, struct part *ret)
{
    int64_t first, last;

    *ret = (struct part){ .length = size };
    if (range == NULL || strncasecmp(range, "bytes=", 6) != 0)
        return true;
    range += 6;
    first = read_number(&range, size);
    if (*range++ != '-')
        return true;
    last = read_number(&range, size);
    if (*range != '\0' || (first < 0 && last < 0))
        return true;

    if (first < 0) { /* the last so many */
        first = size - last;
        last = size - 1;
    } else if (last < 0 || last >= size) {
        last = size - 1;
    }
    if (first > last)
        return false;
    *ret = (struct part){ .first = first, .length = last - first + 1, .partial = true };
    return true;
}

/* If-Range names the version that the client has a part of: of another one it gets the whole.
 */
static const char *range_of(weft_request *req, int64_t size)
{
    weft_etag has;
    int64_t date;
    bool same = true;

    switch (weft_if_range(req, &has, &date)) {
    case WEFT_IF_RANGE_NONE:
        same =
            weft_header(req, "If-Range") == NULL; /* what is malformed names nothing of ours */
        break;
    case WEFT_IF_RANGE_ETAG:
        same = !has.weak && strcmp(has.tag, weft_printf(req, "range%" PRId64, size)) == 0;
        break;
    case WEFT_IF_RANGE_DATE:
        same = false; /* these bytes have no date */
        break;
    }
    return same && strcmp(weft_method(req), "GET") == 0 ? weft_header(req, "Range") : NULL;
}

static void fill_with_letters(uint64_t at, char *buffer, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buffer[i] = (char)('a' + (at + i) % 26);
}

static void describe_part(weft_response *res, const char *etag, const char *content_range)
{
    weft_set_header(res, "ETag", etag);
    weft_set_header(res, "Accept-Ranges", "bytes");
    if (content_range != NULL)
        weft_set_header(res, "Content-Range", content_range);
}

static weft_response *send_part(weft_request *req, int64_t size, const char *etag,
                                const struct part *part)
{
    weft_response *res =
        weft_stream(req, part->partial ? 206 : 200, "application/octet-stream");
    size_t chunk = 0;
    uint64_t ms = 0;
    int rc = query_seconds(req, "duration", 0, MAX_DURATION_S, &ms);

    if (rc == 0)
        rc = query_chunk_size(req, MAX_BYTES, MAX_BYTES, &chunk);
    if (rc < 0)
        return weft_error(req, rc);
    describe_part(res, etag,
                  !part->partial
                      ? NULL
                      : weft_printf(req, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, part->first,
                                    part->first + part->length - 1, size));
    weft_set_header(res, "Content-Length", weft_printf(req, "%" PRId64, part->length));
    rc = write_paced(res, part->length, chunk, ms, (uint64_t)part->first, fill_with_letters);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *range(weft_request *req)
{
    int64_t size = weft_path_int(req, "n");
    const char *etag = weft_printf(req, "\"range%" PRId64 "\"", size);
    weft_response *res;
    struct part part;
    int status;

    if (size <= 0 || size > MAX_BYTES) {
        res = weft_problem(req, 404, "there are ranges of 1 to %d bytes", MAX_BYTES);
        describe_part(res, etag, NULL);
        return res;
    }
    status = weft_check_preconditions(req, etag, WEFT_NO_TIME);
    if (status != 0) {
        res = weft_empty(req, status);
        describe_part(res, etag, NULL);
        return res;
    }
    if (!choose_part(range_of(req, size), size, &part)) {
        res = weft_empty(req, 416);
        describe_part(res, etag, weft_printf(req, "bytes */%" PRId64, size));
        return res;
    }
    return send_part(req, size, etag, &part);
}

void add_ranges(weft_app *app)
{
    weft_get(app, "/range/{n:int}", range,
             .summary = "n bytes, or the range of them asked for; duration, chunk_size");
}
