/*
 * web/response.h - a response before it is sent, and the one way to send it.
 *
 * A response and the room for its first fields are one piece of the request's arena.  Life of a
 * response:
 *
 *     made by a handler -> changed by middleware -> weft__respond(): weft_on_head functions,
 *     filters, the server;  a stream goes through the same at its first weft_write().
 *
 * Invariants: `sent` tells whether the head has left, and nothing of the head changes
 * afterwards; `body` is NULL for a stream; what has a `file` is a stream that nobody writes to.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_WEB_RESPONSE_H
#define WEFT_WEB_RESPONSE_H

#include <weft/app.h>
#include <weft/response.h>

#include "base/buffer.h"
#include "http/field.h"
#include "server/request.h"

struct weft__file_body;

enum {
    WEFT__RESPONSE_FIELDS = 4, /* room that every response has */
    WEFT__CLIENT_LEFT = 499,   /* for access logs, which others write so too */
};

struct weft_response {
    weft_request *req; /* NULL: a prepared one, which is shared and cannot be changed */
    struct weft__fields fields;
    const char *body; /* of `length` bytes */
    size_t length;
    unsigned status;
    bool stream;
    bool sent;  /* the head has left */
    bool close; /* the connection closes behind it */
    int failed; /* what a write of the stream failed with: it cannot be ended well any more */
    struct weft__fields *trailers; /* of a stream; NULL: none */
    struct weft__file_body *file;  /* what a stream is made of; NULL: the program writes it */
    struct weft__field first[WEFT__RESPONSE_FIELDS];
};

/* A response with a body of constant type; `type` is borrowed for ever, `data` is copied. */
weft_response *weft__response_bytes(weft_request *req, int status, const char *type,
                                    size_t type_length, const void *data, size_t length);

/* The response for `code` when there is nothing to make another one of: 503 with Retry-After
 * for UV_ENOMEM, else 500. */
weft_response *weft__response_prepared(int code);

/* The same for when memory is out: 503 above a ceiling of it, else 500. */
weft_response *weft__response_stand_in(const weft_request *req);

/* What a handler's NULL stands for: the response that weft_fail() stored, or a 500.  To be
 * called by whoever called the handler or middleware; never NULL. */
weft_response *weft__response_stored(weft_request *req);

/* A failure that is final: whoever asks again is told the same. */
struct weft__failure {
    int code; /* 0: none so far */
    weft_response *stored;
};

/* Note that something has failed with `code`; `code`, for being returned. */
int weft__failure_note(weft_request *req, struct weft__failure *failure, int code);

/* The code, with its response stored once more; 0: nothing has failed. */
int weft__failure_again(weft_request *req, const struct weft__failure *failure);

/*
 * Send `res` (NULL: what weft__response_stored() gives), end the stream that it is, or abort
 * the one that another response has begun.  For the dispatcher, once a request, after
 * everything else.  Whatever goes wrong is logged.
 */
WEFT_SUSPENDS void weft__respond(weft_request *req, weft_response *res);

/* --- Between the files of a response --------------------------------------------------- */

/* 0; UV_EINVAL for NULL; UV_ENOMEM for the prepared 500; WEFT_ESENT. */
WEFT_MUST_CHECK int weft__response_changeable(const weft_response *res);

/* Run the weft_on_head() functions, once a request.  `res` is the one whose head leaves. */
void weft__hooks_run(weft_request *req, weft_response *res);

/* What filters make of a whole body. */
struct weft__filtered {
    struct weft__buffer out;
    const void *body; /* what they were given */
    size_t length;
    bool untouched; /* and passed on as it was: `out` is empty */
};

/* Send bytes of a body through the filters: to `whole`, or with NULL to the server. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__filters_run(weft_request *req,
                                                    struct weft__filtered *whole,
                                                    const void *data, size_t length, bool end);

/* The status that a client is told.  One that has left may have closed only its own side, and
 * still reads: 499 is nothing it knows. */
static inline unsigned weft__status_told(const weft_request *req, unsigned status)
{
    return status == WEFT__CLIENT_LEFT && req->gone ? 503 : status;
}

/* Begin a stream unless it has begun: hooks, then the head. */
WEFT_MUST_CHECK int weft__stream_begin(weft_response *res);

/* End it: what the filters held back, then the end of the body. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__stream_end(weft_response *res);

/* --- What the app tells these files; defined with it ----------------------------------- */

/* What weft_on_error() set for `status`, or for every status, in `app` or the nearest group or
 * app around it; NULL: nothing.  `app` may be NULL. */
struct weft__error_handler {
    weft_error_handler fn;
    void *arg;
};
const struct weft__error_handler *weft__app_error_handler(const weft_app *app, int status);

/* How deep JSON bodies may be, resolved; `app` may be NULL. */
unsigned weft__app_json_depth(const weft_app *app);

#endif
