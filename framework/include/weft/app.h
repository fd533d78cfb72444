/*
 * weft/app.h - routes, groups, state, and the program around them.
 *
 * An app is declared, then served; once it is served it does not change (WEFT_EMISUSE).
 * Mistakes in the declaration (a malformed template, two routes that collide) are remembered,
 * so results of these calls may be ignored: weft_main() and weft_app_check() report them all
 * and refuse to start.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_APP_H
#define WEFT_APP_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/middleware.h>
#include <weft/request.h>
#include <weft/task.h>

WEFT_BEGIN_DECLS

/* --- Apps and groups ------------------------------------------------------------------- */

/* A new app; `title` is copied.  NULL when memory is out.  Release with weft_app_free(), unless
 * weft_main() or weft_mount() took it over. */
WEFT_EXPORT weft_app *weft_app_new(const char *title);

/* Release it with its groups and what is mounted in it.  Takes NULL.  While it is being served
 * nothing is released, and an error is logged: weft_stop() it, and wait until weft_serve() has
 * returned. */
WEFT_EXPORT void weft_app_free(weft_app *app);

/*
 * A group: routes under `prefix` ("/api", with typed parameters if need be) with their own
 * middleware, state and error handlers besides the parent's.  Belongs to `app`.  A stand-in
 * that takes all calls when the prefix is malformed or memory is out; never NULL unless app is
 * NULL.
 */
WEFT_EXPORT weft_app *weft_under(weft_app *app, const char *prefix);

/* Put a whole app under `prefix`; `child` is taken over, also on failure.  Its start-up and
 * shut-down run with those of `app`, its middleware inside of those of `app`.  0; UV_EINVAL for
 * a malformed prefix; WEFT_EMISUSE while serving, or when `child` is no app of its own (a
 * group, mounted already, or `app` itself); UV_ENOMEM. */
WEFT_EXPORT int weft_mount(weft_app *app, const char *prefix, weft_app *child);

/* Wrap everything in `app` (or group) in a middleware; the first one added is outermost.
 * `state` is borrowed and must live as long as the app.  0; UV_EINVAL for NULL; WEFT_EMISUSE
 * while serving; UV_ENOMEM. */
WEFT_EXPORT int weft_use(weft_app *app, weft_middleware fn, void *state);

/* Keep `memory` (malloc) until the app is freed, then call release(memory): for the state of
 * middleware.  Takes it over, also on failure, when it is released at once.  0; UV_EINVAL for
 * NULL; UV_ENOMEM. */
WEFT_EXPORT int weft_app_own(weft_app *app, void *memory, void (*release)(void *memory));

/* A value that handlers get by weft_state(); `value` is borrowed and must live as long.
 * Start-up hooks may call this and weft_app_own(), too.  A second value for a key replaces the
 * first.  0; UV_EINVAL for NULL; UV_ENOMEM. */
WEFT_EXPORT int weft_app_set(weft_app *app, const weft_key *key, void *value);

/* The value set on `app`, else on the nearest app around it; NULL when there is none. */
WEFT_EXPORT void *weft_app_get(const weft_app *app, const weft_key *key);

/* --- Routes ---------------------------------------------------------------------------- */

/* A middleware of a route, with the state that it is called with; `state` is borrowed and must
 * live as long as the app.  A list of these ends with a zero entry. */
typedef struct weft_use_entry {
    weft_middleware fn;
    void *state;
} weft_use_entry;

/* SIZE_MAX for max_body_bytes: no limit, for handlers that read piece by piece. */
#define WEFT_UNLIMITED ((size_t)-1)

/*
 * What becomes of a body with a Content-Encoding (RFC 9110, 8.4).  Decoded, every function that
 * reads gives decoded bytes, and max_body_bytes is for these.  gzip, deflate (zlib's format),
 * br and zstd, as the build has them; anything else, or several, is answered 415 with an
 * Accept-Encoding field.  A body that is malformed, cut off, goes on behind its
 * end, or needs a window of over 8 MiB (zstd) is 400.
 * What grows past 64 KiB and more than max_decompress_ratio times is 413.
 */
typedef enum weft_decompress {
    WEFT_DECOMPRESS_DEFAULT, /* as around it: off */
    WEFT_DECOMPRESS_ON,
    WEFT_DECOMPRESS_OFF, /* handlers get what was sent; JSON and forms are refused with 415 */
} weft_decompress;

