/*
 * weft/stream.h - byte streams for tasks: TCP, Unix sockets, pipes, terminals and files.
 *
 * A stream reads ahead of its reader and sends behind its writers, both up to a bound: while
 * `read_limit_bytes` are unread nothing more is read, so that TCP holds the peer back, and
 * weft_stream_write() suspends while `high_water_bytes` have not left.
 *
 * One task at a time may read from a stream, any number may write to it, and a reader and
 * writers need not be the same task.  When the peer vanishes, what it has sent can still be
 * read; then every function returns the code, UV_ECONNRESET or UV_EPIPE for example.  A broken
 * connection never raises SIGPIPE: the first stream has the process ignore that signal, unless
 * it has a handler.
 *
 * What is there already is returned to a cancelled task too; its next wait is what ends.
 *
 * Streams and listeners belong to the loop that they were made in.  Those that are open still
 * when it ends are closed and released with it, and a warning is logged.
 *
 *     struct weft_stream *stream;
 *     char line[256];
 *     int rc = weft_tcp_connect("example.org", 7, NULL, &stream);
 *
 *     if (rc < 0)
 *         return rc;
 *     rc = weft_stream_printf(stream, "hello\n");
 *     if (rc == 0)
 *         rc = weft_stream_read_line(stream, line, sizeof(line));
 *     weft_stream_close(stream);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_STREAM_H
#define WEFT_STREAM_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <weft/address.h>
#include <weft/error.h>
#include <weft/fwd.h>
#include <weft/process.h>
#include <weft/select.h>

WEFT_BEGIN_DECLS

/* The type keeps the word `struct`: weft_stream() begins a response (<weft/response.h>). */
struct weft_stream;

/* How a stream behaves.  A field left zero takes its default. */
typedef struct weft_stream_options {
    size_t read_limit_bytes; /* unread; default 64 KiB; what one read brings may go past it */
    size_t high_water_bytes; /* unsent, from which writers suspend; default 64 KiB */
    size_t low_water_bytes;  /* down to which they then wait; default a quarter of the above */
    unsigned keepalive_s;    /* TCP: silence before the peer is probed; default: never */
    bool allow_delay;        /* TCP: let the system gather small writes (no TCP_NODELAY) */
    /* For weft_tcp_connect(). */
    int family;                /* AF_INET or AF_INET6; default both */
    unsigned attempt_delay_ms; /* before the next address is tried as well; default 250 */
} weft_stream_options;

/* --- Opening ---------------------------------------------------------------------- */

/*
 * Connect to `host`, a name or a literal, by TCP (asyncio.open_connection).  The name is looked
 * up off the loop.  Its addresses are tried in turns of the families, another one every
 * `attempt_delay_ms` or as soon as one fails; the first to connect wins and the others are
 * closed (RFC 8305).
 *
 * options     NULL for all defaults.
 * ret_stream  owned by the caller, released by weft_stream_close().
 *
 * 0; the failure of the attempt that failed first (UV_ECONNREFUSED, UV_ENETUNREACH, ...) when
 * all have; a code of weft_resolve(); UV_ECANCELED or UV_ETIMEDOUT, with all attempts closed;
 * UV_ENOMEM; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_tcp_connect(const char *host, int port, const weft_stream_options *options,
                 struct weft_stream **ret_stream);

/* Connect to this very address, which weft_resolve() has found (open_connection).  As above;
 * UV_EINVAL when it is none of IP. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_tcp_connect_to(const weft_address *address, const weft_stream_options *options,
                    struct weft_stream **ret_stream);

/*
 * Connect to the Unix socket at `path` (asyncio.open_unix_connection).  0 or a code as of
 * weft_tcp_connect(); UV_ENOENT; UV_EACCES; UV_ENAMETOOLONG.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_unix_connect(const char *path, const weft_stream_options *options,
                  struct weft_stream **ret_stream);

/*
 * A stream over a descriptor: a socket, a pipe, a terminal or a file (loop.connect_read_pipe,
 * loop.connect_write_pipe).  `fd` is taken over on success and closed with the stream, unless
 * it is 0, 1 or 2.  Sockets and pipes become non-blocking, for all who share them.  Which
 * directions work follows from how it was opened; the other one fails with UV_EBADF.
 *
 * 0; UV_EBADF; UV_EINVAL for a descriptor of another kind; UV_ENOTCONN; UV_EEXIST when the loop
 * watches it already; UV_ENOMEM; WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_stream_from_fd(int fd, const weft_stream_options *options,
                                                    struct weft_stream **ret_stream);

/* The program's own input, to read from, and output, to write to (loop.connect_read_pipe,
 * connect_write_pipe); as of weft_stream_from_fd().  A program that stdio has written to stdout
 * for flushes that first. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_stdin(struct weft_stream **ret_stream);
WEFT_EXPORT WEFT_MUST_CHECK int weft_stdout(struct weft_stream **ret_stream);

/*
 * A stream over our end of a pipe to a process: `which` is WEFT_STDIN, to write to, WEFT_STDOUT
 * or WEFT_STDERR, to read from (Process.stdin, .stdout, .stderr).  It takes the pipe over, so
 * that what <weft/process.h> does with pipes is not for this one any more, and is closed by
 * weft_stream_close(), before or after weft_process_done().
 *
 * 0; WEFT_EMISUSE when there is no such pipe, or no more; UV_EBUSY while a task reads or writes
 * it; UV_ENOMEM, and the pipe is closed.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_process_stream(weft_process *process, int which,
                                                    const weft_stream_options *options,
                                                    struct weft_stream **ret_stream);

/* Two streams that are each other's peer (socket.socketpair).  0 or a code as above. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_stream_pair(const weft_stream_options *options,
                                                 struct weft_stream **ret_a,
                                                 struct weft_stream **ret_b);

/*
 * Close and release a stream, without waiting (writer.close).  The peer sees the end of the
 * stream; where something has not left, a TCP peer sees a reset instead, so that it does not
 * take a part for the whole.  Other streams have no reset, and what has not left is missing:
 * weft_stream_drain() first, unless that is meant, as after a cancel.
 *
 * 0, also for NULL; UV_EBUSY, and nothing happens, while another task waits in the stream.
 */
