/*
 * cache.c - /cache, /cache/{seconds} and /etag/{etag}: what caches ask, and are told.
 *
 * Shows: conditional requests (RFC 9110, 13).  weft_check_preconditions() goes through
 * If-Match, If-None-Match and their like in the right order, lists and weak tags included, and
 * says whether the client has it already (304), is too late (412), or gets it (0).
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>
#include <time.h>

#include "describe.h"
#include "params.h"
#include "random.h"

/* Like /get, but 304 for whoever says that it has something, whatever that is. */
static weft_response *cache(weft_request *req)
{
    bool has_it = weft_header(req, "If-Modified-Since") != NULL ||
                  weft_header(req, "If-None-Match") != NULL;
    weft_response *res =
        has_it ? weft_empty(req, 304) : weft_json(req, 200, describe_request(req));
    time_t now = time(NULL);
    uint64_t tag;
    struct tm utc;
    char date[64];
    int rc = random_bytes(&tag, sizeof(tag));

    if (rc < 0)
        return weft_error(req, rc);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
    weft_set_header(res, "Last-Modified", date);
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
    res = weft_json(req, 200, describe_request(req));
    weft_set_header(res, "Cache-Control",
                    weft_printf(req, "public, max-age=%" PRId64, seconds));
    return res;
}

/* What may stand between the quotes of an entity-tag (RFC 9110, 8.8.3). */
static bool is_opaque(const char *tag)
{
    for (; *tag != '\0'; tag++)
        if ((unsigned char)*tag <= ' ' || *tag == '"' || *tag == 0x7f)
            return false;
    return true;
}

static weft_response *etag(weft_request *req)
{
    const char *wanted = weft_path_str(req, "etag");
    const char *tag = weft_printf(req, "\"%s\"", wanted);
    weft_response *res;
    int status;

    if (tag == NULL)
        return weft_error(req, UV_ENOMEM);
    if (!is_opaque(wanted))
        return weft_problem(req, 400, "this is no entity-tag");
    status = weft_check_preconditions(req, tag, WEFT_NO_TIME);
    res = status != 0 ? weft_empty(req, status) : weft_json(req, 200, describe_request(req));
    weft_set_header(res, "ETag", tag);
    return res;
}

void add_cache(weft_app *app)
{
    weft_get(app, "/cache", cache, .summary = "304 for whoever has a copy");
    weft_get(app, "/cache/{seconds:int}", cache_for, .summary = "Cacheable for so long");
    weft_get(app, "/etag/{etag}", etag, .summary = "An entity-tag, with If-Match and its like");
}
