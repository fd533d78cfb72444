/*
 * inspection.c - single facts about a request: /headers, /ip, /user-agent.
 *
 * Shows: accessors of requests.  Behind a trusted proxy (--proxy-headers) weft_remote() is the
 * address that the proxy names.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "describe.h"
#include "reply.h"

static weft_response *headers(weft_request *req)
{
    return reply_json(req, 200, json_pack("{s:o}", "headers", describe_headers(req)));
}

static weft_response *ip(weft_request *req)
{
    return reply_json(req, 200, json_pack("{s:s}", "origin", weft_remote(req)));
}

static weft_response *user_agent(weft_request *req)
{
    const char *agent = weft_header(req, "User-Agent"); /* NULL when there is none */

    return reply_json(
        req, 200,
        json_pack("{s:o}", "user-agent", agent != NULL ? text_json(agent) : json_null()));
}

void add_inspection(weft_app *app)
{
    weft_get(app, "/headers", headers, .summary = "The header fields of the request");
    weft_get(app, "/ip", ip, .summary = "The address it came from");
    weft_get(app, "/user-agent", user_agent, .summary = "Its User-Agent field");
}
