/*
 * pages.c - pages for people: the list of everything at /, the form at /forms/post.
 *
 * Shows: pages that the program carries in itself, and a middleware of a group: these pages
 * tell browsers to load nothing from elsewhere.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "assets.h"

static weft_response *front_page(weft_request *req)
{
    return send_asset(req, "index.html");
}

static weft_response *form(weft_request *req)
{
    return send_asset(req, "form.html");
}

static weft_response *style(weft_request *req)
{
    return send_asset(req, "style.css");
}

static weft_response *with_policy(weft_request *req, weft_next *next, void *state)
{
    weft_response *res = weft_proceed(req, next);

    (void)state;
    weft_set_header(res, "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'");
    return res;
}

void add_pages(weft_app *app)
{
    static const weft_use_entry policy[] = { { .fn = with_policy }, { 0 } };

    weft_get(app, "/", front_page, .use = policy, .summary = "What there is");
    weft_get(app, "/legacy", front_page, .use = policy, .summary = "The same");
    weft_get(app, "/forms/post", form, .use = policy, .summary = "A form that /post answers");
    weft_get(app, "/style.css", style, .summary = "How these pages look");
}
