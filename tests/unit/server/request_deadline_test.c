/*
 * The time of a handler while its client sends: a body that comes, however long that takes, is
 * not cut by it, and a handler that is late is, before the body and behind it.
 *
 * Real time passes here, and only ever more than is wanted: where the machine is slow the tests
 * are.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "server_harness.h"
#include "task/deadline.h"

#define HEAD(method) method " / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
#define OK           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

enum { TIMEOUT_MS = 30 };

static struct harness h;
static struct weft__memory_client *client;
static void (*play)(weft_request *req); /* the handler, within its deadline */
static int last_rc;
static int last_status;
static bool expired;

static int read_whole(void *req)
{
    return weft__request_read_all(req);
}

static int read_pieces(void *req)
{
    const char *piece;
    int rc;

    while ((rc = weft__request_read_some(req, &piece)) > 0)
        ;
    return rc;
}

/* As the web layer does it. */
static void handle(weft_request *req)
{
    struct weft__moving_deadline deadline;

    req->timeout_ms = TIMEOUT_MS;
    weft__deadline_enter(&deadline, weft_now_ms() + TIMEOUT_MS);
    req->deadline = &deadline;
    play(req);
    req->deadline = NULL;
    expired = weft_scope_expired(&deadline.scope);
    weft__deadline_leave(&deadline);
    last_status = req->body_status;
    (void)harness_reply(req, last_rc == 0 ? 200 : 400, "ok");
}

static const struct harness_route routes[] = { { "/", handle }, { 0 } };

static void start(void (*handler)(weft_request *req))
{
    play = handler;
    last_rc = 1;
    last_status = 0;
    expired = false;
    harness_open(&h, routes, NULL);
    client = harness_connect(&h);
}

static void pass(uint64_t ms)
{
    uint64_t end_ms = weft__loop_now_ms(h.loop) + ms;

    cr_assert(harness_until(&h, ({
        harness_turns(&h);
        weft__loop_now_ms(h.loop) > end_ms;
    })));
}

/* --- Bodies that take longer than a handler may ---------------------------------------- */

static void whole(weft_request *req)
{
    last_rc = read_whole(req);
}

static void pieces(weft_request *req)
{
    last_rc = read_pieces(req);
}

static void in_a_task(weft_request *req)
{
    weft_task *task;

    cr_expect(zero(int, weft_spawn(&task, read_whole, req)));
    cr_expect(zero(int, weft_task_join(task, &last_rc)));
}

static int read_in_a_group(void *req)
{
    WEFT_GROUP(readers, 0);

    cr_expect(zero(int, weft_group_go(readers, read_pieces, req)));
    return weft_group_wait(readers);
}

/* All tasks between the handler and the reader have inherited the deadline. */
static void below_others(weft_request *req)
{
    WEFT_GROUP(readers, 0);

    cr_expect(zero(int, weft_group_go(readers, read_in_a_group, req)));
    last_rc = weft_group_wait(readers);
}

/* What works beside the reader works for the same request. */
static int sleep_long(void *ret_rc)
{
    *(int *)ret_rc = weft_sleep(8 * TIMEOUT_MS);
    return 0;
}

static void beside_others(weft_request *req)
{
    int slept[3] = { 1, 1, 1 };
    weft_task *task;
    WEFT_GROUP(both, 0);

    cr_expect(zero(int, weft_spawn(&task, sleep_long, &slept[0])));
    cr_expect(zero(int, weft_group_go(both, sleep_long, &slept[1])));
    cr_expect(zero(int, weft_group_go(both, read_in_a_group, req)));
    cr_expect(zero(int, weft_group_go(both, sleep_long, &slept[2])));
    last_rc = weft_group_wait(both);
    cr_expect(zero(int, weft_task_join(task, NULL)));
    for (size_t i = 0; i < 3; i++)
        cr_expect(zero(int, slept[i]));
}

WEFT_TEST(request_deadline, cuts_no_body_that_comes)
{
    static void (*const handlers[])(weft_request *) = { whole, pieces, in_a_task, below_others,
                                                        beside_others };

    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        start(handlers[i]);
        harness_send(client, HEAD("POST"));
        for (int sent = 0; sent < 4; sent++) {
            pass(3 * TIMEOUT_MS);
            harness_send(client, "x");
        }
        harness_turns(&h);
        cr_expect(zero(int, last_rc), "%zu", i);
        cr_expect(not(expired));
        harness_expect(client, OK);
        harness_close(&h);
    }
}

/* Silence is the connection's affair, also where the handler's time is shorter. */
WEFT_TEST(request_deadline, leaves_silence_to_the_limit_of_the_body)
{
    start(below_others);
    harness_send(client, HEAD("POST") "x");
    pass(3 * TIMEOUT_MS);
    cr_expect(eq(int, last_rc, 1));
    harness_age(&h, h.server->options.body_timeout_ms);
    cr_expect(eq(int, last_rc, UV_ETIMEDOUT));
    cr_expect(eq(int, last_status, 408));
    cr_expect(not(expired));
    harness_close(&h);
}

