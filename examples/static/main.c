/*
 * A small site: pages that route by themselves, assets that never change, and a folder of
 * downloads that can be looked through.
 *
 *     ./dev run static
 *     curl -i http://127.0.0.1:8080/assets/site.css -H 'Accept-Encoding: gzip'
 *     curl -i http://127.0.0.1:8080/downloads/notes.txt -r 0-9
 *
 * DOWNLOADS in the environment names another folder to be listed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>
#include <weft.h>

/* One file under another name than the one it has on the disk. */
static weft_response *notes(weft_request *req)
{
    return weft_send_file(req, SITE "/downloads/notes.txt",
                          &(weft_file_options){ .attachment = "R\xc3\xa9sum\xc3\xa9 2026.txt",
                                                .cache_control = "no-cache" });
}

/* A browser that asks for the page fetches its style meanwhile.  Others are not known to cope
 * with an answer before the answer. */
static weft_response *hint(weft_request *req, weft_next *next, void *state)
{
    const char *mode = weft_header(req, "Sec-Fetch-Mode");

    (void)state;
    if (mode != NULL && strcmp(mode, "navigate") == 0)
        (void)!weft_early_hints(req, WEFT_LIST("</assets/site.css>; rel=preload; as=style"));
    return weft_proceed(req, next);
}

int main(int argc, char **argv)
{
    weft_app *app = weft_app_new("static");
    weft_app *pages = weft_under(app, "/");
    const char *downloads = getenv("DOWNLOADS");

    weft_get(app, "/notes", notes);
    weft_static(
        app, "/assets", SITE "/assets",
        &(weft_static_options){ .name = "assets", .precompressed = true, .immutable = true });
    weft_static(app, "/downloads", downloads != NULL ? downloads : SITE "/downloads",
                &(weft_static_options){ .list = true });
    weft_use(pages, hint, NULL);
    weft_static(
        pages, "/", SITE "/pages",
        &(weft_static_options){ .fallback = "index.html", .cache_control = "no-cache" });
    return weft_main(app, argc, argv);
}
