/*
 * weft/middleware/access_log.h - a line for each request.
 *
 *     192.0.2.7 - - [01/Mar/2026:12:34:56 +0000] "GET /todos?page=2 HTTP/1.1" 200 512 "-"
 *     "curl/7.88.1" 143us 0195...
 *
 *     {"time":"2026-03-01T12:34:56Z","remote":"192.0.2.7","method":"GET","target":"/todos?page=2",
 *     "protocol":"HTTP/1.1","status":200,"bytes":512,"duration_us":143,"user_agent":"curl/7.88.1",
 *     "request_id":"0195..."}
 *
 * (each on one line).  The line is written when the response has been sent; `bytes` are those
 * of the body.  A client that left before there was a response has status 499.  Lines go to a
 * thread that writes them in batches: no request ever waits for the log, and what the reader
 * does not take is dropped, and counted in the log of the program when the app stops.
 *
 * Requests that the server itself refuses never reach the app and have no line here: such as
 * malformed heads (400), heads that are too late (408) or too large (414, 431), and connections
 * over the limit (503).  The log of the program has them, at level debug.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_ACCESS_LOG_H
#define WEFT_MIDDLEWARE_ACCESS_LOG_H

#include <weft/app.h>

WEFT_BEGIN_DECLS

typedef enum weft_access_log_format {
    WEFT_ACCESS_LOG_AUTO, /* as the program's log: see weft_log_set_format() */
    WEFT_ACCESS_LOG_TEXT,
    WEFT_ACCESS_LOG_JSON,
} weft_access_log_format;

typedef struct weft_access_log_options {
    weft_access_log_format format;
    int fd;           /* 0: standard output; borrowed, open as long as the app is served */
    size_t max_bytes; /* held in memory for a slow reader; default 1 MiB */
    bool hide_query;  /* leave the query out of the target: it may hold what is secret */
    const char *const *skip; /* exact paths that are not logged, such as "/health"; copied */
    /* Instead of `fd`: gets each line, without a newline; must not block. */
    void (*sink)(const char *line, size_t length, void *arg);
    void *arg;
} weft_access_log_options;

/* Use it on `app`; NULL options take all defaults.  Outside of everything but request ids, so
 * that it sees what the others make of a response.  0, or a code as of weft_use(). */
WEFT_EXPORT int weft_use_access_log(weft_app *app, const weft_access_log_options *options);

WEFT_END_DECLS
#endif
