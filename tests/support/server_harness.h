/*
 * support/server_harness.h - a server with handlers of the test's own, in the test's loop.
 *
 *     static void hello(weft_request *req) { harness_reply(req, 200, "hello"); }
 *
 *     static const struct harness_route routes[] = { { "/", hello }, { 0 } };
 *
 *     struct harness h;
 *     harness_open(&h, routes, NULL);
 *     struct weft__memory_client *client = harness_connect(&h);
 *     harness_send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
 *     harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
 *     harness_close(&h);
 *
 * Nothing here sleeps.  Time limits are tested by harness_age(), which makes everything on the
 * server older and then sweeps.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TESTS_SUPPORT_SERVER_HARNESS_H
#define WEFT_TESTS_SUPPORT_SERVER_HARNESS_H

#include "net/memory.h"
#include "server/conn.h"
#include "test.h"

struct harness_route {
    const char *path;
    void (*handler)(weft_request *req);
};

struct harness {
    weft_loop *loop;
    struct weft__server *server; /* NULL once it was freed */
    const struct harness_route *routes;
    void *arg; /* for handlers: harness_arg() */
    struct weft__memory_client **clients;
    size_t client_count;
    uv_timer_t watchdog;
    bool timed_out;
    unsigned drained; /* how often the server has said so */
};

/* --- The server's side */

/* Options without the Date and Server fields, so that responses can be compared whole. */
struct weft__server_options harness_options(void);

/* `options`: NULL for harness_options().  `routes` ends with a zero entry; paths that none has
 * are answered 404. */
void harness_open(struct harness *h, const struct harness_route *routes,
                  const struct weft__server_options *options);

/* The same on a loop of at most `max_tasks` tasks. */
void harness_open_small(struct harness *h, const struct harness_route *routes,
                        size_t max_tasks);

/* Close everything, whatever state it is in. */
void harness_close(struct harness *h);

/* For handlers: h->arg, and a whole text response. */
void *harness_arg(weft_request *req);
int harness_reply(weft_request *req, unsigned status, const char *body);

/* --- Turns of the loop */

/* A few turns, for what needs no more than that. */
void harness_turns(struct harness *h);

/* Run the loop until `condition` holds; false when it does not within some seconds. */
#define harness_until(h, condition)                  \
    harness_holds(({                                 \
        harness_wait_begin(h);                       \
        while (!(condition) && harness_wait_step(h)) \
            ;                                        \
        harness_wait_end(h);                         \
    }))
void harness_wait_begin(struct harness *h);
bool harness_wait_step(struct harness *h);
bool harness_wait_end(struct harness *h); /* whether it ended in time */

/* A call is what Criterion's assertions want to see. */
static inline bool harness_holds(bool condition)
{
    return condition;
}

/* All that the server knows of happened `ms` earlier; then it sweeps, and some turns pass. */
void harness_age(struct harness *h, uint64_t ms);

/* --- Clients over memory */

/* Freed by harness_close(), unless by harness_drop() before. */
struct weft__memory_client *harness_connect(struct harness *h);
void harness_drop(struct harness *h, struct weft__memory_client *client);

/* The connection at the near end; NULL once it has closed. */
struct weft__conn *harness_conn(const struct weft__memory_client *client);

/* Send, in a turn of the loop of its own: what is answered at once leaves before it returns.
 * How much was taken. */
size_t harness_give(struct weft__memory_client *client, const char *data, size_t length);

/* Send a text, all of which must be taken. */
void harness_send(struct weft__memory_client *client, const char *text);

/* Send much, with turns of the loop between as reading stops and goes on. */
void harness_send_all(struct harness *h, struct weft__memory_client *client, const char *data,
                      size_t length);

/* Send it, whether it is taken or not. */
void harness_push(struct weft__memory_client *client, const char *text);

/* Send a byte at a time, with a turn of the loop after each. */
void harness_send_bytewise(struct harness *h, struct weft__memory_client *client,
                           const char *text);

/* What has come is exactly `text`; it is consumed. */
#define harness_expect(client, text)              \
    do {                                          \
        harness_same(harness_text(client), text); \
        harness_consume_all(client);              \
    } while (0)

/* Two strings, const or not. */
#define harness_same(a, b, ...) cr_expect(eq(str, (char *)(a), (char *)(b)), ##__VA_ARGS__)

/* What has come, as a string that is valid until the next call. */
char *harness_text(const struct weft__memory_client *client);
void harness_consume_all(struct weft__memory_client *client);

/* --- Responses taken apart */

struct harness_response {
    int status;
    const char *head;
    size_t head_length; /* empty line included */
    char *body;         /* decoded; ends with NUL; release with free() */
    size_t body_length;
    bool chunked;
    bool close;   /* Connection: close */
    size_t bytes; /* on the wire */
};

/*
 * Take apart the response at the beginning of `data`, strictly.  False when it is not whole.
 * `head_only`: it answers HEAD.  One without a length has come whole when `ended`.
 */
bool harness_parse(const char *data, size_t length, bool head_only, bool ended,
                   struct harness_response *ret);

/* Take the next response off a client; false when it is not whole. */
bool harness_take(struct weft__memory_client *client, struct harness_response *ret);

/* Take it, look at its status only, and release it; 0 when it is not whole. */
int harness_status(struct weft__memory_client *client);

/* --- Real sockets */

/* Listen on a free port of 127.0.0.1; the port. */
int harness_listen(struct harness *h);

/* A client's socket, non-blocking, connected. */
int harness_dial(int port);

/* Read what has come into `buffer` as a string, behind the `*length` bytes that are there.
 * False: the server has closed or reset. */
bool harness_receive(int fd, char *buffer, size_t room, size_t *length);

/* --- Gates: a handler waits until the test lets it go on */

struct harness_gate {
    struct weft__list waiters;
    int waiting; /* handlers that have come so far */
    int result;  /* of the last wait */
};
#define HARNESS_GATE(name) \
    struct harness_gate name = { .waiters = { &(name).waiters, &(name).waiters } }

/* 0 when it was opened, or a code from the task. */
int harness_gate_wait(struct harness_gate *gate);
void harness_gate_open(struct harness_gate *gate);

#endif
