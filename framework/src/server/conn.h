/*
 * server/conn.h - one connection, and the server that it belongs to.
 *
 * A connection is in one of these states, and in the server's list of that state, ordered by
 * the time it entered; all connections of a list have the same time limit, so the sweep looks
 * only at the first ones.  (One that is served without suspending stays in the list it was in.)
 *
 * A connection whose proxy has yet to name the client (PROXY protocol) is in HEAD, too.
 *
 *                  first byte                 head complete: weft__conn_advance()
 *        +-- NEW -------------> HEAD -----+--------------------> SERVING <--> BODY
 *        |   IDLE                         |  (NEW and IDLE too, when a        (the task waits
 *        |     ^                          |   read holds a whole head)         for body bytes)
 *        |     +--------------------------|--------------------------- response sent, no bytes
 *        |  limit, FIN                    | limit: 408; malformed: 4xx         | close
 *        v                                v                                    v
 *     CLOSED <------------------------- LINGER: FIN sent, what still comes is thrown away
 *
 * Input.  `in` is the window of bytes not yet consumed.  It lies in the server's shared read
 * buffer while the read callback that brought it runs (`borrowed`), else in `own`.  Whatever is
 * left of a borrowed window when the callback ends is moved to `own`; nobody suspends on a
 * borrowed window with bytes in it that it still wants.
 *
 * Output.  Responses are appended to the server's cork, in which each connection has a part; it
 * is written out before the loop waits, when it has WEFT__CORK_PARTS parts or WEFT__CORK_HIGH
 * bytes, and before a connection closes.  What the system does not take goes into an outq, and
 * as long as there is one everything goes there, so that order holds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_SERVER_CONN_H
#define WEFT_SERVER_CONN_H

#include "base/buffer.h"
#include "base/list.h"
#include "http/date.h"
#include "http/head.h"
#include "http/proxy_header.h"
#include "net/transport.h"
#include "server/peers.h"
#include "server/request.h"
#include "server/server.h"
#include "task/task.h"

enum {
    WEFT__READ_BUFFER = 64 * 1024, /* shared by all connections of a server */
    WEFT__IN_HIGH = 64 * 1024,     /* unconsumed input at which reading stops */
    WEFT__IN_LOW = 16 * 1024,      /* and at which it goes on */
    WEFT__OUT_HIGH = 64 * 1024,    /* queued output at which writers wait */
    WEFT__OUT_LOW = 16 * 1024,
    WEFT__CORK_PARTS = 16,       /* connections whose answers leave together */
    WEFT__CORK_HIGH = 48 * 1024, /* corked output that is written out at once */
    WEFT__COPY_MAX = 16 * 1024,  /* bodies above are written from where they lie */
    WEFT__DRAIN_MAX = 64 * 1024, /* of an unread body, as sent: thrown away for keep-alive */
    WEFT__LINGER_MAX = 64 * 1024 * 1024, /* thrown away behind a last answer */
    WEFT__LINGER_MS = 30 * 1000,         /* for so long, */
    WEFT__LINGER_SILENCE_MS = 2000,      /* and so long without a byte */
    WEFT__SWEEP_MS = 250,
    WEFT__RATE_GRACE_MS = 5000, /* of waiting for a client, before its rate counts */
    WEFT__RATE_SPAN_MS = 30000, /* over which it is reckoned: what it did before is no credit */
    WEFT__CHUNK_MAX = 64 * 1024, /* of weft_read_chunk() */
};

enum weft__conn_state {
    WEFT__CONN_NEW, /* no request has begun on it yet: it has less time than an idle one */
    WEFT__CONN_IDLE,
    WEFT__CONN_HEAD,
    WEFT__CONN_SERVING,
    WEFT__CONN_BODY,
    WEFT__CONN_LINGER,
    WEFT__CONN_CLOSED,
    WEFT__CONN_STATES,
};

/* Output that the system has not taken; exists only while there is some. */
struct weft__outq {
    struct weft__transport_write write;
    struct weft__conn *conn;
    struct weft__buffer sending; /* in flight */
    struct weft__buffer next;    /* goes when `sending` has gone */
    struct weft__list waiters;   /* tasks above the high-water mark; weft__wait.link */
    struct weft__list link;      /* in server->stalled */
    uint64_t handed;             /* bytes that were put in flight so far */
    int64_t taken;        /* of these, by the peer; below 0 while it takes earlier ones */
    uint64_t progress_ms; /* when the sweep last saw it take some */
    uint64_t rated_ms;    /* since when its rate is reckoned */
    int64_t rated_taken;  /* and what it had taken by then */
};

