/*
 * Requests and their answers: cut anywhere, pipelined, persistent or not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/date.h"
#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define HELLO     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static HARNESS_GATE(gate);
static char log_text[4096]; /* the targets of the requests that were dispatched */

static void hello(weft_request *req)
{
    cr_expect(zero(int, harness_reply(req, 200, "hello")));
}

/* Answers with its target. */
static void target(weft_request *req)
{
    strncat(log_text, req->head.target, sizeof(log_text) - strlen(log_text) - 1);
    harness_reply(req, 200, req->head.target);
}

static void wait_then_target(weft_request *req)
{
    if (harness_gate_wait(&gate) == 0)
        target(req);
}

static void nothing(weft_request *req)
{
    (void)req;
}

static void no_content(weft_request *req)
{
    cr_expect(
        zero(int, weft__request_send(req, &(struct weft__reply){ .status = 204 }, NULL, 0)));
}

static void twice(weft_request *req)
{
    harness_reply(req, 200, "first");
    cr_expect(eq(int, harness_reply(req, 200, "second"), WEFT_ESENT));
}

/* Answers with the status that its query names. */
static void status(weft_request *req)
{
    cr_expect(
        zero(int, weft__request_send(
                      req,
                      &(struct weft__reply){ .status = (unsigned)strtoul(
                                                 strchr(req->head.target, '?') + 1, NULL, 10) },
                      NULL, 0)));
}

static const struct harness_route routes[] = {
    { "/", hello },
    { "/t", target },
    { "/wait", wait_then_target },
    { "/none", nothing },
    { "/204", no_content },
    { "/twice", twice },
    { "/status", status },
    { 0 },
};

/* --- One request ----------------------------------------------------------------------- */

WEFT_TEST(serve, answers_a_request)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, GET("/"));
    harness_expect(client, HELLO);
    cr_expect(not(weft__memory_closed(client)));
    cr_expect(eq(sz, client->writes, 1));
    cr_expect(eq(sz, weft__server_stats(h.server).idle, 1));
    cr_expect(eq(sz, weft__server_stats(h.server).requests, 1));
    harness_close(&h);
}

WEFT_TEST(serve, answers_a_request_that_comes_byte_by_byte)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    for (int i = 0; i < 3; i++) {
        harness_send_bytewise(&h, client, GET("/"));
        harness_expect(client, HELLO);
    }
    harness_close(&h);
}

WEFT_TEST(serve, answers_requests_cut_at_every_offset)
{
    static const char wire[] = GET("/t?1") GET("/t?22") GET("/t?333");
    static const char answers[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/t?1"
                                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n/t?22"
                                  "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n/t?333";
    struct harness h;

    harness_open(&h, routes, NULL);
    for (size_t cut = 1; cut < sizeof(wire) - 1; cut++) {
        struct weft__memory_client *client = harness_connect(&h);

        cr_expect(eq(sz, harness_give(client, wire, cut), cut));
        harness_turns(&h);
        harness_send(client, wire + cut);
        harness_expect(client, answers);
        harness_drop(&h, client);
    }
    harness_close(&h);
}

WEFT_TEST(serve, keeps_a_connection_for_the_next_request)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    for (int i = 0; i < 100; i++) {
        harness_send(client, GET("/"));
        harness_expect(client, HELLO);
        harness_turns(&h);
    }
    cr_expect(eq(sz, weft__server_stats(h.server).pooled_requests, 1));
    harness_close(&h);
}

WEFT_TEST(serve, takes_empty_lines_between_requests)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "\r\n" GET("/") "\r\n\r\n" GET("/"));
    harness_expect(client, HELLO HELLO);
    harness_close(&h);
}

WEFT_TEST(serve, sends_500_when_the_handler_sends_nothing)
{
    struct harness h;
    struct weft__memory_client *client;
    struct harness_response response;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, GET("/none") GET("/"));
    cr_assert(harness_take(client, &response));
    cr_expect(eq(int, response.status, 500));
    harness_same(response.body, "{\"title\":\"Internal Server Error\",\"status\":500}");
    free(response.body);
    harness_expect(client, HELLO);
    harness_close(&h);
}

