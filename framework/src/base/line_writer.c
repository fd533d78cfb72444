/*
 * base/line_writer.c - lines written by a thread of their own (weft/log.h).
 *
 * Two buffers: callers append to one under the lock while the thread writes the other outside
 * of it, so nobody waits for the reader of the file descriptor.  The thread sleeps while there
 * is nothing, and after the first line waits a moment for more, so that a busy program makes
 * few system calls.  It is started by the first line: a second thread on its descriptors makes
 * system calls dearer for all of the process, and many a one never logs.
 *
 * Invariants:
 *   1. Only the thread touches `writing`; `gathered` and the flags are touched under the lock.
 *   2. gathered.length + in_flight <= max_bytes.
 *   3. The thread never holds the lock while it writes.
 *   4. Once `abandoned` the thread owns the memory.  It may be stuck in a write then, so each
 *      batch is written to a copy of the file descriptor: the caller closes his, whose number
 *      may become that of something else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/thread.h"

enum {
    DEFAULT_MAX_BYTES = 1024 * 1024,
    GATHER_MS = 50,  /* how long a line may wait for company */
    FLUSH_MS = 2000, /* how long weft_line_writer_free() waits for the reader */
    POLL_MS = 100,   /* between looks at `stopping` while the reader does not read */
};

struct weft_line_writer {
    pthread_mutex_t lock;
    pthread_cond_t more;     /* for the thread: lines have come, or it is to stop */
    pthread_cond_t finished; /* for free(): the thread has written everything */
    uv_thread_t thread;
    struct weft__buffer gathered;
    struct weft__buffer writing;
    size_t in_flight; /* bytes of `writing`, as seen under the lock */
    size_t max_bytes;
    int fd;
    bool running; /* the thread was started, which the first line does */
    bool stopping;
    bool done;
    bool abandoned;
    _Atomic uint64_t dropped;
};

