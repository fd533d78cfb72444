/*
 * base64.c - see base64.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(weft_request *req, const void *data, size_t length)
{
    const unsigned char *from = data;
    char *text, *to;

    if (length > SIZE_MAX / 2)
        return NULL;
    text = to = weft_alloc(req, (length + 2) / 3 * 4 + 1);
    if (text == NULL)
        return NULL;
    for (; length >= 3; length -= 3, from += 3) {
        *to++ = alphabet[from[0] >> 2];
        *to++ = alphabet[(from[0] & 3) << 4 | from[1] >> 4];
        *to++ = alphabet[(from[1] & 15) << 2 | from[2] >> 6];
        *to++ = alphabet[from[2] & 63];
    }
    if (length > 0) {
        unsigned char second = length == 2 ? from[1] : 0;

        *to++ = alphabet[from[0] >> 2];
        *to++ = alphabet[(from[0] & 3) << 4 | second >> 4];
        *to++ = length == 2 ? alphabet[(second & 15) << 2] : '=';
        *to++ = '=';
    }
    *to = '\0';
    return text;
}

/* The six bits that a character stands for; -1 for none. */
static int value_of(char c)
{
    const char *at;

    if (c == '-')
        c = '+';
    else if (c == '_')
        c = '/';
    at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

ssize_t base64_decode(weft_request *req, const char *text, char **ret)
{
    size_t length = strlen(text), padding = 0;
    unsigned bits = 0;
    char *data, *to;

    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    if (padding > 0 && length % 4 != 0)
        return WEFT_EPROTO;
    length -= padding;
    if (length % 4 == 1) /* six bits alone are no byte */
        return WEFT_EPROTO;

    data = to = weft_alloc(req, length / 4 * 3 + 3);
    if (data == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < length; i++) {
        int value = value_of(text[i]);

        if (value < 0)
            return WEFT_EPROTO;
        bits = bits << 6 | (unsigned)value;
        if (i % 4 != 0)
            *to++ = (char)(bits >> (6 - 2 * (i % 4)));
    }
    *to = '\0';
    *ret = data;
    return to - data;
}
