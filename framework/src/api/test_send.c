/*
 * api/test_send.c - requests as bytes, and waiting for what comes back (weft/test.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <strings.h>

#include "api/test_client.h"

enum { WAIT_MS = 10000, CHUNK = 16 };

weft_test_reply weft__test_no_reply(const char *error)
{
    static const weft_test_header none[1];

    return (weft_test_reply){ .error = error, .headers = none, .body = "", .raw = "" };
}

/* --- Requests -------------------------------------------------------------------------- */

static bool has_header(const weft_test_request *request, const char *name)
{
    for (const weft_test_header *field = request->headers; field != NULL && field->name != NULL;
         field++) {
        if (strcasecmp(field->name, name) == 0)
            return true;
    }
    return false;
}

static void put_body(struct weft__buffer *out, const char *body, size_t length, bool chunked)
{
    for (size_t at = 0; chunked && at < length; at += CHUNK) {
        size_t part = length - at < CHUNK ? length - at : CHUNK;

        weft__buffer_printf(out, "%zx\r\n%.*s\r\n", part, (int)part, body + at);
    }
    if (chunked)
        weft__buffer_append(out, "0\r\n\r\n", 5);
    else
        weft__buffer_append(out, body, length);
}

static void put_request(struct weft__buffer *out, const char *method, const char *target,
                        const weft_test_request *request)
{
    const char *type = request->json != NULL   ? "application/json"
                       : request->form != NULL ? "application/x-www-form-urlencoded"
                                               : NULL;
    const char *body = request->json != NULL   ? request->json
                       : request->form != NULL ? request->form
                                               : request->body;
    size_t length = request->body_length; /* such a body need not end with a NUL */

    if (body == NULL || body != request->body || length == 0)
        length = body == NULL ? 0 : strlen(body);
    weft__buffer_printf(out, "%s %s HTTP/1.1\r\n", method, target);
    if (!has_header(request, "Host"))
        weft__buffer_printf(out, "Host: test\r\n");
    if (type != NULL && !has_header(request, "Content-Type"))
        weft__buffer_printf(out, "Content-Type: %s\r\n", type);
    for (const weft_test_header *field = request->headers; field != NULL && field->name != NULL;
         field++)
        weft__buffer_printf(out, "%s: %s\r\n", field->name, field->value);
    if (request->close)
        weft__buffer_printf(out, "Connection: close\r\n");
    if (request->chunked)
        weft__buffer_printf(out, "Transfer-Encoding: chunked\r\n");
    else if (body != NULL)
        weft__buffer_printf(out, "Content-Length: %zu\r\n", length);
    weft__buffer_append(out, "\r\n", 2);
    put_body(out, body, length, request->chunked);
}

/* --- Waiting --------------------------------------------------------------------------- */

/* Bytes on their way to the server. */
struct sending {
    struct weft__memory_client *client;
    const char *at;
    size_t left;
    size_t first; /* how many in the first piece; 0: as in the others */
    size_t step;  /* how many in each; 0: all */
};

/* Give the server what it takes now, at most one piece.  How many bytes it took. */
static size_t send_piece(struct sending *sending)
{
    size_t most = sending->first != 0 ? sending->first : sending->step;
    size_t piece = most != 0 && most < sending->left ? most : sending->left;
    size_t taken;

    if (piece == 0)
        return 0;
    sending->first = 0;
    taken = weft__memory_send(sending->client, sending->at, piece);
    sending->at += taken;
    sending->left -= taken;
    return taken;
}

/* One step of an exchange.  False when the time is up. */
static bool go_on(weft_test *test, struct sending *sending)
{
    size_t sent = send_piece(sending);
    size_t before;
    size_t after;

    weft__memory_received(sending->client, &before);
    weft__test_turn(test, false);
    weft__memory_received(sending->client, &after);
    if (sent == 0 && before == after && !weft__memory_closed(sending->client))
        weft__test_turn(test, true);
    return !test->late;
}

/* Complete a reply with what tells where it came from; the first `raw_length` bytes. */
static weft_test_reply finish(weft_test *test, weft_test_reply reply,
                              const struct weft__memory_client *client, size_t raw_length)
{
    struct weft__test_parsed *parsed = weft__arena_calloc(&test->arena, 1, sizeof(*parsed));
    size_t length;
    const char *bytes = weft__memory_received(client, &length);

    reply.closed = weft__memory_closed(client);
    reply.raw = raw_length == 0 ? "" : weft__arena_strndup(&test->arena, bytes, raw_length);
    reply.raw_length = raw_length;
    if (parsed == NULL || reply.raw == NULL)
        return weft__test_no_reply("memory is out");
    parsed->arena = &test->arena;
    reply.parsed = parsed;
    return reply;
}