/* A route.  Zero is the default of every field; strings and lists are copied. */
typedef struct weft_route_options {
    weft_handler handler;      /* the one field that is needed */
    const char *name;          /* for weft_url_for() */
    const char *summary;       /* for listings and documents */
    const weft_use_entry *use; /* middleware of this route, ends with a zero entry */
    size_t max_body_bytes;     /* 0: the app's */
    uint32_t timeout_ms; /* of the handler, see weft_app_options; 0: the app's; UINT32_MAX:
                          * none */
    weft_departure on_departure;
    weft_decompress decompress;
} weft_route_options;

/*
 * Add a route.
 *
 * method  one or more, such as "GET" or "GET,POST": any token of RFC 9110; "*" is every method.
 * path    "/todos/{id:int}": literal segments and parameters {name}, {name:str} (one segment,
 * not empty), {name:int} (64 bits, signed), {name:float}, {name:uuid}, {name:path} (the rest,
 *         at the end only, may be empty).  Where several match, literals go before parameters
 *         (int, uuid, float, str) and parameters before path, whatever the order of
 * registration.
 *
 * GET routes answer HEAD as well, and every path OPTIONS, unless a route of their own does.
 *
 * 0; UV_EINVAL for a malformed method or path; WEFT_ECONFLICT when a route for the same method
 * and shape exists; WEFT_EMISUSE while serving; UV_ENOMEM.
 */
WEFT_EXPORT int weft_route(weft_app *app, const char *method, const char *path,
                           const weft_route_options *options);

#ifndef __cplusplus
/* weft_get(app, "/", index, .name = "index"): the handler, then any options. */
#define weft_get(app, path, ...) \
    weft_route((app), "GET", (path), &(weft_route_options){ .handler = __VA_ARGS__ })
#define weft_post(app, path, ...) \
    weft_route((app), "POST", (path), &(weft_route_options){ .handler = __VA_ARGS__ })
#define weft_put(app, path, ...) \
    weft_route((app), "PUT", (path), &(weft_route_options){ .handler = __VA_ARGS__ })
#define weft_patch(app, path, ...) \
    weft_route((app), "PATCH", (path), &(weft_route_options){ .handler = __VA_ARGS__ })
#define weft_delete(app, path, ...) \
    weft_route((app), "DELETE", (path), &(weft_route_options){ .handler = __VA_ARGS__ })
#endif

/* --- URLs of named routes -------------------------------------------------------------- */

/* A value for a path parameter; made by weft_url_for(). */
typedef struct weft_url_value {
    enum { WEFT_URL_INT, WEFT_URL_FLOAT, WEFT_URL_STR } kind;
    int64_t integer;
    double real;
    const char *text;
} weft_url_value;

/*
 * The path of the route called `name`, its parameters filled with `count` values in order and
 * percent-encoded, root path and mounts included.  Lives as long as the request; NULL with a
 * log line when there is no such route, the number or type of the values does not fit, or
 * memory is out.  With `absolute`, scheme and host of the request in front.
 */
WEFT_EXPORT const char *weft_url_for_values(weft_request *req, bool absolute, const char *name,
                                            const weft_url_value *values, size_t count);

#ifndef __cplusplus
static inline weft_url_value weft__url_int(int64_t value)
{
    return (weft_url_value){ .kind = WEFT_URL_INT, .integer = value };
}
static inline weft_url_value weft__url_float(double value)
{
    return (weft_url_value){ .kind = WEFT_URL_FLOAT, .real = value };
}
static inline weft_url_value weft__url_str(const char *value)
{
    return (weft_url_value){ .kind = WEFT_URL_STR, .text = value };
}
#define WEFT__URL_VALUE(x) \
    _Generic((x), char *: weft__url_str, const char *: weft__url_str, float: weft__url_float,   \
        double: weft__url_float, default: weft__url_int)(x)
#define WEFT__URL_COUNT(...)                  WEFT__URL_PICK(0, ##__VA_ARGS__, 4, 3, 2, 1, 0)
#define WEFT__URL_PICK(z, a, b, c, d, n, ...) n
#define WEFT__URL_LIST0()                     NULL
#define WEFT__URL_LIST1(a) \
    (weft_url_value[])     \
    {                      \
        WEFT__URL_VALUE(a) \
    }
#define WEFT__URL_LIST2(a, b)                  \
    (weft_url_value[])                         \
    {                                          \
        WEFT__URL_VALUE(a), WEFT__URL_VALUE(b) \
    }
#define WEFT__URL_LIST3(a, b, c)                                   \
    (weft_url_value[])                                             \
    {                                                              \
        WEFT__URL_VALUE(a), WEFT__URL_VALUE(b), WEFT__URL_VALUE(c) \
    }
