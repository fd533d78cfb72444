/*
 * net/stream.c - streams: making, closing, what they are connected to.  stream.h draws their
 * life.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/stream.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "net/shared_buffer.h"

enum { DEFAULT_LIMIT = 65536, LOW_WATER_PART = 4 };

/* libuv writes without MSG_NOSIGNAL, so a peer that has gone would end the process. */
static void ignore_sigpipe(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static uv_once_t once = UV_ONCE_INIT;

static void strip(struct weft_stream *s)
{
    weft__buffer_done(&s->in);
    weft__buffer_done(&s->out);
    weft__buffer_done(&s->sending);
    weft__shared_buffer_release();
}

static void leave_behind(struct weft_stream *s)
{
    strip(s);
    s->taken = 0;
    weft__loop_leave_behind(&s->at_end);
}

/* --- Events ----------------------------------------------------------------------- */

static void on_closed(struct weft__transport *transport)
{
    struct weft_stream *s = transport->user;

    s->closed = true;
    if (s->released)
        weft__stream_free(s);
    else if (s->left)
        leave_behind(s);
}

static const struct weft__transport_events events = {
    .on_read = weft__stream_got,
    .on_end = weft__stream_ended,
    .on_written = weft__stream_written,
    .on_closed = on_closed,
};

static void on_loop_end(struct weft__loop_hook *hook)
{
    struct weft_stream *s = weft__list_entry(hook, struct weft_stream, at_end);
    bool unsent = weft_stream_unsent(s) > 0;

    if (s->released)
        return;
    weft_log(WEFT_LOG_WARNING, "a stream is open still when its loop ends");
    s->left = true;
    if (s->closed) {
        leave_behind(s);
        return;
    }
    weft__stream_end_reading(s, UV_ECONNABORTED);
    weft__stream_end_writing(s, UV_ECONNABORTED);
    weft__stream_close_transport(s, unsent);
}

/* --- Making ----------------------------------------------------------------------- */

static size_t or_default(size_t given, size_t otherwise)
{
    return given != 0 ? given : otherwise;
}

int weft__stream_new(const weft_stream_options *options, struct weft_stream **ret_stream)
{
    static const weft_stream_options defaults;
    struct weft_stream *s;

    if (weft_loop_current() == NULL)
        return weft__misuse("weft_stream", "no loop runs on this thread");
    if (options == NULL)
        options = &defaults;
    uv_once(&once, ignore_sigpipe);
    s = weft__calloc(1, sizeof(*s));
    if (s == NULL)
        return UV_ENOMEM;
    s->of.base.shared = weft__shared_buffer_take();
    if (s->of.base.shared == NULL) {
        free(s);
        return UV_ENOMEM;
    }
    s->of.base.events = &events;
    s->of.base.user = s;
    s->transport = &s->of.base;
    weft__buffer_init(&s->in, SIZE_MAX / 2);
    weft__buffer_init(&s->out, SIZE_MAX / 2);
    weft__buffer_init(&s->sending, SIZE_MAX / 2);
    weft__list_init(&s->watchers);
    weft__list_init(&s->writers);
    weft__list_init(&s->drainers);
    s->read_limit = or_default(options->read_limit_bytes, DEFAULT_LIMIT);
    s->high_water = or_default(options->high_water_bytes, DEFAULT_LIMIT);
    s->low_water = or_default(options->low_water_bytes, s->high_water / LOW_WATER_PART);
    if (s->low_water >= s->high_water)
        s->low_water = s->high_water - 1;
    s->at_end.fn = on_loop_end;
    weft__loop_add_end_hook(weft_loop_current(), &s->at_end);
    *ret_stream = s;
    return 0;
}

int weft__stream_open(struct weft_stream *s, const weft_stream_options *options)
{
    if (s->of.base.ops == &weft__uv_transport_ops && s->of.uv.uv.handle.type == UV_TCP) {
        /* They fail for sockets that the peer has closed already: reading will tell. */
        (void)uv_tcp_nodelay(&s->of.uv.uv.tcp, options == NULL || !options->allow_delay);
        if (options != NULL && options->keepalive_s > 0)
            (void)uv_tcp_keepalive(&s->of.uv.uv.tcp, 1, options->keepalive_s);
    }
    if (s->read_ended)
        return 0;
    return s->transport->ops->read_start(s->transport);
}

/* --- Closing ---------------------------------------------------------------------- */

void weft__stream_free(struct weft_stream *s)
{
    weft__loop_remove_hook(&s->at_end);
    strip(s);
    free(s);
}

void weft__stream_close_transport(struct weft_stream *s, bool reset)
{
    if (s->closing)
        return;
    s->closing = true;
    s->transport->ops->close(s->transport, reset);
}

void weft__stream_discard(struct weft_stream *s, bool reset)
{
    s->released = true;
    weft__stream_close_transport(s, reset);
    if (s->closed)
        weft__stream_free(s);
}

int weft_stream_close(struct weft_stream *s)
{
    if (s == NULL)
        return 0;
    if (s->left) {
        weft__loop_left_closed(&s->at_end);
        free(s);
        return 0;
    }
    if (s->users > 0 || !weft__list_empty(&s->watchers)) {
        weft_log(WEFT_LOG_ERROR, "weft_stream_close: a task waits in the stream");
        return UV_EBUSY;
    }
    weft__stream_discard(s, weft_stream_unsent(s) > 0);
    return 0;
}

void weft_stream_abort(struct weft_stream *s)
{
    if (s == NULL || s->closing)
        return;
    weft__buffer_done(&s->in);
    s->taken = 0;
    s->read_ended = false; /* also where the peer had ended it */
    weft__stream_end_reading(s, UV_ECONNABORTED);
    s->write_error = 0;
    weft__stream_end_writing(s, UV_ECONNABORTED);
    weft__stream_close_transport(s, true);
}

/* --- What it is connected to ------------------------------------------------------ */

typedef int (*name_fn)(int fd, struct sockaddr *address, socklen_t *length);

static int address_by(const struct weft_stream *s, name_fn name, weft_address *ret_address)
{
    weft_address address = { 0 };
    socklen_t length = sizeof(address.storage);
    int fd = s->closing ? -1 : s->transport->ops->descriptor(s->transport);

    if (fd < 0)
        return UV_ENOTCONN;
    if (name(fd, (struct sockaddr *)&address.storage, &length) < 0)
        return uv_translate_sys_error(errno);
    *ret_address = address;
    return 0;
}

static int peer_name(int fd, struct sockaddr *address, socklen_t *length)
{
    return getpeername(fd, address, length);
}

static int local_name(int fd, struct sockaddr *address, socklen_t *length)
{
    return getsockname(fd, address, length);
}

int weft_stream_peer(const struct weft_stream *s, weft_address *ret_address)
{
    return address_by(s, peer_name, ret_address);
}

int weft_stream_local(const struct weft_stream *s, weft_address *ret_address)
{
    return address_by(s, local_name, ret_address);
}
