/*
 * app.c - puts the app together: what holds for every route, then the routes, file by file.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

#include "cors.h"

weft_app *httpbin_app(void)
{
    weft_app *app = weft_app_new("httpbin");

    /* By default a body may have 1 MiB; here people try forms with files. */
    weft_app_configure(app, &(weft_app_options){ .max_body_bytes = 8 << 20 });
    weft_use(app, open_to_all, NULL);

    add_echo(app);
    add_inspection(app);
    add_uploads(app);
    add_status(app);
    add_response_headers(app);
    add_redirects(app);
    add_links(app);
    add_cookies(app);
    add_auth(app);
    add_digest_auth(app);
    add_values(app);
    add_streams(app);
    add_ranges(app);
    add_slow(app);
    add_events(app);
    add_trailers(app);
    add_hints(app);
    add_codings(app);
    add_cache(app);
    add_etag(app);
    add_images(app);
    add_documents(app);
    add_pages(app);
    return app;
}
