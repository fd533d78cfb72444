/*
 * web/decompress.c - see decompress.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/decompress.h"

#include <string.h>
#include <weft/response.h>

#include "web/app.h"

enum { ENCODED_SLACK = 64 * 1024 };

/* What incompressible bytes may take more, encoded, than the limit says for decoded ones. */
static uint64_t encoded_max(uint64_t max_bytes)
{
    uint64_t slack = max_bytes / 8 + ENCODED_SLACK;

    return max_bytes > UINT64_MAX - slack ? UINT64_MAX : max_bytes + slack;
}

/* The coding before, and one more: two are none that is known; identity is none. */
static enum weft__coding and_coding(enum weft__coding found, const char *name, size_t length)
{
    enum weft__coding coding = weft__coding_parse(name, length);

    if (coding == WEFT__CODING_IDENTITY)
        return found;
    return found == WEFT__CODING_IDENTITY ? coding : WEFT__CODING_UNKNOWN;
}

/* All elements of all lines, of which only one may name a coding. */
static enum weft__coding coding_of(const weft_request *req)
{
    const struct weft__field *field = weft__head_find(&req->head, "Content-Encoding", 16);
    enum weft__coding found = WEFT__CODING_IDENTITY;
    const char *name;
    size_t length;

    for (; field != NULL; field = weft__head_find_next(&req->head, field)) {
        const char *at = field->value;

        while (weft__field_next_token(&at, field->value + field->value_length, &name, &length))
            found = and_coding(found, name, length);
    }
    return found;
}

/* Where there is no route, nothing is. */
static bool is_on(const weft_request *req)
{
    weft_decompress choice =
        req->route == NULL ? WEFT_DECOMPRESS_OFF : req->route->options.decompress;

    if (choice == WEFT_DECOMPRESS_DEFAULT)
        choice = req->app->settings.decompress;
    return choice == WEFT_DECOMPRESS_ON;
}

int weft__decompress(weft_request *req, uint64_t max_bytes)
{
    const weft_app_options *settings = &req->app->settings;
    enum weft__coding coding;

    if (!is_on(req))
        return req->verdict;
    coding = coding_of(req);
    if (coding == WEFT__CODING_IDENTITY)
        return req->verdict;
    if (coding == WEFT__CODING_UNKNOWN)
        return 415;
    req->body.max_bytes = encoded_max(max_bytes);
    if (req->head.has_length && req->head.content_length > req->body.max_bytes)
        return 413;
    if (weft__request_decode(req, coding, max_bytes, settings->max_decompress_ratio) < 0)
        return 500;
    return 0;
}

void weft__tell_codings(const weft_request *req, weft_response *res)
{
    const char *taken = is_on(req) ? weft__codings : "";

    weft_set_header(res, "Accept-Encoding", *taken == '\0' ? "identity" : taken);
}

int weft__refuse_encoded(weft_request *req)
{
    int rc;

    if (!req->head.encoded || req->decoding != NULL || coding_of(req) == WEFT__CODING_IDENTITY)
        return 0;
    rc = weft_fail(req, 415, "The body has a Content-Encoding, which is not taken here.");
    weft__tell_codings(req, req->stored);
    return rc;
}
