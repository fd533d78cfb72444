/*
 * web/response.c - making and changing responses (weft/response.h).
 *
 * The fast path is a body of text: one piece of memory holds the response, its first fields and
 * the body, and the media type is a constant that nobody copies.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/response.h"

#include <string.h>
#include <weft/log.h>

#include "http/url.h"

#define CONTENT_TYPE                                                       \
    {                                                                      \
        .name = "Content-Type", .name_length = sizeof("Content-Type") - 1, \
        .value = "application/problem+json",                               \
        .value_length = sizeof("application/problem+json") - 1             \
    }

#define BODY(text, code) "{\"type\":\"about:blank\",\"title\":\"" text "\",\"status\":" code "}"

/* Sent where nothing else can be; nothing may change it. */
static weft_response prepared = {
    .body = BODY("Internal Server Error", "500"),
    .length = sizeof(BODY("Internal Server Error", "500")) - 1,
    .status = 500,
    .fields = { .items = prepared.first,
                .count = 1,
                .room = WEFT__RESPONSE_FIELDS,
                .known = WEFT__FIELD_CONTENT_TYPE },
    .first = { CONTENT_TYPE },
};

/* The same above a ceiling of memory. */
static weft_response no_memory = {
    .body = BODY("Service Unavailable", "503"),
    .length = sizeof(BODY("Service Unavailable", "503")) - 1,
    .status = 503,
    .fields = { .items = no_memory.first,
                .count = 2,
                .room = WEFT__RESPONSE_FIELDS,
                .known = WEFT__FIELD_CONTENT_TYPE },
    .first = { CONTENT_TYPE,
               { .name = "Retry-After",
                 .name_length = sizeof("Retry-After") - 1,
                 .value = "1",
                 .value_length = 1 } },
};

static bool is_prepared(const weft_response *res)
{
    return res->req == NULL;
}

/* --- Making ---------------------------------------------------------------------------- */

weft_response *weft__response_prepared(int code)
{
    return code == UV_ENOMEM ? &no_memory : &prepared;
}

weft_response *weft__response_stand_in(const weft_request *req)
{
    return weft__response_prepared(weft__request_lacks_memory(req) ? UV_ENOMEM : 0);
}

/* A response with room for `length` bytes of body behind it; a prepared one when memory is out.
 */
static weft_response *make(weft_request *req, int status, size_t length)
{
    weft_response *res = NULL;

    if (length <= SIZE_MAX - sizeof(*res))
        res = weft__arena_alloc(&req->arena, sizeof(*res) + length);
    if (res == NULL)
        return weft__response_stand_in(req);
    if (status < 200 || status > 599) {
        weft_log(WEFT_LOG_ERROR, "%d is no status of a response", status);
        status = 500;
    }
    res->req = req;
    res->fields.items = res->first;
    res->fields.count = 0;
    res->fields.room = WEFT__RESPONSE_FIELDS;
    res->fields.known = 0;
    res->body = (char *)(res + 1);
    res->length = length;
    res->status = (unsigned)status;
    res->stream = false;
    res->sent = false;
    res->close = false;
    res->failed = 0;
    res->trailers = NULL;
    res->file = NULL;
    return res;
}

weft_response *weft__response_bytes(weft_request *req, int status, const char *type,
                                    size_t type_length, const void *data, size_t length)
{
    weft_response *res = make(req, status, length);

    if (is_prepared(res))
        return res;
    if (length > 0)
        memcpy((char *)(res + 1), data, length);
    res->first[0] = (struct weft__field){
        .name = "Content-Type",
        .name_length = sizeof("Content-Type") - 1,
        .value = type,
        .value_length = (uint32_t)type_length,
    };
    res->fields.count = 1;
    res->fields.known = WEFT__FIELD_CONTENT_TYPE;
    return res;
}

/* What the program asks for cannot be sent.  A response of its own, so that middleware can work
 * on it like on any other. */
static weft_response *refuse(weft_request *req, const char *why)
{
    weft_log(WEFT_LOG_ERROR, "%s", why);
    return weft_problem(req, 500, NULL);
}

/* A NULL body is what weft_printf() gives when memory is out. */
static weft_response *without_text(weft_request *req)
{
    if (weft__request_lacks_memory(req))
        return weft_error(req, UV_ENOMEM);
    return refuse(req, "a response was made of NULL: is memory out?");
}

