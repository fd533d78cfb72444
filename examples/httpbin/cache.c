/*
 * cache.c - /cache and /cache/{seconds}: what caches ask, and are told.
 *
 * Shows: the fields by which a response is kept and asked about again: Last-Modified, ETag and
 * Cache-Control (RFC 9111).
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <time.h>

#include "describe.h"
#include "params.h"
#include "random.h"
#include "reply.h"

/* Like /get, but 304 for whoever says that it has something, whatever that is. */
static weft_response *cache(weft_request *req)
{
    bool has_it = weft_header(req, "If-Modified-Since") != NULL ||
                  weft_header(req, "If-None-Match") != NULL;
    weft_response *res =
        has_it ? weft_empty(req, 304) : reply_json(req, 200, describe_request(req));
    uint64_t tag;
    int rc = random_bytes(&tag, sizeof(tag));

    if (rc < 0)
        return weft_error(req, rc);
    weft_set_header(res, "Last-Modified", weft_http_date(req, time(NULL)));
    weft_set_header(res, "ETag", weft_printf(req, "\"%016" PRIx64 "\"", tag));
    return res;
}

static weft_response *cache_for(weft_request *req)
{
    int64_t seconds = 0;
    weft_response *res;
    int rc = path_integer(req, "seconds", 0, INT32_MAX, &seconds); /* RFC 9111, 1.2.2 */

    if (rc < 0)
        return weft_error(req, rc);
    res = reply_json(req, 200, describe_request(req));
    weft_set_header(res, "Cache-Control",
                    weft_printf(req, "public, max-age=%" PRId64, seconds));
    return res;
}

void add_cache(weft_app *app)
{
    weft_get(app, "/cache", cache, .summary = "304 for whoever has a copy");
    weft_get(app, "/cache/{seconds:int}", cache_for, .summary = "Cacheable for so long");
}
