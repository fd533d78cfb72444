/*
 * Bodies of requests: read whole or by pieces, cut anywhere, over the limit, broken off, left.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server_harness.h"

#define POST(path)   "POST " path " HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED      "Transfer-Encoding: chunked\r\n\r\n"
#define ANSWER(n, b) "HTTP/1.1 200 OK\r\nContent-Length: " n "\r\n\r\n" b
#define REFUSED                                                              \
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n" \
    "Content-Length: 72\r\nConnection: close\r\n\r\n"                        \
    "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"the request is malformed\"}"
#define CLOSING(n, b) "HTTP/1.1 200 OK\r\nContent-Length: " n "\r\nConnection: close\r\n\r\n" b

static HARNESS_GATE(gate);
static uint64_t max_bytes = UINT64_MAX;
static int last_rc;     /* of the last read */
static int last_status; /* and the HTTP status of that */
static int served;      /* requests to /echo */

/* Answer with `length` bytes, or with the status of the code. */
static void answer(weft_request *req, int rc, const char *data, size_t length)
{
    last_rc = rc;
    last_status = req->body_status;
    if (rc < 0)
        (void)harness_reply(req, rc == WEFT_EGONE ? 400 : (unsigned)req->body_status, "");
    else
        cr_expect(zero(int, weft__request_send(req, &(struct weft__reply){ .status = 200 },
                                               data, length)));
}

static void echo(weft_request *req)
{
    int rc;

    served++;
    req->body.max_bytes = max_bytes;
    rc = weft__request_read_all(req);
    if (rc == 0) {
        cr_expect(zero(int, weft__request_read_all(req)), "a second time");
        cr_expect(zero(chr, req->whole.data[req->whole.length]));
    } else {
        cr_expect(eq(int, weft__request_read_all(req), rc), "a failure stays");
    }
    answer(req, rc, req->whole.data, req->whole.length);
}

static void pieces(weft_request *req)
{
    struct weft__buffer all;
    const char *piece;
    int rc;

    req->body.max_bytes = max_bytes;
    weft__buffer_init(&all, SIZE_MAX / 2);
    while ((rc = weft__request_read_some(req, &piece)) > 0) {
        cr_expect(le(int, rc, WEFT__CHUNK_MAX));
        cr_expect(zero(int, weft__buffer_append(&all, piece, (size_t)rc)));
    }
    if (rc == 0)
        cr_expect(zero(int, weft__request_read_some(req, &piece)), "the end stays the end");
    answer(req, rc, all.data, all.length);
    weft__buffer_done(&all);
}

static void ignore(weft_request *req)
{
    req->body.max_bytes = max_bytes;
    (void)harness_reply(req, 200, "");
}

static void wait_then_echo(weft_request *req)
{
    cr_expect(zero(int, harness_gate_wait(&gate)));
    echo(req);
}

static void answer_then_read(weft_request *req)
{
    (void)harness_reply(req, 200, "");
    last_rc = weft__request_read_all(req);
}

/* What has been read whole, by the piece, out of memory: it takes none, and waits for nobody.
 */
static void give_again(weft_request *req)
{
    const char *piece = NULL;
    size_t place = 0;
    size_t used = req->memory.used;

    cr_expect(eq(int, weft__request_read_some(req, &piece), (int)req->whole.length));
    cr_expect(eq(ptr, (void *)(uintptr_t)piece, req->whole.data));
    cr_expect(zero(int, weft__request_read_some(req, &piece)));
    cr_expect(zero(int, weft__request_read_some(req, &piece)), "the end stays the end");
    cr_expect(eq(int, weft__request_give_again(req, &place, &piece), (int)req->whole.length));
    cr_expect(eq(sz, place, req->whole.length));
    cr_expect(eq(ptr, req->chunk, NULL));
    cr_expect(eq(sz, req->memory.used, used));
}

static void again(weft_request *req)
{
    int rc = weft__request_read_all(req);

    if (rc == 0)
        give_again(req);
    answer(req, rc, req->whole.data, req->whole.length);
}

