/*
 * Responses: streamed, framed, held back by a slow client, broken off.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { PIECE = 30000 };

static HARNESS_GATE(gate);
static char piece[PIECE];
static size_t total;      /* of /stream */
static size_t written;    /* of it, so far */
static int last_rc;       /* of the last write */
static bool handler_done; /* the last handler has returned */
static char *body;        /* of /large */
static size_t body_length;

static const struct weft__reply ok = { .status = 200 };

/* Write `total` bytes by pieces. */
static void write_pieces(weft_request *req)
{
    handler_done = false;
    last_rc = 0;
    for (written = 0; written < total && last_rc == 0; written += PIECE)
        last_rc =
            weft__request_write(req, piece, total - written < PIECE ? total - written : PIECE);
    if (last_rc == 0)
        last_rc = weft__request_end(req, NULL);
    handler_done = true;
}

static void stream(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    write_pieces(req);
}

static void stream_of_length(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, (int64_t)total)));
    write_pieces(req);
}

static void three(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    cr_expect(zero(int, weft__request_write(req, "one", 3)));
    cr_expect(zero(int, weft__request_write(req, "", 0)));
    cr_expect(zero(int, weft__request_write(req, "eleven chars", 12)));
    cr_expect(eq(int, weft__request_begin(req, &ok, -1), WEFT_ESENT));
    cr_expect(eq(int, harness_reply(req, 200, "no"), WEFT_ESENT));
    cr_expect(zero(int, weft__request_end(req, NULL)));
    cr_expect(eq(int, weft__request_end(req, NULL), WEFT_EMISUSE));
    cr_expect(eq(int, weft__request_write(req, "no", 2), WEFT_EMISUSE));
}

