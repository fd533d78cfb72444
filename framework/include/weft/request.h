/*
 * weft/request.h - what a handler reads from a request.
 *
 * Everything handed out here is borrowed and lives until the response has been sent; a handler
 * frees nothing.  Strings end with NUL.  Unless a function is marked WEFT_SUSPENDS it does not.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_REQUEST_H
#define WEFT_REQUEST_H

#include <weft/export.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

/* What a client's departure does to the handler (RST always; FIN as the options below say). */
typedef enum weft_departure {
    WEFT_DEPARTURE_DEFAULT, /* cancel GET and HEAD, let other methods finish */
    WEFT_DEPARTURE_CANCEL,
    WEFT_DEPARTURE_IGNORE,
} weft_departure;

/* --- The request line ------------------------------------------------------------------------
 */

/* "GET"; for HEAD requests that a GET route answers it is still "HEAD". */
WEFT_EXPORT const char *weft_method(const weft_request *req);

/*
 * The path, percent-decoded, without the query; "/" at least.  The prefixes of mounts and
 * groups are in front; a root path is not, since the proxy has stripped it.
 */
WEFT_EXPORT const char *weft_path(weft_request *req);

/* The path as it was sent. */
WEFT_EXPORT const char *weft_raw_path(const weft_request *req);

/* What follows '?', as it was sent; "" when there is none. */
WEFT_EXPORT const char *weft_query_string(const weft_request *req);

/* "HTTP/1.1" or "HTTP/1.0". */
WEFT_EXPORT const char *weft_protocol(const weft_request *req);

/* The template of the route that matched, such as "/todos/{id:int}", mounts included; NULL when
 * none did.  Lives as long as the app. */
WEFT_EXPORT const char *weft_route_template(const weft_request *req);

/* --- Parameters ------------------------------------------------------------------------------
 */

/*
 * A path parameter by its name in the template.  The router has checked its type already, so
 * these cannot fail for a parameter that the route declares so; for others 0 or NULL is
 * returned and a warning logged.
 */
WEFT_EXPORT int64_t weft_path_int(weft_request *req, const char *name);
WEFT_EXPORT double weft_path_float(weft_request *req, const char *name);
WEFT_EXPORT const char *weft_path_str(weft_request *req, const char *name);

/* A query parameter, decoded: the first of that name, NULL when there is none; or the one at
 * `index`, counted from 0 among those of the same name.  One that cannot be decoded to a C
 * string of UTF-8 (`%zz`, `%00`, `%ff`) is given as it was sent.  A query of more than 1000
 * parameters never comes to a handler: it is answered 400. */
WEFT_EXPORT const char *weft_query(weft_request *req, const char *name);
WEFT_EXPORT const char *weft_query_at(weft_request *req, const char *name, size_t index);

/* Walk all of them in the order received: start with *at = 0; false after the last. */
WEFT_EXPORT bool weft_query_next(weft_request *req, size_t *at, const char **ret_name,
                                 const char **ret_value);

/*
 * A query parameter as a number.
 *
 * ret  set to `fallback` when the parameter is absent.
 *
 * 0; WEFT_EPROTO when it is there and is not a decimal integer of 64 bits.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_query_int(weft_request *req, const char *name,
                                               int64_t fallback, int64_t *ret);

/* --- Header fields --------------------------------------------------------------------- */

/* A header field's value; names compare without case (RFC 9110, 5.1).  NULL when absent.
 * weft_header_at(): the one at `index`, counted from 0 among those of the same name. */
WEFT_EXPORT const char *weft_header(const weft_request *req, const char *name);
WEFT_EXPORT const char *weft_header_at(const weft_request *req, const char *name, size_t index);

/* Walk all fields in the order received: start with *at = 0; false after the last. */
WEFT_EXPORT bool weft_header_next(const weft_request *req, size_t *at, const char **ret_name,
                                  const char **ret_value);

/*
 * Whether Content-Type (RFC 9110, 8.3) says that the body is of that media type (content_type).
 * False, too, when the field is absent, malformed or repeated.
 *
 * media_type  in lower case, such as "image/png"; a "*" in place of the subtype, or of both, is
 *             any.  Parameters do not matter.
 */
WEFT_EXPORT bool weft_content_is(const weft_request *req, const char *media_type);

/* A parameter of Content-Type, such as "charset" or "profile", without quotes; `name` in lower
 * case.  NULL when there is none or several, or as above. */
WEFT_EXPORT const char *weft_content_parameter(weft_request *req, const char *name);

/* A cookie's value as it was sent (RFC 6265bis); NULL when absent. */
WEFT_EXPORT const char *weft_cookie(weft_request *req, const char *name);

/* Walk all cookies in the order received: start with *at = 0; false after the last.  A name may
 * be anything that a browser keeps, not only a token; what has none is skipped. */
WEFT_EXPORT bool weft_cookie_next(weft_request *req, size_t *at, const char **ret_name,
                                  const char **ret_value);

/* --- The body -------------------------------------------------------------------------- */

