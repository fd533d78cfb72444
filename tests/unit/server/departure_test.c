/*
 * A client that leaves while its request is served: by FIN or RST, and what that ends.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "server_harness.h"

#define OK       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

static HARNESS_GATE(gate);
static weft_departure departure;
static int last_rc;
static bool last_gone;
static int dispatched;

static void wait_then_ok(weft_request *req)
{
    dispatched++;
    req->departure = departure;
    last_rc = harness_gate_wait(&gate);
    last_gone = req->gone;
    (void)harness_reply(req, 200, "ok");
}

static void ok(weft_request *req)
{
    dispatched++;
    (void)harness_reply(req, 200, "ok");
}

/* A departure reaches those that the handler waits for. */
static int child(void *arg)
{
    (void)arg;
    return harness_gate_wait(&gate);
}

static void wait_for_child(weft_request *req)
{
    weft_task *task;
    int rc;

    dispatched++;
    cr_expect(zero(int, weft_spawn(&task, child, NULL)));
    last_rc = weft_task_join(task, &rc);
    (void)req;
}

/* A part that is to be finished whatever happens. */
static void wait_shielded(weft_request *req)
{
    weft_scope shield;

    dispatched++;
    weft_scope_shield(&shield, 0);
    last_rc = harness_gate_wait(&gate);
    weft_scope_leave(&shield);
    cr_expect(eq(int, weft_sleep(1), UV_ECANCELED));
    (void)harness_reply(req, 200, "ok");
}

static const struct harness_route routes[] = { { "/", wait_then_ok },
                                               { "/ok", ok },
                                               { "/child", wait_for_child },
                                               { "/shield", wait_shielded },
                                               { 0 } };

static struct harness h;
static struct weft__memory_client *client;

static void start(bool half_close)
{
    struct weft__server_options options = harness_options();

    options.half_close = half_close;
    last_rc = 1;
    dispatched = 0;
    harness_open(&h, routes, &options);
    client = harness_connect(&h);
}

static void send_request(const char *method, const char *path)
{
    char wire[100];

    snprintf(wire, sizeof(wire), "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, path);
    harness_send(client, wire);
}

/* Whether the handler is cancelled; where not, it finishes, and the connection closes. */
static bool cancels(const char *method, weft_departure setting, bool reset, bool half_close)
{
    bool cancelled;

    departure = setting;
    start(half_close);
    send_request(method, "/");
    weft__memory_end(client, reset);
    harness_turns(&h);
    cancelled = last_rc == UV_ECANCELED;
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(cancelled || last_rc == 0, "%d", last_rc);
    cr_expect(eq(int, last_gone, reset || !half_close));
    if (!cancelled && !reset && strcmp(method, "HEAD") != 0)
        harness_expect(client, OK_CLOSE);
    cr_expect(weft__memory_closed(client));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
    return cancelled;
}

WEFT_TEST(departure, cancels_get_and_head)
{
    for (int reset = 0; reset < 2; reset++) {
        cr_expect(cancels("GET", WEFT_DEPARTURE_DEFAULT, reset, false));
        cr_expect(cancels("HEAD", WEFT_DEPARTURE_DEFAULT, reset, false));
        cr_expect(not(cancels("POST", WEFT_DEPARTURE_DEFAULT, reset, false)));
        cr_expect(not(cancels("PUT", WEFT_DEPARTURE_DEFAULT, reset, false)));
        cr_expect(not(cancels("DELETE", WEFT_DEPARTURE_DEFAULT, reset, false)));
        cr_expect(not(cancels("PROPFIND", WEFT_DEPARTURE_DEFAULT, reset, false)));
    }
}

WEFT_TEST(departure, does_what_the_route_says)
{
    for (int reset = 0; reset < 2; reset++) {
        cr_expect(not(cancels("GET", WEFT_DEPARTURE_IGNORE, reset, false)));
        cr_expect(cancels("POST", WEFT_DEPARTURE_CANCEL, reset, false));
    }
}

WEFT_TEST(departure, is_no_fin_with_half_close)
{
    cr_expect(not(cancels("GET", WEFT_DEPARTURE_DEFAULT, false, true)));
    cr_expect(not(cancels("POST", WEFT_DEPARTURE_CANCEL, false, true)));
    cr_expect(cancels("GET", WEFT_DEPARTURE_DEFAULT, true, true));
    cr_expect(cancels("POST", WEFT_DEPARTURE_CANCEL, true, true));
}

/* What was sent before the FIN is served to the last, where that is no departure. */
WEFT_TEST(departure, with_half_close_comes_after_all_requests)
{
    start(true);
    send_request("GET", "/");
    send_request("GET", "/ok");
    send_request("GET", "/ok");
    weft__memory_end(client, false);
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK OK OK_CLOSE);
    cr_expect(weft__memory_closed(client));
    cr_expect(eq(int, dispatched, 3));
    harness_close(&h);
}

WEFT_TEST(departure, begins_no_pipelined_request)
{
    departure = WEFT_DEPARTURE_IGNORE;
    start(false);
    send_request("GET", "/");
    send_request("POST", "/ok");
    weft__memory_end(client, false);
    harness_turns(&h);
    harness_gate_open(&gate);
    harness_turns(&h);
    harness_expect(client, OK_CLOSE);
    cr_expect(eq(int, dispatched, 1));
    cr_expect(weft__memory_closed(client));
    harness_close(&h);
}

WEFT_TEST(departure, reaches_what_the_handler_waits_for)
{
    start(false);
    send_request("GET", "/child");
    harness_turns(&h);
    cr_expect(eq(int, gate.waiting, 1));
    weft__memory_end(client, false);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    cr_expect(eq(int, gate.result, UV_ECANCELED));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}

WEFT_TEST(departure, waits_for_what_is_shielded)
{
    start(false);
    send_request("GET", "/shield");
    weft__memory_end(client, false);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, 1));
    harness_gate_open(&gate);
    cr_expect(harness_until(&h, weft__server_stats(h.server).connections == 0));
    cr_expect(zero(int, last_rc));
    harness_close(&h);
}

/* FIN first, then RST. */
WEFT_TEST(departure, may_become_a_reset)
{
    departure = WEFT_DEPARTURE_IGNORE;
    start(false);
    send_request("GET", "/");
    weft__memory_end(client, false);
    weft__memory_end(client, true);
    weft__memory_end(client, true);
    harness_turns(&h);
    cr_expect(harness_conn(client)->gone);
    harness_gate_open(&gate);
    harness_turns(&h);
    cr_expect(zero(int, last_rc));
    cr_expect(zero(sz, weft__server_stats(h.server).connections));
    harness_close(&h);
}
