/*
 * web/errors.c - responses for what went wrong (weft/response.h; RFC 9457).
 *
 * The one place that turns codes into statuses.  A client is told what it can do something
 * about; the rest goes to the log.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <string.h>
#include <weft/log.h>

#include "base/buffer.h"
#include "base/text.h"
#include "http/status.h"
#include "server/server.h"
#include "web/response.h"

enum { DOCUMENT_MAX = 64 * 1024 };

/* A problem document.  The title is the reason phrase, so the type is "about:blank" (RFC 9457,
 * 4.2.1). */
static weft_response *document(weft_request *req, int status, const char *detail)
{
    static const char type[] = "application/problem+json";
    struct weft__buffer text;
    weft_response *res = weft__response_stand_in(req);
    int told;

    if (status < 400 || status > 599)
        status = 500;
    told = (int)weft__status_told(req, (unsigned)status);
    weft__buffer_init(&text, DOCUMENT_MAX);
    weft__buffer_printf(&text, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d",
                        weft__status_reason((unsigned)told), told);
    if (*detail != '\0') {
        weft__buffer_append(&text, ",\"detail\":", sizeof(",\"detail\":") - 1);
        weft__text_json(&text, detail, strlen(detail));
    }
    if (weft__buffer_append(&text, "}", 1) == 0)
        res = weft__response_bytes(req, status, type, sizeof(type) - 1, text.data, text.length);
    if (told == 503)
        (void)weft_set_header(res, "Retry-After", "1");
    weft__buffer_done(&text);
    return res;
}

/* Through the app's own handler, if it has one, and it is not that one that asks. */
static weft_response *problem(weft_request *req, int status, const char *detail)
{
    const struct weft__error_handler *handler = NULL;
    weft_response *res;

    if (!req->in_error_handler && req->sent == WEFT__SENT_NOTHING)
        handler = weft__app_error_handler(req->app, status);
    if (handler == NULL)
        return document(req, status, detail);
    req->in_error_handler = true;
    res = handler->fn(req, status, detail, handler->arg);
    req->in_error_handler = false;
    return res == NULL ? document(req, status, detail) : res;
}

weft_response *weft_problem(weft_request *req, int status, const char *detail, ...)
{
    const char *text = "";
    va_list args;

    if (detail != NULL && *detail != '\0') {
        va_start(args, detail);
        text = weft_vprintf(req, detail, args);
        va_end(args);
    }
    return problem(req, status, text == NULL ? "" : text);
}

int weft_fail(weft_request *req, int status, const char *detail, ...)
{
    const char *text = "";
    va_list args;

    if (detail != NULL && *detail != '\0') {
        va_start(args, detail);
        text = weft_vprintf(req, detail, args);
        va_end(args);
    }
    req->stored = problem(req, status, text == NULL ? "" : text);
    return WEFT_EANSWERED;
}

static weft_response *take_stored(weft_request *req)
{
    weft_response *res = req->stored;

    req->stored = NULL;
    return res;
}

weft_response *weft__response_stored(weft_request *req)
{
    weft_response *res = take_stored(req);

    if (res != NULL)
        return res;
    weft_log(WEFT_LOG_ERROR, "%s %s: the handler returned NULL and had stored no failure",
             req->head.method_text, req->head.target);
    return problem(req, 500, "");
}

int weft__failure_note(weft_request *req, struct weft__failure *failure, int code)
{
    failure->code = code;
    failure->stored = code == WEFT_EANSWERED ? req->stored : NULL;
    return code;
}

int weft__failure_again(weft_request *req, const struct weft__failure *failure)
{
    if (failure->stored != NULL)
        req->stored = failure->stored;
    return failure->code;
}

/* --- Codes ----------------------------------------------------------------------------- */

static int status_of(const weft_request *req, int code)
{
    if (code == req->body_error && req->body_status != 0)
        return req->body_status; /* the server knows best: 408, 413, 400 */
    switch (code) {
    case WEFT_ELIMIT: /* of what the program makes or reads besides, the client knows nothing */
        return req->too_much ? 413 : 500;
    case WEFT_EPROTO:
        return 400;
    case WEFT_EMEDIATYPE:
        return 415;
    case UV_ETIMEDOUT:
        return 504;
    case UV_ENOMEM:
    case UV_EAGAIN:
    case UV_EBUSY:
    case UV_EMFILE:
        return 503;
    case WEFT_EGONE:
    case UV_ECANCELED:
        if (req->gone)
            return WEFT__CLIENT_LEFT;
        return weft__server_draining(req->server) ? 503 : 500;
    default:
        return 500;
    }
}

static const char *detail_of(int status)
{
    switch (status) {
    case 400:
        return "The body of the request is malformed.";
    case 408:
        return "The body of the request did not come in time.";
    case 413:
        return "The body of the request is too long.";
    case 415:
        return "The body of the request is of a media type that is not taken here.";
    default:
        return "";
    }
}

weft_response *weft_error(weft_request *req, int code)
{
    weft_response *stored = code == WEFT_EANSWERED ? take_stored(req) : NULL;
    int status;

    if (stored != NULL)
        return stored;
    /* The stream of a HEAD request ends with its head, as it should: nothing has failed. */
    if (code == UV_ECANCELED && req->head_only && req->sent == WEFT__SENT_HEAD)
        return req->response;
    status = status_of(req, code);
    if (status >= 500 || (req->sent != WEFT__SENT_NOTHING && !req->gone))
        weft_log(WEFT_LOG_ERROR, "%s %s: %s (%s)", req->head.method_text, req->head.target,
                 weft_strerror(code), weft_err_name(code));
    return problem(req, status, detail_of(status));
}
