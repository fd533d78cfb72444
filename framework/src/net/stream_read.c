/*
 * net/stream_read.c - reading from a stream.
 *
 * What comes goes straight to a reader that waits for it, and else into the stream's buffer,
 * which is given back when all of it was read and a task waits for more: a connection that
 * idles keeps none.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <string.h>

#include "net/stream.h"
#include "task/select.h"

static size_t unread(const struct weft_stream *s)
{
    return s->in.length - s->taken;
}

/* --- From the transport ----------------------------------------------------------- */

static void wake_reader(struct weft_stream *s, int result)
{
    struct weft__reader *reader = s->reader;

    if (reader == NULL)
        return;
    s->reader = NULL;
    weft__wait_complete(&reader->wait, result);
}

void weft__stream_end_reading(struct weft_stream *s, int code)
{
    if (s->read_ended)
        return;
    s->read_ended = true;
    s->read_error = code;
    wake_reader(s, 0); /* it looks again */
    weft__stream_wake_all(&s->watchers, 0);
}

/* How much of `data` the waiting reader takes at once. */
static size_t give(struct weft_stream *s, const char *data, size_t length)
{
    struct weft__reader *reader = s->reader;
    size_t part = length < reader->room ? length : reader->room;

    memcpy(reader->into, data, part);
    reader->into += part;
    reader->room -= part;
    reader->need -= part < reader->need ? part : reader->need;
    if (reader->need == 0)
        wake_reader(s, 0);
    return part;
}

/* What was read of the buffer's front goes when it is most of it, so that each byte is moved
 * once at most. */
static int keep(struct weft_stream *s, const char *data, size_t length)
{
    if (s->taken > s->in.length / 2) {
        weft__buffer_consume(&s->in, s->taken);
        s->taken = 0;
    }
    return weft__buffer_append(&s->in, data, length);
}

static void pause_when_full(struct weft_stream *s)
{
    size_t limit = s->read_limit > s->wanted ? s->read_limit : s->wanted;

    if (s->paused || s->read_ended || unread(s) < limit)
        return;
    s->paused = true;
    s->transport->ops->read_stop(s->transport);
}

void weft__stream_got(struct weft__transport *transport, char *data, size_t length)
{
    struct weft_stream *s = transport->user;
    size_t given = 0;

    if (s->closing)
        return;
    if (s->reader != NULL && s->reader->into != NULL)
        given = give(s, data, length);
    if (given < length && keep(s, data + given, length - given) < 0) {
        transport->ops->read_stop(transport);
        weft__stream_end_reading(s, UV_ENOMEM); /* the stream has a hole from here on */
        return;
    }
    if (s->reader != NULL && s->reader->into == NULL && unread(s) >= s->reader->need)
        wake_reader(s, 0);
    if (unread(s) > 0)
        weft__stream_wake_all(&s->watchers, 0);
    pause_when_full(s);
}

void weft__stream_ended(struct weft__transport *transport, int code)
{
    struct weft_stream *s = transport->user;

    if (s->closing)
        return;
    weft__stream_end_reading(s, code);
    if (code != UV_EOF)
        weft__stream_end_writing(s, code);
}

/* --- Waiting ---------------------------------------------------------------------- */

static void resume(struct weft_stream *s)
{
    int rc;

    if (!s->paused || s->read_ended || s->closing ||
        (unread(s) > s->read_limit / 2 && unread(s) >= s->wanted))
        return;
    s->paused = false;
    rc = s->transport->ops->read_start(s->transport);
    if (rc < 0)
        weft__stream_end_reading(s, rc);
}

static bool detach_reader(struct weft__wait *wait)
{
    weft__list_entry(wait, struct weft__reader, wait)->stream->reader = NULL;
    return true;
}

/* Until as many bytes as the reader needs have come, or no more come at all.  0, a code of the
 * task's, or a failure of the stream; `reader` then says what it got. */
static int await_bytes(struct weft_stream *s, struct weft__reader *reader, const char *what)
{
    int rc;

    reader->stream = s;
    weft__wait_init(&reader->wait, what);
    if (reader->wait.task == NULL)
        return weft__misuse("weft_stream_read", "only a task can wait");
    reader->wait.detach = detach_reader;
    if (unread(s) == 0) {
        weft__buffer_done(&s->in);
        s->taken = 0;
    }
    s->reader = reader;
    resume(s); /* which may end the wait */
    s->users++;
    rc = weft__wait(&reader->wait);
    s->users--;
    return rc;
}

/* --- Reading ---------------------------------------------------------------------- */

/* Move what is there, at most `room`, to the reader's memory. */
static size_t take(struct weft_stream *s, void *buffer, size_t room)
{
    size_t part = unread(s) < room ? unread(s) : room;

    if (part == 0)
        return 0;
    memcpy(buffer, s->in.data + s->taken, part);
    s->taken += part;
    if (s->taken == s->in.length) {
        s->taken = 0;
        weft__buffer_clear(&s->in);
    }
    resume(s);
    return part;
}

