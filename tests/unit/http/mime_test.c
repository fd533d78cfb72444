/*
 * Media types by name, and what may be a trailer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/mime.h"

#include "http/trailer.h"
#include "test.h"

WEFT_TEST(mime, follows_the_extension)
{
    static const char *const cases[][2] = {
        { "a.txt", "text/plain; charset=utf-8" },
        { "dir.html/a.HTML", "text/html; charset=utf-8" },
        { "a.tar.gz", "application/gzip" },
        { "a.7z", "application/x-7z-compressed" },
        { "a.zst", "application/zstd" },
        { "a.webmanifest", "application/manifest+json" },
        { ".png", "image/png" },
        { "a.js", "text/javascript; charset=utf-8" },
        { "a.woff", "font/woff" },
        { "a.woff2", "font/woff2" },
        { "a.wof", "application/octet-stream" },
        { "a.woff22", "application/octet-stream" },
        { "a.", "application/octet-stream" },
        { "a", "application/octet-stream" },
        { "", "application/octet-stream" },
        { "a.txt/b", "application/octet-stream" },
        { "a.abcdefghijklmnop", "application/octet-stream" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(eq(str, (char *)weft__mime_of(cases[i][0]), (char *)cases[i][1]), "%s",
                  cases[i][0]);
}

WEFT_TEST(trailer, of_most_names_is_allowed)
{
    cr_expect(weft__trailer_allowed("Digest", 6));
    cr_expect(weft__trailer_allowed("Server-Timing", 13));
    cr_expect(weft__trailer_allowed("Content-Lengt", 13));
    cr_expect(not(weft__trailer_allowed("content-length", 14)));
    cr_expect(not(weft__trailer_allowed("SET-COOKIE", 10)));
    cr_expect(not(weft__trailer_allowed("TE", 2)));
}