static void again_later(weft_request *req)
{
    int rc = weft__request_read_all(req);

    cr_expect(zero(int, rc));
    cr_expect(zero(int, harness_gate_wait(&gate)));
    weft_task_cancel(req->task); /* which it does not notice */
    give_again(req);
    last_rc = (int)req->whole.length;
}

static const struct harness_route routes[] = {
    { "/echo", echo },
    { "/pieces", pieces },
    { "/ignore", ignore },
    { "/wait", wait_then_echo },
    { "/answer", answer_then_read },
    { "/again", again },
    { "/later", again_later },
    { 0 },
};

static struct harness h;
static struct weft__memory_client *client;

static void start(void)
{
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
}

/* `count` times 'x', after `text`. */
static char *with_filler(const char *text, size_t count)
{
    size_t length = strlen(text);
    char *wire = malloc(length + count + 1);

    cr_assert(ne(ptr, wire, NULL));
    memcpy(wire, text, length);
    memset(wire + length, 'x', count);
    wire[length + count] = '\0';
    return wire;
}

static char *post_of(const char *path, size_t count)
{
    char head[200];

    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
             path, count);
    return with_filler(head, count);
}

/* --- Read ------------------------------------------------------------------------------ */

/* The request cut at every offset, and another one behind it: two answers, always the same. */
static void cut_everywhere(const char *wire, const char *answers)
{
    harness_open(&h, routes, NULL);
    for (size_t cut = 1; cut < strlen(wire); cut++) {
        client = harness_connect(&h);
        cr_expect(eq(sz, harness_give(client, wire, cut), cut));
        harness_turns(&h);
        harness_send(client, wire + cut);
        harness_turns(&h);
        harness_same(harness_text(client), answers, "%s cut at %zu", wire, cut);
        harness_drop(&h, client);
    }
    client = harness_connect(&h);
    harness_send_bytewise(&h, client, wire);
    harness_same(harness_text(client), answers, "%s by bytes", wire);
    harness_close(&h);
}

WEFT_TEST(request_body, is_read_whole_however_it_is_cut)
{
    cut_everywhere(POST("/echo") "Content-Length: 5\r\n\r\nhello" POST(
                       "/echo") "Content-Length: 0\r\n\r\n",
                   ANSWER("5", "hello") ANSWER("0", ""));
    cut_everywhere(POST("/echo") CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: r\r\n\r\n" POST(
                       "/echo") "Content-Length: 1\r\n\r\n!",
                   ANSWER("5", "abcde") ANSWER("1", "!"));
}

WEFT_TEST(request_body, that_was_read_whole_is_given_again)
{
    cut_everywhere(POST("/again") "Content-Length: 5\r\n\r\nhello" POST(
                       "/again") "Content-Length: 0\r\n\r\n",
                   ANSWER("5", "hello") ANSWER("0", ""));
    cut_everywhere(POST("/again") CHUNKED
                   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: r\r\n\r\n" POST("/again") CHUNKED
                   "0\r\n\r\n",
                   ANSWER("5", "abcde") ANSWER("0", ""));
}

WEFT_TEST(request_body, is_read_by_pieces_however_it_is_cut)
{
    cut_everywhere(POST("/pieces") "Content-Length: 5\r\n\r\nhello" POST(
                       "/echo") "Content-Length: 0\r\n\r\n",
                   ANSWER("5", "hello") ANSWER("0", ""));
    cut_everywhere(POST("/pieces") CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n" POST(
                       "/echo") "Content-Length: 1\r\n\r\n!",
                   ANSWER("5", "abcde") ANSWER("1", "!"));
}

WEFT_TEST(request_body, is_drained_however_it_is_cut)
{
    cut_everywhere(POST("/ignore") "Content-Length: 5\r\n\r\nhello" POST(
                       "/echo") "Content-Length: 0\r\n\r\n",
                   ANSWER("0", "") ANSWER("0", ""));
    cut_everywhere(POST("/ignore") CHUNKED
                   "3\r\nabc\r\n0\r\n\r\n" POST("/echo") "Content-Length: 1\r\n\r\n!",
                   ANSWER("0", "") ANSWER("1", "!"));
}