WEFT_TEST(serve, sends_one_response_only)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, GET("/twice"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
    harness_close(&h);
}

WEFT_TEST(serve, sends_no_body_for_head_and_204)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" GET("/204") GET("/"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                           "HTTP/1.1 204 No Content\r\n\r\n" HELLO);
    harness_close(&h);
}

/* The date of now, give or take a second: time() is behind by a tick. */
static bool is_now(const char *date)
{
    char expected[WEFT__DATE_LENGTH + 1] = "";
    int64_t now = time(NULL);

    for (int64_t at = now - 1; at <= now + 1; at++) {
        weft__date_format(expected, at);
        if (strncmp(date, expected, WEFT__DATE_LENGTH) == 0)
            return true;
    }
    return false;
}

/* One line of each in the head, and a true date. */
static void expect_date_and_server(const struct weft__memory_client *client, const char *what)
{
    const char *head = harness_text(client);
    const char *date = strstr(head, "\r\nDate: ");
    const char *server = strstr(head, "\r\nServer: weft\r\n");

    cr_assert(ne(ptr, (void *)date, NULL), "%s: %s", what, head);
    cr_expect(is_now(date + 8), "%s: %s", what, head);
    cr_expect(eq(ptr, (void *)strstr(date + 1, "\r\nDate: "), NULL), "%s: %s", what, head);
    cr_assert(ne(ptr, (void *)server, NULL), "%s: %s", what, head);
    cr_expect(eq(ptr, (void *)strstr(server + 1, "\r\nServer: "), NULL), "%s: %s", what, head);
}

static void dated(const char *wire, int status)
{
    struct weft__server_options options;
    struct harness h;
    struct weft__memory_client *client;

    weft__server_defaults(&options);
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
    harness_push(client, wire);
    harness_turns(&h);
    expect_date_and_server(client, wire);
    cr_expect(
        eq(int, (int)strtoul(harness_text(client) + strlen("HTTP/1.1 "), NULL, 10), status),
        "%s", wire);
    harness_close(&h);
}

