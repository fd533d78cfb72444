/*
 * images.c - /image: one picture in the format that the client likes best; /image/{format}.
 *
 * Shows: content negotiation (RFC 9110, 12).  weft_accepts() picks from what there is by the
 * Accept field; Vary tells caches that another client may get another format.
 *
 * SPDX-License-Identifier: MIT
 */
#include "images.h"

#include <string.h>

#include "app.h"
#include "assets.h"
#include "reply.h"

static weft_response *png(weft_request *req)
{
    return send_asset(req, "weave.png");
}

static weft_response *jpeg(weft_request *req)
{
    return send_asset(req, "weave.jpg");
}

static weft_response *webp(weft_request *req)
{
    return send_asset(req, "weave.webp");
}

static weft_response *svg(weft_request *req)
{
    return send_asset(req, "weave.svg");
}

weft_response *not_acceptable(weft_request *req)
{
    return reply_json(req, 406,
                      json_pack("{s:s, s:[s, s, s, s, s]}", "message",
                                "none of the media types that you accept is one of ours",
                                "accept", "image/webp", "image/svg+xml", "image/jpeg",
                                "image/png", "image/*"));
}

static weft_response *image(weft_request *req)
{
    /* In our order, which decides between formats that the client likes equally. */
    const char *type =
        weft_accepts(req, "image/png", "image/webp", "image/jpeg", "image/svg+xml");
    weft_response *res;

    if (type == NULL)
        res = not_acceptable(req);
    else if (strcmp(type, "image/webp") == 0)
        res = webp(req);
    else if (strcmp(type, "image/jpeg") == 0)
        res = jpeg(req);
    else if (strcmp(type, "image/svg+xml") == 0)
        res = svg(req);
    else
        res = png(req);
    weft_append_header(res, "Vary", "Accept");
    return res;
}

void add_images(weft_app *app)
{
    weft_get(app, "/image", image, .summary = "A picture in the format that Accept asks for");
    weft_get(app, "/image/png", png, .summary = "A PNG");
    weft_get(app, "/image/jpeg", jpeg, .summary = "A JPEG");
    weft_get(app, "/image/webp", webp, .summary = "A WebP");
    weft_get(app, "/image/svg", svg, .summary = "An SVG");
}