/*
 * Read the whole body.  May be called again, and gives the same; and all other functions that
 * read the body, as JSON, by pieces or saved, and as a form or by parts, may follow: they are
 * given it out of memory, those by pieces once, and one of forms and parts (Request.body).  The
 * other way round is not possible: what was taken by the piece is gone.
 *
 * ret         ends with NUL; "" for an empty body.
 * ret_length  in bytes; may be NULL.
 *
 * 0, or, each fit to be returned by weft_error():
 *   WEFT_ELIMIT    longer than the route allows (413);
 *   WEFT_EPROTO    the framing is malformed (400);
 *   UV_ETIMEDOUT   the client sent nothing, or too slowly, for too long (408), or a deadline
 *                  passed (504): not that of the handler, which stands still meanwhile;
 *   WEFT_EGONE     the client has left;
 *   UV_ECANCELED   the task is cancelled;
 *   WEFT_EMISUSE   part of the body was taken by weft_read_chunk() already, or by what reads it
 *                  in the same way: multipart forms, parts, weft_save_body();
 *   UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_read_body(weft_request *req, const char **ret, size_t *ret_length);

/*
 * Read the next piece of the body, whatever has come, at most 64 KiB.  TCP holds the client
 * back while nobody reads.
 *
 * Behind weft_read_body(), and what rests on it, the body is given once more, from its
 * beginning and without waiting (Request.stream).
 *
 * ret  valid until the next call.
 *
 * The piece's length, 0 at the end, or a code as of weft_read_body(); WEFT_EMISUSE when
 * weft_read_body() has failed in the middle and could go on.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_read_chunk(weft_request *req,
                                                              const char **ret);

/* The declared length; -1 when it is not known beforehand (chunked, or decompressed).  0
 * without a body. */
WEFT_EXPORT int64_t weft_body_length(const weft_request *req);

/*
 * A trailer field, which came behind a chunked body: its value, NULL when absent, or before the
 * body has been read to its end (RFC 9110, 6.5).  Names compare without case.  These never
 * become header fields, and what may not stand in a trailer is not here (RFC 9110, 6.5.1:
 * framing, routing, authentication, conditions, how the content is to be taken).
 * weft_trailer_at(): the one at `index`, counted from 0 among those of the same name.
 */
WEFT_EXPORT const char *weft_trailer(const weft_request *req, const char *name);
WEFT_EXPORT const char *weft_trailer_at(const weft_request *req, const char *name,
                                        size_t index);

/* Walk all of them in the order received: start with *at = 0; false after the last. */
WEFT_EXPORT bool weft_trailer_next(const weft_request *req, size_t *at, const char **ret_name,
                                   const char **ret_value);

/*
 * Read an application/x-www-form-urlencoded or multipart/form-data body, so that weft_form()
 * finds its fields; files of the latter, and limits: <weft/multipart.h>.
 *
 * 0; WEFT_EANSWERED when it was refused: another media type or charset (415), malformed (400),
 * over a limit (413); or a code as of weft_read_form_with().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_read_form(weft_request *req);

/* A form field, decoded; repeated ones as of weft_query_at(); NULL when absent or before
 * weft_read_form(). */
WEFT_EXPORT const char *weft_form(weft_request *req, const char *name);
WEFT_EXPORT const char *weft_form_at(weft_request *req, const char *name, size_t index);

/* --- Where it came from ---------------------------------------------------------------- */

/*
 * The client's address, "" where it has none (Unix sockets); of IPv4 as such, also where the
 * socket is for both families.  Behind a trusted proxy (see
 * --proxy-headers) this, the scheme and the host are those that the proxy names.
 */
WEFT_EXPORT const char *weft_remote(weft_request *req);

/* "http" or "https". */
WEFT_EXPORT const char *weft_scheme(const weft_request *req);

/*
 * The authority as the client sent it, host and perhaps port; "localhost" when an HTTP/1.0
 * client sent none.  Behind a trusted proxy as of weft_remote().
 */
WEFT_EXPORT const char *weft_host(const weft_request *req);

/* scheme://host and the root path, without a slash at the end.  NULL when memory is out. */
WEFT_EXPORT const char *weft_base_url(weft_request *req);

/* Whether the client is known to have left. */
WEFT_EXPORT bool weft_request_gone(const weft_request *req);

/* The id under which log lines of this request appear; NULL until one is set. */
WEFT_EXPORT const char *weft_request_id(const weft_request *req);

/* Set it; copied.  0; UV_ENOMEM; UV_EINVAL when it is empty, over 128 bytes or not printable.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_request_set_id(weft_request *req, const char *id);

/* The request that the calling task works for, inherited by the tasks it starts; NULL if none.
 */
WEFT_EXPORT weft_request *weft_current_request(void);

/* --- Memory and values of a request ---------------------------------------------------- */

/* `size` bytes, not cleared, aligned for any type; NULL when memory is out. */
WEFT_EXPORT void *weft_alloc(weft_request *req, size_t size);

/* The same for copies of text and for what printf() would print, each with a NUL behind it. */
WEFT_EXPORT char *weft_strdup(weft_request *req, const char *text);
WEFT_EXPORT char *weft_strndup(weft_request *req, const char *text, size_t length);
WEFT_EXPORT char *weft_printf(weft_request *req, const char *format, ...) WEFT_PRINTF(2, 3);
WEFT_EXPORT char *weft_vprintf(weft_request *req, const char *format, va_list args)
    WEFT_PRINTF(2, 0);

/*
 * Call fn(arg) after the response has been sent, last in first out, in the request's task,
 * shielded; before what the framework keeps for the request (bodies, forms, files, JSON) is
 * released.  0; UV_ENOMEM: then it was not registered.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_defer(weft_request *req, void (*fn)(void *arg), void *arg);

/* A value that middleware leaves for those after it.  `value` is borrowed.  0 or UV_ENOMEM. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_set_value(weft_request *req, const weft_key *key,
                                               void *value);

/* What was set under the key; NULL when nothing was. */
WEFT_EXPORT void *weft_value(const weft_request *req, const weft_key *key);

/* State of the app that the route belongs to, or of one it is mounted in: see weft_app_set().
 */
WEFT_EXPORT void *weft_state(const weft_request *req, const weft_key *key);

/* The app (or group) that the route belongs to. */
WEFT_EXPORT weft_app *weft_app_of(const weft_request *req);

WEFT_END_DECLS
#endif
