/*
 * base/error.c - names and meanings of codes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/error.h>

struct row {
    int code;
    const char *name;
    const char *text;
};

static const struct row own[] = {
    { WEFT_EANSWERED, "WEFT_EANSWERED", "the response is already stored" },
    { WEFT_ESENT, "WEFT_ESENT", "the head of the response has left" },
    { WEFT_ELIMIT, "WEFT_ELIMIT", "a limit was reached" },
    { WEFT_EPROTO, "WEFT_EPROTO", "malformed input" },
    { WEFT_EMISUSE, "WEFT_EMISUSE", "the call breaks a rule of the interface" },
    { WEFT_EMEDIATYPE, "WEFT_EMEDIATYPE", "unsupported media type" },
    { WEFT_EGONE, "WEFT_EGONE", "the peer has gone" },
    { WEFT_ECONFLICT, "WEFT_ECONFLICT", "the route collides with another" },
    { WEFT_EBROKEN, "WEFT_EBROKEN", "the barrier is broken" },
    { WEFT_ESHUTDOWN, "WEFT_ESHUTDOWN", "it was shut down" },
};

/* uv_strerror() leaks for codes that it does not know, so its own list is asked first. */
#define WEFT__UV_ROW(code, text) { UV_##code, "UV_" #code, text },
static const struct row libuv[] = { UV_ERRNO_MAP(WEFT__UV_ROW) };

static const struct row *find(int code)
{
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (own[i].code == code)
            return &own[i];
    }
    for (size_t i = 0; i < sizeof(libuv) / sizeof(libuv[0]); i++) {
        if (libuv[i].code == code)
            return &libuv[i];
    }
    return NULL;
}

const char *weft_strerror(int code)
{
    const struct row *row = find(code);

    if (code >= 0)
        return "success";
    return row != NULL ? row->text : "unknown error";
}

const char *weft_err_name(int code)
{
    const struct row *row = find(code);

    return row != NULL ? row->name : "UNKNOWN";
}
