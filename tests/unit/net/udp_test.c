/*
 * Datagrams over loopback.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/udp.h>

#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"

static weft_udp *bind_any(const weft_udp_options *options)
{
    weft_udp *udp = NULL;

    cr_assert(zero(int, weft_udp_bind("127.0.0.1", 0, options, &udp)));
    return udp;
}

static weft_address address_of(const weft_udp *udp)
{
    weft_address address;

    cr_assert(zero(int, weft_udp_local(udp, &address)));
    cr_assert(gt(int, weft_address_port(&address), 0));
    return address;
}

/* --- There and back --------------------------------------------------------------- */

WEFT_TASK_TEST(udp, sends_and_receives)
{
    weft_udp *a = bind_any(NULL), *b = bind_any(NULL), *c = NULL;
    weft_address to = address_of(b), from;
    char text[16] = "";

    cr_expect(zero(int, weft_udp_send_to(a, "hello", 5, &to)));
    cr_expect(zero(int, weft_udp_send_to(a, "", 0, &to)));
    cr_expect(eq(int, weft_udp_receive_from(b, text, 16, &from), 5));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(eq(int, weft_address_port(&from), (to = address_of(a), weft_address_port(&to))));
    cr_expect(zero(int, weft_udp_receive_from(b, text, 16, NULL)), "an empty one");

    to = address_of(b);
    cr_assert(zero(int, weft_udp_connect("127.0.0.1", weft_address_port(&to), NULL, &c)));
    cr_expect(zero(int, weft_udp_send_to(c, "again", 5, NULL)));
    cr_expect(eq(int, weft_udp_receive_from(b, text, 16, &from), 5));
    cr_expect(zero(int, weft_udp_send_to(b, "back", 4, &from)));
    cr_expect(eq(int, weft_udp_receive_from(c, text, 16, &from), 4));
    cr_expect(eq(int, weft_udp_send_to(c, "x", 1, &from), UV_EISCONN));
    cr_expect(eq(int, weft_udp_send_to(a, "x", 1, NULL), UV_EDESTADDRREQ));
    cr_expect(eq(int, weft_udp_send_to(a, text, 70000, &to), UV_EMSGSIZE));
    cr_expect(zero(int, weft_udp_close(a)));
    cr_expect(zero(int, weft_udp_close(b)));
    cr_expect(zero(int, weft_udp_close(c)));
    cr_expect(zero(int, weft_udp_close(NULL)));
}

static void send_number(weft_udp *udp, const weft_address *to, int number)
{
    char digit = (char)('0' + number);

    cr_assert(zero(int, weft_udp_send_to(udp, &digit, 1, to)));
}

/* What the queue has no room for is dropped, and counted; the oldest stay. */
WEFT_TASK_TEST(udp, bounds_its_queue)
{
    weft_udp *a = bind_any(NULL), *b = bind_any(&(weft_udp_options){ .max_datagrams = 3 });
    weft_address to = address_of(b);
    char text[4];

    for (int i = 0; i < 8; i++)
        send_number(a, &to, i);
    for (int turns = 0; turns < 1000 && weft_udp_dropped(b) < 5; turns++)
        weft_yield();
    cr_expect(eq(u64, weft_udp_dropped(b), 5));
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(int, weft_udp_receive_from(b, text, 4, NULL), 1));
        cr_expect(eq(chr, text[0], (char)('0' + i)));
    }
    send_number(a, &to, 9);
    cr_assert(eq(int, weft_udp_receive_from(b, text, 4, NULL), 1));
    cr_expect(eq(chr, text[0], '9'));
    weft_udp_close(a);
    weft_udp_close(b);
}

/* One that does not fit stays, whether a task waited for it or not. */
WEFT_TASK_TEST(udp, keeps_what_is_too_long)
{
    weft_udp *a = bind_any(NULL), *b = bind_any(NULL);
    weft_address to = address_of(b);
    char text[8];

    cr_expect(zero(int, weft_udp_send_to(a, "1234", 4, &to)));
    cr_expect(eq(int, weft_udp_receive_from(b, text, 3, NULL), WEFT_ELIMIT));
    cr_expect(eq(int, weft_udp_receive_from(b, text, 3, NULL), WEFT_ELIMIT));
    cr_expect(eq(int, weft_udp_receive_from(b, text, 4, NULL), 4));
    weft_udp_close(a);
    weft_udp_close(b);
}

/* --- Waiting ---------------------------------------------------------------------- */

struct receiving {
    weft_udp *udp;
    char text[4];
};

static int receive_task(void *arg)
{
    struct receiving *r = arg;

    return weft_udp_receive_from(r->udp, r->text, sizeof(r->text), NULL);
}

WEFT_TASK_TEST(udp, serves_receivers_in_turn)
{
    weft_udp *a = bind_any(NULL), *b = bind_any(NULL);
    weft_address to = address_of(b);
    struct receiving receiving[3] = { { .udp = b }, { .udp = b }, { .udp = b } };
    weft_task *tasks[3];
    int result = 0;

    for (int i = 0; i < 3; i++)
        cr_assert(zero(int, weft_spawn(&tasks[i], receive_task, &receiving[i])));
    weft_yield();
    cr_expect(eq(int, weft_udp_close(b), UV_EBUSY), "closed while waited on");
    weft_task_cancel(tasks[0]);
    cr_assert(zero(int, weft_task_join(tasks[0], &result)));
    cr_expect(eq(int, result, UV_ECANCELED));
    for (int i = 1; i < 3; i++) {
        send_number(a, &to, i);
        cr_assert(zero(int, weft_task_join(tasks[i], &result)));
        cr_expect(eq(int, result, 1));
        cr_expect(eq(chr, receiving[i].text[0], (char)('0' + i)));
    }
    {
        WEFT_TIMEOUT(limit, 5);
        cr_expect(eq(int, receive_task(&receiving[0]), UV_ETIMEDOUT));
    }
    weft_udp_close(a);
    weft_udp_close(b);
}

