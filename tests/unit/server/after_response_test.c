/*
 * Work after the response: who waits for it, what ends it, where there is no task for it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server_harness.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static HARNESS_GATE(gate);
static int begun;
static int ended;
static int last_rc;

static int wait_at_gate(void *arg)
{
    (void)arg;
    begun++;
    last_rc = harness_gate_wait(&gate);
    ended++;
    return last_rc;
}

static int finish(void *arg)
{
    (void)arg;
    ended++;
    return 0;
}

static void works_later(weft_request *req)
{
    cr_expect(zero(int, weft__request_add_background(req, wait_at_gate, req)));
    (void)harness_reply(req, 200, "ok");
}

static int adds_more(void *arg)
{
    begun++;
    return weft__request_add_background(arg, finish, arg);
}

static void works_on(weft_request *req)
{
    cr_expect(zero(int, weft__request_add_background(req, adds_more, req)));
    (void)harness_reply(req, 200, "ok");
}

static void ok(weft_request *req)
{
    (void)harness_reply(req, 200, "ok");
}

static const struct harness_route routes[] = {
    { "/later", works_later }, { "/on", works_on }, { "/", ok }, { 0 }
};

static struct harness h;

static struct weft__memory_client *start(void)
{
    begun = ended = 0;
    last_rc = 1;
    harness_open(&h, routes, NULL);
    return harness_connect(&h);
}

WEFT_TEST(background, the_next_request_does_not_wait)
{
    struct weft__memory_client *client = start();

    harness_send(client, GET("/later"));
    cr_expect(eq(int, harness_status(client), 200));
    cr_expect(harness_until(&h, begun == 1));
    harness_send(client, GET("/"));
    cr_expect(eq(int, harness_status(client), 200));
    cr_expect(zero(int, ended));
    cr_expect(eq(sz, weft__server_stats(h.server).background, 1));
    harness_gate_open(&gate);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(zero(int, last_rc));
    harness_turns(&h);
    cr_expect(zero(sz, weft__server_stats(h.server).background));
    harness_close(&h);
}

WEFT_TEST(background, goes_on_when_the_client_has_left)
{
    struct weft__memory_client *client = start();

    harness_send(client, GET("/later"));
    cr_expect(harness_until(&h, begun == 1));
    harness_drop(&h, client);
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 0));
    cr_expect(zero(int, ended));
    harness_gate_open(&gate);
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(zero(int, last_rc));
    harness_close(&h);
}

WEFT_TEST(background, may_add_more)
{
    struct weft__memory_client *client = start();

    harness_send(client, GET("/on"));
    cr_expect(harness_until(&h, ended == 1));
    cr_expect(eq(int, begun, 1));
    harness_close(&h);
}

static void note_drained(struct weft__server *server, void *arg)
{
    (void)server;
    ++*(int *)arg;
}

WEFT_TEST(background, is_waited_for_by_a_drain)
{
    struct weft__memory_client *client = start();
    int drained = 0;

    harness_send(client, GET("/later"));
    cr_expect(harness_until(&h, begun == 1));
    weft__server_drain(h.server, 60000, note_drained, &drained);
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 0));
    harness_turns(&h);
    cr_expect(zero(int, drained));
    harness_gate_open(&gate);
    cr_expect(harness_until(&h, drained == 1));
    cr_expect(zero(int, last_rc));
    harness_close(&h);
}

WEFT_TEST(background, is_cancelled_at_the_end_of_a_drain)
{
    struct weft__memory_client *client = start();
    int drained = 0;

    harness_send(client, GET("/later"));
    cr_expect(harness_until(&h, begun == 1));
    weft__server_drain(h.server, 0, note_drained, &drained);
    cr_expect(harness_until(&h, drained == 1));
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_close(&h);
}

WEFT_TEST(background, runs_in_the_requests_task_where_there_is_no_other)
{
    struct weft__memory_client *client;

    begun = ended = 0;
    harness_open_small(&h, routes, 1);
    client = harness_connect(&h);
    harness_send(client, GET("/on"));
    cr_expect(eq(int, harness_status(client), 200));
    cr_expect(eq(int, ended, 1));
    harness_send(client, GET("/"));
    cr_expect(eq(int, harness_status(client), 200));
    harness_close(&h);
}