struct weft__conn {
    struct weft__server *server;
    struct weft__transport *transport;
    struct weft__list link;    /* in server->conns[state] */
    uint64_t since_ms;         /* when it entered the state */
    weft_task *task;           /* while SERVING or BODY */
    weft_request *req;         /* that it serves */
    struct weft__wait *reader; /* the task that waits for body bytes */
    struct weft__outq *out;
    struct weft__peer *peer; /* that it is counted with, or NULL */
    char *in;
    size_t in_length;
    struct weft__buffer own;
    struct weft__head_scan scan;
    size_t head_length;  /* of the complete head at the front of the window */
    size_t lingered;     /* bytes thrown away */
    uint64_t lingers_ms; /* since when */
    uint8_t state;
    uint8_t corked; /* its part of the cork, counted from 1; 0: it has none */
    bool borrowed;
    bool reading;
    bool ended;                     /* no more bytes will come */
    bool gone;                      /* nothing can be sent any more */
    bool unnamed;                   /* the proxy has yet to say whose connection it is */
    bool refused;                   /* over a limit of connections: 503 */
    bool stalled;                   /* the sweep ended the wait of `reader` */
    bool closing;                   /* close when the output has left */
    bool closed;                    /* the transport is: free when the task has ended */
    bool linger;                    /* and then wait for the peer to have read it */
    struct weft__proxy_header name; /* what it said; zero: the client is the peer */
    struct weft__uv_transport uv;   /* unused for a connection over memory */
};

/* What connections answer during one turn of the loop, in one buffer: a part for each. */
struct weft__cork {
    struct weft__buffer bytes;
    struct weft__cork_part {
        struct weft__conn *conn; /* NULL: written, or dropped */
        size_t from;             /* up to the next part, or the end */
    } parts[WEFT__CORK_PARTS];
    unsigned count;
};

struct weft__server {
    weft_loop *loop;
    struct weft__server_options options;
    struct weft__head_limits head_limits;
    weft__dispatch_fn dispatch;
    void *arg;
    uv_buf_t shared;
    struct weft__cork cork;
    struct weft__loop_hook flush_hook;
    struct weft__list conns[WEFT__CONN_STATES];
    struct weft__list stalled;    /* of struct weft__outq: all that there are */
    struct weft__list background; /* requests that are over but for work in the background */
    struct weft__list listeners;
    struct weft__peers peers;
    size_t conn_count;
    size_t listener_count; /* whose handles are open */
    bool sweep_closed;
    uint64_t request_count;
    uv_timer_t sweep;
    struct weft__date date;
    char *lines; /* Date and Server as they are sent */
    size_t lines_length;
    uint64_t lines_until_ms; /* when the second changes */
    size_t server_header_length;
    struct weft__request_pool {
        weft_request *free; /* linked by `conn` */
        size_t count;
        size_t lowest; /* of `count` since the last trim */
        uint64_t trimmed_ms;
    } pool;
    void (*drained)(struct weft__server *server, void *drained_arg);
    void *drained_arg;
    uint64_t cancel_at_ms;      /* when draining: handlers are cancelled then */
    uint64_t kill_at_ms;        /* and connections closed then */
    struct weft__budget memory; /* lowered by what is used besides; memory.c */
    size_t file_bytes;          /* of it: files that lie in memory */
    uint64_t released_ms;       /* when free memory was last given back to the system */
    uint64_t looked_ms;         /* when a large body last made somebody look */
    bool overloaded;            /* above the ceiling of memory: requests are answered 503 */
    bool draining;
    bool freed;
};

/* --- conn.c: the state machine --------------------------------------------------------- */

/* A connection whose transport the caller has opened; reading starts. */
WEFT_MUST_CHECK int weft__conn_new(struct weft__server *server, struct weft__conn **ret_conn);
WEFT_MUST_CHECK int weft__conn_open(struct weft__conn *conn, struct weft__transport *transport);
extern const struct weft__transport_events weft__conn_events;

