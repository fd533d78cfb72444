/*
 * The PROXY protocol on connections: whose they are, who may say so, and for how long.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "server_harness.h"

#define GET      "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define V1(last) "PROXY TCP4 192.0.2." last " 10.0.0.1 12345 80\r\n"
#define V2_TLS                                                                         \
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x14\xc0\0\x02\x07\x0a\0\0\x01\x30\x39\0\x50\x20\0" \
    "\x05\x01\0\0\0\0"
#define V2_LOCAL "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"

static char peer[64];
static bool secured;
static bool trusted;

static void tell(weft_request *req)
{
    strncpy(peer, weft__request_peer(req), sizeof(peer) - 1);
    secured = weft__request_secured(req);
    (void)harness_reply(req, 200, "ok");
}

static const struct harness_route routes[] = { { "/", tell }, { 0 } };

static struct harness h;
static struct weft__memory_client *client;

static bool is_proxy(const uint8_t *ip, void *arg)
{
    cr_expect(eq(ptr, (void *)ip, NULL), "memory has no address");
    return *(const bool *)arg;
}

static void start(size_t per_address)
{
    struct weft__server_options options = harness_options();

    trusted = true;
    options.proxy_protocol = true;
    options.is_proxy = is_proxy;
    options.proxy_arg = &trusted;
    options.max_connections_per_address = per_address;
    memset(peer, 0, sizeof(peer));
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
}

/* A header and a request, cut into two at each byte and sent byte by byte. */
static void expect_peer(const char *header, size_t length, const char *who, bool tls)
{
    char wire[512];
    size_t whole = length + strlen(GET);

    memcpy(wire, header, length);
    memcpy(wire + length, GET, strlen(GET));
    for (size_t cut = 0; cut <= whole; cut++) {
        start(SIZE_MAX);
        cr_expect(eq(sz, harness_give(client, wire, cut), cut));
        harness_turns(&h);
        cr_expect(eq(sz, harness_give(client, wire + cut, whole - cut), whole - cut));
        harness_send(client, GET);
        harness_turns(&h);
        harness_expect(client, OK OK);
        cr_expect(eq(str, peer, (char *)who), "%zu", cut);
        cr_expect(eq(int, secured, tls));
        harness_close(&h);
    }
    start(SIZE_MAX);
    for (size_t i = 0; i < whole; i++) {
        cr_expect(eq(sz, harness_give(client, wire + i, 1), 1));
        harness_turns(&h);
    }
    harness_expect(client, OK);
    cr_expect(eq(str, peer, (char *)who));
    harness_close(&h);
}

WEFT_TEST(admit, takes_the_client_that_the_proxy_names)
{
    expect_peer(V1("7"), strlen(V1("7")), "192.0.2.7", false);
    expect_peer(V2_TLS, sizeof(V2_TLS) - 1, "192.0.2.7", true);
    expect_peer(V2_LOCAL, sizeof(V2_LOCAL) - 1, "", false);
    expect_peer("PROXY UNKNOWN\r\n", 15, "", false);
}

WEFT_TEST(admit, closes_without_an_answer_what_has_no_header)
{
    static const char *const wires[] = { GET, "PROXY TCP4 192.0.2.7\r\n" GET, "\r\n" GET,
                                         "\x16\x03\x01" };

    for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
        start(SIZE_MAX);
        harness_push(client, wires[i]);
        harness_turns(&h);
        cr_expect(weft__memory_closed(client), "%zu", i);
        harness_expect(client, "");
        cr_expect(zero(sz, h.server->conn_count));
        cr_expect(eq(str, peer, ""));
        harness_close(&h);
    }
}

/* The second header is a request that is none. */
WEFT_TEST(admit, takes_one_header)
{
    start(SIZE_MAX);
    harness_push(client, V1("7") V1("8") GET);
    harness_turns(&h);
    cr_expect(eq(int, harness_status(client), 400));
    harness_close(&h);
}

