/*
 * api/test_reply.c - responses from bytes, for the test client (RFC 9112, 4 to 7).
 *
 * Takes what a well-behaved client takes and no more, so that a malformed response fails the
 * test that got it.  The input is parsed anew whenever more of it has come.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/test_client.h"

/* What is left to read. */
struct reader {
    const char *at;
    const char *end;
};

enum { MORE = -1, MALFORMED = -2 };

/* The length of the line at the front without CRLF, which is then skipped; MORE; MALFORMED. */
static long take_line(struct reader *in, const char **ret_line)
{
    const char *lf = memchr(in->at, '\n', (size_t)(in->end - in->at));

    if (lf == NULL)
        return MORE;
    if (lf == in->at || lf[-1] != '\r')
        return MALFORMED;
    *ret_line = in->at;
    in->at = lf + 1;
    return lf - 1 - *ret_line;
}

/* "HTTP/1.1 200 OK" */
static int take_status(struct reader *in)
{
    const char *line;
    long length = take_line(in, &line);
    int status = 0;

    if (length < 0)
        return (int)length;
    if (length < 13 || memcmp(line, "HTTP/1.1 ", 9) != 0 || line[12] != ' ')
        return MALFORMED;
    for (int i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return MALFORMED;
        status = status * 10 + (line[i] - '0');
    }
    return status < 100 ? MALFORMED : status;
}

static int parse_field(weft_test_header *ret, struct weft__arena *arena, const char *line,
                       size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *value;
    size_t name_length;

    if (colon == NULL || colon == line || colon[-1] == ' ')
        return MALFORMED;
    name_length = (size_t)(colon - line);
    value = colon + 1;
    while (value < line + length && *value == ' ')
        value++;
    ret->name = weft__arena_strndup(arena, line, name_length);
    ret->value = weft__arena_strndup(arena, value, (size_t)(line + length - value));
    return ret->name == NULL || ret->value == NULL ? UV_ENOMEM : 0;
}

/* Up to the empty line.  0 or a code. */
static int take_fields(struct reader *in, struct weft__arena *arena,
                       const weft_test_header **ret)
{
    weft_test_header *fields = NULL;
    size_t count = 0;

    for (;;) {
        const char *line;
        long length = take_line(in, &line);
        size_t bytes = count * sizeof(*fields);
        int rc;

        if (length < 0)
            return (int)length;
        fields = weft__arena_realloc(arena, fields, bytes, bytes + sizeof(*fields));
        if (fields == NULL)
            return UV_ENOMEM;
        fields[count] = (weft_test_header){ NULL, NULL };
        *ret = fields;
        if (length == 0)
            return 0;
        rc = parse_field(&fields[count++], arena, line, (size_t)length);
        if (rc < 0)
            return rc;
    }
}

const char *weft_test_header_of(const weft_test_reply *reply, const char *name)
{
    for (const weft_test_header *field = reply->headers; field != NULL && field->name != NULL;
         field++) {
        if (strcasecmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}

/* --- The body -------------------------------------------------------------------------- */

static int take_bytes(struct reader *in, weft_test_reply *reply, struct weft__arena *arena,
                      size_t length)
{
    char *body;

    if ((size_t)(in->end - in->at) < length)
        return MORE;
    body = weft__arena_strndup(arena, in->at, length);
    if (body == NULL)
        return UV_ENOMEM;
    in->at += length;
    reply->body = body;
    reply->body_length = length;
    return 0;
}

/* The size of the next chunk, MORE or MALFORMED. */
static long take_size(struct reader *in)
{
    const char *line;
    long length = take_line(in, &line);
    long size = 0;

    if (length < 0)
        return length;
    if (length == 0 || length > 8)
        return MALFORMED;
    for (long i = 0; i < length; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = memchr(digits, line[i] | 0x20, 16);

        if (digit == NULL)
            return MALFORMED;
        size = size * 16 + (digit - digits);
    }
    return size;
}

static int take_chunks(struct reader *in, weft_test_reply *reply, struct weft__arena *arena)
{
    char *body = weft__arena_alloc(arena, (size_t)(in->end - in->at) + 1);
    const weft_test_header *trailers;
    size_t at = 0;

    if (body == NULL)
        return UV_ENOMEM;
    for (;;) {
        long size = take_size(in);

        if (size < 0)
            return (int)size;
        if (size == 0)
            break;
        if (in->end - in->at < size + 2)
            return MORE;
        if (memcmp(in->at + size, "\r\n", 2) != 0)
            return MALFORMED;
        memcpy(body + at, in->at, (size_t)size);
        at += (size_t)size;
        in->at += size + 2;
    }
    body[at] = '\0';
    reply->body = body;
    reply->body_length = at;
    return take_fields(in, arena, &trailers);
}

/* -1 when it is none. */
static long length_of(const char *text)
{
    long length = 0;

    if (*text == '\0' || strlen(text) > 15)
        return MALFORMED;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return MALFORMED;
        length = length * 10 + (*text - '0');
    }
    return length;
}

/* RFC 9112, 6.3: how the body ends. */
static int take_body(struct reader *in, weft_test_reply *reply, struct weft__arena *arena,
                     bool closed, bool head)
{
    const char *coding = weft_test_header_of(reply, "Transfer-Encoding");
    const char *text = weft_test_header_of(reply, "Content-Length");
    long length;

    if (coding != NULL && (text != NULL || strcmp(coding, "chunked") != 0))
        return MALFORMED;
    length = text == NULL ? 0 : length_of(text);
    if (length < 0)
        return MALFORMED;
    if (head || reply->status < 200 || reply->status == 204 || reply->status == 304)
        return take_bytes(in, reply, arena, 0);
    if (coding != NULL)
        return take_chunks(in, reply, arena);
    if (text != NULL)
        return take_bytes(in, reply, arena, (size_t)length);
    return closed ? take_bytes(in, reply, arena, (size_t)(in->end - in->at)) : MORE;
}

static int take_message(struct reader *in, weft_test_reply *reply, struct weft__arena *arena,
                        bool closed, bool head)
{
    int rc = take_status(in);

    if (rc < 0)
        return rc;
    reply->status = rc;
    rc = take_fields(in, arena, &reply->headers);
    if (rc < 0)
        return rc;
    return take_body(in, reply, arena, closed, head);
}

long weft__test_parse_reply(weft_test_reply *ret, struct weft__arena *arena, const char *bytes,
                            size_t length, bool closed, bool head)
{
    struct reader in = { bytes, length > 0 ? bytes + length : bytes };
    weft_test_reply reply;
    int rc;

    do {
        reply = (weft_test_reply){ .status = 0 };
        rc = in.at == in.end ? MORE : take_message(&in, &reply, arena, closed, head);
        if (rc == MORE)
            return 0;
        if (rc < 0)
            return rc == MALFORMED ? WEFT_EPROTO : rc;
    } while (reply.status < 200);
    *ret = reply;
    return in.at - bytes;
}