#define WEFT__URL_LIST4(a, b, c, d)                                                    \
    (weft_url_value[])                                                                 \
    {                                                                                  \
        WEFT__URL_VALUE(a), WEFT__URL_VALUE(b), WEFT__URL_VALUE(c), WEFT__URL_VALUE(d) \
    }
#define WEFT__URL_JOIN(n) WEFT__URL_LIST##n
#define WEFT__URL_LIST(n) WEFT__URL_JOIN(n)

/* weft_url_for(req, "get_todo", id): up to four values, integers, reals or strings, checked
 * against the types in the template. */
#define weft_url_for(req, name, ...)                                               \
    weft_url_for_values((req), false, (name),                                      \
                        WEFT__URL_LIST(WEFT__URL_COUNT(__VA_ARGS__))(__VA_ARGS__), \
                        WEFT__URL_COUNT(__VA_ARGS__))
#define weft_absolute_url_for(req, name, ...)                                      \
    weft_url_for_values((req), true, (name),                                       \
                        WEFT__URL_LIST(WEFT__URL_COUNT(__VA_ARGS__))(__VA_ARGS__), \
                        WEFT__URL_COUNT(__VA_ARGS__))
#endif

/* --- Errors, start-up, settings -------------------------------------------------------- */

/*
 * Make the responses of weft_problem(), weft_error(), weft_fail() and the router's own (404,
 * 405, 413) for `status` (0: every status from 400 on without a handler of its own) in `app`.
 * `detail` is the problem's, "" if there is none.  The latest handler for a status counts.
 *
 * 0; UV_EINVAL when `status` is neither 0 nor from 400 to 599, or fn is NULL; WEFT_EMISUSE
 * while serving; UV_ENOMEM.
 */
typedef weft_response *(*weft_error_handler)(weft_request *req, int status, const char *detail,
                                             void *arg);
WEFT_EXPORT int weft_on_error(weft_app *app, int status, weft_error_handler fn, void *arg);

/*
 * Run `start` before the first connection is accepted and `stop` after the last has closed,
 * both in a task.  Stops run in reverse order, for those that started; either may be NULL.
 * `start` returning a negative code ends the program with a message.
 *
 * 0; UV_EINVAL for a NULL app; WEFT_EMISUSE while serving; UV_ENOMEM.
 */
WEFT_EXPORT int weft_on_lifespan(weft_app *app, int (*start)(weft_app *app, void *arg),
                                 void (*stop)(weft_app *app, void *arg), void *arg);

/* Settings of an app and what is in it; a group's own values go before its parent's. */
typedef struct weft_app_options {
    uint32_t timeout_ms;   /* of handlers, from dispatch to the head; it stands still while the
                            * body is awaited, and begins anew with each piece of it;
                            * default 30,000 */
    size_t max_body_bytes; /* default 1 MiB */
    unsigned max_json_depth; /* default 64, at most 256 */
    weft_decompress decompress;
    unsigned max_decompress_ratio; /* default 100; UINT_MAX: any */
} weft_app_options;

/* Set those that are not zero.  0; UV_EINVAL for NULL or a depth over 256; WEFT_EMISUSE while
 * serving. */
WEFT_EXPORT int weft_app_configure(weft_app *app, const weft_app_options *options);

/* --- Serving --------------------------------------------------------------------------- */

/* How an app is served.  A field left zero takes its default; every time limit is on by
 * default. */
typedef struct weft_serve_options {
    const char *host;       /* address to listen on; default "127.0.0.1" */
    int port;               /* default 8080; -1: one that is free */
    const char *uds;        /* a Unix socket's path instead of host and port */
    int backlog;            /* default 4096 */
    size_t max_connections; /* --limit-concurrency; more are answered 503; default 16,384, or
                             one for each 8 KiB of memory where that is less */
    size_t max_connections_per_address; /* --limit-per-address; of IPv6 the first 64 bits are
                                         * one; not of forwarded_allow_ips; default: no limit */
    size_t max_head_bytes;              /* default 16 KiB */
    unsigned max_header_fields;         /* default 100 */
    size_t max_connection_memory; /* that one request takes of the framework, else 503 with
                                   * Retry-After; default 64 MiB besides a body that is read
                                   * whole; once set, such a body is part of it */
    size_t max_memory; /* of the process: above it idle connections are closed and new requests
                        * answered 503 with Retry-After; default three quarters of what the
                        * control group or the machine has; SIZE_MAX: none */
    uint32_t head_timeout_ms; /* from a request's first byte to the end of its head, and of a
                               * new connection to that byte; 10 s */
    uint32_t body_timeout_ms; /* silence while a body is awaited; 30 s */
    uint32_t min_body_rate;   /* bytes a second of a body, once it was awaited for 5 s in all;
                               * default 240; UINT32_MAX: any */
    uint32_t min_write_rate;  /* the same of an answer that is too long for the system to hold;
                               * default 240; UINT32_MAX: any */
    uint32_t keep_alive_timeout_ms; /* an idle connection, after an answer; 75 s */
    uint32_t write_timeout_ms;      /* a client that takes nothing of what waits for it; 30 s */
    uint32_t shutdown_timeout_ms;   /* for running requests after SIGTERM; 30 s */
    bool proxy_headers;             /* believe X-Forwarded-* and Forwarded of trusted peers */
    const char
        *forwarded_allow_ips; /* those peers: addresses, networks or "*"; "127.0.0.1,::1" */
    bool proxy_protocol;      /* those peers begin each connection with a header of the PROXY
                               * protocol,      version 1 or 2, which names its client; others are
                               * closed
                               */
    const char *root_path;    /* prefix that a proxy strips */
    bool half_close;          /* a FIN is no departure: serve clients that close early */
    bool disable_server_header;
    bool disable_date_header;
    weft_loop_options loop;
    void (*on_listening)(const char *url, void *arg); /* accepting now; NULL: prints the line */
    void *arg;
} weft_serve_options;