/* The network tells that nobody is there. */
WEFT_TASK_TEST(udp, tells_of_a_refusal)
{
    weft_udp *gone = bind_any(NULL), *a = NULL;
    weft_address to = address_of(gone);
    char text[4];

    cr_assert(zero(int, weft_udp_connect("127.0.0.1", weft_address_port(&to), NULL, &a)));
    weft_udp_close(gone);
    weft_yield();
    cr_expect(zero(int, weft_udp_send_to(a, "x", 1, NULL)));
    cr_expect(eq(int, weft_udp_receive_from(a, text, 4, NULL), UV_ECONNREFUSED));
    cr_expect(zero(int, weft_udp_send_to(a, "x", 1, NULL)), "it goes on");
    weft_udp_close(a);
}

/* --- In any order ----------------------------------------------------------------- */

enum { RECEIVERS = 3 };

struct post {
    weft_udp *to;
    int received;
};

static int receive_post(void *arg)
{
    struct post *post = arg;
    char text[4];
    int rc = weft_udp_receive_from(post->to, text, sizeof(text), NULL);

    if (rc == 1)
        post->received++;
    return rc < 0 ? rc : 0;
}

/* One of those who wait is cancelled as the datagrams come: none is lost. */
static int deliver(struct post *post, weft_udp *from)
{
    weft_address to;
    weft_task *victim;
    int rc = weft_udp_local(post->to, &to);

    WEFT_GROUP(group, 1000);
    if (rc == 0)
        rc = weft_spawn(&victim, receive_post, post);
    for (int i = 0; i < RECEIVERS && rc == 0; i++)
        rc = weft_group_go(group, receive_post, post);
    for (int i = 0; i < RECEIVERS && rc == 0; i++)
        rc = weft_udp_send_to(from, "x", 1, &to);
    if (rc == 0)
        rc = weft_yield();
    if (rc < 0)
        return rc;
    weft_task_cancel(victim);
    rc = weft_task_join(victim, NULL);
    if (rc == 0 && post->received > 0) /* maybe by the victim: then one of them waits still */
        rc = weft_udp_send_to(from, "x", 1, &to);
    return rc == 0 ? weft_group_wait(group) : rc;
}

static int post_scenario(void *arg)
{
    struct post post = { .received = 0 };
    weft_udp *from = NULL;
    int rc = weft_udp_bind("127.0.0.1", 0, NULL, &from);

    (void)arg;
    if (rc == 0)
        rc = weft_udp_bind("127.0.0.1", 0, NULL, &post.to);
    if (rc == 0)
        rc = deliver(&post, from);
    if (rc == 0 && post.received < RECEIVERS)
        rc = UV_EIO;
    if (weft_udp_close(from) < 0 || weft_udp_close(post.to) < 0)
        rc = UV_EBUSY;
    return rc;
}

WEFT_TEST(udp_order, loses_nothing_to_a_cancel)
{
    expect_in_any_order(post_scenario, NULL);
}

/* It was handed over before the cancel: the task has it. */
WEFT_TASK_TEST(udp, a_cancel_after_it_comes_too_late)
{
    weft_udp *a = bind_any(NULL), *b = bind_any(NULL), *probe = bind_any(NULL);
    struct receiving receiving = { .udp = b };
    weft_address to = address_of(b);
    weft_task *task = weft_test_spawn(receive_task, &receiving);
    char text[4];

    send_number(a, &to, 1);
    to = address_of(probe);
    send_number(a, &to, 2);
    cr_expect(eq(int, weft_udp_receive_from(probe, text, sizeof(text), NULL), 1));
    weft_task_cancel(task); /* both have come in one turn, or it has ended */
    cr_expect(eq(int, weft_test_join(task), 1));
    cr_expect(eq(chr, receiving.text[0], '1'));
    weft_udp_close(a);
    weft_udp_close(b);
    weft_udp_close(probe);
}

/* --- Memory ----------------------------------------------------------------------- */

static int scenario(void *arg)
{
    weft_udp *a = NULL, *b = NULL;
    weft_address to;
    char text[4];
    int rc = weft_udp_bind("127.0.0.1", 0, NULL, &a);

    (void)arg;
    if (rc == 0)
        rc = weft_udp_bind("127.0.0.1", 0, NULL, &b);
    if (rc == 0)
        rc = weft_udp_local(b, &to);
    if (rc == 0)
        rc = weft_udp_send_to(a, "x", 1, &to);
    for (int i = 0; rc == 0 && i < 10; i++)
        rc = weft_yield(); /* so that it is queued */
    if (rc == 0)
        rc = weft_udp_dropped(b) > 0 ? UV_ENOMEM : weft_udp_receive_from(b, text, 4, NULL);
    weft_udp_close(a);
    weft_udp_close(b);
    return rc;
}

WEFT_TEST(udp_alloc, each_can_fail)
{
    for (unsigned long n = 1;; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(eq(int, rc, 1));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
}