void weft__conn_set_state(struct weft__conn *conn, enum weft__conn_state state);

/* Free a connection whose transport was never opened, or has closed. */
void weft__conn_free(struct weft__conn *conn);

/* Close now; what is queued is lost.  `reset`: with RST. */
void weft__conn_close(struct weft__conn *conn, bool reset);

/* Close when the output has left; `linger`: the peer may still be sending (RFC 9112, 9.6). */
void weft__conn_finish(struct weft__conn *conn, bool linger);

/* No more bytes will come (FIN), or with `reset` nothing can be sent either: tell those who
 * wait, and the request as weft__conn_notice_fin() does. */
void weft__conn_depart(struct weft__conn *conn, bool reset);

/* The peer has sent FIN, perhaps behind bytes not yet read: cancel a handler that does not go
 * on without its client. */
void weft__conn_notice_fin(struct weft__conn *conn);

/* Whether no request has begun since it was opened or served the last one. */
static inline bool weft__conn_waits(const struct weft__conn *conn)
{
    return conn->state == WEFT__CONN_NEW || conn->state == WEFT__CONN_IDLE;
}

/* Whether no further request is served: the peer has sent FIN, and either that is its departure
 * or nothing is left of what it sent before. */
static inline bool weft__conn_at_end(const struct weft__conn *conn)
{
    return conn->ended && (!conn->server->options.half_close || conn->in_length == 0);
}

/* --- admit.c: whose it is --------------------------------------------------------------- */

/* A connection has been opened: count it with its client, or have its proxy tell who that is.
 * False: it is to be closed. */
WEFT_MUST_CHECK bool weft__conn_admit(struct weft__conn *conn);

/* New bytes are in the window of an `unnamed` connection.  Whether there are some left for
 * HTTP; where not, all is done with them. */
WEFT_MUST_CHECK bool weft__conn_take_name(struct weft__conn *conn);

/* --- serve.c: from bytes to requests --------------------------------------------------- */

/* New bytes are in the window of a connection that serves no request. */
void weft__conn_advance(struct weft__conn *conn);

/* Answer what cannot be served with a problem document and close.  On any stack. */
void weft__conn_refuse(struct weft__conn *conn, unsigned status);

/* The Date and Server fields of a head, as the options have them. */
void weft__server_fill_head(struct weft__server *server, struct weft__response_head *head);

/* --- request_body.c, request_send.c: the interface of request.h, and: ------------------ */

/* Whether what is left of the body is thrown away for the connection's sake: whether it is not
 * malformed, and no more than WEFT__DRAIN_MAX or, with work in the background, than what has
 * come, as far as can be told by now. */
bool weft__request_can_drain(const weft_request *req);

/* Throw an unread body away, within bounds of size and time.  0, or a code: then the connection
 * must close. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_drain_body(weft_request *req);

/* After a dispatch that has not sent all: send a 500 if nothing was sent, abort a stream that
 * was not ended. */
WEFT_SUSPENDS void weft__request_close_response(weft_request *req);

/*
 * Before a piece of `length` bytes: a client that reads faster than the handler writes never
 * makes it wait.  So that it shuts out neither others nor signals, the loop has a turn after so
 * many bytes, or small pieces.  0 or a code of the task.
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__request_give_way(weft_request *req, size_t length);

/* --- request_deadline.c ---------------------------------------------------------------- */

/* Bytes of the body are to be awaited: the handler's time stands still, unless it is over. */
void weft__request_pause_deadline(weft_request *req);

/* They have come, or the wait is over: its time begins anew, unless it was over. */
void weft__request_renew_deadline(weft_request *req);

/* --- input.c --------------------------------------------------------------------------- */

/* There is no memory for bytes that have come: nothing more of this connection is understood.
 * Answers 503, or has the request's body fail so; where neither can be, closes. */
void weft__conn_lose_input(struct weft__conn *conn);

/* Bytes have come while a request is served or a head is incomplete.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__conn_append(struct weft__conn *conn, const char *data, size_t length);

/* The first `count` bytes of the window were used; reading goes on if it was held back. */
void weft__conn_consume(struct weft__conn *conn, size_t count);

/* Read, if reading was held back. */
void weft__conn_read_on(struct weft__conn *conn);

