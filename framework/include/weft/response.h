/*
 * weft/response.h - what a handler returns.
 *
 * Constructors never return NULL: where memory is out, a response of status 500 that was
 * prepared beforehand stands in, above a ceiling of memory one of status 503.  Setters take
 * NULL and then return UV_EINVAL.  Responses belong to their request and are never freed by a
 * handler.
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
 * The response for a negative code: the stored one for WEFT_EANSWERED; 413 WEFT_ELIMIT where
 * the body of the request, a part of it or its JSON was over a limit; 400 WEFT_EPROTO; 415
 * WEFT_EMEDIATYPE; 504 UV_ETIMEDOUT (408 when it was the client that stalled); 503 UV_ENOMEM,
 * UV_EAGAIN, UV_EBUSY, UV_EMFILE, and UV_ECANCELED while the program ends; 500 otherwise, so
 * for a WEFT_ELIMIT of what the program sends, or reads from elsewhere.  For a limit of one's
 * own on what a client may send there is weft_fail(req, 413, ...). Those from 500 on are logged
 * with the code; the client is told nothing internal.
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
 * WEFT_EMISUSE for Transfer-Encoding, Connection and Keep-Alive, which are the framework's (but
 * see weft_close_connection()), and for TE and Proxy-Connection, which no response has (RFC
 * 9110, 7.6.1: Connection would have to name them; it names Upgrade, where that is set, by
 * itself); WEFT_ELIMIT for a name or value over 1 MiB, or with 1,000 fields there already;
 * UV_ENOMEM. A value has no white space at its ends (UV_EINVAL).  Content-Length takes a
 * decimal number, and is never there twice.
 */
WEFT_EXPORT int weft_set_header(weft_response *res, const char *name, const char *value);
WEFT_EXPORT int weft_add_header(weft_response *res, const char *name, const char *value);

/* Remove all fields of that name.  0, also when there was none; UV_EINVAL for NULL; WEFT_ESENT;
 * UV_ENOMEM as of weft_set_status(). */
WEFT_EXPORT int weft_remove_header(weft_response *res, const char *name);

/* The value of the first field of that name, until the fields are changed; NULL when there is
 * none. */
WEFT_EXPORT const char *weft_response_header(const weft_response *res, const char *name);

/*
 * Walk the fields that the program has set, in the order in which they will leave:
 *
 *     size_t at = 0;
 *     const char *name, *value;
 *     while (weft_response_header_next(res, &at, &name, &value))
 *         ...
 *
 * Those that the server adds (Date, Server, Connection, Content-Length and Transfer-Encoding)
 * are not among them.  `name` and `value` live until the fields are changed, which ends the
 * walk, too.  False at the end, and for NULL.
 */
WEFT_EXPORT bool weft_response_header_next(const weft_response *res, size_t *at,
                                           const char **ret_name, const char **ret_value);

/* Add `token` to a list-valued field such as Vary unless it is there, in whatever case, or the
 * field is "*".  Codes as of weft_set_header(). */
WEFT_EXPORT int weft_append_header(weft_response *res, const char *name, const char *token);

/* The attributes of a cookie (RFC 6265bis).  Zero values: a session cookie for path "/",
 * HttpOnly, SameSite=Lax. */
typedef struct weft_cookie_options {
    const char *path;      /* default "/" */
    const char *domain;    /* default: none, this host only */
    int64_t max_age_s;     /* 0: none; negative: delete at once */
    int64_t expires_s;     /* seconds since 1970; 0: none.  Max-Age counts where both are set */
    const char *same_site; /* "Lax" (default), "Strict" or "None" (needs secure) */
    bool secure;
    bool allow_script; /* leave HttpOnly out */
    bool partitioned;  /* needs secure */
} weft_cookie_options;

