/*
 * server/request.h - a request as the server hands it to the layer above.
 *
 * A request and its arena come from a pool when a head is complete and go back when the
 * response has been sent.  The server fills the first part of the struct; the last part belongs
 * to the web layer and is cleared with the rest for each request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SERVER_REQUEST_H
#define WEFT_SERVER_REQUEST_H

#include <weft/request.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/body.h"
#include "http/decoder.h"
#include "http/field.h"
#include "http/head.h"
#include "http/write.h"

struct weft__conn;
struct weft__moving_deadline;
struct weft__server;

enum { WEFT__INTERIM_MAX = 32 }; /* interim responses to one request, 100 aside */

struct weft__background_work;

enum weft__sent {
    WEFT__SENT_NOTHING,
    WEFT__SENT_HEAD, /* a stream has begun */
    WEFT__SENT_ALL,
};

struct weft_request {
    struct weft__arena arena;   /* survives from request to request */
    struct weft__budget memory; /* of what is taken for this one */

    struct weft__head head;
    struct weft__body body; /* `max_bytes` is set by the web layer after routing */

    /* --- Cleared for each request, from here on ---------------------------------------- */
    struct weft__conn *conn;
    struct weft__server *server;
    weft_task *task;                 /* that runs the handler */
    struct weft__buffer whole;       /* the body, once weft__request_read_all() has it */
    size_t given;                    /* of `whole`, by weft__request_read_some() */
    char *chunk;                     /* where weft__request_read_some() puts its pieces */
    struct weft__decoding *decoding; /* of a Content-Encoding; NULL: the body is as sent */
    bool whole_read;
    uint64_t body_waited_ms;                /* for bytes of the body to come */
    uint64_t body_came;                     /* bytes, meanwhile */
    struct weft__moving_deadline *deadline; /* of the handler, see request_deadline.c */
    uint32_t timeout_ms;        /* that it is made of; both are set by the web layer */
    int body_error;             /* what reading the body failed with, and keeps failing with */
    int body_status;            /* the HTTP status of that */
    enum weft__sent sent;       /* how much of the response has left */
    enum weft__framing framing; /* of a stream */
    uint64_t left;              /* of a stream's declared length */
    uint64_t body_sent;         /* bytes of the response's body, handed to the connection */
    size_t unyielded;           /* what a stream has cost since others had a turn */
    struct weft__background_work *background; /* NULL: none */
    uint8_t interims;                         /* interim responses sent */
    bool head_only;                           /* HEAD: bodies are not sent */
    bool close;                               /* the connection closes after this response */
    bool continued;                           /* 100 Continue was sent, or is not wanted */
    bool gone;                                /* the peer has left */
    weft_departure departure;                 /* what its leaving does; set by the web layer */

    /* --- The web layer's own ----------------------------------------------------------- */
    const struct weft__route *route; /* NULL: none matched */
    unsigned level;                  /* how many middlewares and handlers have been entered */
    int verdict;                     /* the status that answers instead of a handler; 0: none */
    const char *allow;               /* the Allow field of 405 and of automatic OPTIONS */
    weft_app *app;                   /* the app or group that answers */
    struct weft__path_param *params;
    unsigned param_count;
    const char *path;     /* decoded; NULL until asked for */
    const char *raw_path; /* with its NUL; NULL until asked for */
    struct weft__pairs *query;
    struct weft__pairs *form;
    struct weft__pairs *cookies;
    weft_response *stored;   /* by weft_fail() */
    weft_response *response; /* that is being sent */
    struct weft__head_hook *hooks;
    struct weft__filter *filters;
    struct weft__value *values;
    const char *id;
    const char *remote;
    const char *scheme;
    const char *host;
    const char *root_path; /* that a proxy strips, without a slash at the end; NULL: none */
    bool too_much;         /* a part or a text of the request was over a limit: WEFT_ELIMIT */
    bool in_error_handler; /* a handler of weft_on_error() is running: not again */
};