/* RFC 9110, 6.6.1: in 2xx, 3xx and 4xx, whoever answers; here in 5xx as well. */
WEFT_TEST(serve, adds_date_and_server)
{
    dated(GET("/"), 200);
    dated(GET("/204"), 204);
    dated("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200);
    dated("GET / HTTP/1.0\r\n\r\n", 200);
    dated(GET("/status?201"), 201);
    dated(GET("/status?299"), 299);
    dated(GET("/status?301"), 301);
    dated(GET("/status?304"), 304);
    dated(GET("/status?307"), 307);
    dated(GET("/status?404"), 404);
    dated(GET("/status?412"), 412);
    dated(GET("/status?499"), 499);
    dated(GET("/status?500"), 500);
    dated(GET("/none"), 500);
    dated(GET("/status?599"), 599);
}

WEFT_TEST(serve, refuses_with_date_and_server)
{
    char wire[20000] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    size_t length = strlen(wire);

    memset(wire + length, 'x', sizeof(wire) - length - 1);
    dated(wire, 431);
    memcpy(wire, "GET /xxxxxxxxxxxxxxxxxxxxxxxxxx", 30);
    dated(wire, 414);
    dated("GET / HTTP/1.1\r\n\r\n", 400);
    dated("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417);
    dated("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    dated("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
}

WEFT_TEST(serve, refuses_with_date_and_server_when_there_is_too_much)
{
    struct weft__server_options options;
    struct harness h;
    struct weft__memory_client *second;

    weft__server_defaults(&options);
    options.max_connections = 1;
    harness_open(&h, routes, &options);
    harness_connect(&h);
    second = harness_connect(&h);
    harness_send(second, GET("/"));
    expect_date_and_server(second, "503");
    cr_expect(eq(int, harness_status(second), 503));
    harness_close(&h);
}

/* --- Pipelining -----------------------------------------------------------------------------
 */

/* 1 to 50 requests in one read: answered in order, in one write. */
WEFT_TEST(serve, answers_pipelined_requests_in_order_and_in_one_write)
{
    struct harness h;

    harness_open(&h, routes, NULL);
    for (int count = 1; count <= 50; count++) {
        struct weft__memory_client *client = harness_connect(&h);
        char wire[4096] = "";
        char answers[4096] = "";

        for (int i = 0; i < count; i++) {
            size_t length = strlen(wire);

            snprintf(wire + length, sizeof(wire) - length,
                     "GET /t?%02d HTTP/1.1\r\nHost: a\r\n\r\n", i);
            length = strlen(answers);
            snprintf(answers + length, sizeof(answers) - length,
                     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n/t?%02d", i);
        }
        harness_send(client, wire);
        harness_expect(client, answers);
        cr_expect(eq(sz, client->writes, 1), "%d requests", count);
        harness_drop(&h, client);
    }
    harness_close(&h);
}

WEFT_TEST(serve, keeps_the_order_when_a_handler_waits)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, GET("/t?1") GET("/wait?2") GET("/t?3"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/t?1");
    harness_send(client, GET("/t?4"));
    harness_turns(&h);
    harness_expect(client, "");
    harness_same(log_text, "/t?1");
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n/wait?2"
                           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/t?3"
                           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/t?4");
    cr_expect(eq(sz, client->writes, 2));
    harness_close(&h);
}

/* What the shared buffer held is overwritten while the handler waits. */
WEFT_TEST(serve, keeps_what_is_pipelined_behind_a_waiting_handler)
{
    struct harness h;
    struct weft__memory_client *client;
    struct weft__memory_client *other;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    other = harness_connect(&h);
    harness_send(client, GET("/wait?1") "GET /t?2 HT");
    harness_send(other, GET("/t?other") GET("/t?other"));
    harness_send(client, "TP/1.1\r\nHost: a\r\n\r\n");
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n/wait?1"
                           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/t?2");
    harness_close(&h);
}

/* Answers that end in the same turn do not get into each other's connections. */
WEFT_TEST(serve, keeps_the_answers_of_connections_apart)
{
    struct harness h;
    struct weft__memory_client *clients[20];

    harness_open(&h, routes, NULL);
    for (int i = 0; i < 20; i++) {
        char wire[100];

        clients[i] = harness_connect(&h);
        snprintf(wire, sizeof(wire), "GET /wait?%02d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        harness_send(clients[i], wire);
    }
    harness_gate_open(&gate);
    harness_turns(&h);
    for (int i = 0; i < 20; i++) {
        char answer[100];

        snprintf(answer, sizeof(answer),
                 "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/wait?%02d", i);
        harness_expect(clients[i], answer);
    }
    harness_close(&h);
}

/* --- Persistence (RFC 9112, 9.3) ------------------------------------------------------------
 */

WEFT_TEST(serve, closes_after_connection_close)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/t"));
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
                           "hello");
    cr_expect(weft__memory_closed(client));
    harness_same(log_text, "");
    harness_close(&h);
}

WEFT_TEST(serve, closes_after_http_1_0)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "GET / HTTP/1.0\r\n\r\n");
    harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
                           "hello");
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(serve, keeps_http_1_0_with_keep_alive)
{
    static const char wire[] = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    for (int i = 0; i < 2; i++) {
        harness_send(client, wire);
        harness_expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                               "Connection: keep-alive\r\n\r\nhello");
    }
    cr_expect(not(weft__memory_closed(client)));
    harness_close(&h);
}

/* --- Refusals: answered and closed, and nothing behind them is looked at --------------- */

static void refused(const char *wire, int status)
{
    struct harness h;
    struct weft__memory_client *client;
    struct harness_response response;

    log_text[0] = '\0';
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_push(client, wire);
    harness_push(client, GET("/t"));
    harness_turns(&h);
    cr_assert(harness_take(client, &response), "%s", wire);
    cr_expect(eq(int, response.status, status), "%s", wire);
    cr_expect(response.close, "%s", wire);
    cr_expect(ne(ptr, strstr(response.body, "\"title\":"), NULL));
    free(response.body);
    harness_expect(client, "");
    cr_expect(weft__memory_closed(client));
    harness_same(log_text, "", "%s", wire);
    harness_close(&h);
}

