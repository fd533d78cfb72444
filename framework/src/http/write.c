/*
 * http/write.c - see write.h.
 *
 * A head is measured first, so that room is made once and the rest is copying.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/write.h"

#include <string.h>
#include <weft/error.h>

#include "base/buffer.h"
#include "http/date.h"
#include "http/field.h"
#include "http/status.h"

#define LENGTH_NAME  "Content-Length: "
#define SERVER_NAME  "Server: "
#define CHUNKED_LINE "Transfer-Encoding: chunked\r\n"
#define CONTINUE     "HTTP/1.1 100 Continue\r\n\r\n"
#define LAST_CHUNK   "0\r\n\r\n"

/* The most that framing, connection and the empty line take. */
enum { OWN_BYTES = sizeof(CHUNKED_LINE) + WEFT__DECIMAL_MAX + 64 };

static const struct {
    const char *text;
    size_t length;
} connection_lines[][2] = {
    /* without Upgrade in the list, and with it */
    [WEFT__CONNECTION_DEFAULT] = { { "", 0 }, { "Connection: upgrade\r\n", 21 } },
    [WEFT__CONNECTION_CLOSE] = { { "Connection: close\r\n", 19 },
                                 { "Connection: close, upgrade\r\n", 28 } },
    [WEFT__CONNECTION_KEEP_ALIVE] = { { "Connection: keep-alive\r\n", 24 },
                                      { "Connection: keep-alive, upgrade\r\n", 33 } },
};

size_t weft__decimal(char *to, uint64_t number)
{
    size_t length = 1;

    for (uint64_t rest = number; rest >= 10; rest /= 10)
        length++;
    for (size_t at = length; at > 0; number /= 10)
        to[--at] = (char)('0' + number % 10);
    return length;
}