static void three_of_length(weft_request *req)
{
    cr_expect(eq(int, weft__request_write(req, "no", 2), WEFT_EMISUSE));
    cr_expect(eq(int, weft__request_end(req, NULL), WEFT_EMISUSE));
    cr_expect(zero(int, weft__request_begin(req, &ok, 6)));
    cr_expect(zero(int, weft__request_write(req, "one", 3)));
    cr_expect(eq(int, weft__request_write(req, "four", 4), WEFT_ELIMIT));
    cr_expect(zero(int, weft__request_write(req, "two", 3)));
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

static void empty_stream(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

static void for_head(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    last_rc = weft__request_write(req, "one", 3);
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

static void without_body(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &(struct weft__reply){ .status = 304 }, 10)));
    last_rc = weft__request_write(req, "one", 3);
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

static int write_some(void *arg)
{
    return weft__request_write(arg, piece, 20000);
}

/* Two tasks write the last bytes, where the client has room for none: one may. */
static void shared_of_length(weft_request *req)
{
    weft_task *tasks[2];
    int rcs[2];

    cr_expect(zero(int, weft__request_begin(req, &ok, 100000)));
    for (int i = 0; i < 4; i++)
        cr_expect(zero(int, write_some(req)));
    for (int i = 0; i < 2; i++)
        cr_expect(zero(int, weft_spawn(&tasks[i], write_some, req)));
    for (int i = 0; i < 2; i++)
        cr_expect(zero(int, weft_task_join(tasks[i], &rcs[i])));
    cr_expect(zero(int, rcs[0]));
    cr_expect(eq(int, rcs[1], WEFT_ELIMIT));
    cr_expect(zero(int, weft__request_end(req, NULL)));
}

/* One task waits with a piece when another one ends the stream. */
static void shared_and_ended(weft_request *req)
{
    weft_task *task;
    int rc;

    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    for (int i = 0; i < 4; i++)
        cr_expect(zero(int, write_some(req)));
    cr_expect(zero(int, weft_spawn(&task, write_some, req)));
    cr_expect(zero(int, weft_yield()));
    cr_expect(zero(int, weft__request_end(req, NULL)));
    cr_expect(zero(int, weft_task_join(task, &rc)));
    cr_expect(eq(int, rc, WEFT_EMISUSE));
}

static void not_ended(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    cr_expect(zero(int, weft__request_write(req, "one", 3)));
}

static void too_short(weft_request *req)
{
    cr_expect(zero(int, weft__request_begin(req, &ok, 4)));
    cr_expect(zero(int, weft__request_write(req, "one", 3)));
    last_rc = weft__request_end(req, NULL);
}

static void large(weft_request *req)
{
    handler_done = false;
    last_rc = weft__request_send(req, &ok, body, body_length);
    handler_done = true;
}

/* Bytes one by one, to a client that has room for all of them, until something ends it. */
static void endless(weft_request *req)
{
    handler_done = false;
    cr_expect(zero(int, weft__request_begin(req, &ok, -1)));
    do {
        last_rc = weft__request_write(req, "x", 1);
    } while (last_rc == 0);
    handler_done = true;
}

static void small(weft_request *req)
{
    (void)harness_reply(req, 200, "small");
}

static void wait_then_small(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    small(req);
}

static const struct harness_route routes[] = {
    { "/stream", stream },
    { "/length", stream_of_length },
    { "/three", three },
    { "/three-length", three_of_length },
    { "/empty", empty_stream },
    { "/head", for_head },
    { "/304", without_body },
    { "/shared-length", shared_of_length },
    { "/shared-ended", shared_and_ended },
    { "/not-ended", not_ended },
    { "/too-short", too_short },
    { "/large", large },
    { "/endless", endless },
    { "/small", small },
    { "/wait", wait_then_small },
    { 0 },
};

static struct harness h;
static struct weft__memory_client *client;

static void start(void)
{
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
}

/* What the server holds for the client's sake. */
static size_t held(void)
{
    const struct weft__conn *conn = harness_conn(client);
    size_t bytes = h.server->cork.bytes.room;

    if (conn == NULL)
        return bytes;
    bytes += conn->own.room;
    if (conn->out != NULL)
        bytes += conn->out->sending.room + conn->out->next.room;
    return bytes;
}

/* Read to the end, a turn of the loop after each; how many bytes came. */
static size_t read_all(size_t expected)
{
    size_t count = 0;

    while (count < expected) {
        size_t length;

        weft__memory_received(client, &length);
        cr_assert(gt(sz, length, 0), "nothing comes after %zu bytes", count);
        count += length;
        weft__memory_consume(client, length);
        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        cr_assert(lt(sz, held(), 1024 * 1024));
    }
    return count;
}

/* --- Framing --------------------------------------------------------------------------- */

WEFT_TEST(request_send, streams_in_chunks)
{
    start();
    harness_send(client, GET("/three") GET("/empty") GET("/small"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\none\r\nc\r\neleven chars\r\n0\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    cr_expect(eq(sz, client->writes, 1));
    harness_close(&h);
}

WEFT_TEST(request_send, streams_of_known_length_are_not_chunked)
{
    start();
    harness_send(client, GET("/three-length") GET("/small"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nonetwo"
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    harness_close(&h);
}

/* HTTP/1.0 knows no chunks: the end of the connection is the end of the body. */
WEFT_TEST(request_send, streams_to_http_1_0_until_it_closes)
{
    start();
    harness_send(client, "GET /three HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    harness_expect(client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                           "oneeleven chars");
    cr_expect(weft__memory_closed(client));
    client = harness_connect(&h);
    harness_send(client, "GET /three-length HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
                           "Connection: keep-alive\r\n\r\nonetwo");
    cr_expect(not(weft__memory_closed(client)));
    harness_close(&h);
}

WEFT_TEST(request_send, streams_nothing_to_head)
{
    start();
    harness_send(client, "HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n" GET("/small"));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_expect(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    harness_send(client, GET("/304") GET("/small"));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_expect(client, "HTTP/1.1 304 Not Modified\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    harness_close(&h);
}

/* Every size around the limits of the buffers, in order, intact. */
WEFT_TEST(request_send, sends_bodies_of_every_size)
{
    static const size_t sizes[] = { 0,
                                    1,
                                    WEFT__COPY_MAX - 1,
                                    WEFT__COPY_MAX,
                                    WEFT__COPY_MAX + 1,
                                    WEFT__CORK_HIGH,
                                    WEFT__OUT_HIGH - 1,
                                    WEFT__OUT_HIGH,
                                    WEFT__OUT_HIGH + 1,
                                    1000000 };
    static const size_t windows[] = { SIZE_MAX, 100, 20000 };
    char *bytes = malloc(1000000);

    cr_assert(ne(ptr, bytes, NULL));
    for (size_t i = 0; i < 1000000; i++)
        bytes[i] = (char)(i * 7919 >> 3);
    body = bytes;
    for (size_t i = 0; i < 30; i++) {
        struct weft__buffer all;
        struct harness_response response;

        body_length = sizes[i / 3];
        weft__buffer_init(&all, SIZE_MAX / 2);
        start();
        weft__memory_set_window(client, windows[i % 3]);
        harness_send(client, GET("/small") GET("/large") GET("/small"));
        for (size_t length = 1; length > 0;) {
            const char *data = weft__memory_received(client, &length);

            cr_assert(zero(int, weft__buffer_append(&all, data, length)));
            weft__memory_consume(client, length);
            uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
            weft__memory_received(client, &length);
        }
        cr_assert(harness_parse(all.data, all.length, false, false, &response));
        weft__buffer_consume(&all, response.bytes);
        free(response.body);
        cr_assert(harness_parse(all.data, all.length, false, false, &response));
        cr_expect(eq(sz, response.body_length, body_length));
        cr_expect(zero(int, memcmp(response.body, body, body_length)));
        weft__buffer_consume(&all, response.bytes);
        free(response.body);
        cr_assert(harness_parse(all.data, all.length, false, false, &response));
        cr_expect(eq(sz, response.bytes, all.length));
        free(response.body);
        weft__buffer_done(&all);
        harness_close(&h);
    }
    free(bytes);
}

/* --- Broken promises of a handler: the client must see that the body is not whole ------ */

static void aborted(const char *path)
{
    char wire[200];
    struct harness_response response;
    size_t length;
    const char *data;

    start();
    snprintf(wire, sizeof(wire), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n" GET("/small"), path);
    harness_send(client, wire);
    harness_turns(&h);
    data = weft__memory_received(client, &length);
    cr_expect(not(harness_parse(data, length, false, true, &response)), "%s", path);
    cr_expect(weft__memory_closed(client), "%s", path);
    cr_expect(zero(sz, weft__server_stats(h.server).connections), "%s", path);
    harness_close(&h);
}

WEFT_TEST(request_send, aborts_a_stream_that_is_not_ended)
{
    aborted("/not-ended");
}

WEFT_TEST(request_send, aborts_a_stream_that_is_too_short)
{
    aborted("/too-short");
    cr_expect(eq(int, last_rc, WEFT_EMISUSE));
}

/* --- A slow client --------------------------------------------------------------------- */

WEFT_TEST(request_send, holds_a_stream_back_in_bounded_memory)
{
    static const size_t windows[] = { 0, 1, 1000, 100000 };

    total = 100 * 1000 * 1000;
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        start();
        weft__memory_set_window(client, windows[i]);
        harness_send(client, i % 2 == 0 ? GET("/stream") : GET("/length"));
        harness_turns(&h);
        cr_expect(not(handler_done));
        cr_expect(lt(sz, held(), 512 * 1024));
        cr_expect(lt(sz, written, 512 * 1024 + windows[i]));
        harness_close(&h);
        cr_expect(handler_done);
    }
}

/* The two answers in full, a stream or body of `total` bytes and a small one. */
static void reads_all(const char *wire)
{
    char heads[200];
    size_t length;

    length = (size_t)snprintf(heads, sizeof(heads),
                              "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall",
                              total);
    start();
    weft__memory_set_window(client, 100000);
    harness_send(client, wire);
    harness_turns(&h);
    cr_expect(not(handler_done));
    cr_expect(lt(sz, held(), 512 * 1024));
    cr_expect(eq(sz, read_all(total + length), total + length));
    cr_expect(handler_done);
    cr_expect(zero(int, last_rc));
    harness_close(&h);
}

WEFT_TEST(request_send, streams_as_fast_as_the_client_reads)
{
    total = 100 * 1000 * 1000;
    reads_all(GET("/length") GET("/small"));
}

WEFT_TEST(request_send, holds_a_large_body_back_in_bounded_memory)
{
    body_length = total = 20 * 1000 * 1000;
    body = calloc(1, total);
    cr_assert(ne(ptr, body, NULL));
    reads_all(GET("/large") GET("/small"));
    free(body);
}

/* A client that sends requests and reads nothing: the answers to them are bounded too. */
WEFT_TEST(request_send, holds_pipelined_answers_back_in_bounded_memory)
{
    static const char one[] = "GET /large HTTP/1.1\r\nHost: abcdefghij\r\n\r\n";
    char wire[99 * (sizeof(one) - 1) + 1];
    size_t requests = 0;

    body = piece;
    body_length = 10000;
    start();
    weft__memory_set_window(client, 0);
    for (size_t i = 0; i < 99; i++)
        memcpy(wire + i * (sizeof(one) - 1), one, sizeof(one));
    while (client->reading && requests < 100000) {
        harness_send(client, wire);
        requests += 99;
        harness_turns(&h);
        cr_assert(lt(sz, held(), 1024 * 1024), "after %zu requests", requests);
    }
    cr_expect(not(client->reading), "the client is held back as well");
    weft__memory_set_window(client, SIZE_MAX);
    harness_turns(&h);
    cr_expect(eq(sz, weft__server_stats(h.server).requests, requests));
    harness_close(&h);
}

/* What the tasks of a request write together is one response all the same. */
WEFT_TEST(request_send, keeps_the_framing_whoever_writes)
{
    static const char *const paths[] = { "/shared-length", "/shared-ended" };

    for (int i = 0; i < 2; i++) {
        struct harness_response response;
        char wire[200];

        start();
        weft__memory_set_window(client, 1000);
        snprintf(wire, sizeof(wire), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n" GET("/small"),
                 paths[i]);
        harness_send(client, wire);
        harness_turns(&h);
        weft__memory_set_window(client, SIZE_MAX);
        harness_turns(&h);
        cr_assert(harness_take(client, &response));
        cr_expect(eq(sz, response.body_length, i == 0 ? 100000 : 80000));
        free(response.body);
        harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
        harness_close(&h);
    }
}

/* --- The end of waiting ---------------------------------------------------------------- */

WEFT_TEST(request_send, gives_up_a_client_that_reads_nothing)
{
    uint32_t limit_ms;

    total = 10 * 1000 * 1000;
    start();
    h.server->options.min_write_rate = UINT32_MAX;
    limit_ms = h.server->options.write_timeout_ms;
    weft__memory_set_window(client, 1000);
    harness_send(client, GET("/stream"));
    harness_age(&h, limit_ms - 1000);
    cr_expect(not(weft__memory_closed(client)));
    weft__memory_consume(client, 1000); /* begins anew with each byte taken */
    harness_age(&h, limit_ms - 1000);
    harness_age(&h, limit_ms - 1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_age(&h, 2000);
    cr_expect(weft__memory_closed(client));
    cr_expect(handler_done);
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

/* Whether a client that took `bytes` in `ms`, and the little time that passes here, is kept. */
static bool keeps(size_t bytes, uint64_t ms)
{
    harness_age(&h, ms);
    weft__memory_consume(client, bytes);
    harness_age(&h, 0);
    return !weft__memory_closed(client);
}

static void start_reading(uint32_t rate, size_t window)
{
    total = 10 * 1000 * 1000;
    start();
    h.server->options.min_write_rate = rate;
    weft__memory_set_window(client, window);
    harness_send(client, GET("/stream"));
}

/* A byte every 29 s would do for the limit of silence. */
WEFT_TEST(request_send, gives_up_a_client_that_reads_too_slowly)
{
    static const struct {
        uint32_t rate;
        size_t bytes;
        uint64_t ms;
        bool kept;
    } cases[] = {
        { 100, 1, 4900, true }, /* too early to tell */
        { 100, 520, 5001, true },  { 100, 480, 5001, false }, { 100, 990, 9800, true },
        { 100, 960, 9800, false }, { 240, 1, 29000, false },  { UINT32_MAX, 1, 29000, true },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start_reading(cases[i].rate, 1000);
        cr_expect(eq(int, keeps(cases[i].bytes, cases[i].ms), cases[i].kept), "%zu", i);
        harness_close(&h);
    }
}

WEFT_TEST(request_send, counts_no_bytes_of_long_ago)
{
    start_reading(100, 40 * 1000);
    cr_expect(keeps(20 * 1000, 6000)); /* plenty for some minutes */
    cr_expect(keeps(1, 29000));
    cr_expect(keeps(1, 4900));
    cr_expect(not(keeps(1, 4900)));
    harness_close(&h);
}

/* Not only while a handler waits: also when the whole answer has been queued. */
WEFT_TEST(request_send, gives_up_a_client_that_does_not_take_the_answer)
{
    start();
    weft__memory_set_window(client, 10);
    harness_send(client, GET("/small"));
    harness_age(&h, h.server->options.write_timeout_ms + 1000);
    cr_expect(weft__memory_closed(client));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

WEFT_TEST(request_send, sends_the_rest_before_it_closes)
{
    start();
    weft__memory_set_window(client, 10);
    harness_send(client, "GET /small HTTP/1.0\r\n\r\n");
    harness_turns(&h);
    cr_expect(not(weft__memory_closed(client)));
    weft__memory_set_window(client, SIZE_MAX);
    cr_expect(weft__memory_closed(client));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
                           "small");
    harness_close(&h);
}

/* Beyond the time that an idle or lingering connection has, as long as the client reads. */
WEFT_TEST(request_send, sends_the_rest_however_long_it_takes)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsmall";

    start();
    h.server->options.min_write_rate = UINT32_MAX;
    weft__memory_set_window(client, 1);
    harness_send(client, "GET /small HTTP/1.0\r\n\r\n");
    for (size_t i = 0; i < sizeof(answer) - 1; i++) {
        cr_expect(eq(chr, *harness_text(client), answer[i]));
        harness_age(&h, h.server->options.write_timeout_ms - 1000);
        weft__memory_consume(client, 1);
    }
    harness_turns(&h);
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(request_send, ends_a_wait_when_the_client_resets)
{
    static const char *const paths[] = { GET("/stream"), GET("/large"),
                                         "POST /stream HTTP/1.1\r\nHost: a\r\n\r\n" };

    total = 10 * 1000 * 1000;
    body = piece;
    body_length = PIECE;
    for (size_t i = 0; i < 3; i++) {
        start();
        weft__memory_set_window(client, 1000);
        harness_send(client, GET("/small") GET("/small"));
        harness_send(client, paths[i]);
        harness_turns(&h);
        weft__memory_end(client, true);
        harness_turns(&h);
        cr_expect(handler_done);
        cr_expect(i == 1 || last_rc == WEFT_EGONE, "%d", last_rc);
        cr_expect(zero(sz, weft__server_stats(h.server).connections));
        harness_close(&h);
    }
}

WEFT_TEST(request_send, ends_a_wait_when_the_client_is_freed)
{
    total = 10 * 1000 * 1000;
    start();
    weft__memory_set_window(client, 1000);
    harness_send(client, GET("/stream"));
    harness_drop(&h, client);
    harness_turns(&h);
    cr_expect(handler_done);
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

WEFT_TEST(request_send, ends_a_wait_when_the_task_is_cancelled)
{
    total = 10 * 1000 * 1000;
    start();
    weft__memory_set_window(client, 1000);
    harness_send(client, GET("/stream"));
    weft_task_cancel(harness_conn(client)->task);
    harness_turns(&h);
    cr_expect(handler_done);
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    cr_expect(weft__memory_closed(client), "the stream was aborted");
    harness_close(&h);
}

/* --- One cork for all -----------------------------------------------------------------------
 */

/* An answer is in the cork when another connection's body finds that its client has gone. */
WEFT_TEST(request_send, loses_no_other_answer_when_writing_fails)
{
    struct weft__memory_client *other;
    size_t length;

    body = calloc(1, 1000000);
    body_length = 1000000;
    start();
    other = harness_connect(&h);
    weft__memory_set_window(other, 500000);
    harness_send(client, GET("/wait"));
    harness_send(other, "POST /large HTTP/1.1\r\nHost: a\r\n\r\n");
    harness_gate_open(&gate);
    weft__memory_received(other, &length);
    weft__memory_consume(other, length); /* both handlers go on in the next turn */
    other->reset = true;                 /* and here the first to know is who writes */
    harness_turns(&h);
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    harness_close(&h);
    free(body);
}

/* --- Others beside a stream -----------------------------------------------------------------
 */

WEFT_TEST(request_send, a_stream_that_never_waits_lets_others_run)
{
    struct weft__memory_client *other;

    start();
    harness_send(client, GET("/endless"));
    other = harness_connect(&h);
    for (int i = 0; i < 3; i++) {
        harness_send(other, GET("/small"));
        harness_turns(&h);
        harness_expect(other, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    }
    cr_expect(not(handler_done));
    weft__memory_end(client, true);
    cr_expect(harness_until(&h, handler_done));
    cr_expect(lt(int, last_rc, 0));
    harness_close(&h);
}