WEFT_TEST(serve, refuses_what_is_malformed)
{
    refused("GET / HTTP/1.1\r\n\r\n", 400); /* no Host */
    refused("GET /\r\n\r\n", 400);
    refused("G ET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400);
    refused("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n",
            400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400);
    refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
    refused("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    refused("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417);
}

WEFT_TEST(serve, says_why_it_refuses)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, "GET / HTTP/2.0\r\n");
    harness_expect(client, "HTTP/1.1 505 HTTP Version Not Supported\r\n"
                           "Content-Type: application/problem+json\r\n"
                           "Content-Length: 100\r\nConnection: close\r\n\r\n"
                           "{\"title\":\"HTTP Version Not Supported\",\"status\":505,"
                           "\"detail\":\"HTTP/1.1 and HTTP/1.0 are spoken here\"}");
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* RFC 9110, 9.3.2: the same head, whatever is wrong. */
WEFT_TEST(serve, refuses_head_without_content)
{
    static const char *const requests[] = {
        "HEAD / HTTP/1.1\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n",
        "HEAD / HTTP/2.0\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct harness h;
        struct weft__memory_client *client;
        const char *end;

        harness_open(&h, routes, NULL);
        client = harness_connect(&h);
        harness_send(client, requests[i]);
        end = strstr(harness_text(client), "\r\n\r\n");
        cr_assert(ne(ptr, end, NULL), "%s", requests[i]);
        cr_expect(eq(str, end, "\r\n\r\n"), "%s", requests[i]);
        cr_expect(ne(ptr, strstr(harness_text(client), "\r\nContent-Length: "), NULL));
        cr_expect(weft__memory_closed(client));
        harness_close(&h);
    }
}

WEFT_TEST(serve, refuses_the_second_of_two_requests)
{
    struct harness h;
    struct weft__memory_client *client;

    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
    harness_send(client, GET("/") "\x01");
    harness_expect(client, HELLO
                   "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n"
                   "Content-Length: 72\r\nConnection: close\r\n\r\n"
                   "{\"title\":\"Bad Request\",\"status\":400,"
                   "\"detail\":\"the request is malformed\"}");
    cr_expect(eq(sz, client->writes, 1));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

/* --- The end of input -----------------------------------------------------------------------
 */

WEFT_TEST(serve, closes_when_the_client_does)
{
    struct harness h;
    struct weft__memory_client *idle;
    struct weft__memory_client *cut;
    struct weft__memory_client *untouched;

    harness_open(&h, routes, NULL);
    untouched = harness_connect(&h);
    weft__memory_end(untouched, false);
    idle = harness_connect(&h);
    harness_send(idle, GET("/"));
    weft__memory_end(idle, false);
    cut = harness_connect(&h);
    harness_send(cut, "GET / HT");
    weft__memory_end(cut, false);
    harness_turns(&h);
    harness_expect(idle, HELLO);
    harness_expect(cut, "");
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

WEFT_TEST(serve, survives_a_reset_in_every_state)
{
    static const char *const sent[] = { "", "GET / HT", GET("/"), GET("/wait") };
    struct harness h;

    harness_open(&h, routes, NULL);
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        struct weft__memory_client *client = harness_connect(&h);

        harness_send(client, sent[i]);
        weft__memory_end(client, true);
        harness_turns(&h);
        cr_expect(zero(sz, weft__server_stats(h.server).connections), "%s", sent[i]);
    }
    harness_close(&h);
}

/* The far end's memory may go in any state. */
WEFT_TEST(serve, survives_a_client_that_is_freed)
{
    static const char *const sent[] = {
        "", "GET / HT", GET("/"), GET("/wait"), "GET / HTTP/1.0\r\n\r\n", "\x01"
    };
    struct harness h;

    harness_open(&h, routes, NULL);
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        struct weft__memory_client *client = harness_connect(&h);

        harness_send(client, sent[i]);
        harness_drop(&h, client);
        harness_turns(&h);
        cr_expect(zero(sz, weft__server_stats(h.server).connections), "%s", sent[i]);
    }
    harness_close(&h);
}
