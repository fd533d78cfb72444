/*
 * links.c - /links/{n}: pages that link to each other, for crawlers.
 *
 * Shows: a page made from pieces.  Everything in it is a number of ours; text of a client's
 * would have to be escaped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <inttypes.h>

#include "params.h"
#include "text.h"

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
    return weft_redirect(req, 302, weft_url_for(req, "links", n, 0));
}

static weft_response *page(weft_request *req)
{
    struct text text = { .req = req };
    int64_t n = 0, offset = 0;
    int rc = path_integer(req, "n", 0, MAX_LINKS, &n);

    if (rc == 0)
        rc = path_integer(req, "offset", 0, INT64_MAX, &offset);
    if (rc < 0)
        return weft_error(req, rc);
    if (n == 0)
        n = 1;
    text_add(&text,
             "%s<p>Page %" PRId64 ", counted from 0, of %" PRId64
             ":</p>\n<nav class=\"numbers\">\n",
             head, offset, n);
    for (int64_t i = 0; i < n; i++) {
        if (i == offset)
            text_add(&text, "<strong>%" PRId64 "</strong>\n", i);
        else
            text_add(&text, "<a href=\"%s\">%" PRId64 "</a>\n",
                     weft_url_for(req, "links", n, i), i);
    }
    text_add(&text, "</nav>\n</main>\n</body>\n</html>\n");
    return text_response(&text, "text/html; charset=utf-8");
}

void add_links(weft_app *app)
{
    weft_get(app, "/links/{n:int}", first_page, .summary = "n pages that link to each other");
    weft_get(app, "/links/{n:int}/{offset:int}", page, .name = "links",
             .summary = "One of them");
}