WEFT_TEST(request_body, may_be_larger_than_every_buffer)
{
    static const size_t sizes[] = { WEFT__READ_BUFFER - 1, WEFT__READ_BUFFER,
                                    WEFT__READ_BUFFER + 1, 1000000 };

    start();
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *wire = post_of(i % 2 == 0 ? "/echo" : "/pieces", sizes[i / 2]);
        struct harness_response response;

        harness_send_all(&h, client, wire, strlen(wire));
        cr_assert(harness_take(client, &response));
        cr_expect(eq(sz, response.body_length, sizes[i / 2]));
        cr_expect(eq(chr, response.body[sizes[i / 2] - 1], 'x'));
        free(response.body);
        free(wire);
    }
    harness_close(&h);
}

/* --- The limit ------------------------------------------------------------------------- */

static void limited(const char *wire, int status)
{
    struct harness_response response;

    max_bytes = 10;
    start();
    harness_push(client, wire);
    harness_turns(&h);
    cr_assert(harness_take(client, &response), "%s", wire);
    cr_expect(eq(int, response.status, status), "%s", wire);
    cr_expect(eq(int, response.close, status != 200), "%s", wire);
    cr_expect(eq(int, weft__memory_closed(client), status != 200), "%s", wire);
    cr_expect(eq(int, last_rc, status == 200 ? 0 : WEFT_ELIMIT), "%s", wire);
    free(response.body);
    harness_expect(client, "");
    harness_close(&h);
}

WEFT_TEST(request_body, has_a_limit)
{
    limited(POST("/echo") "Content-Length: 9\r\n\r\n012345678", 200);
    limited(POST("/echo") "Content-Length: 10\r\n\r\n0123456789", 200);
    limited(POST("/echo") "Content-Length: 11\r\n\r\n0123456789a", 413);
    limited(POST("/pieces") "Content-Length: 10\r\n\r\n0123456789", 200);
    limited(POST("/pieces") "Content-Length: 11\r\n\r\n0123456789a", 413);
    limited(POST("/echo") CHUNKED "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n", 200);
    limited(POST("/echo") CHUNKED "4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n", 413);
    limited(POST("/pieces") CHUNKED "4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n", 413);
    limited(POST("/echo") CHUNKED "ffffffffff\r\n", 413);
    limited(POST("/echo") "Content-Length: 9000000000000000000\r\n\r\nabc", 413);
}

/* The limit says what a handler takes, not what is thrown away for the connection's sake. */
WEFT_TEST(request_body, is_drained_beyond_the_limit)
{
    max_bytes = 10;
    start();
    harness_send(client, POST("/ignore") "Content-Length: 12\r\n\r\n0123456789ab");
    harness_send(client, POST("/ignore") CHUNKED "c\r\n0123456789ab\r\n0\r\n\r\n");
    harness_send(client, POST("/echo") "Content-Length: 2\r\n\r\nok");
    harness_expect(client, ANSWER("0", "") ANSWER("0", "") ANSWER("2", "ok"));
    harness_close(&h);
}

