/*
 * base/log.c - log lines (weft/log.h).
 *
 *     2026-03-01T12:34:56.789Z warning [0195...] what there is to say
 *     {"time":"2026-03-01T12:34:56.789Z","level":"warning","message":"...","request_id":"..."}
 *
 * One lock guards where lines go.  Errors of the log itself have nowhere to go and are dropped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"

enum {
    LINE_MAX_BYTES = 64 * 1024,
    MESSAGE_GUESS = 256,
    SHORT_ROOM = 512,
    TIME_ROOM = sizeof("2026-03-01T12:34:56.789Z") + 16, /* years are not bounded by time_t */
};

static struct {
    pthread_mutex_t lock;
    weft_line_writer *writer; /* NULL: lines are written at once */
    uint64_t threadless; /* lines that the writer had no thread for, and that were so, too */
    void (*sink)(weft_log_level level, const char *line, void *arg);
    void *sink_arg;
} out = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Atomic int lowest = WEFT_LOG_INFO;
static _Atomic int form = WEFT_LOG_TEXT;
static const char *(*_Atomic id_source)(void);

void weft_log_set_level(weft_log_level level)
{
    atomic_store_explicit(&lowest, (int)level, memory_order_relaxed);
}

void weft_log_set_format(weft_log_format format)
{
    atomic_store_explicit(&form, (int)format, memory_order_relaxed);
}

weft_log_format weft_log_current_format(void)
{
    return (weft_log_format)atomic_load_explicit(&form, memory_order_relaxed);
}

void weft_log_set_sink(void (*fn)(weft_log_level level, const char *line, void *arg), void *arg)
{
    pthread_mutex_lock(&out.lock);
    out.sink = fn;
    out.sink_arg = arg;
    pthread_mutex_unlock(&out.lock);
}

void weft__log_set_id_source(const char *(*fn)(void))
{
    atomic_store_explicit(&id_source, fn, memory_order_relaxed);
}

/* --- The thread, and fork() ------------------------------------------------------------ */

static void before_fork(void)
{
    pthread_mutex_lock(&out.lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&out.lock);
}

/* Threads do not survive a fork: the writer is the parent's. */
static void after_fork_in_child(void)
{
    out.writer = NULL;
    pthread_mutex_unlock(&out.lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int weft__log_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int rc = 0;

    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&out.lock);
    if (out.writer == NULL)
        rc = weft_line_writer_new(STDERR_FILENO, 0, &out.writer);
    pthread_mutex_unlock(&out.lock);
    return rc;
}

void weft__log_stop(void)
{
    weft_line_writer *writer;
    uint64_t threadless;
    uint64_t dropped;

    pthread_mutex_lock(&out.lock);
    writer = out.writer;
    threadless = out.threadless;
    out.writer = NULL;
    out.threadless = 0;
    pthread_mutex_unlock(&out.lock);
    if (writer == NULL)
        return;
    dropped = weft_line_writer_dropped(writer) - threadless;
    weft_line_writer_free(writer);
    if (dropped > 0)
        weft_log(WEFT_LOG_WARNING, "%llu log lines were dropped: stderr was not read",
                 (unsigned long long)dropped);
}

/* --- Lines ----------------------------------------------------------------------------- */

static const char *level_name(weft_log_level level)
{
    switch (level) {
    case WEFT_LOG_DEBUG:
        return "debug";
    case WEFT_LOG_INFO:
        return "info";
    case WEFT_LOG_WARNING:
        return "warning";
    case WEFT_LOG_ERROR:
        break;
    }
    return "error";
}

