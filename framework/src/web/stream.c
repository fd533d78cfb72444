/*
 * web/stream.c - responses that are written piece by piece (weft/response.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <weft/log.h>

#include "base/buffer.h"
#include "http/status.h"
#include "http/trailer.h"
#include "task/task.h"
#include "web/file.h"
#include "web/response.h"

enum { PRINTF_ROOM = 512 };

/* The length of a file, or the Content-Length that the program set, which weft_set_header() has
 * checked; -1 for none, or when there are filters: nobody knows what they make of it. */
static int64_t declared_length(const weft_response *res)
{
    const char *text;
    int64_t length = 0;

    if (res->req->filters != NULL)
        return -1;
    if (res->file != NULL)
        return (int64_t)res->file->length;
    if ((res->fields.known & WEFT__FIELD_CONTENT_LENGTH) == 0)
        return -1;
    text = weft_response_header(res, "Content-Length");
    if (text == NULL)
        return -1;
    for (; *text != '\0'; text++)
        length = length * 10 + (*text - '0');
    return length;
}

static int misuse(const char *what)
{
    weft_log(WEFT_LOG_ERROR, "%s", what);
    return WEFT_EMISUSE;
}

/* Nobody gets a body of this response. */
static bool bodyless(const weft_response *res)
{
    return res->req->head_only || weft__status_bodyless(res->status);
}

int weft__stream_begin(weft_response *res)
{
    weft_request *req = res->req;
    int rc = 0;

    if (res->sent)
        return 0;
    if (req->sent != WEFT__SENT_NOTHING || req->response != NULL)
        return misuse("a second response was begun");
    weft__hooks_run(req, res);
    if (res->file != NULL && !bodyless(res))
        rc = weft__file_prepare(res);
    if (rc < 0)
        return rc;
    req->close = req->close || res->close;
    rc = weft__request_begin(
        req,
        &(struct weft__reply){ .status = weft__status_told(req, res->status),
                               .fields = &res->fields },
        declared_length(res));
    if (rc < 0)
        return rc;
    res->sent = true;
    weft__request_lift_deadline(req);
    return 0;
}

static int write_piece(weft_response *res, const void *data, size_t length)
{
    weft_request *req = res->req;
    int rc = weft__stream_begin(res);

    if (rc < 0)
        return rc;
    if (req->response != res)
        return misuse("weft_write() to a response that is not the one being sent");
    if (bodyless(res))
        return UV_ECANCELED;
    if (req->filters != NULL && length > 0)
        return weft__filters_run(req, NULL, data, length, false);
    return weft__request_write(req, data, length);
}

static int check_writable(const weft_response *res)
{
    if (res == NULL)
        return UV_EINVAL;
    if (res->req == NULL) /* a prepared one: the stream could not be made */
        return UV_ENOMEM;
    if (!res->stream || res->file != NULL)
        return misuse("weft_write() to a response that is no stream");
    return res->failed;
}

/* A piece is missing for good. */
static int fail(weft_response *res, int code)
{
    if (!bodyless(res) && res->failed == 0)
        res->failed = code;
    return code;
}

int weft_write(weft_response *res, const void *data, size_t length)
{
    int rc = check_writable(res);

    if (rc < 0)
        return rc;
    if (length > INT_MAX || (data == NULL && length > 0))
        return fail(res, UV_EINVAL);
    rc = write_piece(res, data, length);
    return rc < 0 ? fail(res, rc) : (int)length;
}

int weft_write_printf(weft_response *res, const char *format, ...)
{
    char small[PRINTF_ROOM];
    struct weft__buffer large;
    va_list args;
    char *to;
    int rc = check_writable(res);
    int length;

    if (rc < 0)
        return rc;
    va_start(args, format);
    length = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (length < 0)
        return fail(res, UV_EINVAL);
    if ((size_t)length < sizeof(small))
        return weft_write(res, small, (size_t)length);

    weft__buffer_init(&large, (size_t)length + 1);
    large.budget = &res->req->memory;
    to = weft__buffer_reserve(&large, (size_t)length + 1);
    if (to == NULL)
        return fail(res, large.failed);
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    rc = weft_write(res, to, (size_t)length);
    weft__buffer_done(&large);
    return rc;
}

int weft__stream_end(weft_response *res)
{
    weft_request *req = res->req;
    int rc = res->failed;

    if (rc == 0)
        rc = weft__stream_begin(res);
    if (rc == 0 && res->file != NULL && !bodyless(res))
        rc = weft__file_write(res);
    if (rc < 0)
        return rc;
    if (req->filters != NULL && !bodyless(res)) {
        rc = weft__filters_run(req, NULL, "", 0, true);
        if (rc < 0)
            return rc;
    }
    return weft__request_end(req, res->trailers);
}

/* --- Trailers ---------------------------------------------------------------------------- */

/* Whether the head that is to leave can announce a trailer, and not in vain. */
static bool announces(const weft_response *res)
{
    return !res->sent && !bodyless(res) && res->req->head.minor > 0 && declared_length(res) < 0;
}

int weft_add_trailer(weft_response *res, const char *name, const char *value)
{
    size_t length = name == NULL ? 0 : strlen(name);
    struct weft__fields *trailers;
    int rc;

    if (res == NULL || name == NULL || value == NULL)
        return UV_EINVAL;
    if (res->req == NULL)
        return UV_ENOMEM;
    if (!res->stream)
        return misuse("weft_add_trailer() to a response that is no stream");
    if (!weft__trailer_allowed(name, length)) {
        weft_log(WEFT_LOG_ERROR, "%s cannot be sent as a trailer", name);
        return WEFT_EMISUSE;
    }
    if (res->req->sent == WEFT__SENT_ALL)
        return WEFT_ESENT;
    if (res->trailers == NULL)
        res->trailers = weft__arena_calloc(&res->req->arena, 1, sizeof(*res->trailers));
    trailers = res->trailers;
    if (trailers == NULL)
        return UV_ENOMEM;
    rc = weft__fields_add(trailers, &res->req->arena, name, length, value, strlen(value));
    return rc == 0 && announces(res) ? weft_append_header(res, "Trailer", name) : rc;
}

bool weft_accepts_trailers(const weft_request *req)
{
    const struct weft__field *field;

    if (req->head.minor == 0)
        return false;
    field = weft__head_find(&req->head, "TE", 2);
    for (; field != NULL; field = weft__head_find_next(&req->head, field))
        if (weft__field_has_token(field->value, field->value_length, "trailers"))
            return true;
    return false;
}
