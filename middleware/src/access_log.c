/*
 * access_log.c - a line for each request (weft/middleware/access_log.h).
 *
 * What a line tells is asked for when all has been sent.  No filter, and no hook: with a filter
 * no stream or file has a length, and a hook does not see what stands in for a response.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/middleware/access_log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weft/log.h>
#include <weft/response.h>

#include "line.h"

enum { CLIENT_LEFT = 499, TIME_ROOM = 32 };

struct access_log {
    weft_access_log_options options;
    char **skip;              /* ends with NULL; NULL: nothing */
    weft_line_writer *writer; /* while the app is served; NULL: the sink has the lines */
    time_t second;            /* that `time` says */
    char time[TIME_ROOM];
};

/* What is known of a request so far. */
struct entry {
    struct access_log *log;
    weft_request *req;
    uint64_t begun_ns;
};

/* --- Lines ----------------------------------------------------------------------------- */

#define PUT(line, literal) weft__line_put((line), (literal), sizeof(literal) - 1)

static bool is_json(const struct access_log *log)
{
    if (log->options.format == WEFT_ACCESS_LOG_AUTO)
        return weft_log_current_format() == WEFT_LOG_JSON;
    return log->options.format == WEFT_ACCESS_LOG_JSON;
}

/* Formatted once a second. */
static const char *time_of(struct access_log *log, bool json)
{
    time_t now = time(NULL);
    struct tm utc;

    if (now != log->second || log->time[0] == '\0') {
        gmtime_r(&now, &utc);
        log->time[0] = '\0';
        strftime(log->time, sizeof(log->time),
                 json ? "%Y-%m-%dT%H:%M:%SZ" : "%d/%b/%Y:%H:%M:%S +0000", &utc);
        log->second = now;
    }
    return log->time;
}

static void put_target(struct line *line, const struct entry *entry,
                       void (*put)(struct line *line, const char *text))
{
    const char *query = weft_query_string(entry->req);

    put(line, weft_raw_path(entry->req));
    if (*query != '\0' && !entry->log->options.hide_query) {
        PUT(line, "?");
        put(line, query);
    }
}

static void put_quoted_header(struct line *line, const weft_request *req, const char *name)
{
    const char *value = weft_header(req, name);

    PUT(line, " \"");
    weft__line_quoted(line, value == NULL ? "-" : value);
    PUT(line, "\"");
}

static void put_word(struct line *line, const char *text)
{
    if (*text == '\0')
        PUT(line, "-");
    weft__line_quoted(line, text);
}

static uint64_t status_of(const weft_request *req)
{
    int status = weft_sent_status(req);

    return status == 0 ? CLIENT_LEFT : (uint64_t)status;
}

static void write_text(struct line *line, const struct entry *entry, uint64_t duration_us)
{
    weft_request *req = entry->req;
    const char *id = weft_request_id(req);
    const char *now = time_of(entry->log, false);

    put_word(line, weft_remote(req));
    PUT(line, " - - [");
    weft__line_put(line, now, strlen(now));
    PUT(line, "] \"");
    weft__line_quoted(line, weft_method(req));
    PUT(line, " ");
    put_target(line, entry, weft__line_quoted);
    PUT(line, " ");
    weft__line_quoted(line, weft_protocol(req));
    PUT(line, "\" ");
    weft__line_number(line, status_of(req));
    PUT(line, " ");
    weft__line_number(line, weft_body_sent(entry->req));
    put_quoted_header(line, req, "Referer");
    put_quoted_header(line, req, "User-Agent");
    PUT(line, " ");
    weft__line_number(line, duration_us);
    PUT(line, "us ");
    put_word(line, id == NULL ? "" : id);
}

/* ,"key":"value", where there is a value */
static void put_json_member(struct line *line, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    PUT(line, ",\"");
    weft__line_put(line, key, strlen(key));
    PUT(line, "\":\"");
    weft__line_json(line, value);
    PUT(line, "\"");
}

