/*
 * hints.c - /early-hints: 103 with links for the client to fetch, then the response.
 *
 * Shows: what is sent before the response (RFC 8297).  A browser fetches the style sheet while
 * the handler is still at work; a client that does not know 1xx statuses must skip them (RFC
 * 9110, 15.2), and here is where to see whether it does.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "describe.h"
#include "params.h"
#include "reply.h"

enum { MAX_DELAY_S = 10 };

static weft_response *early_hints(weft_request *req)
{
    static const char link[] = "</style.css>; rel=preload; as=style";
    weft_response *res;
    uint64_t ms = 0;
    int rc = query_seconds(req, "delay", 0, MAX_DELAY_S, &ms);

    if (rc == 0)
        rc = weft_early_hints(req, WEFT_LIST(link));
    if (rc == 0)
        rc = weft_sleep(ms); /* the work that takes so long */
    if (rc < 0)
        return weft_error(req, rc);
    res = reply_json(req, 200, describe_request(req));
    weft_set_header(res, "Link", link);
    return res;
}

void add_hints(weft_app *app)
{
    weft_get(app, "/early-hints", early_hints, .summary = "103 with links first; delay");
}