/* Read at least `need` bytes, into the room of `need` to `room` bytes; how many were, also on
 * failure, is added to *got. */
static int read_some(struct weft_stream *s, char *buffer, size_t room, size_t need, size_t *got)
{
    struct weft__reader reader = { 0 };
    int rc;

    if (s->reader != NULL)
        return UV_EBUSY;
    *got = take(s, buffer, room);
    if (*got >= need)
        return 0;
    if (s->read_ended)
        return s->read_error;
    reader.into = buffer + *got;
    reader.room = room - *got;
    reader.need = need - *got;
    rc = await_bytes(s, &reader, "read");
    *got = room - reader.room;
    if (rc == 0 && reader.need > 0)
        rc = s->read_error;
    return rc;
}

int weft_stream_read(struct weft_stream *s, void *buffer, size_t room)
{
    size_t got = 0;
    int rc;

    if (room == 0)
        return 0;
    rc = read_some(s, buffer, room < INT_MAX ? room : INT_MAX, 1, &got);
    if (got > 0)
        return (int)got;
    return rc == UV_EOF ? 0 : rc;
}

int weft_stream_read_exactly(struct weft_stream *s, void *buffer, size_t length,
                             size_t *ret_read)
{
    size_t got = 0;
    int rc = read_some(s, buffer, length, length, &got);

    if (ret_read != NULL)
        *ret_read = got;
    return rc;
}

/* Wait until more than `known` bytes are unread; 0 or a code. */
static int await_more(struct weft_stream *s, size_t known, size_t wanted)
{
    struct weft__reader reader = { .need = known + 1 };
    int rc;

    if (s->read_ended)
        return s->read_error;
    s->wanted = wanted;
    rc = await_bytes(s, &reader, "read");
    s->wanted = 0;
    if (rc == 0 && unread(s) <= known)
        rc = s->read_error;
    return rc;
}

/*
 * How many of the unread bytes the first delimiter ends behind, at most `max`; 0 when none
 * does.  The first `seen` bytes are known to hold none, but maybe the beginning of one.
 */
static size_t find(const struct weft_stream *s, const char *delimiter, size_t length,
                   size_t seen, size_t max)
{
    size_t count = unread(s) < max ? unread(s) : max;
    size_t from = seen < length ? 0 : seen - (length - 1);
    const char *start, *at;

    if (count < length || from > count)
        return 0;
    start = s->in.data + s->taken;
    at = memmem(start + from, count - from, delimiter, length);
    return at != NULL ? (size_t)(at - start) + length : 0;
}

static int finish_text(struct weft_stream *s, char *buffer, size_t length)
{
    take(s, buffer, length);
    buffer[length] = '\0';
    return (int)length;
}

int weft_stream_read_until(struct weft_stream *s, const char *delimiter, char *buffer,
                           size_t room)
{
    size_t length = strlen(delimiter);
    size_t max = room < INT_MAX ? room : INT_MAX;
    size_t seen = 0;

    if (length == 0 || max <= length)
        return UV_EINVAL;
    if (s->reader != NULL)
        return UV_EBUSY;
    max--;
    for (;;) {
        size_t end = find(s, delimiter, length, seen, max);
        int rc;

        if (end > 0)
            return finish_text(s, buffer, end);
        seen = unread(s);
        if (seen >= max)
            return WEFT_ELIMIT;
        rc = await_more(s, seen, max);
        if (rc < 0)
            return rc;
    }
}

int weft_stream_read_line(struct weft_stream *s, char *buffer, size_t room)
{
    int rc = weft_stream_read_until(s, "\n", buffer, room);

    if (rc == UV_EOF) /* nothing more comes, and what is left fits */
        return finish_text(s, buffer, unread(s));
    return rc;
}

/* --- Waiting among others --------------------------------------------------------- */

static int attempt_watch(const weft_case *c)
{
    const struct weft_stream *s = c->object;

    return unread(s) > 0 || s->read_ended ? 0 : UV_EAGAIN;
}

static void enlist_watch(struct weft__case_waiter *waiter)
{
    struct weft_stream *s = waiter->of->object;

    weft__wait_init(&waiter->waiter.wait, "readable stream");
    weft__list_append(&s->watchers, &waiter->waiter.wait.link);
}

static const struct weft__case_kind readable_kind = { "weft_stream_read", attempt_watch,
                                                      enlist_watch };

weft_case weft_on_readable(struct weft_stream *s)
{
    return (weft_case){ .kind = &readable_kind, .object = s };
}

/* --- What there is ---------------------------------------------------------------- */

bool weft_stream_at_eof(const struct weft_stream *s)
{
    return s->read_ended && unread(s) == 0;
}

size_t weft_stream_unread(const struct weft_stream *s)
{
    return unread(s);
}