/* A length over the limit is refused before the client is asked to send. */
WEFT_TEST(request_body, over_the_limit_is_refused_without_continue)
{
    max_bytes = 10;
    start();
    harness_send(client, POST("/echo") "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    cr_expect(eq(int, harness_status(client), 413));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* --- Malformed ------------------------------------------------------------------------- */

static void malformed(const char *path, const char *chunks)
{
    char wire[500];

    served = 0;
    start();
    snprintf(wire, sizeof(wire), POST("%s") CHUNKED, path);
    harness_send(client, wire);
    harness_push(client, chunks);
    harness_push(client, POST("/echo") "Content-Length: 2\r\n\r\nno");
    harness_turns(&h);
    cr_expect(eq(int, last_rc, WEFT_EPROTO), "%s", wire);
    cr_expect(eq(int, last_status, 400), "%s", wire);
    harness_expect(client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                           "Connection: close\r\n\r\n");
    cr_expect(weft__memory_closed(client), "%s", wire);
    cr_expect(eq(int, served, strcmp(path, "/echo") == 0), "%s", wire);
    harness_close(&h);
}

WEFT_TEST(request_body, malformed_is_400_and_the_end)
{
    static const char *const wrong[] = {
        "x\r\n", "3\nabc\r\n0\r\n\r\n", "1\r\naXX0\r\n\r\n", "-1\r\n", "0x1\r\na\r\n",
        "\r\n",  "1;a\rb\r\nx",         "0\r\nHost\r\n\r\n"
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        malformed("/echo", wrong[i]);
        malformed("/pieces", wrong[i]);
    }
}

/* What comes wrong with its head is refused, whether the handler would read it or not; and what
 * follows is of no account. */
WEFT_TEST(request_body, malformed_beside_its_head_reaches_no_handler)
{
    static const char *const paths[] = { "/ignore", "/echo", "/pieces" };

    for (size_t i = 0; i < 3; i++) {
        char wire[200];

        snprintf(wire, sizeof(wire), POST("%s") CHUNKED "1\r\na\r\nx\r\n", paths[i]);
        start();
        served = 0;
        harness_push(client, wire);
        harness_push(client, POST("/echo") "Content-Length: 2\r\n\r\nno");
        harness_turns(&h);
        harness_expect(client, REFUSED);
        cr_expect(weft__memory_closed(client));
        cr_expect(zero(int, served));
        harness_close(&h);
    }
}

/* A handler that does not read it has answered already: the connection closes, no more. */
WEFT_TEST(request_body, malformed_and_not_read_closes)
{
    start();
    harness_send(client, POST("/ignore") CHUNKED);
    harness_push(client, "x\r\n");
    harness_push(client, POST("/echo") "Content-Length: 2\r\n\r\nno");
    harness_turns(&h);
    harness_expect(client, ANSWER("0", ""));
    cr_expect(weft__memory_closed(client));
    cr_expect(zero(int, served));
    harness_close(&h);
}

/* --- Left unread ----------------------------------------------------------------------- */

static void left_unread(size_t count, bool kept)
{
    char *wire = post_of("/ignore", count);
    size_t taken;

    start();
    taken = harness_give(client, wire, strlen(wire));
    harness_turns(&h);
    if (kept) {
        cr_expect(eq(sz, taken, strlen(wire)));
        harness_expect(client, ANSWER("0", ""));
        harness_send(client, POST("/echo") "Content-Length: 2\r\n\r\nok");
        harness_expect(client, ANSWER("2", "ok"));
    } else {
        harness_expect(client, CLOSING("0", ""));
        cr_expect(weft__memory_closed(client));
    }
    free(wire);
    harness_close(&h);
}

WEFT_TEST(request_body, left_unread_is_drained_within_a_bound)
{
    left_unread(1, true);
    left_unread(WEFT__DRAIN_MAX - 1, true);
    left_unread(WEFT__DRAIN_MAX, true);
    left_unread(WEFT__DRAIN_MAX + 1, false);
    left_unread(10000000, false);
}

/* One chunk, with `total` bytes in all; below 64 KiB of data it has four digits of size. */
static char *chunked_of(size_t total)
{
    size_t framing = strlen("ffff\r\n"
                            "\r\n0\r\n\r\n");
    char size[20];
    char *wire;

    snprintf(size, sizeof(size), "%04zx\r\n", total - framing);
    wire = with_filler(size, total - strlen(size));
    memcpy(wire + total - 7, "\r\n0\r\n\r\n", 7);
    return wire;
}

/* The size of the chunk comes with the head, so that the answer can tell. */
static void chunked_left_unread(size_t total, bool kept)
{
    char *chunks = chunked_of(total);
    char *wire = with_filler(POST("/ignore") CHUNKED, total);

    memcpy(wire + strlen(wire) - total, chunks, total);
    start();
    (void)harness_give(client, wire, strlen(wire));
    harness_turns(&h);
    if (kept) {
        harness_send(client, POST("/echo") "Content-Length: 2\r\n\r\nok");
        harness_expect(client, ANSWER("0", "") ANSWER("2", "ok"));
    } else {
        harness_expect(client, CLOSING("0", ""));
        cr_expect(weft__memory_closed(client));
    }
    free(chunks);
    free(wire);
    harness_close(&h);
}

/* Framing counts. */
WEFT_TEST(request_body, of_chunks_left_unread_is_drained_within_a_bound)
{
    chunked_left_unread(WEFT__DRAIN_MAX - 1, true);
    chunked_left_unread(WEFT__DRAIN_MAX, true);
    chunked_left_unread(WEFT__DRAIN_MAX + 1, false);
}

/* Chunks behind the answer, which could not tell: it closes without having said so. */
static void chunks_behind_the_answer(const char *chunks, size_t length, bool kept)
{
    start();
    harness_send(client, POST("/ignore") CHUNKED);
    harness_expect(client, ANSWER("0", ""));
    for (size_t at = 0; at < length; at += 1000) {
        (void)harness_give(client, chunks + at, length - at < 1000 ? length - at : 1000);
        harness_turns(&h);
    }
    cr_expect(eq(int, weft__memory_closed(client), !kept), "%zu bytes", length);
    if (kept) {
        harness_send(client, POST("/echo") "Content-Length: 2\r\n\r\nok");
        harness_expect(client, ANSWER("2", "ok"));
    }
    harness_close(&h);
}

WEFT_TEST(request_body, of_chunks_behind_the_answer_is_drained_within_the_same_bound)
{
    /* Seven bytes for two of data, and the end. */
    size_t small = (WEFT__DRAIN_MAX - 8) / 7;
    char *many = with_filler("", WEFT__DRAIN_MAX + 1);

    for (size_t total = WEFT__DRAIN_MAX - 1; total <= WEFT__DRAIN_MAX + 1; total++) {
        char *one = chunked_of(total);

        chunks_behind_the_answer(one, total, total <= WEFT__DRAIN_MAX);
        free(one);
    }
    for (size_t i = 0; i < small; i++)
        memcpy(many + 7 * i, "2\r\nxx\r\n", 7);
    for (size_t over = 0; over <= 1; over++) {
        size_t rest = WEFT__DRAIN_MAX + over - 7 * small;

        memset(many + 7 * small, '0', rest - 4); /* the size of the last chunk, however long */
        memcpy(many + 7 * small + rest - 4, "\r\n\r\n", 4);
        chunks_behind_the_answer(many, WEFT__DRAIN_MAX + over, over == 0);
    }
    free(many);
}

/* As soon as it is clear that it is too long. */
WEFT_TEST(request_body, of_chunks_is_not_drained_beyond_the_bound)
{
    static char data[WEFT__DRAIN_MAX];

    memset(data, 'x', sizeof(data));
    start();
    harness_send(client, POST("/ignore") CHUNKED);
    harness_expect(client, ANSWER("0", ""));
    harness_send(client, "1ffff\r\n");
    harness_send_all(&h, client, data, WEFT__DRAIN_MAX - 8);
    harness_turns(&h);
    cr_expect(not(weft__memory_closed(client)));
    harness_push(client, "x");
    harness_turns(&h);
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(request_body, left_unread_is_not_waited_for_for_ever)
{
    start();
    harness_send(client, POST("/ignore") "Content-Length: 10\r\n\r\n12345");
    harness_expect(client, ANSWER("0", ""));
    harness_age(&h, h.server->options.body_timeout_ms - 1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_age(&h, 1000);
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* Nor is one that comes drop by drop: the time limit is one for all of it. */
WEFT_TEST(request_body, left_unread_is_not_drained_for_long)
{
    struct weft__server_options options = harness_options();
    uint64_t begin_ms;
    uint64_t now_ms;

    options.body_timeout_ms = 50;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
    harness_send(client, POST("/ignore") "Content-Length: 50000\r\n\r\n");
    begin_ms = now_ms = weft__loop_now_ms(h.loop);
    while (!weft__memory_closed(client) && now_ms - begin_ms < 5000) {
        uint64_t last_ms = now_ms;

        uv_run(weft_loop_uv(h.loop), UV_RUN_NOWAIT);
        now_ms = weft__loop_now_ms(h.loop);
        if (now_ms != last_ms)
            harness_push(client, "x");
    }
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* --- Expect: 100-continue (RFC 9110, 10.1.1) ------------------------------------------------
 */

#define EXPECT   "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

WEFT_TEST(request_body, is_asked_for_when_the_handler_reads)
{
    start();
    harness_send(client, POST("/echo") EXPECT);
    harness_expect(client, CONTINUE);
    harness_send(client, "ok" POST("/pieces") EXPECT);
    harness_expect(client, "");
    harness_turns(&h);
    harness_expect(client, ANSWER("2", "ok") CONTINUE);
    harness_send(client, "o");
    harness_turns(&h);
    harness_expect(client, "");
    harness_send(client, "k");
    harness_turns(&h);
    harness_expect(client, ANSWER("2", "ok"));
    harness_close(&h);
}

WEFT_TEST(request_body, is_not_asked_for_when_it_has_come)
{
    start();
    harness_send(client, POST("/echo") EXPECT "ok");
    harness_expect(client, ANSWER("2", "ok"));
    harness_close(&h);
}

/* The client may send the body or not: what follows cannot be told apart. */
WEFT_TEST(request_body, not_asked_for_closes)
{
    start();
    harness_send(client, POST("/ignore") EXPECT);
    harness_expect(client, CLOSING("0", ""));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(request_body, is_not_asked_for_behind_the_response)
{
    start();
    harness_send(client, POST("/answer") EXPECT);
    harness_turns(&h);
    harness_expect(client, CLOSING("0", ""));
    harness_send(client, "ok");
    harness_turns(&h);
    cr_expect(zero(int, last_rc));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(request_body, of_http_1_0_is_not_asked_for)
{
    start();
    harness_send(client, "POST /echo HTTP/1.0\r\n" EXPECT);
    harness_expect(client, "");
    harness_send(client, "ok");
    harness_turns(&h);
    harness_expect(client, CLOSING("2", "ok"));
    harness_close(&h);
}

/* --- Broken off ------------------------------------------------------------------------ */

static void broken_off(const char *wire, bool reset)
{
    last_rc = 1;
    start();
    harness_send(client, wire);
    weft__memory_end(client, reset);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, WEFT_EGONE), "%s", wire);
    if (!reset)
        harness_expect(client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                               "Connection: close\r\n\r\n");
    cr_expect(zero(sz, weft__server_stats(h.server).connections), "%s", wire);
    harness_close(&h);
}

WEFT_TEST(request_body, broken_off_is_gone)
{
    for (int reset = 0; reset < 2; reset++) {
        broken_off(POST("/echo") "Content-Length: 10\r\n\r\n", reset);
        broken_off(POST("/echo") "Content-Length: 10\r\n\r\n12345", reset);
        broken_off(POST("/pieces") "Content-Length: 10\r\n\r\n12345", reset);
        broken_off(POST("/echo") CHUNKED "5\r\n123", reset);
        broken_off(POST("/echo") CHUNKED "5\r\n12345\r\n0\r\n", reset);
    }
}

/* It is noticed at the next read where the handler was doing something else. */
WEFT_TEST(request_body, broken_off_while_nobody_reads_is_gone)
{
    start();
    harness_send(client, POST("/wait") "Content-Length: 10\r\n\r\n12345");
    weft__memory_end(client, false);
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, WEFT_EGONE));
    harness_close(&h);
}

/* What has been read whole stays, whoever leaves. */
WEFT_TEST(request_body, that_was_read_whole_is_given_again_when_the_client_is_gone)
{
    for (int reset = 0; reset <= 1; reset++) {
        start();
        last_rc = 0;
        harness_send(client, POST("/later") "Content-Length: 5\r\n\r\n12345");
        harness_turns(&h);
        weft__memory_end(client, reset != 0);
        harness_turns(&h);
        harness_gate_open(&gate);
        harness_turns(&h);
        cr_expect(eq(int, last_rc, 5));
        harness_close(&h);
    }
}

/* What came before the FIN is a whole request, and is served. */
WEFT_TEST(request_body, that_came_whole_before_the_fin_is_read)
{
    start();
    harness_send(client, POST("/wait") "Content-Length: 5\r\n\r\n12345");
    weft__memory_end(client, false);
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, CLOSING("5", "12345"));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* --- Stalled --------------------------------------------------------------------------- */

WEFT_TEST(request_body, that_stalls_is_408)
{
    struct weft__server_options options = harness_options();

    options.min_body_rate = UINT32_MAX;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
    harness_send(client, POST("/echo") "Content-Length: 10\r\n\r\n12345");
    harness_turns(&h);
    harness_age(&h, h.server->options.body_timeout_ms - 1000);
    harness_send(client, "6"); /* begins anew with each byte */
    harness_turns(&h);
    harness_age(&h, h.server->options.body_timeout_ms - 1000);
    harness_expect(client, "");
    harness_age(&h, 1000);
    cr_expect(eq(int, last_rc, UV_ETIMEDOUT));
    cr_expect(eq(int, last_status, 408));
    harness_expect(client, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n"
                           "Connection: close\r\n\r\n");
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* --- Too slow -------------------------------------------------------------------------- */

/* A client that sends `step` bytes every second, at 100 bytes a second: how many seconds until
 * it is refused, or 0 when all of the 2,000 bytes were taken. */
static int refused_after(size_t step)
{
    struct weft__server_options options = harness_options();
    char *bytes = with_filler("", 2000);
    int seconds = 0;

    options.min_body_rate = 100;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
    harness_send(client, POST("/echo") "Content-Length: 2000\r\n\r\n");
    for (size_t sent = 0; sent < 2000 && !weft__memory_closed(client); sent += step) {
        harness_age(&h, 1000);
        (void)harness_give(client, bytes + sent, step);
        harness_turns(&h);
        seconds++;
    }
    if (!weft__memory_closed(client))
        seconds = 0;
    cr_expect(eq(int, last_status, seconds == 0 ? 0 : 408));
    free(bytes);
    harness_close(&h);
    return seconds;
}

WEFT_TEST(request_body, that_drips_is_408)
{
    for (size_t step = 1; step <= 90; step++) {
        int seconds = refused_after(step);

        cr_expect(seconds == 5 || seconds == 6, "%zu a second: after %d", step, seconds);
    }
    cr_expect(zero(int, refused_after(125)), "faster than it must be");
    cr_expect(zero(int, refused_after(2000)));
}

/* --- Backpressure ---------------------------------------------------------------------------
 */

/* A handler that does not read holds the client back, in bounded memory. */
WEFT_TEST(request_body, that_nobody_reads_holds_the_client_back)
{
    char *wire = post_of("/wait", 10000000);
    size_t length = strlen(wire);
    struct harness_response response;
    size_t sent;

    start();
    sent = harness_give(client, wire, length);
    cr_expect(ge(sz, sent, WEFT__IN_HIGH));
    cr_expect(le(sz, sent, WEFT__IN_HIGH + WEFT__READ_BUFFER));
    cr_expect(le(sz, harness_conn(client)->own.room, 4 * WEFT__IN_HIGH));
    harness_turns(&h);
    cr_expect(zero(sz, harness_give(client, wire + sent, length - sent)));
    harness_gate_open(&gate);
    harness_turns(&h);
    while (sent < length) {
        size_t took = harness_give(client, wire + sent, length - sent);

        cr_assert(gt(sz, took, 0), "reading did not go on");
        sent += took;
        cr_expect(le(sz, harness_conn(client)->own.room, 4 * WEFT__IN_HIGH));
        harness_turns(&h);
    }
    cr_assert(harness_take(client, &response));
    cr_expect(eq(sz, response.body_length, 10000000));
    free(response.body);
    free(wire);
    harness_close(&h);
}