static void write_json(struct line *line, const struct entry *entry, uint64_t duration_us)
{
    weft_request *req = entry->req;
    const char *now = time_of(entry->log, true);

    PUT(line, "{\"time\":\"");
    weft__line_put(line, now, strlen(now));
    PUT(line, "\"");
    put_json_member(line, "remote", weft_remote(req));
    put_json_member(line, "method", weft_method(req));
    PUT(line, ",\"target\":\"");
    put_target(line, entry, weft__line_json);
    PUT(line, "\"");
    put_json_member(line, "protocol", weft_protocol(req));
    PUT(line, ",\"status\":");
    weft__line_number(line, status_of(req));
    PUT(line, ",\"bytes\":");
    weft__line_number(line, weft_body_sent(entry->req));
    PUT(line, ",\"duration_us\":");
    weft__line_number(line, duration_us);
    put_json_member(line, "referer", weft_header(req, "Referer"));
    put_json_member(line, "user_agent", weft_header(req, "User-Agent"));
    put_json_member(line, "request_id", weft_request_id(req));
    PUT(line, "}");
}

/* --- A request's way out --------------------------------------------------------------- */

/* When everything has been sent. */
static void finish(void *arg)
{
    struct entry *entry = arg;
    struct access_log *log = entry->log;
    uint64_t duration_us = (uv_hrtime() - entry->begun_ns) / 1000;
    struct line line;

    line.length = 0;
    if (is_json(log))
        write_json(&line, entry, duration_us);
    else
        write_text(&line, entry, duration_us);
    if (log->options.sink != NULL)
        log->options.sink(line.text, line.length, log->options.arg);
    else if (log->writer != NULL)
        weft_line_writer_put(log->writer, line.text, line.length); /* or it is counted */
}

static bool is_skipped(const struct access_log *log, const weft_request *req)
{
    for (char **path = log->skip; path != NULL && *path != NULL; path++) {
        if (strcmp(*path, weft_raw_path(req)) == 0)
            return true;
    }
    return false;
}

static weft_response *observe(weft_request *req, weft_next *next, void *arg)
{
    struct access_log *log = arg;
    struct entry *entry;

    if (is_skipped(log, req))
        return weft_proceed(req, next);
    entry = weft_alloc(req, sizeof(*entry));
    if (entry != NULL) {
        *entry = (struct entry){ .log = log, .req = req, .begun_ns = uv_hrtime() };
        (void)weft_remote(req); /* of a client that has left nobody could say it any more */
        (void)!weft_defer(req, finish, entry); /* without memory there is no line */
    }
    return weft_proceed(req, next);
}

/* --- Life ------------------------------------------------------------------------------ */

/* The writer is made where the app is served: its thread would not survive the fork of a
 * worker.
 */
static int start(weft_app *app, void *arg)
{
    struct access_log *log = arg;
    int fd = log->options.fd == 0 ? STDOUT_FILENO : log->options.fd;

    (void)app;
    if (log->options.sink != NULL)
        return 0;
    return weft_line_writer_new(fd, log->options.max_bytes, &log->writer);
}

static void stop(weft_app *app, void *arg)
{
    struct access_log *log = arg;
    uint64_t dropped = log->writer == NULL ? 0 : weft_line_writer_dropped(log->writer);

    (void)app;
    if (dropped > 0)
        weft_log(WEFT_LOG_WARNING, "%llu lines of the access log were dropped",
                 (unsigned long long)dropped);
    weft_line_writer_free(log->writer);
    log->writer = NULL;
}

static void release(void *arg)
{
    struct access_log *log = arg;

    for (char **path = log->skip; path != NULL && *path != NULL; path++)
        free(*path);
    free(log->skip);
    free(log);
}

static int copy_skip(struct access_log *log, const char *const *paths)
{
    size_t count = 0;

    while (paths[count] != NULL)
        count++;
    log->skip = calloc(count + 1, sizeof(*log->skip));
    if (log->skip == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        log->skip[i] = strdup(paths[i]);
        if (log->skip[i] == NULL)
            return UV_ENOMEM;
    }
    return 0;
}

static struct access_log *make(const weft_access_log_options *options)
{
    struct access_log *log = calloc(1, sizeof(*log));

    if (log == NULL)
        return NULL;
    if (options != NULL)
        log->options = *options;
    if (log->options.skip != NULL && copy_skip(log, log->options.skip) < 0) {
        release(log);
        return NULL;
    }
    return log;
}

int weft_use_access_log(weft_app *app, const weft_access_log_options *options)
{
    struct access_log *log = make(options);
    int rc;

    if (log == NULL) {
        weft_app_complain(app, "access log: memory is out");
        return UV_ENOMEM;
    }
    rc = weft_app_own(app, log, release);
    if (rc == 0)
        rc = weft_on_lifespan(app, start, stop, log);
    return rc < 0 ? rc : weft_use(app, observe, log);
}
