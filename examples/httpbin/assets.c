/*
 * assets.c - see assets.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "assets.h"

#include <string.h>

static weft_response *send_file(weft_request *req, const struct asset *asset)
{
    int status = weft_check_preconditions(req, asset->etag, WEFT_NO_TIME);
    weft_response *res =
        status != 0 ? weft_empty(req, status)
                    : weft_bytes(req, 200, asset->media_type, asset->bytes, asset->length);

    weft_set_header(res, "ETag", asset->etag);
    weft_set_header(res, "Cache-Control", "no-cache"); /* may be kept, and is asked about */
    return res;
}

weft_response *send_asset(weft_request *req, const char *name)
{
    for (const struct asset *asset = assets; asset->name != NULL; asset++)
        if (strcmp(asset->name, name) == 0)
            return send_file(req, asset);
    weft_log(WEFT_LOG_ERROR, "there is no asset %s", name);
    return weft_error(req, UV_ENOENT);
}
