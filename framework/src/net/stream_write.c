/*
 * net/stream_write.c - writing to a stream.
 *
 * What the system does not take at once waits in `out`; one write after the other carries all
 * that has gathered there since the last.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/stream.h"

size_t weft_stream_unsent(const struct weft_stream *s)
{
    return s->out.length + s->sending.length;
}

/* --- Waking ----------------------------------------------------------------------- */

void weft__stream_wake_all(struct weft__list *waits, int result)
{
    struct weft__list *node;

    while ((node = weft__list_pop(waits)) != NULL)
        weft__wait_complete(weft__list_entry(node, struct weft__wait, link), result);
}

/* Let the writer that came first go on, when less than `level` is unsent. */
static void grant(struct weft_stream *s, size_t level)
{
    struct weft__list *node;

    if (s->granted || weft_stream_unsent(s) >= level)
        return;
    node = weft__list_pop(&s->writers);
    if (node == NULL)
        return;
    s->granted = true;
    weft__wait_complete(weft__list_entry(node, struct weft__wait, link), 0);
}

void weft__stream_end_writing(struct weft_stream *s, int code)
{
    if (s->write_error == 0)
        s->write_error = code;
    weft__buffer_done(&s->out); /* `sending` stays where it is: it may be in flight */
    weft__stream_wake_all(&s->writers, s->write_error);
    weft__stream_wake_all(&s->drainers, s->write_error);
}

/* --- Sending ---------------------------------------------------------------------- */

/* Tell the peer that no more comes. */
static void send_end(struct weft_stream *s)
{
    if (s->one_way)
        weft__stream_close_transport(s, false);
    else
        s->transport->ops->shutdown(s->transport);
}

static void all_sent(struct weft_stream *s)
{
    weft__buffer_done(&s->out);
    weft__buffer_done(&s->sending);
    if (s->shut)
        send_end(s);
    weft__stream_wake_all(&s->drainers, 0);
}

/* Hand what has gathered to the transport. */
static void flush(struct weft_stream *s)
{
    struct weft__buffer empty = s->sending;
    int rc;

    s->sending = s->out;
    s->out = empty;
    s->request.transport = s->transport;
    s->request.buffer = (uv_buf_t){ .base = s->sending.data, .len = s->sending.length };
    rc = s->transport->ops->write(s->transport, &s->request);
    if (rc < 0) {
        weft__buffer_clear(&s->sending);
        weft__stream_end_writing(s, rc);
        return;
    }
    s->in_flight = true;
}

void weft__stream_written(struct weft__transport *transport, int status)
{
    struct weft_stream *s = transport->user;

    s->in_flight = false;
    weft__buffer_clear(&s->sending);
    if (s->closing)
        return;
    if (status < 0)
        weft__stream_end_writing(s, status);
    else if (s->out.length > 0)
        flush(s);
    else
        all_sent(s);
    grant(s, s->low_water + 1);
}

/* What the system takes now: 0 or more bytes, or the code by which writing has failed. */
static ssize_t send_now(struct weft_stream *s, const char *data, size_t length)
{
    size_t sent = 0;

    while (sent < length) {
        size_t left = length - sent;
        uv_buf_t piece =
            uv_buf_init((char *)data + sent, left < INT_MAX ? (unsigned)left : INT_MAX);
        int rc = s->transport->ops->try_write(s->transport, &piece, 1);

        if (rc == UV_EAGAIN || rc == 0)
            break;
        if (rc < 0)
            return rc;
        sent += (size_t)rc;
    }
    return (ssize_t)sent;
}

/* Send or keep all of it. */
static int accept_bytes(struct weft_stream *s, const char *data, size_t length)
{
    ssize_t sent = 0;
    int rc = 0;

    if (!s->in_flight)
        sent = send_now(s, data, length);
    if (sent < 0) {
        rc = (int)sent;
    } else if ((size_t)sent < length) {
        rc = weft__buffer_append(&s->out, data + sent, length - (size_t)sent);
        if (rc == 0 && !s->in_flight) {
            flush(s);
            rc = s->write_error;
        }
    }
    if (rc < 0)
        weft__stream_end_writing(s, rc);
    return rc;
}

/* --- Writing ---------------------------------------------------------------------- */

/* Wait in `waits` until woken; 0, or a code of the task's or the stream's. */
static int await_turn(struct weft_stream *s, struct weft__list *waits, const char *what)
{
    struct weft__wait wait;
    int rc;

    weft__wait_init(&wait, what);
    if (wait.task == NULL)
        return weft__misuse("weft_stream_write", "only a task can wait");
    weft__list_append(waits, &wait.link);
    s->users++;
    rc = weft__wait(&wait);
    s->users--;
    return rc;
}

static int await_room(struct weft_stream *s)
{
    int rc;

    if (!s->granted && weft__list_empty(&s->writers) && weft_stream_unsent(s) < s->high_water)
        return 0;
    rc = await_turn(s, &s->writers, "write");
    if (rc == 0)
        s->granted = false;
    return rc;
}

static int writable(const struct weft_stream *s)
{
    if (s->write_error < 0)
        return s->write_error;
    return s->shut ? UV_EPIPE : 0;
}

int weft_stream_write(struct weft_stream *s, const void *data, size_t length)
{
    int rc = writable(s);

    if (rc < 0 || length == 0)
        return rc;
    rc = await_room(s);
    if (rc < 0)
        return rc;
    rc = writable(s); /* it may have changed meanwhile */
    if (rc == 0)
        rc = accept_bytes(s, data, length);
    grant(s, s->high_water);
    return rc;
}

int weft_stream_printf(struct weft_stream *s, const char *format, ...)
{
    char small[512];
    char *text = small;
    va_list args;
    int length;
    int rc;

    va_start(args, format);
    length = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (length < 0)
        return UV_EINVAL;
    if ((size_t)length >= sizeof(small)) {
        text = weft__malloc((size_t)length + 1);
        if (text == NULL)
            return UV_ENOMEM;
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    rc = weft_stream_write(s, text, (size_t)length);
    if (text != small)
        free(text);
    return rc;
}

int weft_stream_drain(struct weft_stream *s)
{
    if (s->write_error < 0)
        return s->write_error;
    if (weft_stream_unsent(s) == 0)
        return 0;
    return await_turn(s, &s->drainers, "drain");
}

int weft_stream_shut_write(struct weft_stream *s)
{
    if (s->write_error < 0)
        return s->write_error;
    if (s->shut)
        return 0;
    s->shut = true;
    if (weft_stream_unsent(s) == 0)
        send_end(s);
    return 0;
}