WEFT_EXPORT int weft_stream_close(struct weft_stream *stream);

/*
 * Break the connection at once, with a reset where there is such a thing (transport.abort).
 * Whoever waits in the stream, or calls it later, gets UV_ECONNABORTED; what was read already
 * is dropped.  It is still to be closed.  From any task of the loop, as to get rid of a peer
 * that another task serves.
 */
WEFT_EXPORT void weft_stream_abort(struct weft_stream *stream);

/* --- Reading ---------------------------------------------------------------------- */

/*
 * Read what has come, at least a byte and at most `room`, and wait where nothing has
 * (reader.read).
 *
 * How many bytes; 0 at the end of the stream, and where `room` is 0; or
 *   UV_ECONNRESET, UV_ECONNABORTED, ...  the connection has broken;
 *   UV_ECANCELED, UV_ETIMEDOUT           nothing was taken from the stream;
 *   UV_EBUSY                             another task reads already;
 *   UV_ENOMEM                            what came could not be kept: the stream has broken;
 *   WEFT_EMISUSE                         it would wait, outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_stream_read(struct weft_stream *stream,
                                                               void *buffer, size_t room);

/*
 * Read exactly `length` bytes, however many (reader.readexactly).
 *
 * ret_read  how many bytes of `buffer` hold what was read, also on failure; may be NULL.
 *
 * 0; UV_EOF when the stream ends before (asyncio.IncompleteReadError); or a code as of
 * weft_stream_read(), where what was read is in `buffer` and no longer in the stream.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_stream_read_exactly(struct weft_stream *stream, void *buffer, size_t length,
                         size_t *ret_read);

/*
 * Read up to and with `delimiter`, a string that is not empty (reader.readuntil).  A NUL is set
 * behind what was read, so at most `room` - 1 bytes are.
 *
 * How many bytes, delimiter included; or, with what has come still in the stream,
 *   UV_EOF       the stream ends without a delimiter (asyncio.IncompleteReadError): what is
 *                left of it can be read by weft_stream_read();
 *   WEFT_ELIMIT  it does not come within `room` - 1 bytes (asyncio.LimitOverrunError);
 *   UV_EINVAL    an empty delimiter, or no room for it;
 *   or a code as of weft_stream_read().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_stream_read_until(struct weft_stream *stream,
                                                                     const char *delimiter,
                                                                     char *buffer, size_t room);

/*
 * Read a line, "\n" included, as a string (reader.readline).  The last line may lack it.
 *
 * How many bytes, 0 at the end of the stream; else as weft_stream_read_until().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_stream_read_line(struct weft_stream *stream,
                                                                    char *buffer, size_t room);

/*
 * Something has come, or nothing more comes, for weft_select(): weft_stream_read() then does
 * not wait.  Nothing is taken from the stream.  Its result: 0.
 */
WEFT_EXPORT weft_case weft_on_readable(struct weft_stream *stream);

/* Whether the peer has ended the stream and all was read (reader.at_eof). */
WEFT_EXPORT bool weft_stream_at_eof(const struct weft_stream *stream);

/* How many bytes have come and were not read. */
WEFT_EXPORT size_t weft_stream_unread(const struct weft_stream *stream);

/* --- Writing ---------------------------------------------------------------------- */

/*
 * Write `data`, copied where it does not leave at once (writer.write and writer.drain in one).
 * While the stream is above its high-water mark this waits first, writers in the order of their
 * calls.  All of it is taken or nothing:
 *
 * 0; or
 *   UV_EPIPE, UV_ECONNRESET, UV_ECONNABORTED, ...  the connection has broken, for good;
 *   UV_EPIPE                                       after weft_stream_shut_write();
 *   UV_ECANCELED, UV_ETIMEDOUT                     while it waited: nothing was taken;
 *   UV_ENOMEM                                      the stream has broken, as part may have
 * left; WEFT_EMISUSE                                   it would wait, outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_stream_write(struct weft_stream *stream, const void *data, size_t length);

/* The same for a formatted text of any length; UV_EINVAL for a format that fails. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_stream_printf(struct weft_stream *stream,
                                                                 const char *format, ...)
    WEFT_PRINTF(2, 3);

/*
 * Wait until all that was written has left the process (writer.drain, with 0 as the low-water
 * mark).  0 or a code as of weft_stream_write().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_stream_drain(struct weft_stream *stream);

/*
 * End the writing side (StreamWriter.write_eof): the peer reads the end of the stream when all
 * has left.  Reading goes on.  0, also when called again, or the code that
 * writing would fail with.  Only a terminal has no end that could be told.
 */
