/*
 * app.h - httpbin as an app, for main() and for tests.
 *
 * Each file declares its own routes, in a function that stands at its end; app.c calls them
 * all.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_APP_H
#define HTTPBIN_APP_H

#include <weft.h>

/* For routes of every method but OPTIONS: that one Weft answers itself, with 200 and Allow, so
 * that browsers which ask beforehand (CORS) are let in whatever the route has for an answer. */
#define METHODS "GET,POST,PUT,PATCH,DELETE,TRACE"

weft_app *httpbin_app(void);

/* Telling a request back. */
void add_echo(weft_app *app);
void add_inspection(weft_app *app);
void add_uploads(weft_app *app);

/* Chosen responses. */
void add_status(weft_app *app);
void add_response_headers(weft_app *app);
void add_redirects(weft_app *app);
void add_links(weft_app *app);
void add_cookies(weft_app *app);

/* Who is asking. */
void add_auth(weft_app *app);
void add_digest_auth(weft_app *app);

/* Bytes, at once and over time. */
void add_values(weft_app *app);
void add_streams(weft_app *app);
void add_ranges(weft_app *app);
void add_slow(weft_app *app);
void add_events(weft_app *app);
void add_trailers(weft_app *app);
void add_hints(weft_app *app);

/* Representations. */
void add_codings(weft_app *app);
void add_cache(weft_app *app);
void add_etag(weft_app *app);
void add_images(weft_app *app);
void add_documents(weft_app *app);
void add_pages(weft_app *app);

#endif
