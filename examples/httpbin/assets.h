/*
 * assets.h - the files of pages/ and images/, which the build puts into the program (embed.py).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_ASSETS_H
#define HTTPBIN_ASSETS_H

#include <stddef.h>
#include <weft.h>

struct asset {
    const char *name; /* without the folder */
    const char *media_type;
    const char *etag;
    const unsigned char *bytes;
    size_t length;
};

/* Ends with an entry of zeros. */
extern const struct asset assets[];

/* A response with the file called `name`, or 304 for a client that has it; 500 when the build
 * has put in no such file. */
weft_response *send_asset(weft_request *req, const char *name);

#endif
