/*
 * weft/test.h - drives an app inside the test's own process, with no port.
 *
 * The client speaks HTTP/1.1 to a real server over memory: what the app sends has been through
 * the same code as over a socket.  Needs no test framework; with Criterion see
 * <weft/test_criterion.h>.
 *
 *     weft_test *t = weft_test_new(my_app());
 *     weft_test_reply r = weft_test_get(t, "/hello");
 *     assert(r.status == 200);
 *     weft_test_free(t);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TEST_H
#define WEFT_TEST_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/app.h>

WEFT_BEGIN_DECLS

typedef struct weft_test weft_test;

typedef struct weft_test_header {
    const char *name;
    const char *value;
} weft_test_header;

/* What to send besides method and target.  Zero: nothing. */
typedef struct weft_test_request {
    const char *json;                /* body, as application/json */
    const char *form;                /* body, as application/x-www-form-urlencoded */
    const char *body;                /* body of any kind: set its Content-Type in `headers` */
    size_t body_length;              /* 0: strlen(body) */
    const weft_test_header *headers; /* ends with a zero entry */
    bool chunked;                    /* send the body chunked */
    bool close;                      /* Connection: close */
} weft_test_request;

/* Valid until the weft_test is freed. */
typedef struct weft_test_reply {
    int status;       /* 0: no complete reply came; `error` says why */
    const char *body; /* decoded; ends with NUL */
    size_t body_length;
    bool closed; /* the server closed the connection after it */
    const char *error;
    const weft_test_header *headers; /* ends with a zero entry */
    const char *raw;                 /* all bytes as they came, this reply and any 1xx before */
    size_t raw_length;
    void *parsed; /* private */
} weft_test_reply;

/*
 * Start `app`: its lifespan begins.  The app is taken over.  Never NULL: when it cannot be
 * started, every request says why in `error`.
 *
 * options  as of weft_serve(), for limits and proxies; NULL: the defaults.  Where to listen and
 *          the loop's settings are not used.
 */
WEFT_EXPORT weft_test *weft_test_new(weft_app *app);
WEFT_EXPORT weft_test *weft_test_new_with(weft_app *app, const weft_serve_options *options);

/* End the lifespan, free everything that replies refer to.  Takes NULL. */
WEFT_EXPORT void weft_test_free(weft_test *test);

/* Free all that this thread has made and not freed. */
WEFT_EXPORT void weft_test_free_all(void);

/* Send one request on a kept-alive connection (a new one after a close) and run the loop until
 * the reply is complete, at most 10 seconds. */
WEFT_EXPORT weft_test_reply weft_test_send(weft_test *test, const char *method,
                                           const char *target,
                                           const weft_test_request *request);

/*
 * Send bytes as they are on a connection of their own, cut into pieces of `step` (0: whole),
 * then read until the server closes or is idle.  All replies are in `raw`; status and body are
 * the first one's.
 */
WEFT_EXPORT weft_test_reply weft_test_raw(weft_test *test, const void *bytes, size_t length,
                                          size_t step);

/* A header field of the reply; NULL when absent. */
WEFT_EXPORT const char *weft_test_header_of(const weft_test_reply *reply, const char *name);

/* A value in a JSON body by JSON pointer (RFC 6901): strings as they are, the rest as JSON
 * text;
 * "(absent)" when there is none, "(not JSON)" when the body is none. */
WEFT_EXPORT const char *weft_test_json(weft_test_reply *reply, const char *pointer);

#ifndef __cplusplus
#define weft_test_get(test, target, ...) \
    weft_test_send((test), "GET", (target), &(weft_test_request){ __VA_ARGS__ })
#define weft_test_post(test, target, ...) \
    weft_test_send((test), "POST", (target), &(weft_test_request){ __VA_ARGS__ })
#define weft_test_put(test, target, ...) \
    weft_test_send((test), "PUT", (target), &(weft_test_request){ __VA_ARGS__ })
#define weft_test_patch(test, target, ...) \
    weft_test_send((test), "PATCH", (target), &(weft_test_request){ __VA_ARGS__ })
#define weft_test_delete(test, target, ...) \
    weft_test_send((test), "DELETE", (target), &(weft_test_request){ __VA_ARGS__ })
#endif

WEFT_END_DECLS
#endif
