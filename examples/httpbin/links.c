/*
 * links.c - /links/{n}: pages that link to each other, for crawlers.
 *
 * Shows: a page made from pieces, which is a stream: they leave together, since nobody waits
 * between them.  Everything in it is a number of ours; text of a client's
 * would have to be escaped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>

#include "params.h"
#include "reply.h"

enum { MAX_LINKS = 200 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Links</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
    "<header><p><a href=\"/\">httpbin</a></p><h1>Links</h1></header>\n<main>\n";

static weft_response *first_page(weft_request *req)
{
    int64_t n = 0;
    int rc = path_integer(req, "n", 0, MAX_LINKS, &n);

    if (rc < 0)
        return weft_error(req, rc);
    return reply_redirect(req, weft_url_for(req, "links", n, 0));
}

static int write_links(weft_request *req, weft_response *res, int64_t n, int64_t offset)
{
    int rc = weft_write_printf(res,
                               "%s<p>Page %" PRId64 ", counted from 0, of %" PRId64
                               ":</p>\n<nav class=\"numbers\">\n",
                               head, offset, n);

    for (int64_t i = 0; rc >= 0 && i < n; i++) {
        const char *url = weft_url_for(req, "links", n, i);

        if (url == NULL)
            rc = UV_ENOMEM;
        else if (i == offset)
            rc = weft_write_printf(res, "<strong>%" PRId64 "</strong>\n", i);
        else
            rc = weft_write_printf(res, "<a href=\"%s\">%" PRId64 "</a>\n", url, i);
    }
    return rc < 0 ? rc : weft_write_printf(res, "</nav>\n</main>\n</body>\n</html>\n");
}

static weft_response *page(weft_request *req)
{
    weft_response *res = weft_stream(req, 200, "text/html; charset=utf-8");
    int64_t n = 0, offset = 0;
    int rc = path_integer(req, "n", 0, MAX_LINKS, &n);

    if (rc == 0)
        rc = path_integer(req, "offset", 0, INT64_MAX, &offset);
    if (rc == 0)
        rc = write_links(req, res, n > 0 ? n : 1, offset);
    return rc < 0 ? weft_error(req, rc) : res;
}

void add_links(weft_app *app)
{
    weft_get(app, "/links/{n:int}", first_page, .summary = "n pages that link to each other");
    weft_get(app, "/links/{n:int}/{offset:int}", page, .name = "links",
             .summary = "One of them");
}
