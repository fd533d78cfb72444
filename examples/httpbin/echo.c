/*
 * echo.c - requests told back: /get, /post, /put, /patch, /delete, /anything.
 *
 * Shows: routes for one method, for several and for all; a parameter that takes the rest of the
 * path; JSON built with jansson, whose references weft_json_pretty() takes over.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "body.h"
#include "describe.h"
#include "reply.h"

static weft_response *without_body(weft_request *req)
{
    return reply_json(req, 200, describe_request(req));
}

static weft_response *with_body(weft_request *req)
{
    return tell_back(req, NULL);
}

static weft_response *anything(weft_request *req)
{
    return tell_back(req, weft_method(req));
}

void add_echo(weft_app *app)
{
    static const char with[] = "A request with its body, told back";

    weft_get(app, "/get", without_body, .name = "get", .summary = "A GET request, told back");
    weft_post(app, "/post", with_body, .summary = with);
    weft_put(app, "/put", with_body, .summary = with);
    weft_patch(app, "/patch", with_body, .summary = with);
    weft_delete(app, "/delete", with_body, .summary = with);

    weft_route(app, "*", "/anything",
               &(weft_route_options){ .handler = anything, .summary = "Any request at all" });
    weft_route(app, "*", "/anything/{path:path}",
               &(weft_route_options){ .handler = anything, .summary = "The same, below" });
}