WEFT_EXPORT int weft_stream_shut_write(struct weft_stream *stream);

/* How many bytes were written and have not left (transport.get_write_buffer_size). */
WEFT_EXPORT size_t weft_stream_unsent(const struct weft_stream *stream);

/* --- What it is connected to ------------------------------------------------------ */

/* The address of the peer and of this end (StreamWriter.get_extra_info: "peername",
 * "sockname"). 0 or the code of the system: UV_ENOTSOCK, UV_ENOTCONN, ... */
WEFT_EXPORT int weft_stream_peer(const struct weft_stream *stream, weft_address *ret_address);
WEFT_EXPORT int weft_stream_local(const struct weft_stream *stream, weft_address *ret_address);

/* --- Servers ---------------------------------------------------------------------- */

/* How a listener behaves.  A field left zero takes its default. */
typedef struct weft_listen_options {
    int backlog;                /* connections that the system holds; default 511 */
    unsigned max_streams;       /* that weft_serve_streams() serves at once; default: any */
    weft_stream_options stream; /* of the accepted ones */
} weft_listen_options;

/*
 * Listen on `host` (start_server): a literal; a name, for all of its addresses that this
 * machine has (at most 16); or NULL, for all addresses of this machine.
 *
 * port          0 takes one that is free, the same for all: weft_listener_port() tells.
 * ret_listener  owned by the caller, released by weft_listener_close().
 *
 * 0; UV_EADDRINUSE; UV_EADDRNOTAVAIL; UV_EACCES; a code of weft_resolve(); UV_ENOMEM;
 * WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_tcp_listen(const char *host, int port, const weft_listen_options *options,
                weft_listener **ret_listener);

/*
 * Listen on a Unix socket (start_unix_server).  A socket file at `path` that nobody listens on
 * is replaced; the file goes with the listener.  0; UV_EADDRINUSE; UV_EACCES; UV_ENAMETOOLONG;
 * UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_unix_listen(const char *path,
                                                 const weft_listen_options *options,
                                                 weft_listener **ret_listener);

/*
 * Wait for the next connection (loop.sock_accept).  Tasks that wait get them in turn.
 *
 * ret_stream  owned by the caller, released by weft_stream_close().
 *
 * 0; UV_ECANCELED or UV_ETIMEDOUT, and no connection is lost; UV_ENOMEM, and the connection
 * still waits; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_accept(weft_listener *listener,
                                                          struct weft_stream **ret_stream);

/* The same as a case of weft_select(): the next connection has been accepted. */
WEFT_EXPORT weft_case weft_on_accept(weft_listener *listener, struct weft_stream **ret_stream);

/*
 * Serve one connection.  Weft closes `stream` afterwards: after 0 or more when all has left,
 * after a negative code at once.  Tasks that the handler has spawned and not joined are
 * cancelled and awaited before.  A code that is no fate of connections (UV_EOF, UV_EPIPE,
 * UV_ECONNRESET, UV_ECONNABORTED, UV_ETIMEDOUT, UV_ECANCELED) is logged.
 */
typedef int (*weft_stream_handler)(struct weft_stream *stream, void *arg);

/*
 * Accept connections and serve each in a task of its own (asyncio.start_server), until the
 * caller is cancelled or out of time; then all handlers are cancelled and awaited.  A handler
 * that fails does not disturb the others, and neither does a shortage of memory or of tasks:
 * new connections then wait, or are closed.
 *
 * UV_ECANCELED or UV_ETIMEDOUT; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_serve_streams(weft_listener *listener,
                                                 weft_stream_handler handler, void *arg);

/* Where it listens (Server.sockets); with several addresses, the first of them. */
WEFT_EXPORT int weft_listener_address(const weft_listener *listener, weft_address *ret_address);

/* The first `room` of the addresses that it listens on (Server.sockets).  How many were
 * written, or the code of the system. */
WEFT_EXPORT int weft_listener_addresses(const weft_listener *listener, weft_address *addresses,
                                        size_t room);

/* The port that it listens on; UV_EINVAL for a Unix socket. */
WEFT_EXPORT int weft_listener_port(const weft_listener *listener);

/*
 * Listen no more and release the listener (Server.close); connections that nobody accepted are
 * reset.  0, also for NULL; UV_EBUSY, and nothing happens, while a task accepts from it.
 */
WEFT_EXPORT int weft_listener_close(weft_listener *listener);

WEFT_END_DECLS
#endif