/* --- Handlers that are late ------------------------------------------------------------ */

static void late_behind(weft_request *req)
{
    uint64_t begin_ms;

    cr_expect(zero(int, read_whole(req)));
    begin_ms = weft_now_ms();
    last_rc = weft_sleep(100000);
    cr_expect(ge(u64, weft_now_ms(), begin_ms + TIMEOUT_MS));
}

static void late_in_between(weft_request *req)
{
    const char *piece;

    cr_expect(eq(int, weft__request_read_some(req, &piece), 1));
    last_rc = weft_sleep(100000);
    cr_expect(eq(int, read_pieces(req), UV_ETIMEDOUT), "what is over stays so");
}

static int late_reader(void *req)
{
    const char *piece;

    cr_expect(eq(int, weft__request_read_some(req, &piece), 1));
    return weft_sleep(100000);
}

static void late_in_a_task(weft_request *req)
{
    weft_task *task;

    cr_expect(zero(int, weft_spawn(&task, late_reader, req)));
    last_rc = weft_task_join(task, NULL);
}

static void expect_late(void (*handler)(weft_request *), const char *body)
{
    start(handler);
    harness_send(client, HEAD("POST"));
    pass(3 * TIMEOUT_MS);
    harness_send(client, body);
    cr_expect(harness_until(&h, last_rc != 1));
    cr_expect(eq(int, last_rc, UV_ETIMEDOUT));
    cr_expect(expired);
    harness_close(&h);
}

WEFT_TEST(request_deadline, holds_behind_a_body_that_was_awaited)
{
    expect_late(late_behind, "xxxx");
}

WEFT_TEST(request_deadline, holds_between_two_pieces)
{
    expect_late(late_in_between, "x");
}

WEFT_TEST(request_deadline, holds_for_all_that_inherited_it)
{
    expect_late(late_in_a_task, "x");
}

static void own_limit(weft_request *req)
{
    weft_scope scope;

    weft_scope_enter(&scope, TIMEOUT_MS / 2);
    last_rc = read_whole(req);
    cr_expect(weft_scope_expired(&scope));
    weft_scope_leave(&scope);
}

/* What the handler itself bounds its reading with is its own affair. */
WEFT_TEST(request_deadline, moves_no_other)
{
    start(own_limit);
    harness_send(client, HEAD("POST") "xxx");
    cr_expect(harness_until(&h, last_rc != 1));
    cr_expect(eq(int, last_rc, UV_ETIMEDOUT));
    cr_expect(not(expired));
    harness_close(&h);
}

/* --- The end of the wait --------------------------------------------------------------- */

/* Each piece sets the deadline to when it came: later than the one before. */
static void note_deadline(weft_request *req)
{
    const char *piece;
    int rc;

    for (;;) {
        uint64_t asked_ms = weft_now_ms();

        rc = weft__request_read_some(req, &piece);
        cr_expect(le(u64, weft_deadline_ms(), weft_now_ms() + TIMEOUT_MS));
        if (rc <= 0)
            break;
        cr_expect(ge(u64, weft_deadline_ms(), asked_ms + TIMEOUT_MS));
        cr_expect(zero(int, weft_sleep(1)));
    }
    last_rc = rc;
}

/* Whether a piece was awaited or had come before: what a slow disk delays is progress. */
WEFT_TEST(request_deadline, begins_anew_with_each_piece)
{
    start(note_deadline);
    harness_send(client, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "1\r\nx\r\n1\r\nx\r\n");
    harness_turns(&h);
    harness_send(client, "1\r\nx\r\n0\r\n\r\n");
    cr_expect(harness_until(&h, last_rc != 1));
    cr_expect(zero(int, last_rc));
    harness_close(&h);
}

static void note_end(weft_request *req)
{
    last_rc = read_whole(req);
    cr_expect(le(u64, weft_deadline_ms(), weft_now_ms() + TIMEOUT_MS));
    cr_expect(lt(u64, weft_deadline_ms(), UINT64_MAX));
}

/* Ends of the wait other than by bytes leave a deadline behind, too. */
WEFT_TEST(request_deadline, is_back_after_a_departure)
{
    for (int kind = 0; kind < 4; kind++) {
        start(note_end);
        harness_send(client, (kind & 1) != 0 ? HEAD("GET") : HEAD("POST"));
        pass(3 * TIMEOUT_MS);
        weft__memory_end(client, (kind & 2) != 0);
        harness_turns(&h);
        cr_expect(eq(int, last_rc, WEFT_EGONE), "%d", kind);
        cr_expect(zero(sz, weft__server_stats(h.server).connections));
        harness_close(&h);
    }
}

WEFT_TEST(request_deadline, is_back_after_a_cancel)
{
    start(note_end);
    harness_send(client, HEAD("POST"));
    pass(3 * TIMEOUT_MS);
    weft_task_cancel(harness_conn(client)->task);
    harness_turns(&h);
    cr_expect(eq(int, last_rc, UV_ECANCELED));
    harness_close(&h);
}
