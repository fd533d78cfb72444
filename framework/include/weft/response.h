/*
 * weft/response.h - what a handler returns.
 *
 * Constructors never return NULL: where memory is out, a response of status 500 that was
 * prepared beforehand stands in.  Setters take NULL and then return UV_EINVAL.  Responses
 * belong to their request and are never freed by a handler.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_RESPONSE_H
#define WEFT_RESPONSE_H

#include <weft/export.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

/* --- Whole bodies ---------------------------------------------------------------------- */

/* text/plain and text/html in UTF-8; `text` is copied. */
WEFT_EXPORT weft_response *weft_text(weft_request *req, int status, const char *text);
WEFT_EXPORT weft_response *weft_html(weft_request *req, int status, const char *text);

/* Any bytes; `data` is copied; media_type NULL: none is sent. */
WEFT_EXPORT weft_response *weft_bytes(weft_request *req, int status, const char *media_type,
                                      const void *data, size_t length);

/* No body: 204, 304 and the like, or an empty one for other statuses. */
WEFT_EXPORT weft_response *weft_empty(weft_request *req, int status);

/* 301, 302, 303, 307 or 308 with a Location.  What no URI may hold is percent-encoded in it (a
 * space, quotes, non-ASCII, ...; a '%' stays); control characters and NULL make it a 500. */
WEFT_EXPORT weft_response *weft_redirect(weft_request *req, int status, const char *location);

/* --- Errors ---------------------------------------------------------------------------- */

/*
 * A problem document (RFC 9457): application/problem+json with type, title, status and
 * `detail`, a printf format.  Goes through the app's error handlers.
 */
WEFT_EXPORT weft_response *weft_problem(weft_request *req, int status, const char *detail, ...)
    WEFT_PRINTF(3, 4);

/*
 * The response for a negative code: the stored one for WEFT_EANSWERED; 413 WEFT_ELIMIT; 400
 * WEFT_EPROTO; 415 WEFT_EMEDIATYPE; 504 UV_ETIMEDOUT (408 when it was the client that stalled);
 * 503 UV_ENOMEM, UV_EAGAIN, UV_EBUSY, UV_EMFILE, and UV_ECANCELED while the program ends; 500
 * otherwise.
 * Those from 500 on are logged with the code; the client is told nothing internal.
 */
WEFT_EXPORT weft_response *weft_error(weft_request *req, int code);

/*
 * For functions that return int: store weft_problem(status, ...) in the request and return
 * WEFT_EANSWERED, which travels up.  A handler or middleware that returns NULL sends what was
 * stored, or a 500.
 */
WEFT_EXPORT int weft_fail(weft_request *req, int status, const char *detail, ...)
    WEFT_PRINTF(3, 4);

/* --- Changing a response --------------------------------------------------------------- */

/* The status, as it is now; UV_EINVAL for NULL. */
WEFT_EXPORT int weft_status(const weft_response *res);

/*
 * Change it.  0; UV_EINVAL when it is not from 200 to 599, or res is NULL; WEFT_ESENT when the
 * head has left; UV_ENOMEM for the response that stands in where memory is out, which does not
 * change.
 */
WEFT_EXPORT int weft_set_status(weft_response *res, int status);

/*
 * Set a header field, replacing those of the same name, or add one more.  Copied.
 * 0; UV_EINVAL when the name is no token or the value has control characters (RFC 9110, 5.5: a
 * response cannot be split), or res or value is NULL; WEFT_ESENT when the head has left;
 * WEFT_EMISUSE for Transfer-Encoding and Connection, which are the framework's; UV_ENOMEM.
 * Content-Length takes a decimal number, and is never there twice.
 */
WEFT_EXPORT int weft_set_header(weft_response *res, const char *name, const char *value);
WEFT_EXPORT int weft_add_header(weft_response *res, const char *name, const char *value);

/* Remove all fields of that name.  0, also when there was none; UV_EINVAL for NULL; WEFT_ESENT;
 * UV_ENOMEM as of weft_set_status(). */
WEFT_EXPORT int weft_remove_header(weft_response *res, const char *name);

/* The value of the first field of that name, until the fields are changed; NULL when there is
 * none. */
WEFT_EXPORT const char *weft_response_header(const weft_response *res, const char *name);

/* Add `token` to a list-valued field such as Vary unless it is there, in whatever case, or the
 * field is "*".  Codes as of weft_set_header(). */
WEFT_EXPORT int weft_append_header(weft_response *res, const char *name, const char *token);

/* The attributes of a cookie (RFC 6265bis).  Zero values: a session cookie for path "/",
 * HttpOnly, SameSite=Lax. */
typedef struct weft_cookie_options {
    const char *path;      /* default "/" */
    const char *domain;    /* default: none, this host only */
    int64_t max_age_s;     /* 0: none; negative: delete at once */
    const char *same_site; /* "Lax" (default), "Strict" or "None" (needs secure) */
    bool secure;
    bool allow_script; /* leave HttpOnly out */
    bool partitioned;
} weft_cookie_options;

/* 0; UV_EINVAL for characters that a cookie cannot carry; as weft_add_header() otherwise. */
WEFT_EXPORT int weft_set_cookie(weft_response *res, const char *name, const char *value,
                                const weft_cookie_options *options);

/*
 * The body of a buffered response, not NUL-terminated; NULL for a streamed one.  Borrowed,
 * until the body is replaced or the response has been sent.
 *
 * ret_length  in bytes, 0 with NULL; may be NULL.
 */
WEFT_EXPORT const void *weft_response_body(const weft_response *res, size_t *ret_length);

/*
 * Replace it.  `data` is borrowed until the response has been sent; NULL with length 0: empty.
 * 0; UV_EINVAL for NULL; WEFT_ESENT; WEFT_EMISUSE for a stream, see weft_filter(); UV_ENOMEM as
 * of weft_set_status().
 */
WEFT_EXPORT int weft_response_set_body(weft_response *res, const void *data, size_t length);

/*
 * The request that `res` answers; for functions of weft_on_head().  For NULL, and for the
 * response that stands in where memory is out, weft_current_request().
 */
WEFT_EXPORT weft_request *weft_request_of(const weft_response *res);

/* --- Streams --------------------------------------------------------------------------- */

/*
 * A response whose body is written piece by piece.  The head leaves with the first write, or
 * when the handler returns.  With a Content-Length set as header, exactly that much must be
 * written; else the body is chunked (for HTTP/1.0: ends with the connection).
 */
WEFT_EXPORT weft_response *weft_stream(weft_request *req, int status, const char *media_type);

/*
 * Send a piece; `data` is copied or sent before this returns.  Suspends while the client does
 * not take what was sent before.
 *
 * The length, or UV_ECANCELED (also on HEAD, whose body nobody wants), UV_ETIMEDOUT, WEFT_EGONE
 * when the client left or stalled, UV_ENOMEM, WEFT_ELIMIT past the declared Content-Length,
 * WEFT_EMISUSE for a response that is not a stream or is not the one being sent, UV_EINVAL for
 * NULL or over INT_MAX bytes; or what a filter returned.  A failure of the stream stays: it is
 * cut off, so that the client sees that it is not whole.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_write(weft_response *res, const void *data,
                                                         size_t length);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_write_printf(weft_response *res,
                                                                const char *format, ...)
    WEFT_PRINTF(2, 3);

WEFT_END_DECLS
#endif