/*
 * Set a cookie (RFC 6265bis, 4.1; set_cookie).  Nothing is quoted or encoded: a value that a
 * cookie cannot carry is refused.  Of the same name, domain, path and partition there is one:
 * set or deleted again, it takes the place of the former.
 *
 * options  NULL for all defaults.
 *
 * 0; UV_EINVAL when a browser would not keep it as it is meant: a name that is no token; a
 * value with spaces, quotes inside, commas, semicolons, backslashes, control or non-ASCII
 * characters; name and value over 4,096 bytes together, a path or domain over 1,024 and 253; a
 * malformed path; a domain that is an address, begins with a dot or is no host name; a date
 * outside of the years 1601 to 9999; SameSite=None or Partitioned without Secure; "__Secure-"
 * in front of the name without Secure; "__Host-" without Secure, with a domain or another path
 * than "/"; "__Http-" or "__Host-Http-" without Secure and HttpOnly.  Otherwise as
 * weft_add_header().
 *
 * What only the browser knows is not checked: whether the domain is a public suffix, such as
 * "co.uk", or covers the host that the browser asked, and whether the connection is secure.
 */
WEFT_EXPORT int weft_set_cookie(weft_response *res, const char *name, const char *value,
                                const weft_cookie_options *options);

/*
 * Have the browser forget a cookie (delete_cookie).  `options` are those that it was set with:
 * path, domain and partition say which cookie is meant, and the rules for the name hold for
 * this one too.  Times are not looked at.  Codes as of weft_set_cookie().
 */
WEFT_EXPORT int weft_delete_cookie(weft_response *res, const char *name,
                                   const weft_cookie_options *options);

/*
 * Have a browser save the body as a file of that name (RFC 6266): the Content-Disposition field
 * with the name as plain ASCII, in which other characters are '_', and where that has changed
 * it once more in full (filename*, RFC 8187).  Of a path the last segment counts; control
 * characters are '_', too, and after 1,024 bytes the name is cut.
 *
 * name  in UTF-8; NULL or "": none, the browser makes one of the URL.
 *
 * Codes as of weft_set_header().
 */
WEFT_EXPORT int weft_set_attachment(weft_response *res, const char *name);

/*
 * Have the connection closed behind this response, which says so: `Connection: close` (RFC
 * 9112, 9.6; force_close).  Requests that the client has sent behind this one already are not
 * served.  Without it a connection serves as many requests as the client likes, unless one ends
 * it: HTTP/1.0 and `Connection: close` do, so does a body that nobody wants to read.
 * 0; UV_EINVAL for NULL; WEFT_ESENT; UV_ENOMEM as of weft_set_status().
 */
WEFT_EXPORT int weft_close_connection(weft_response *res);

/*
 * The body of a buffered response, not NUL-terminated; NULL for a streamed one and for a file.
 * Borrowed, until the body is replaced or the response has been sent.
 *
 * ret_length  in bytes, 0 with NULL; may be NULL.
 */
WEFT_EXPORT const void *weft_response_body(const weft_response *res, size_t *ret_length);

/*
 * Replace it.  `data` is borrowed until the response has been sent; NULL with length 0: empty.
 * A file is taken off, before weft_on_head() functions run; the fields that told of it stay.
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
 * written; else the body is chunked (for HTTP/1.0: ends with the connection).  With filters
 * (weft_filter()) nobody knows beforehand how long it gets: a Content-Length is left out then,
 * of the answer to HEAD, too.
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
 *
 * weft_write_printf() puts the text together before it sends it, in memory of the request:
 * UV_ENOMEM above its ceiling.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_write(weft_response *res, const void *data,
                                                         size_t length);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_write_printf(weft_response *res,
                                                                const char *format, ...)
    WEFT_PRINTF(2, 3);

/*
 * Add a field to the trailer section, behind the body of a stream (RFC 9110, 6.5), such as a
 * digest of what was sent.  Before the head has left the name is announced in a Trailer field,
 * too; one that comes later can be announced by weft_append_header(res, "Trailer", name).
 * Copied.
 *
 * Only a chunked body has trailers: with a Content-Length, for HTTP/1.0, for HEAD and for
 * statuses without a body they are dropped.  They are sent whether or not the client says that
 * it takes them, since it may ignore them: what it must not miss belongs elsewhere, or is asked
 * for by weft_accepts_trailers().
 *
 * 0; UV_EINVAL as of weft_add_header(), or for NULL; WEFT_EMISUSE for a response that is no
 * stream, or a name that RFC 9110, 6.5.1 keeps out of trailers: framing, routing,
 * authentication, cookies, conditions, caching, and the fields that say how content is read;
 * WEFT_ESENT when the body has ended; WEFT_ELIMIT as of weft_add_header(); UV_ENOMEM.
 */