static char *put(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

/* A literal: the compiler turns it into a few stores. */
#define PUT(to, literal) put((to), (literal), sizeof(literal) - 1)

static bool is_framing(const struct weft__field *field)
{
    return (weft__field_known(field->name, field->name_length) & WEFT__FIELDS_FRAMING) != 0;
}

/* What the list takes at most: a name, ": ", a value and CRLF for each. */
static size_t measure_fields(const struct weft__fields *fields)
{
    size_t size = 0;

    for (unsigned i = 0; i < fields->count; i++)
        size += (size_t)fields->items[i].name_length + fields->items[i].value_length + 4;
    return size;
}

static char *put_fields(char *to, const struct weft__fields *fields)
{
    bool framing = (fields->known & WEFT__FIELDS_FRAMING) != 0;

    for (unsigned i = 0; i < fields->count; i++) {
        const struct weft__field *field = &fields->items[i];

        if (framing && is_framing(field))
            continue;
        to = put(to, field->name, field->name_length);
        to = PUT(to, ": ");
        to = put(to, field->value, field->value_length);
        to = PUT(to, "\r\n");
    }
    return to;
}

/* Whether the list holds the field itself; `known` may name one that was removed. */
static bool lists(const struct weft__fields *fields, enum weft__known_field bit,
                  const char *name, size_t length)
{
    return (fields->known & bit) != 0 && weft__fields_get(fields, name, length) != NULL;
}

static char *put_connection(char *to, const struct weft__response_head *head,
                            const struct weft__fields *fields)
{
    bool upgrade = lists(fields, WEFT__FIELD_UPGRADE, "upgrade", 7);

    return put(to, connection_lines[head->connection][upgrade].text,
               connection_lines[head->connection][upgrade].length);
}

static char *put_framing(char *to, const struct weft__response_head *head,
                         const struct weft__fields *fields)
{
    switch (head->framing) {
    case WEFT__FRAMING_LENGTH:
        to = PUT(to, LENGTH_NAME);
        to += weft__decimal(to, head->content_length);
        to = PUT(to, "\r\n");
        break;
    case WEFT__FRAMING_CHUNKED:
        to = PUT(to, CHUNKED_LINE);
        break;
    case WEFT__FRAMING_NONE:
        break;
    }
    if (head->connection != WEFT__CONNECTION_DEFAULT ||
        (fields->known & WEFT__FIELD_UPGRADE) != 0)
        to = put_connection(to, head, fields);
    return PUT(to, "\r\n");
}

static char *put_date(char *to, const struct weft__response_head *head)
{
    return head->date != NULL ? put(to, head->date->line, WEFT__DATE_LINE_LENGTH) : to;
}

static char *put_server(char *to, const struct weft__response_head *head)
{
    if (head->server == NULL)
        return to;
    to = PUT(to, SERVER_NAME);
    to = put(to, head->server, head->server_length);
    return PUT(to, "\r\n");
}

size_t weft__write_lines(char *to, const struct weft__response_head *head)
{
    return (size_t)(put_server(put_date(to, head), head) - to);
}

/* Date and Server, unless the list has them. */
static char *put_lines(char *to, const struct weft__response_head *head,
                       const struct weft__fields *fields)
{
    bool listed = (fields->known & (WEFT__FIELD_DATE | WEFT__FIELD_SERVER)) != 0;

    if (!listed && head->lines != NULL)
        return put(to, head->lines, head->lines_length);
    if (!listed || !lists(fields, WEFT__FIELD_DATE, "date", 4))
        to = put_date(to, head);
    if (!listed || !lists(fields, WEFT__FIELD_SERVER, "server", 6))
        to = put_server(to, head);
    return to;
}

int weft__write_head(struct weft__buffer *out, const struct weft__response_head *head)
{
    static const struct weft__fields none = { 0 };
    const struct weft__fields *fields = head->fields != NULL ? head->fields : &none;
    struct weft__status_line line = weft__status_line(head->status);
    size_t room = line.length + measure_fields(fields) + WEFT__DATE_LINE_LENGTH +
                  head->server_length + OWN_BYTES;
    char *from = weft__buffer_reserve(out, room);
    char *to = from;

    if (to == NULL)
        return out->failed;
    to = put(to, line.text, line.length);
    to = put_lines(to, head, fields);
    to = put_fields(to, fields);
    to = put_framing(to, head, fields);
    weft__buffer_add(out, (size_t)(to - from));
    return 0;
}

int weft__write_continue(struct weft__buffer *out)
{
    return weft__buffer_append(out, CONTINUE, sizeof(CONTINUE) - 1);
}

size_t weft__chunk_head(char *to, size_t length)
{
    char digits[16];
    size_t at = sizeof(digits);
    size_t count;

    do {
        digits[--at] = "0123456789abcdef"[length & 15];
        length >>= 4;
    } while (length > 0);
    count = sizeof(digits) - at;
    memcpy(to, digits + at, count);
    to[count++] = '\r';
    to[count++] = '\n';
    return count;
}

int weft__write_chunk(struct weft__buffer *out, const void *data, size_t length)
{
    char *to;

    if (length == 0)
        return out->failed;
    if (length > SIZE_MAX - WEFT__CHUNK_HEAD_MAX - WEFT__CHUNK_TAIL)
        return out->failed = WEFT_ELIMIT;
    to = weft__buffer_reserve(out, length + WEFT__CHUNK_HEAD_MAX + WEFT__CHUNK_TAIL);
    if (to == NULL)
        return out->failed;
    weft__buffer_add(out, weft__chunk_head(to, length));
    weft__buffer_append(out, data, length);
    return weft__buffer_append(out, "\r\n", 2);
}

int weft__write_last_chunk(struct weft__buffer *out)
{
    return weft__buffer_append(out, LAST_CHUNK, sizeof(LAST_CHUNK) - 1);
}

/* A first line with its CRLF, fields and an empty line. */
static int write_section(struct weft__buffer *out, const char *line, size_t length,
                         const struct weft__fields *fields)
{
    char *from = weft__buffer_reserve(out, length + measure_fields(fields) + 2);
    char *to = from;

    if (to == NULL)
        return out->failed;
    to = put(to, line, length);
    to = put_fields(to, fields);
    to = PUT(to, "\r\n");
    weft__buffer_add(out, (size_t)(to - from));
    return 0;
}

int weft__write_trailers(struct weft__buffer *out, const struct weft__fields *trailers)
{
    return write_section(out, "0\r\n", 3, trailers);
}

int weft__write_interim(struct weft__buffer *out, unsigned status,
                        const struct weft__fields *fields)
{
    struct weft__status_line line = weft__status_line(status);

    return write_section(out, line.text, line.length, fields);
}
