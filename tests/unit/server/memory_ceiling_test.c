/*
 * Ceilings of memory: of a request, and of the process.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

enum { BODY = 100000 };

static HARNESS_GATE(gate);
static size_t wanted;
static bool lacked;
static int last_rc;
static int last_status;

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static void allocate(weft_request *req)
{
    bool got = weft__arena_alloc(&req->arena, wanted) != NULL;

    lacked = weft__request_lacks_memory(req);
    cr_expect(eq(int, got, !lacked));
    (void)harness_reply(req, got ? 200 : 503, "");
}

static void read_whole(weft_request *req)
{
    last_rc = weft__request_read_all(req);
    last_status = req->body_status;
    (void)harness_reply(req, last_rc == 0 ? 200 : 503, "");
}

static void read_pieces(weft_request *req)
{
    const char *piece;

    do
        last_rc = weft__request_read_some(req, &piece);
    while (last_rc > 0);
    (void)harness_reply(req, last_rc == 0 ? 200 : 503, "");
}

static void wait_then_ok(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    ok(req);
}

static void wait_and_read(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    read_whole(req);
}

static const struct harness_route routes[] = { { "/", ok },
                                               { "/allocate", allocate },
                                               { "/whole", read_whole },
                                               { "/pieces", read_pieces },
                                               { "/later", wait_and_read },
                                               { "/wait", wait_then_ok },
                                               { 0 } };

static struct harness h;
static struct weft__memory_client *client;

static void start(size_t connection, bool apart)
{
    struct weft__server_options options = harness_options();

    options.max_connection_memory = connection;
    options.bodies_apart = apart;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
}

static void finish(void)
{
    harness_drop(&h, client);
    harness_turns(&h);
    harness_age(&h, 10000); /* requests in the pool are given back */
    harness_age(&h, 10000);
    cr_expect(zero(sz, h.server->memory.used), "all was given back");
    harness_close(&h);
}

static int post(const char *path)
{
    static char body[BODY];
    char head[100];

    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
             path, BODY);
    harness_send(client, head);
    harness_send_all(&h, client, body, BODY);
    harness_turns(&h);
    return harness_status(client);
}

WEFT_TEST(memory_ceiling, of_a_request_has_a_ceiling)
{
    static const size_t sizes[] = { 99984, 100000, 100016 };

    for (size_t i = 0; i < 3; i++) {
        start(100000, true);
        wanted = sizes[i];
        for (int again = 0; again < 2; again++) { /* the next request has all of it again */
            harness_send(client, GET("/allocate"));
            cr_expect(eq(int, harness_status(client), i < 2 ? 200 : 503), "%zu", sizes[i]);
        }
        finish();
    }
}

/* A body of 100,000 bytes takes no more than them, and a NUL: its length is known. */
WEFT_TEST(memory_ceiling, of_a_body_counts_where_the_ceiling_was_set)
{
    static const size_t ceilings[] = { 100001, 100000 };

    for (size_t i = 0; i < 2; i++) {
        start(ceilings[i], false);
        cr_expect(eq(int, post("/whole"), i == 0 ? 200 : 503));
        cr_expect(eq(int, last_rc, i == 0 ? 0 : UV_ENOMEM));
        cr_expect(eq(int, last_status, i == 0 ? 0 : 503));
        finish();
        start(ceilings[i], true);
        cr_expect(eq(int, post("/whole"), 200));
        finish();
    }
}

WEFT_TEST(memory_ceiling, of_pieces_counts)
{
    for (int over = 0; over < 2; over++) {
        start(WEFT__CHUNK_MAX - (size_t)over, true);
        cr_expect(eq(int, post("/pieces"), over == 0 ? 200 : 503));
        finish();
    }
}

/* As if the rest of the process had taken all of it. */
static void take_all(void)
{
    h.server->options.max_memory = 1;
    h.server->memory.max = 0;
}