static struct timespec after_ms(long ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

static bool is_abandoned(weft_line_writer *writer)
{
    bool abandoned;

    pthread_mutex_lock(&writer->lock);
    abandoned = writer->abandoned;
    pthread_mutex_unlock(&writer->lock);
    return abandoned;
}

/* Write all of `writing` to `fd`.  What the reader will never take (EPIPE, EIO) is dropped. */
static void write_out(weft_line_writer *writer, int fd)
{
    struct weft__buffer *from = &writer->writing;
    size_t at = 0;

    while (at < from->length) {
        ssize_t written = write(fd, from->data + at, from->length - at);

        if (written >= 0) {
            at += (size_t)written;
        } else if (errno == EAGAIN) { /* somebody made it non-blocking: wait here instead */
            struct pollfd ready = { .fd = fd, .events = POLLOUT };

            poll(&ready, 1, POLL_MS);
        } else if (errno != EINTR) {
            break;
        }
        if (at < from->length && is_abandoned(writer))
            break;
    }
    weft__buffer_clear(from);
}

/* A copy of the descriptor as it is now, so that a program may put another file in its place
 * (dup2).  Under the lock.  The descriptor itself where there are no more. */
static int copy_fd(const weft_line_writer *writer)
{
    int copy = fcntl(writer->fd, F_DUPFD_CLOEXEC, 0);

    return copy >= 0 ? copy : writer->fd;
}

/* Wait for lines, then a moment for more of them.  False when it is time to end. */
static bool await_lines(weft_line_writer *writer)
{
    struct timespec until;

    while (writer->gathered.length == 0 && !writer->stopping)
        pthread_cond_wait(&writer->more, &writer->lock);
    until = after_ms(GATHER_MS);
    while (!writer->stopping && writer->gathered.length < writer->max_bytes / 2) {
        if (pthread_cond_timedwait(&writer->more, &writer->lock, &until) != 0)
            break;
    }
    return writer->gathered.length > 0;
}

static void swap_buffers(weft_line_writer *writer)
{
    struct weft__buffer empty = writer->writing;

    writer->writing = writer->gathered;
    writer->gathered = empty;
    writer->in_flight = writer->writing.length;
}

static void release(weft_line_writer *writer)
{
    weft__buffer_done(&writer->gathered);
    weft__buffer_done(&writer->writing);
    pthread_cond_destroy(&writer->more);
    pthread_cond_destroy(&writer->finished);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

static void run(void *arg)
{
    weft_line_writer *writer = arg;
    bool abandoned;

    pthread_mutex_lock(&writer->lock);
    while (!writer->abandoned && await_lines(writer)) {
        int fd = copy_fd(writer);

        swap_buffers(writer);
        pthread_mutex_unlock(&writer->lock);
        write_out(writer, fd);
        if (fd != writer->fd)
            close(fd);
        pthread_mutex_lock(&writer->lock);
        writer->in_flight = 0;
    }
    writer->done = true;
    abandoned = writer->abandoned;
    pthread_cond_signal(&writer->finished);
    pthread_mutex_unlock(&writer->lock);
    if (abandoned)
        release(writer);
}

/* Start the thread unless it runs. */
static bool start_thread(weft_line_writer *writer)
{
    if (!writer->running)
        writer->running = weft__thread_create(&writer->thread, run, writer) == 0;
    return writer->running;
}

int weft_line_writer_new(int fd, size_t max_bytes, weft_line_writer **ret_writer)
{
    weft_line_writer *writer = weft__calloc(1, sizeof(*writer));
    pthread_condattr_t monotonic;

    if (writer == NULL)
        return UV_ENOMEM;
    writer->fd = fd;
    writer->max_bytes = max_bytes == 0 ? DEFAULT_MAX_BYTES : max_bytes;
    weft__buffer_init(&writer->gathered, writer->max_bytes);
    weft__buffer_init(&writer->writing, writer->max_bytes);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->more, &monotonic);
    pthread_cond_init(&writer->finished, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *ret_writer = writer;
    return 0;
}

/* Append under the lock; wakes the thread for the first line and at half of the room. */
static int append(weft_line_writer *writer, const char *line, size_t length)
{
    struct weft__buffer *to = &writer->gathered;
    size_t before = to->length;
    size_t half = writer->max_bytes / 2;
    char *at;

    if (length >= writer->max_bytes - before - writer->in_flight)
        return WEFT_ELIMIT;
    if (!start_thread(writer))
        return UV_EAGAIN;
    at = weft__buffer_reserve(to, length + 1);
    if (at == NULL) {
        to->failed = 0; /* memory may be there for the next line */
        return WEFT_ELIMIT;
    }
    if (length > 0)
        memcpy(at, line, length);
    at[length] = '\n';
    weft__buffer_add(to, length + 1);
    if (before == 0 || (before < half && to->length >= half))
        pthread_cond_signal(&writer->more);
    return 0;
}

int weft_line_writer_put(weft_line_writer *writer, const char *line, size_t length)
{
    int rc;

    pthread_mutex_lock(&writer->lock);
    rc = append(writer, line, length);
    pthread_mutex_unlock(&writer->lock);
    if (rc < 0)
        atomic_fetch_add_explicit(&writer->dropped, 1, memory_order_relaxed);
    return rc;
}

uint64_t weft_line_writer_dropped(const weft_line_writer *writer)
{
    return atomic_load_explicit(&writer->dropped, memory_order_relaxed);
}

/* Have the thread write what there is.  False when the reader held it up for too long. */
static bool finish(weft_line_writer *writer)
{
    struct timespec until = after_ms(FLUSH_MS);
    bool done;

    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->more);
    while (!writer->done) {
        if (pthread_cond_timedwait(&writer->finished, &writer->lock, &until) != 0)
            break;
    }
    done = writer->done;
    writer->abandoned = !done;
    if (!done) /* under the lock: the thread may free the writer once it is let go */
        pthread_detach(writer->thread);
    pthread_mutex_unlock(&writer->lock);
    return done;
}

void weft_line_writer_free(weft_line_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->running) {
        uv_thread_t thread = writer->thread;

        if (!finish(writer))
            return; /* the writer is the thread's */
        uv_thread_join(&thread);
    }
    release(writer);
}