/* RFC 3339, in UTC. */
static void format_time(char *to, size_t room)
{
    struct timespec now;
    struct tm utc;
    size_t at;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    at = strftime(to, room, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(to + at, room - at, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void format_line(struct weft__buffer *line, weft_log_level level,
                        const struct weft__buffer *message)
{
    const char *(*source)(void) = atomic_load_explicit(&id_source, memory_order_relaxed);
    const char *id = source == NULL ? NULL : source();
    char now[TIME_ROOM];

    format_time(now, sizeof(now));
    if (weft_log_current_format() == WEFT_LOG_JSON) {
        weft__buffer_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", now,
                            level_name(level));
        weft__text_json(line, message->data, message->length);
        if (id != NULL) {
            weft__buffer_append(line, ",\"request_id\":", 14);
            weft__text_json(line, id, strlen(id));
        }
        weft__buffer_append(line, "}", 1);
        return;
    }
    weft__buffer_printf(line, "%s %s ", now, level_name(level));
    if (id != NULL)
        weft__buffer_printf(line, "[%s] ", id);
    weft__text_plain(line, message->data, message->length);
}

/* All of it, also where stderr was made non-blocking; but no more than a second for it. */
static void write_at_once(const char *data, size_t length)
{
    int patience = 10;

    while (length > 0 && patience > 0) {
        ssize_t written = write(STDERR_FILENO, data, length);

        if (written >= 0) {
            data += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

            poll(&ready, 1, 100);
            patience--;
        } else if (errno != EINTR) {
            return;
        }
    }
}

/* `line` ends with a newline and a NUL. */
static void emit(weft_log_level level, struct weft__buffer *line)
{
    size_t length = line->length - 2;

    pthread_mutex_lock(&out.lock);
    if (out.sink != NULL) {
        line->data[length] = '\0';
        out.sink(level, line->data, out.sink_arg);
    } else if (out.writer == NULL) {
        write_at_once(line->data, length + 1);
    } else if (weft_line_writer_put(out.writer, line->data, length) == UV_EAGAIN) {
        write_at_once(line->data, length + 1);
        out.threadless++;
    }
    pthread_mutex_unlock(&out.lock);
}

static void format_message(struct weft__buffer *message, const char *format, va_list args)
{
    va_list again;
    char *to = weft__buffer_reserve(message, MESSAGE_GUESS);
    int length;

    if (to == NULL)
        return;
    va_copy(again, args);
    length = vsnprintf(to, MESSAGE_GUESS, format, again);
    va_end(again);
    if (length >= MESSAGE_GUESS) {
        if (length > LINE_MAX_BYTES / 8)
            length = LINE_MAX_BYTES / 8; /* escaping may make six bytes of one */
        to = weft__buffer_reserve(message, (size_t)length + 1);
        if (to != NULL)
            vsnprintf(to, (size_t)length + 1, format, args);
    }
    if (to != NULL && length > 0)
        weft__buffer_add(message, (size_t)length);
}

/* Where there is no memory for a line: what fits on the stack, at once. */
static void emit_short(weft_log_level level, const char *format, va_list args)
{
    char text[SHORT_ROOM];
    size_t length = (size_t)snprintf(text, sizeof(text), "%s ", level_name(level));

    vsnprintf(text + length, sizeof(text) - length, format, args);
    length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    }
    text[length] = '\n';
    pthread_mutex_lock(&out.lock);
    if (out.sink == NULL) {
        write_at_once(text, length + 1);
    } else {
        text[length] = '\0';
        out.sink(level, text, out.sink_arg);
    }
    pthread_mutex_unlock(&out.lock);
}

void weft_log(weft_log_level level, const char *format, ...)
{
    int saved_errno = errno;
    struct weft__buffer message;
    struct weft__buffer line;
    va_list args;

    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed))
        return;
    weft__buffer_init(&message, LINE_MAX_BYTES);
    weft__buffer_init(&line, LINE_MAX_BYTES);
    va_start(args, format);
    format_message(&message, format, args);
    va_end(args);
    if (message.failed == 0)
        format_line(&line, level, &message);
    weft__buffer_append(&line, "\n", 2);
    if (message.failed == 0 && line.failed == 0) {
        emit(level, &line);
    } else {
        va_start(args, format);
        emit_short(level, format, args);
        va_end(args);
    }
    weft__buffer_done(&message);
    weft__buffer_done(&line);
    errno = saved_errno;
}
