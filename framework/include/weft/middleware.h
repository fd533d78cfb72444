/*
 * weft/middleware.h - code around handlers.
 *
 * A middleware is called with the request, calls weft_proceed() for what lies inside of it, and
 * returns the response that it got, another one, or a changed one:
 *
 *     static weft_response *timing(weft_request *req, weft_next *next, void *state)
 *     {
 *         weft_response *res = weft_proceed(req, next);
 *         weft_set_header(res, "X-Robots-Tag", "none");
 *         return res;
 *     }
 *
 * It runs in the handler's task and may suspend.  Of a streamed response the head may have left
 * when weft_proceed() returns (weft_set_header() returns WEFT_ESENT); what must see every
 * response uses weft_on_head() and weft_filter().
 *
 * Middleware of the app also runs around 404, 405 and automatic OPTIONS answers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_H
#define WEFT_MIDDLEWARE_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <weft/error.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

#ifndef __cplusplus
/* A list of strings for options, such as .origins = WEFT_LIST("https://example.org"); it lives
 * as long as the block it stands in, so whoever keeps it copies it. */
#define WEFT_LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#endif

/*
 * Answers a request, in a task of its connection; may suspend.  NULL sends what weft_fail() has
 * stored, or a 500.
 */
typedef weft_response *(*weft_handler)(weft_request *req);

/* `state` is what was given to weft_use(). */
typedef weft_response *(*weft_middleware)(weft_request *req, weft_next *next, void *state);

/* Run what lies inside: the next middleware or the handler.  At most once for each call of a
 * middleware; a second time logs an error and gives a 500.  Never NULL. */
WEFT_EXPORT weft_response *weft_proceed(weft_request *req, weft_next *next);

/*
 * Call fn(res, arg) once, just before the head of the response leaves, whichever response that
 * will be; the innermost registered first.  It may change status and fields; it must not
 * suspend. 0; UV_ENOMEM; WEFT_ESENT.
 */
WEFT_EXPORT int weft_on_head(weft_request *req, void (*fn)(weft_response *res, void *arg),
                             void *arg);

/* Where a filter hands on what it made of the body. */
typedef struct weft_sink weft_sink;

/*
 * Gets the body's bytes as they are sent, `end` with the last (perhaps with length 0), and
 * passes what becomes of them to weft_sink_pass().  0 or a negative code, which aborts the
 * response.  Must not wait for anything but weft_sink_pass().
 *
 * Of a response that is not a stream it gets the whole body at once, and what it makes of it is
 * memory of the request until it is sent: above its ceiling the client is answered 503.
 * Failures become a 503 for UV_ENOMEM and a 500 for others, or cut a stream off.  For HEAD it
 * gets the body of such a response, so that Content-Length is that of GET, and of a stream
 * nothing.
 */
typedef int (*weft_filter_fn)(weft_sink *sink, const void *data, size_t length, bool end,
                              void *arg);

/*
 * Send the body of the response through `fn`; the filter registered last sees the bytes first.
 * To be called before the head leaves: from middleware or from a weft_on_head() function.
 * Streams and files are then sent without a Content-Length, whatever the filter does with them;
 * and a part of a file (206) is the part of what the file holds: leave it alone, or have the
 * same length come out.
 * 0; UV_ENOMEM; WEFT_ESENT.
 */
WEFT_EXPORT int weft_filter(weft_request *req, weft_filter_fn fn, void *arg);

/*
 * From inside of a filter: hand `data` on to the next filter, or to the client after the last.
 * Any number of times; `end` with the last of the body, behind which nothing more is taken,
 * though the filter may have ended before its input has.  `data` is copied or sent before this
 * returns.  On a stream it may wait for a client that does not take what was sent before.
 *
 * 0, or the code of the next filter or of sending, as of weft_write(): to be returned;
 * WEFT_EMISUSE for bytes behind the end.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_sink_pass(weft_sink *sink, const void *data,
                                                             size_t length, bool end);

WEFT_END_DECLS
#endif
