/*
 * api/test_client.h - the parts of the test client (weft/test.h).
 *
 *     test.c        the app's life: start, connections, end; running the loop
 *     test_send.c   requests as bytes, and waiting for what comes back
 *     test_reply.c  responses from bytes
 *     test_json.c   values in JSON bodies
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_API_TEST_CLIENT_H
#define WEFT_API_TEST_CLIENT_H

#include <weft/test.h>

#include "base/arena.h"
#include "base/list.h"
#include "net/memory.h"
#include "server/server.h"
#include "task/task.h"

enum weft__test_life { WEFT__TEST_NEW, WEFT__TEST_SERVING, WEFT__TEST_ENDED };

struct weft_test {
    struct weft__list link; /* in the list of this thread's tests */
    weft_app *app;
    weft_serve_options options;
    struct weft__server *server;
    struct weft__memory_client *client; /* the kept-alive connection; NULL: none */
    struct weft__arena arena;           /* of replies */
    const char *error;                  /* why nothing can be sent; NULL: it can */
    uv_timer_t timer;                   /* bounds a wait */
    bool late;                          /* the timer has fired */
    enum weft__test_life life;          /* how far the app's own task has come */
    struct weft__wait end;              /* what that task waits for while the app is served */
    int started;                        /* 0, or the code that start-up ended with */
};

/* Let the loop take a turn; with `wait` until something happens or the timer fires. */
void weft__test_turn(weft_test *test, bool wait);
void weft__test_start_timer(weft_test *test, uint64_t ms);
void weft__test_stop_timer(weft_test *test);

/* A reply without a status, for this reason. */
weft_test_reply weft__test_no_reply(const char *error);

/*
 * Read the first final response of `length` bytes.
 *
 * closed  nothing comes behind these bytes.
 * head    it answers HEAD, and has no body.
 *
 * How many bytes it and the 1xx before it are; 0 when it is not complete; WEFT_EPROTO when this
 * is no response; UV_ENOMEM.  Texts are copied to `arena`.
 */
long weft__test_parse_reply(weft_test_reply *ret, struct weft__arena *arena, const char *bytes,
                            size_t length, bool closed, bool head);

/* How bytes are cut on their way to the server. */
struct weft__test_cut {
    size_t first; /* bytes of the first piece; 0: as the others */
    size_t step;  /* bytes of each; 0: all that is left */
    bool end;     /* FIN behind the last byte */
    bool reset;   /* or RST */
    bool insist;  /* go on sending behind the server's FIN: nothing more may come back */
};

/* weft_test_raw() with more ways to cut. */
weft_test_reply weft__test_cut(weft_test *test, const void *bytes, size_t length,
                               const struct weft__test_cut *cut);

/* What `parsed` of a reply points to. */
struct weft__test_parsed {
    struct weft__arena *arena;
    void *json; /* json_t; NULL before it was asked for, or when it is none */
    bool tried;
};

#endif