weft_response *weft_text(weft_request *req, int status, const char *text)
{
    static const char type[] = "text/plain; charset=utf-8";

    if (text == NULL)
        return without_text(req);
    return weft__response_bytes(req, status, type, sizeof(type) - 1, text, strlen(text));
}

weft_response *weft_html(weft_request *req, int status, const char *text)
{
    static const char type[] = "text/html; charset=utf-8";

    if (text == NULL)
        return without_text(req);
    return weft__response_bytes(req, status, type, sizeof(type) - 1, text, strlen(text));
}

/* Set the media type that a program gave; a failure makes the response a 500. */
static weft_response *with_type(weft_response *res, const char *media_type)
{
    if (media_type != NULL && !is_prepared(res) &&
        weft_set_header(res, "Content-Type", media_type) < 0)
        return refuse(res->req, "a media type that cannot be sent");
    return res;
}

weft_response *weft_bytes(weft_request *req, int status, const char *media_type,
                          const void *data, size_t length)
{
    weft_response *res;

    if (data == NULL && length > 0)
        return without_text(req);
    res = make(req, status, length);
    if (!is_prepared(res) && length > 0)
        memcpy((char *)(res + 1), data, length);
    return with_type(res, media_type);
}

weft_response *weft_empty(weft_request *req, int status)
{
    return make(req, status, 0);
}

weft_response *weft_stream(weft_request *req, int status, const char *media_type)
{
    weft_response *res = make(req, status, 0);

    if (is_prepared(res))
        return res;
    res->stream = true;
    res->body = NULL;
    return with_type(res, media_type);
}

/* Set Location to `text`, encoded where it is no URI.  Control characters are not encoded, but
 * refused: nobody means them. */
static int set_location(weft_response *res, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    char *location;

    if (text == NULL)
        return UV_EINVAL;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return UV_EINVAL;
    }
    location =
        weft__url_encode_arena(&res->req->arena, text, length, WEFT__URL_REFERENCE, NULL);
    return location == NULL ? UV_ENOMEM : weft_set_header(res, "Location", location);
}

weft_response *weft_redirect(weft_request *req, int status, const char *location)
{
    weft_response *res;

    if (status < 301 || status > 308 || (status > 303 && status < 307))
        return refuse(req, "a redirect with a status that is none of a redirect");
    res = make(req, status, 0);
    if (!is_prepared(res) && set_location(res, location) < 0)
        return refuse(req, "a redirect to a location that cannot be sent");
    return res;
}

/* --- Changing -------------------------------------------------------------------------- */

int weft__response_changeable(const weft_response *res)
{
    if (res == NULL)
        return UV_EINVAL;
    if (is_prepared(res))
        return UV_ENOMEM;
    return res->sent ? WEFT_ESENT : 0;
}

int weft_status(const weft_response *res)
{
    return res == NULL ? UV_EINVAL : (int)res->status;
}

int weft_set_status(weft_response *res, int status)
{
    int rc = weft__response_changeable(res);

    if (rc < 0)
        return rc;
    if (status < 200 || status > 599)
        return UV_EINVAL;
    res->status = (unsigned)status;
    return 0;
}

int weft_close_connection(weft_response *res)
{
    int rc = weft__response_changeable(res);

    if (rc == 0)
        res->close = true;
    return rc;
}

weft_request *weft_request_of(const weft_response *res)
{
    if (res == NULL || is_prepared(res))
        return weft_current_request();
    return res->req;
}

const void *weft_response_body(const weft_response *res, size_t *ret_length)
{
    bool whole = res != NULL && !res->stream;

    if (ret_length != NULL)
        *ret_length = whole ? res->length : 0;
    return whole ? res->body : NULL;
}

int weft_response_set_body(weft_response *res, const void *data, size_t length)
{
    int rc = weft__response_changeable(res);

    if (rc < 0)
        return rc;
    if (data == NULL && length > 0)
        return UV_EINVAL;
    if (res->stream && (res->file == NULL || res->req->response == res)) {
        weft_log(WEFT_LOG_ERROR, "weft_response_set_body() on a stream: use weft_filter()");
        return WEFT_EMISUSE;
    }
    res->stream = false;
    res->file = NULL;
    res->body = data == NULL ? "" : data;
    res->length = length;
    return 0;
}