WEFT_EXPORT int weft_add_trailer(weft_response *res, const char *name, const char *value);

/* Whether the client said that it takes trailers and passes them on (`TE: trailers`, RFC 9110,
 * 10.1.4). */
WEFT_EXPORT bool weft_accepts_trailers(const weft_request *req);

/* --- Before the response ----------------------------------------------------------------- */

/*
 * Send 103 Early Hints (RFC 8297) at once: what the client may fetch while the handler works.
 *
 * links  values of Link fields, such as "</style.css>; rel=preload; as=style" (RFC 8288); at
 *        least one, ends with NULL: WEFT_LIST("...", "...").
 *
 * Any number of times before the head of the response leaves, 102 included up to 32 times. They
 * bind nobody: the response should say them again.  To HTTP/1.0 clients nothing is sent.  Some
 * clients that say HTTP/1.1 take a 103 for the response (Python's http.client): send it to
 * those that are known to cope, such as browsers, which say "Sec-Fetch-Mode: navigate" for a
 * page.
 *
 * 0, also where nothing was sent for the client's version; UV_EINVAL for no link, or for one
 * that cannot be sent; WEFT_ESENT; WEFT_ELIMIT for too many, or as of weft_add_header();
 * WEFT_EGONE; UV_ENOMEM.
 */
WEFT_EXPORT int weft_early_hints(weft_request *req, const char *const *links);

/* Send 102 Processing (RFC 2518, 10.1): the handler is still at it.  As weft_early_hints(). */
WEFT_EXPORT int weft_processing(weft_request *req);

/* --- After the response ------------------------------------------------------------------ */

/*
 * How many bytes of the body of the response have been sent: of what filters made of it,
 * without the framing of chunks; 0 for HEAD.  Those count that were handed to the connection,
 * though the client may never have got them.  For functions of weft_defer(), such as logs:
 * unlike a filter this takes no Content-Length off.
 */
WEFT_EXPORT uint64_t weft_body_sent(const weft_request *req);

/*
 * The status of the response that was sent, or of the one that could not be since the client
 * had left; 499 where a handler was cancelled by that.  0: there is none.  Unlike what
 * weft_on_head() sees it is also that of a 500 in place of a response that a filter could not
 * make.
 */
WEFT_EXPORT int weft_sent_status(const weft_request *req);

/*
 * Run fn(arg) after the response has been sent (BackgroundTask): mails, figures, clean-up that
 * nobody waits for.  Any number of functions, in the order of registration, one after the
 * other, in a task of their own; a negative result is logged, and the next one runs all the
 * same.
 *
 * The request lives on until the last has returned: its memory, values, parameters and header
 * fields; weft_current_request() is it.  Its connection does not: bodies that were not read are
 * gone (WEFT_EGONE), and what weft_defer() releases is released before; forms, files, JSON and
 * all else that the framework keeps for the request stays.  The next request on the connection
 * is not held up; what is left of a body that was not read, and has yet to come, is not waited
 * for: the connection closes.  There is no deadline, and the client's departure changes
 * nothing, whether the response reached it or not.  At the program's end running work is waited
 * for as requests are, for shutdown_timeout_ms, then cancelled.  Where no task is to be had the
 * functions run in the request's task.
 *
 * For work without the request use weft_app_spawn(); for releasing what the handler took
 * weft_defer(), which runs at once, with a bound of 5 s.
 *
 * 0; UV_EINVAL for NULL; UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_background(weft_request *req, weft_task_fn fn, void *arg);

WEFT_END_DECLS
#endif
