/*
 * documents.c - fixed documents of several kinds: /html, /json, /xml, /robots.txt, /deny,
 * /encoding/utf8.
 *
 * Shows: one handler for several routes; it finds out by the route's template which one it is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include <string.h>

#include "assets.h"

static const struct {
    const char *path;
    const char *asset;
    const char *summary;
} documents[] = {
    { "/html", "sample.html", "An HTML page" },
    { "/json", "sample.json", "A JSON document" },
    { "/xml", "sample.xml", "An XML document" },
    { "/robots.txt", "robots.txt", "What crawlers shall not visit" },
    { "/deny", "deny.txt", "A page that robots.txt denies" },
    { "/encoding/utf8", "utf8.html", "A page in UTF-8, of many scripts" },
};

enum { DOCUMENTS = sizeof(documents) / sizeof(*documents) };

static weft_response *document(weft_request *req)
{
    const char *path = weft_route_template(req);

    for (size_t i = 0; i < DOCUMENTS; i++)
        if (strcmp(path, documents[i].path) == 0)
            return send_asset(req, documents[i].asset);
    return weft_error(req, UV_ENOENT);
}

void add_documents(weft_app *app)
{
    for (size_t i = 0; i < DOCUMENTS; i++)
        weft_get(app, documents[i].path, document, .summary = documents[i].summary);
}
