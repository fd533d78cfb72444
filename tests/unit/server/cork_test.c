/*
 * The cork: answers of many connections in one buffer, each to its own client, in its order.
 *
 * The tests append while handlers wait, which is what handlers do that answer in one turn.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { CLIENTS = 3 * WEFT__CORK_PARTS };

static HARNESS_GATE(gate);
static struct harness h;
static struct weft__memory_client *clients[CLIENTS];
static struct weft__conn *conns[CLIENTS];

static void wait_then_ok(weft_request *req)
{
    (void)harness_gate_wait(&gate);
    (void)harness_reply(req, 200, "");
}

static const struct harness_route routes[] = { { "/wait", wait_then_ok }, { 0 } };

/* `count` clients, each with a request whose handler waits. */
static void start(int count)
{
    harness_open(&h, routes, NULL);
    for (int i = 0; i < count; i++) {
        clients[i] = harness_connect(&h);
        harness_send(clients[i], GET("/wait"));
        conns[i] = harness_conn(clients[i]);
    }
}

static void append(int i, const char *text)
{
    cr_assert(zero(int, weft__buffer_append(weft__conn_out(conns[i]), text, strlen(text))));
    weft__conn_wrote(conns[i]);
}

/* Bytes that the client has received. */
static size_t held(int i)
{
    size_t length;

    weft__memory_received(clients[i], &length);
    return length;
}

static void finish(void)
{
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_close(&h);
}

WEFT_TEST(cork, keeps_the_parts_apart)
{
    start(3);
    append(0, "a");
    append(1, "bb");
    append(2, "ccc");
    append(2, "ccc");
    cr_expect(zero(sz, held(0)));
    weft__server_flush(&h.server->flush_hook);
    harness_expect(clients[0], "a");
    harness_expect(clients[1], "bb");
    harness_expect(clients[2], "cccccc");
    cr_expect(eq(sz, clients[2]->writes, 1));
    finish();
}

WEFT_TEST(cork, keeps_the_order_of_one_connection)
{
    start(2);
    append(0, "1");
    append(1, "-");
    append(0, "2"); /* the parts leave first */
    harness_expect(clients[0], "1");
    harness_expect(clients[1], "-");
    append(1, "+");
    append(0, "3");
    weft__server_flush(&h.server->flush_hook);
    harness_expect(clients[0], "23");
    harness_expect(clients[1], "+");
    finish();
}

WEFT_TEST(cork, takes_more_connections_than_it_has_parts)
{
    static const int counts[] = { WEFT__CORK_PARTS - 1, WEFT__CORK_PARTS, WEFT__CORK_PARTS + 1,
                                  CLIENTS };

    for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]); n++) {
        char text[20];

        start(counts[n]);
        for (int i = 0; i < counts[n]; i++) {
            snprintf(text, sizeof(text), "answer %d", i);
            append(i, text);
        }
        weft__server_flush(&h.server->flush_hook);
        for (int i = 0; i < counts[n]; i++) {
            snprintf(text, sizeof(text), "answer %d", i);
            harness_expect(clients[i], text);
        }
        finish();
    }
}

WEFT_TEST(cork, drops_the_part_of_a_closed_connection)
{
    for (int gone = 0; gone < 3; gone++) {
        start(3);
        for (int i = 0; i < 3; i++)
            append(i, "answer");
        weft__conn_close(conns[gone], true);
        cr_expect(zero(u8, conns[gone]->corked));
        weft__server_flush(&h.server->flush_hook);
        for (int i = 0; i < 3; i++)
            harness_expect(clients[i], i == gone ? "" : "answer");
        finish();
    }
}

WEFT_TEST(cork, writes_one_part_alone)
{
    for (int first = 0; first < 3; first++) {
        start(3);
        for (int i = 0; i < 3; i++)
            append(i, "answer");
        weft__conn_flush(conns[first]);
        harness_expect(clients[first], "answer");
        cr_expect(zero(sz, held((first + 1) % 3)));
        append(first, "more");
        weft__server_flush(&h.server->flush_hook);
        harness_expect(clients[first], "more");
        harness_expect(clients[(first + 1) % 3], "answer");
        harness_expect(clients[(first + 2) % 3], "answer");
        finish();
    }
}

/* What one client does not take is queued for it; the others have theirs. */
WEFT_TEST(cork, survives_a_client_that_takes_part_of_it)
{
    for (size_t window = 0; window <= 6; window++) {
        start(3);
        weft__memory_set_window(clients[1], window);
        for (int i = 0; i < 3; i++)
            append(i, "answer");
        weft__server_flush(&h.server->flush_hook);
        cr_expect(eq(int, conns[1]->out != NULL, window < 6));
        harness_expect(clients[0], "answer");
        harness_expect(clients[2], "answer");
        append(1, "!");
        append(2, "!");
        weft__server_flush(&h.server->flush_hook);
        weft__memory_set_window(clients[1], 1000);
        harness_turns(&h);
        harness_expect(clients[1], "answer!");
        harness_expect(clients[2], "!");
        finish();
    }
}

WEFT_TEST(cork, survives_a_client_that_has_gone)
{
    for (int gone = 0; gone < 3; gone++) {
        start(3);
        for (int i = 0; i < 3; i++)
            append(i, "answer");
        clients[gone]->reset = true; /* whoever writes is the first to know */
        append(gone == 2 ? 0 : gone, "?");
        weft__server_flush(&h.server->flush_hook);
        for (int i = 0; i < 3; i++) {
            if (i != gone)
                harness_expect(clients[i], i == 0 && gone == 2 ? "answer?" : "answer");
        }
        cr_expect(conns[gone]->gone);
        finish();
    }
}

/* Above its mark it is written at once, all of it. */
WEFT_TEST(cork, holds_its_size)
{
    static char bytes[WEFT__CORK_HIGH + 1];

    for (int over = -1; over <= 1; over++) {
        memset(bytes, 'x', sizeof(bytes));
        bytes[WEFT__CORK_HIGH - 1 + over] = '\0';
        start(2);
        append(0, "a");
        append(1, bytes);
        cr_expect(eq(sz, held(0), over < 0 ? 0 : 1));
        cr_expect(eq(sz, held(1), over < 0 ? 0 : strlen(bytes)));
        finish();
    }
}
