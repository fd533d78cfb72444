/*
 * weft/log.h - log lines.
 *
 * A line goes to stderr as text or as one JSON object, with the id of the request that the
 * calling task works for.  Lines are handed to a thread that writes them in batches, so logging
 * never waits for the reader of stderr; what it cannot take is dropped and counted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_LOG_H
#define WEFT_LOG_H

#include <weft/export.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weft/error.h>

WEFT_BEGIN_DECLS

typedef enum weft_log_level {
    WEFT_LOG_DEBUG,
    WEFT_LOG_INFO,
    WEFT_LOG_WARNING,
    WEFT_LOG_ERROR,
} weft_log_level;

typedef enum weft_log_format {
    WEFT_LOG_TEXT,
    WEFT_LOG_JSON,
} weft_log_format;

/* One line; from any thread.  A newline in the text is written as \n. */
WEFT_EXPORT void weft_log(weft_log_level level, const char *format, ...) WEFT_PRINTF(2, 3);

/* Lines below `level` are dropped; default WEFT_LOG_INFO.  From any thread. */
WEFT_EXPORT void weft_log_set_level(weft_log_level level);

/* How lines look from now on; default WEFT_LOG_TEXT.  From any thread. */
WEFT_EXPORT void weft_log_set_format(weft_log_format format);
WEFT_EXPORT weft_log_format weft_log_current_format(void);

/* Have fn(level, line, arg) get the lines instead, without their newline; NULL: stderr again.
 * Called on the logging thread of execution, under a lock; must not log. */
WEFT_EXPORT void
weft_log_set_sink(void (*fn)(weft_log_level level, const char *line, void *arg), void *arg);

/* --- Writing lines without waiting ----------------------------------------------------- */

/*
 * Lines for a file descriptor, written by a thread of the writer's own in batches; for access
 * logs and the like.  The first line starts the thread.  All functions may be called from any
 * thread.
 */
typedef struct weft_line_writer weft_line_writer;

/*
 * A writer to `fd`, which stays the caller's and must be open until the writer is closed.
 *
 * max_bytes  held in memory at most; default 1 MiB for 0.
 *
 * 0 or UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_line_writer_new(int fd, size_t max_bytes,
                                                     weft_line_writer **ret_writer);

/* Hand over one line; a newline is added.  0; or WEFT_ELIMIT when it was dropped for lack of
 * room, UV_EAGAIN for lack of a thread. */
WEFT_EXPORT int weft_line_writer_put(weft_line_writer *writer, const char *line, size_t length);

/* How many lines were dropped so far, for either reason. */
WEFT_EXPORT uint64_t weft_line_writer_dropped(const weft_line_writer *writer);

/* Write what is held, for at most 2 seconds if the reader does not read, and free.  Takes NULL.
 */
WEFT_EXPORT void weft_line_writer_free(weft_line_writer *writer);

WEFT_END_DECLS
#endif
