/*
 * net/stream.h - the inside of a stream: <weft/stream.h> over a transport.
 *
 *     open --weft_stream_close--> closing --transport closed--> freed
 *      |                             ^
 *      +--abort--> broken --close----+
 *
 * At the end of the loop one that is not closed loses its transport and all its memory but the
 * struct, which stays for weft_stream_close().
 *
 * Invariants:
 *   1. The transport reads unless `paused`, `read_ended`, `closing`, or nothing can be read.
 *   2. `reader` is set only while a task waits to read, and then nothing is unread, unless it
 *      waits for more than is there (weft_stream_read_until).
 *   3. While `in_flight`, the transport sends `sending`; else both `sending` and `out` are
 *      empty, except within a call.
 *   4. `users` counts the calls that have suspended and not come back: none is left when the
 *      stream is released, so nobody touches freed memory.
 *   5. A `granted` writer has been woken and not come back; no other one overtakes it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_STREAM_H
#define WEFT_NET_STREAM_H

#include <weft/stream.h>

#include "base/buffer.h"
#include "net/file_transport.h"
#include "net/transport.h"
#include "task/task.h"

/* A task that waits for bytes. */
struct weft__reader {
    struct weft__wait wait;
    struct weft_stream *stream;
    char *into;  /* where they go at once; NULL: the stream keeps them */
    size_t room; /* at `into`, for what is still to come */
    size_t need; /* how many of those, or of the stream's, let the task go on */
};

struct weft_stream {
    struct weft__transport *transport; /* in `of` */
    union {
        struct weft__transport base;
        struct weft__uv_transport uv;
        struct weft__file_transport file;
        struct {
            struct weft__transport base;
            uv_tty_t handle; /* larger than any that a connection has */
        } tty;
    } of;

    /* Reading. */
    struct weft__buffer in;
    size_t taken; /* how much of the front of `in` was read */
    size_t read_limit;
    size_t wanted; /* `read_limit` is passed for a reader that needs so much */
    struct weft__reader *reader;
    struct weft__list watchers; /* struct weft__wait, of selects; then nothing is unread */
    int read_error;             /* given when all was read; UV_EOF at the end of the stream */
    bool read_ended;            /* nothing more comes: `read_error` is set */
    bool paused;

    /* Writing. */
    struct weft__buffer out; /* taken from writers, not yet with the transport */
    struct weft__buffer sending;
    struct weft__transport_write request;
    size_t high_water;
    size_t low_water;
    struct weft__list writers;  /* struct weft__wait, in order of coming */
    struct weft__list drainers; /* the same */
    int write_error;            /* of every write from now on */
    bool in_flight;
    bool granted;
    bool shut;
    bool one_way; /* it can be written only: closing is the end that its reader sees */

    struct weft__loop_hook at_end; /* closes it where its owner has not, and keeps the loop */
    unsigned users;
    bool closing;  /* the transport is, or is closed */
    bool closed;   /* the transport is */
    bool released; /* by its owner: freed when closed */
    bool left;     /* not by its owner, when the loop ended */
};

/*
 * A stream whose transport is still to be made, by the caller: he sets up a member of `of` and
 * then calls weft__stream_open(); or weft__stream_free(), where that failed.
 *
 * 0; UV_ENOMEM; WEFT_EMISUSE where no loop runs.
 */
WEFT_MUST_CHECK int weft__stream_new(const weft_stream_options *options,
                                     struct weft_stream **ret_stream);

/* The transport is connected: apply the options that it takes, and begin to read.  0 or a code;
 * the stream is then to be discarded. */
WEFT_MUST_CHECK int weft__stream_open(struct weft_stream *stream,
                                      const weft_stream_options *options);

/* Free one whose transport was not made, or is closed. */
void weft__stream_free(struct weft_stream *stream);

/* Close it, with a reset where `reset`; it is still to be released. */
void weft__stream_close_transport(struct weft_stream *stream, bool reset);

/* Close and release one that nobody waits in, with a reset where `reset`. */
void weft__stream_discard(struct weft_stream *stream, bool reset);

/* What the transport tells (stream_read.c, stream_write.c). */
void weft__stream_got(struct weft__transport *transport, char *data, size_t length);
void weft__stream_ended(struct weft__transport *transport, int code);
void weft__stream_written(struct weft__transport *transport, int status);

/* Let all who wait in the list go on. */
void weft__stream_wake_all(struct weft__list *waits, int result);

/* Nothing more is read, or written: tell who waits. */
void weft__stream_end_reading(struct weft_stream *stream, int code);
void weft__stream_end_writing(struct weft_stream *stream, int code);

#endif