static void give_back(void)
{
    h.server->options.max_memory = SIZE_MAX / 2;
    harness_age(&h, 1000);
    cr_expect(not(h.server->overloaded));
}

WEFT_TEST(memory_ceiling, of_the_process_ends_a_body)
{
    start(SIZE_MAX, true);
    harness_send(client,
                 "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n12345");
    take_all();
    harness_push(client,
                 "a further piece, for which there may be no room: "
                 "0123456789012345678901234567890123456789012345678901234567890123456789"
                 "0123456789012345678901234567890123456789012345678901234567890123456789"
                 "0123456789012345678901234567890123456789012345678901234567890123456789");
    harness_turns(&h);
    cr_expect(eq(int, harness_status(client), 503));
    cr_expect(eq(int, last_rc, UV_ENOMEM));
    cr_expect(eq(int, last_status, 503));
    finish();
}

WEFT_TEST(memory_ceiling, of_the_process_refuses_half_a_head)
{
    start(SIZE_MAX, true);
    take_all();
    harness_push(client, "GET / HT");
    harness_turns(&h);
    cr_expect(eq(int, harness_status(client), 503));
    finish();
}

/* Bytes that came before the handler asked for them, and could not be kept. */
WEFT_TEST(memory_ceiling, of_the_process_fails_a_body_that_came_early)
{
    start(SIZE_MAX, true);
    harness_send(client, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    take_all();
    harness_push(client, "01234");
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(eq(int, harness_status(client), 503));
    cr_expect(eq(int, last_rc, UV_ENOMEM));
    finish();
}

WEFT_TEST(memory_ceiling, of_the_process_above_its_ceiling_refuses_requests)
{
    struct weft__memory_client *idle;
    struct weft__memory_client *silent;

    start(SIZE_MAX, true);
    silent = harness_connect(&h);
    idle = harness_connect(&h);
    harness_send(idle, GET("/"));
    harness_expect(idle, OK);
    harness_send(client, GET("/wait"));
    take_all();
    harness_age(&h, 1000);
    cr_expect(h.server->overloaded);
    cr_expect(weft__memory_closed(idle), "idle ones go first");
    cr_expect(not(weft__memory_closed(client)));
    harness_push(silent, GET("/")); /* who has not asked yet is told */
    harness_turns(&h);
    cr_expect(ne(ptr, strstr(harness_text(silent), "\r\nRetry-After: 1\r\n"), NULL));
    cr_expect(eq(int, harness_status(silent), 503));
    harness_gate_open(&gate); /* what is being served goes on */
    harness_turns(&h);
    cr_expect(eq(int, harness_status(client), 200));
    give_back();
    idle = harness_connect(&h);
    harness_send(idle, GET("/"));
    harness_turns(&h);
    harness_expect(idle, OK);
    finish();
}

WEFT_TEST(memory_ceiling, of_the_process_may_have_no_ceiling)
{
    struct weft__server_options options = harness_options();

    cr_expect(lt(sz, options.max_memory, SIZE_MAX), "by default it has one");
    options.max_memory = SIZE_MAX;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
    harness_age(&h, 1000);
    cr_expect(eq(sz, h.server->memory.max, SIZE_MAX));
    finish();
}

/* Files that are no part of what is resident. */
WEFT_TEST(memory_ceiling, of_the_process_is_for_files_in_memory_too)
{
    size_t used;

    start((size_t)64 << 20, true);
    used = h.server->memory.used;
    h.server->memory.max = used + 1000;
    cr_expect(eq(int, weft__server_take_file_bytes(h.server, 1001), UV_ENOMEM));
    cr_expect(zero(sz, h.server->file_bytes));
    cr_expect(zero(int, weft__server_take_file_bytes(h.server, 1000)));
    cr_expect(eq(sz, h.server->file_bytes, 1000));
    cr_expect(eq(sz, h.server->memory.used, used + 1000));
    weft__server_give_file_bytes(h.server, 1000);
    cr_expect(zero(sz, h.server->file_bytes));
    finish();
}
