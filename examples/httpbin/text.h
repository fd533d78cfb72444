/*
 * text.h - a text that is put together piece by piece, in memory of the request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_TEXT_H
#define HTTPBIN_TEXT_H

#include <stddef.h>
#include <weft.h>

/* Set `req`, the rest zero. */
struct text {
    weft_request *req;
    char *bytes;
    size_t length;
    size_t room;
    int rc; /* of the first piece that found no memory: the rest is left out */
};

void text_add(struct text *text, const char *format, ...) WEFT_PRINTF(2, 3);

/* A response of status 200 with the text, or a 500 where memory was out. */
weft_response *text_response(const struct text *text, const char *media_type);

#endif