/* What there is to say when no reply could be read. */
static const char *why_not(long parsed, bool closed, size_t length)
{
    if (parsed == WEFT_EPROTO)
        return "what came is no HTTP response";
    if (parsed < 0)
        return "memory is out";
    if (!closed)
        return "no complete response came in time";
    return length == 0 ? "the connection was closed without a response"
                       : "the connection was closed within the response";
}

/* --- One request ----------------------------------------------------------------------- */

static weft_test_reply exchange(weft_test *test, struct sending *sending, bool head)
{
    weft_test_reply reply = weft__test_no_reply(NULL);
    const char *bytes;
    bool in_time;
    bool closed;
    size_t length;
    long used;

    do {
        in_time = go_on(test, sending);
        closed = weft__memory_closed(sending->client);
        bytes = weft__memory_received(sending->client, &length);
        used = weft__test_parse_reply(&reply, &test->arena, bytes, length, closed, head);
    } while (used == 0 && in_time && !closed);
    if (used <= 0) {
        reply = weft__test_no_reply(why_not(used, closed, length));
        used = (long)length;
    }
    reply = finish(test, reply, sending->client, (size_t)used);
    weft__memory_consume(sending->client, (size_t)used);
    return reply;
}

static void drop_connection(weft_test *test)
{
    if (test->client != NULL)
        weft__memory_free(test->client);
    test->client = NULL;
}

weft_test_reply weft_test_send(weft_test *test, const char *method, const char *target,
                               const weft_test_request *request)
{
    static const weft_test_request nothing;
    struct weft__buffer bytes;
    struct sending sending;
    weft_test_reply reply;

    if (test->error != NULL)
        return weft__test_no_reply(test->error);
    if (test->client != NULL && weft__memory_closed(test->client))
        drop_connection(test);
    if (test->client == NULL && weft__memory_connect(test->server, &test->client) < 0)
        return weft__test_no_reply("memory is out");
    weft__buffer_init(&bytes, SIZE_MAX / 2);
    put_request(&bytes, method, target, request == NULL ? &nothing : request);
    if (bytes.failed < 0) {
        weft__buffer_done(&bytes);
        return weft__test_no_reply("memory is out");
    }
    sending =
        (struct sending){ .client = test->client, .at = bytes.data, .left = bytes.length };
    weft__test_start_timer(test, WAIT_MS);
    reply = exchange(test, &sending, strcmp(method, "HEAD") == 0);
    weft__test_stop_timer(test);
    weft__buffer_done(&bytes);
    if (reply.closed || reply.status == 0 || sending.left > 0)
        drop_connection(test);
    return reply;
}

/* --- Bytes as they are ----------------------------------------------------------------- */

/* Whether the server waits for a request on each of its connections. */
static bool is_idle(const weft_test *test)
{
    struct weft__server_stats stats = weft__server_stats(test->server);

    return stats.idle == stats.connections;
}

weft_test_reply weft__test_cut(weft_test *test, const void *bytes, size_t length,
                               const struct weft__test_cut *cut)
{
    weft_test_reply reply = weft__test_no_reply(NULL);
    struct weft__memory_client *client;
    struct sending sending;
    bool in_time = true;
    bool ended = false;
    bool sent;
    bool head = length >= 5 && memcmp(bytes, "HEAD ", 5) == 0;
    const char *got;
    size_t got_length;
    long used;

    if (test->error != NULL)
        return weft__test_no_reply(test->error);
    if (weft__memory_connect(test->server, &client) < 0)
        return weft__test_no_reply("memory is out");
    sending = (struct sending){
        .client = client, .at = bytes, .left = length, .first = cut->first, .step = cut->step
    };
    weft__test_start_timer(test, WAIT_MS);
    do {
        size_t left = sending.left;

        in_time = go_on(test, &sending);
        sent = sending.left < left;
        if ((cut->end || cut->reset) && sending.left == 0 && !ended) {
            weft__memory_end(client, cut->reset);
            ended = true;
        }
    } while (in_time && (weft__memory_closed(client) ? cut->insist && sent
                                                     : sending.left > 0 || !is_idle(test)));
    weft__test_stop_timer(test);

    got = weft__memory_received(client, &got_length);
    used = weft__test_parse_reply(&reply, &test->arena, got, got_length,
                                  weft__memory_closed(client), head);
    if (used <= 0)
        reply = weft__test_no_reply(why_not(used, weft__memory_closed(client), got_length));
    reply = finish(test, reply, client, got_length);
    weft__memory_free(client);
    weft__test_turn(test, false);
    return reply;
}

weft_test_reply weft_test_raw(weft_test *test, const void *bytes, size_t length, size_t step)
{
    return weft__test_cut(test, bytes, length, &(struct weft__test_cut){ .step = step });
}
