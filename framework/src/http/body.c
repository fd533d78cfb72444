/*
 * http/body.c - see body.h.
 *
 * A body of known length is counted; llhttp has nothing to add there.  Of a chunked body, the
 * guard checks a run of bytes before llhttp decodes it, and both must agree on where the
 * message ends.  llhttp reports data behind the place where it is put, so that decoding in
 * place moves every byte at most once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <string.h>

#include "http/trailer_section.h"

static struct weft__body *body_of(llhttp_t *parser)
{
    return (struct weft__body *)(void *)((char *)parser - offsetof(struct weft__body, parser));
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct weft__body *body = body_of(parser);

    if (body->out != at)
        memmove(body->out, at, length);
    body->out += length;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    body_of(parser)->ended = true;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* A parser that has read a request line, by the minor version.  Written when the library is
 * loaded. */
static llhttp_t behind_line[2];

__attribute__((constructor)) static void read_lines(void)
{
    static const char *const lines[] = { "GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\n" };

    for (int minor = 0; minor < 2; minor++) {
        llhttp_init(&behind_line[minor], HTTP_REQUEST, &settings);
        (void)llhttp_execute(&behind_line[minor], lines[minor], strlen(lines[minor]));
    }
}

void weft__body_prepare(struct weft__body *body, unsigned minor)
{
    body->parser = behind_line[minor];
    body->guard = (struct weft__chunk_guard){ 0 };
    body->out = NULL;
    body->received = 0;
    body->length = 0;
    body->max_bytes = UINT64_MAX;
    body->trailers = NULL;
    body->chunked = false;
    body->complete = false;
    body->ended = false;
    body->failed = 0;
}

int weft__body_feed_head(struct weft__body *body, const char *data, size_t length)
{
    int rc = (int)llhttp_execute(&body->parser, data, length);

    return rc == HPE_OK || rc == HPE_PAUSED_UPGRADE ? 0 : -400;
}

int weft__body_begin(struct weft__body *body, bool chunked, uint64_t length)
{
    body->chunked = chunked;
    body->length = length;
    body->complete = !chunked && length == 0;
    return body->complete == body->ended ? 0 : -400;
}

/* Bytes of the chunked coding that the guard has passed: to llhttp, or to the trailers. */
static int take_run(struct weft__body *body, const char *run, size_t length, bool skip,
                    bool trailers)
{
    int rc;

    if (skip)
        return trailers && body->trailers != NULL &&
                       weft__trailers_append(body->trailers, run, length) < 0
                   ? -500
                   : 0;
    rc = length == 0 ? HPE_OK : (int)llhttp_execute(&body->parser, run, length);
    return rc == HPE_OK || (rc == HPE_PAUSED_UPGRADE && body->ended) ? 0 : -400;
}

static int decode_chunked(struct weft__body *body, char *buf, size_t length, size_t *ret_used)
{
    size_t used = 0;

    body->out = buf;
    while (used < length && !body->complete) {
        bool trailers = weft__chunk_guard_in_trailers(&body->guard);
        bool skip;
        long run = weft__chunk_guard_run(&body->guard, buf + used, length - used,
                                         body->max_bytes, &skip);
        int rc = run < 0 ? (int)run : take_run(body, buf + used, (size_t)run, skip, trailers);

        if (rc < 0)
            return rc;
        used += (size_t)run;
        body->complete = weft__chunk_guard_done(&body->guard);
        if (body->complete != body->ended)
            return -400;
    }
    *ret_used = used;
    return 0;
}

static int decode(struct weft__body *body, char *buf, size_t length, size_t *ret_decoded,
                  size_t *ret_consumed)
{
    size_t take;
    int rc;

    if (!body->chunked) {
        if (body->length > body->max_bytes)
            return -413;
        take = length;
        if (take > body->length - body->received)
            take = (size_t)(body->length - body->received);
        *ret_decoded = *ret_consumed = take;
        body->received += take;
        body->complete = body->received == body->length;
        return 0;
    }
    rc = decode_chunked(body, buf, length, ret_consumed);
    if (rc < 0)
        return rc;
    *ret_decoded = (size_t)(body->out - buf);
    body->received += *ret_decoded;
    return 0;
}

int weft__body_decode(struct weft__body *body, char *buf, size_t length, size_t *ret_decoded,
                      size_t *ret_consumed)
{
    *ret_decoded = 0;
    *ret_consumed = 0;
    if (body->failed == 0 && !body->complete)
        body->failed = decode(body, buf, length, ret_decoded, ret_consumed);
    return body->failed;
}

/* Go through what has come of a chunked message with a guard of one's own.  0 or -400. */
static int look_ahead(struct weft__chunk_guard *guard, const char *buf, size_t length,
                      size_t *ret_used)
{
    size_t used = 0;

    while (used < length && !weft__chunk_guard_done(guard)) {
        bool skip;
        long run = weft__chunk_guard_run(guard, buf + used, length - used, UINT64_MAX, &skip);

        if (run < 0)
            return (int)run;
        used += (size_t)run;
    }
    *ret_used = used;
    return 0;
}

int weft__body_check(const struct weft__body *body, const char *buf, size_t length)
{
    struct weft__chunk_guard guard = body->guard;
    size_t used;

    return body->chunked ? look_ahead(&guard, buf, length, &used) : 0;
}

uint64_t weft__body_least_rest(const struct weft__body *body, const char *buf, size_t length)
{
    struct weft__chunk_guard guard = body->guard;
    size_t used = 0;

    if (!body->chunked)
        return body->length - body->received;
    if (look_ahead(&guard, buf, length, &used) < 0)
        return UINT64_MAX;
    return used + weft__chunk_guard_least(&guard);
}