/* Move a borrowed window to memory of the connection's own.  0 or UV_ENOMEM. */
WEFT_MUST_CHECK int weft__conn_keep(struct weft__conn *conn);

/* --- cork.c ---------------------------------------------------------------------------- */

/* Where output of this connection is to be appended now: the cork or the queue.  The pointer is
 * good until something else is written, to whatever connection. */
struct weft__buffer *weft__conn_out(struct weft__conn *conn);

/* Write the connection's part of the cork out. */
void weft__conn_flush(struct weft__conn *conn);

/* The same with `data` behind it: how much of `data` the system took, which is less than
 * `length` when it takes no more now; or WEFT_EGONE.  There is no queue when this is called; it
 * is begun by what does not go of the cork. */
long weft__conn_write_now(struct weft__conn *conn, const char *data, size_t length);

/* The connection's part is not to be written. */
void weft__conn_uncork(struct weft__conn *conn);

/* Write all parts out. */
void weft__cork_flush(struct weft__cork *cork);
void weft__server_flush(struct weft__loop_hook *hook);

/* --- output.c -------------------------------------------------------------------------- */

/* Queue what the system did not take.  0, WEFT_EGONE, or UV_ENOMEM, which closes the
 * connection: a hole in the stream cannot be mended. */
WEFT_MUST_CHECK int weft__conn_queue(struct weft__conn *conn, const char *data, size_t length);

/* Nothing can be sent any more. */
void weft__conn_broken(struct weft__conn *conn);

/* After appending: write out what is above the marks.  Does not suspend. */
void weft__conn_wrote(struct weft__conn *conn);

/* Send bytes in order, waiting above the high-water mark.  0; WEFT_EGONE; UV_ENOMEM, which
 * closes the connection; or UV_ECANCELED or UV_ETIMEDOUT from the task (some of it may be
 * queued then). */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__conn_write(struct weft__conn *conn, const char *data,
                                                   size_t length);

/* Wait until less than the low-water mark is queued.  Codes as above. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__conn_wait_writable(struct weft__conn *conn);

/* Wait until nothing is queued.  Codes as above. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__conn_wait_written(struct weft__conn *conn);

/* How much of what was put in flight the peer has taken. */
int64_t weft__outq_taken(const struct weft__outq *out);

void weft__conn_drop_output(struct weft__conn *conn);
void weft__conn_written(struct weft__conn *conn, int status);

/* --- background.c ---------------------------------------------------------------------- */

/* The response has been sent and the connection's task is done with `req`, which has work for
 * afterwards: let it run and give the request back then. */
WEFT_SUSPENDS void weft__request_run_background(weft_request *req);

void weft__server_cancel_background(struct weft__server *server);

/* --- pool.c ---------------------------------------------------------------------------- */

/* A cleared request with its arena; NULL when memory is out. */
weft_request *weft__request_take(struct weft__server *server);
void weft__request_give(struct weft__server *server, weft_request *req);
void weft__pool_trim(struct weft__server *server, uint64_t now_ms);
void weft__pool_done(struct weft__server *server);

/* --- sweep.c --------------------------------------------------------------------------- */

void weft__server_sweep(uv_timer_t *timer);

/* It goes on by itself until no connection is left and the pool is empty. */
void weft__server_start_sweep(struct weft__server *server);

/* --- memory.c -------------------------------------------------------------------------- */

/* Measure the process, and begin or end to refuse requests. */
void weft__server_measure_memory(struct weft__server *server, uint64_t now_ms);

/* Between two measurements, when a client has just made a handler work on much: leave so much
 * less as there is used besides by now.  At most once a millisecond. */
void weft__server_look_at_memory(struct weft__server *server);

/* --- drain.c --------------------------------------------------------------------------- */

/* Called when a connection has gone or become idle: draining may be complete. */
void weft__server_check_drained(struct weft__server *server);
void weft__server_drain_step(struct weft__server *server, uint64_t now_ms);

/* --- listen.c -------------------------------------------------------------------------- */

void weft__server_close_listeners(struct weft__server *server);

/* Accept the connections for which there was no memory before. */
void weft__server_accept_waiting(struct weft__server *server);

/* --- server.c -------------------------------------------------------------------------- */

/* A handle of the server has closed: free the server if it waits for that. */
void weft__server_handle_closed(struct weft__server *server);

#endif