/*
 * Serve `app` until SIGTERM or SIGINT, then drain: listeners close, running requests finish
 * within shutdown_timeout_ms; a second signal cuts that short.  Handlers whose blocking call
 * has not returned 6 s after that are given up: the process ends then and there, with status 0
 * and a log line.  `app` stays the caller's.  0, or a negative code when it could not start
 * (reported in the log).
 *
 * In a task it serves on the loop of that task, beside whatever else runs there, perhaps in a
 * libuv loop of the program's (weft_loop_attach()): until weft_stop(), or until the task is
 * cancelled or out of time, which is then what it returns.  It drains and runs the shut-down
 * hooks before it returns; what does not end within the bound is waited for.  Signals, the
 * limit of descriptors, and options->loop are then the program's affair; only
 * SIGPIPE is ignored, where nothing else was said about it.  (uvicorn's Server.serve)
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_serve(weft_app *app, const weft_serve_options *options);

/*
 * Have weft_serve() of `app` end as at SIGTERM; once more: cut the drain short.  From the
 * loop's thread, in a task or a callback; from others by weft_loop_call().  Does nothing when
 * `app` is not being served.
 */
WEFT_EXPORT void weft_stop(weft_app *app);

/*
 * Start fn(arg) as a task that the app owns, for work that outlives the request
 * (BackgroundTask). It inherits no deadline and no request, but the task-locals, whose values
 * must live as long. When the last request has been served, what is left of these tasks is
 * cancelled and awaited; then the shut-down hooks run.
 *
 * On the loop's thread, in a task or a callback.  0; UV_ENOMEM; UV_EAGAIN at the limit of
 * tasks; UV_ECANCELED when the app is ending; WEFT_EMISUSE when it is not being served.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_app_spawn(weft_app *app, weft_task_fn fn, void *arg);

/*
 * The whole program: reads the command line and the environment and serves, lists or checks the
 * app, as `--help` tells.  Takes `app` over and frees it.  The exit status: 0 done, 1 failed, 2
 * wrong usage.
 */
WEFT_EXPORT int weft_main(weft_app *app, int argc, char **argv);

/*
 * Note a mistake of whoever declares the app, one line of text: the app then does not start,
 * and says why.  For the functions by which middleware is added.  UV_EINVAL; or WEFT_EMISUSE
 * while serving.
 */
WEFT_EXPORT int weft_app_complain(weft_app *app, const char *format, ...) WEFT_PRINTF(2, 3);

/* Write every problem of the declaration to `out`, a line each; how many there are. */
WEFT_EXPORT int weft_app_check(weft_app *app, FILE *out);

/* Write the table of routes: methods, template, name, summary. */
WEFT_EXPORT int weft_app_print_routes(weft_app *app, FILE *out);

/*
 * In debug mode (weft_loop_options.debug): how many bytes of stack a request of the route for
 * `method` and `path` has used at most since the app was made: its handler with all middleware,
 * or a task that this has started.  `path` is as weft_route_template() has it.  0 where there
 * is no such route, or nobody has asked for it yet.
 *
 * weft_serve() logs this for all routes at its end, and dumps have it (<weft/diagnostics.h>).
 */
WEFT_EXPORT size_t weft_route_stack_deepest(weft_app *app, const char *method,
                                            const char *path);

WEFT_END_DECLS
#endif