WEFT_TEST(admit, closes_whom_nobody_trusts)
{
    struct weft__memory_client *other;

    start(SIZE_MAX);
    trusted = false;
    other = harness_connect(&h);
    harness_push(other, V1("7") GET);
    harness_turns(&h);
    cr_expect(weft__memory_closed(other));
    harness_expect(other, "");
    cr_expect(not(weft__memory_closed(client)));
    harness_close(&h);
}

/* From its being accepted on, and not anew with each byte. */
WEFT_TEST(admit, has_the_time_of_a_head)
{
    uint32_t limit_ms;

    start(SIZE_MAX);
    limit_ms = h.server->options.head_timeout_ms;
    harness_age(&h, limit_ms - 1000);
    harness_send(client, "PROXY ");
    cr_expect(not(weft__memory_closed(client)));
    harness_age(&h, 1000);
    cr_expect(weft__memory_closed(client));
    harness_expect(client, "");
    harness_close(&h);

    start(SIZE_MAX); /* and the head has its own */
    harness_age(&h, limit_ms - 1000);
    harness_send(client, V1("7") "GET /");
    harness_age(&h, limit_ms - 1000);
    harness_send(client, " HTTP/1.1\r\nHost: a\r\n\r\n");
    harness_turns(&h);
    harness_expect(client, OK);
    harness_close(&h);
}

/* What is silent behind its header has the time of a head once more, as a new connection. */
WEFT_TEST(admit, leaves_a_new_connection)
{
    start(SIZE_MAX);
    harness_send(client, V1("7"));
    cr_expect(eq(int, harness_conn(client)->state, WEFT__CONN_NEW));
    cr_expect(eq(ptr, harness_conn(client)->own.data, NULL));
    harness_age(&h, h.server->options.head_timeout_ms - 1000);
    cr_expect(not(weft__memory_closed(client)));
    harness_age(&h, 1000);
    cr_expect(weft__memory_closed(client));
    harness_expect(client, "");
    harness_close(&h);
}

WEFT_TEST(admit, ends_by_departure_at_each_byte)
{
    for (int reset = 0; reset < 2; reset++) {
        for (size_t cut = 0; cut <= strlen(V1("7")); cut++) {
            start(SIZE_MAX);
            cr_expect(eq(sz, harness_give(client, V1("7"), cut), cut));
            weft__memory_end(client, reset != 0);
            harness_turns(&h);
            cr_expect(zero(sz, h.server->conn_count), "%zu", cut);
            harness_close(&h);
        }
    }
}

WEFT_TEST(admit, is_ended_by_a_drain)
{
    start(SIZE_MAX);
    harness_send(client, "PROXY ");
    weft__server_drain(h.server, 10000, NULL, NULL);
    harness_turns(&h);
    cr_expect(zero(sz, h.server->conn_count));
    harness_close(&h);
}

/* By the named client, not by the proxy. */
WEFT_TEST(admit, counts_connections_of_the_named_client)
{
    struct weft__memory_client *others[4];
    static const char *const headers[] = { V1("7"), V1("7"), V1("7"), V1("8") };
    static const int statuses[] = { 200, 200, 503, 200 };

    start(2);
    for (size_t i = 0; i < 4; i++) {
        others[i] = harness_connect(&h);
        harness_send(others[i], headers[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        harness_push(others[i], GET);
        harness_turns(&h);
        cr_expect(eq(int, harness_status(others[i]), statuses[i]), "%zu", i);
    }
    harness_close(&h);
}

WEFT_TEST(admit, resets_a_flood_of_the_named_client)
{
    start(1);
    for (int i = 0; i < 40; i++)
        harness_push(harness_connect(&h), V1("7"));
    harness_turns(&h);
    cr_expect(
        eq(sz, h.server->conn_count, 17)); /* `client`, one that is served, 15 to be told */
    harness_close(&h);
}