/* --- The body, for weft_read_body() and weft_read_chunk(); contracts as in <weft/request.h> */

/* The whole body is then in req->whole, with a NUL behind it. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_read_all(weft_request *req);

/* What the memory of a body that is kept whole is taken from. */
struct weft__budget *weft__request_body_budget(weft_request *req);

/*
 * Have the body decoded when it is read, to at most `max_bytes`, and past a first part to at
 * most `max_ratio` times what was sent.  Before anything is read.  0; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__request_decode(weft_request *req, enum weft__coding coding,
                                         uint64_t max_bytes, unsigned max_ratio);

/* Files of requests that lie in memory (tmpfs) count as the process's.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__server_take_file_bytes(struct weft__server *server, size_t bytes);
void weft__server_give_file_bytes(struct weft__server *server, size_t bytes);

/* The next piece's length, 0 at the end, or a code.  Of a body that has been read whole: from
 * its beginning, out of memory, without suspending. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_read_some(weft_request *req, const char **ret);

/* The same, of a body that has been read whole, for who has a place of its own in it: from *at
 * on, which is moved on. */
int weft__request_give_again(const weft_request *req, size_t *at, const char **ret);

/* --- Sending: in the task of the request or one below it ------------------------------- */

/* A response as the server needs it.  Framing and connection fields are the server's affair. */
struct weft__reply {
    unsigned status;
    const struct weft__fields *fields;
};

/*
 * Send a whole response.  Suspends only for bodies that the client does not take at once;
 * `body` stays in place until this returns.  0; WEFT_ESENT when one has begun; WEFT_EGONE;
 * UV_ENOMEM; UV_ECANCELED or UV_ETIMEDOUT from the calling task.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_send(weft_request *req,
                                                     const struct weft__reply *reply,
                                                     const void *body, size_t length);

/* The head of a stream has left: from here on the client's reading sets the pace, and the
 * handler has no deadline. */
void weft__request_lift_deadline(weft_request *req);

/* Begin a streamed response of `length` bytes, -1 when that is not known. */
WEFT_MUST_CHECK int weft__request_begin(weft_request *req, const struct weft__reply *reply,
                                        int64_t length);

/* Send a piece of it.  0, or a code as of weft_write(). */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_write(weft_request *req, const void *data,
                                                      size_t length);

/*
 * Send bytes of a regular file as a piece of a stream with a length.  As weft__request_write(),
 * but that neither cancels nor deadlines of the task end it; UV_EIO when the file is shorter.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_write_file(weft_request *req, int fd,
                                                           uint64_t offset, uint64_t length);

/* End it, with trailers (NULL: none) where the framing has them.  A stream that is not ended
 * when the dispatch returns aborts the connection. */
WEFT_MUST_CHECK int weft__request_end(weft_request *req, const struct weft__fields *trailers);

/*
 * Send an interim response at once.  0, also for HTTP/1.0, to which none is sent; WEFT_ESENT;
 * WEFT_ELIMIT past WEFT__INTERIM_MAX of them; WEFT_EGONE; UV_ENOMEM.
 */
WEFT_MUST_CHECK int weft__request_interim(weft_request *req, unsigned status,
                                          const struct weft__fields *fields);

/* Run fn(arg) when the request is over, see weft_background().  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__request_add_background(weft_request *req, weft_task_fn fn, void *arg);

/* Whether a proxy of the PROXY protocol has named nobody: what else it sends is then the word
 * of a client that is not known. */
bool weft__request_unnamed(const weft_request *req);

/* Whether the client's connection is secured: by TLS, as a trusted proxy says. */
bool weft__request_secured(const weft_request *req);

/* Whether memory was refused to the request, since it has or the server is above a ceiling. */
bool weft__request_lacks_memory(const weft_request *req);

/* The peer's address, or the one that the PROXY protocol names, as text in the request's arena;
 * "" if it has none, or its connection has closed.  NULL: memory is out. */
const char *weft__request_peer(weft_request *req);

#endif
