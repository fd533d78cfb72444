/*
 * Streams and listeners in a select.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>
#include <weft/stream.h>
#include <weft/sync.h>

#include "in_task.h"
#include "orders.h"

struct choosing {
    weft_case cases[2];
};

static int choose(void *arg)
{
    struct choosing *choosing = arg;

    return weft_select(choosing->cases, 2);
}

WEFT_TASK_TEST(select_readable, when_something_comes)
{
    struct weft_stream *near, *far;
    struct choosing choosing = { .cases = { { 0 } } };
    weft_task *task, *other;
    char text[8];

    cr_assert(zero(int, weft_stream_pair(NULL, &near, &far)));
    choosing.cases[0] = choosing.cases[1] = weft_on_readable(near);
    task = weft_test_spawn(choose, &choosing);
    other = weft_test_spawn(choose, &choosing);
    weft_task_cancel(other);
    cr_expect(eq(int, weft_test_join(other), UV_ECANCELED));
    weft_log_set_level(WEFT_LOG_ERROR + 1);
    cr_expect(eq(int, weft_stream_close(near), UV_EBUSY));
    weft_log_set_level(WEFT_LOG_INFO);
    cr_expect(zero(int, weft_stream_write(far, "abc", 3)));
    cr_expect(ge(int, weft_test_join(task), 0));
    cr_expect(eq(sz, weft_stream_unread(near), 3), "nothing was taken");
    cr_expect(ge(int, weft_select(choosing.cases, 2), 0), "it is readable still");
    cr_expect(eq(int, weft_stream_read(near, text, 8), 3));
    choosing.cases[1] = weft_on_timeout(1);
    cr_expect(eq(int, weft_select(choosing.cases, 2), 1));
    weft_stream_close(far);
    choosing.cases[1] = (weft_case){ 0 };
    cr_expect(zero(int, weft_select(choosing.cases, 2)), "at its end, too");
    cr_expect(zero(int, weft_stream_read(near, text, 8)));
    weft_stream_close(near);
}

WEFT_TASK_TEST(select_readable, of_two_streams)
{
    struct weft_stream *near[2], *far[2];
    struct choosing choosing;
    weft_task *task;

    for (int i = 0; i < 2; i++) {
        cr_assert(zero(int, weft_stream_pair(NULL, &near[i], &far[i])));
        choosing.cases[i] = weft_on_readable(near[i]);
    }
    task = weft_test_spawn(choose, &choosing);
    weft_stream_abort(near[1]);
    cr_expect(eq(int, weft_test_join(task), 1));
    for (int i = 0; i < 2; i++) {
        cr_expect(zero(int, weft_stream_close(near[i])));
        cr_expect(zero(int, weft_stream_close(far[i])));
    }
}

WEFT_TASK_TEST(select_accept, among_others)
{
    weft_listener *listeners[2];
    struct weft_stream *client, *server = NULL;
    struct choosing choosing;
    weft_task *task;

    for (int i = 0; i < 2; i++) {
        cr_assert(zero(int, weft_tcp_listen("127.0.0.1", 0, NULL, &listeners[i])));
        choosing.cases[i] = weft_on_accept(listeners[i], &server);
    }
    task = weft_test_spawn(choose, &choosing);
    weft_log_set_level(WEFT_LOG_ERROR + 1);
    cr_expect(eq(int, weft_listener_close(listeners[0]), UV_EBUSY));
    weft_log_set_level(WEFT_LOG_INFO);
    cr_assert(zero(
        int, weft_tcp_connect("127.0.0.1", weft_listener_port(listeners[1]), NULL, &client)));
    cr_expect(eq(int, weft_test_join(task), 1));
    cr_expect(zero(int, choosing.cases[1].result));
    weft_stream_close(server);
    weft_stream_close(client);
    task = weft_test_spawn(choose, &choosing);
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    for (int i = 0; i < 2; i++)
        cr_expect(zero(int, weft_listener_close(listeners[i])));
}

/* --- In any order */

struct hall {
    struct weft_stream *near[2], *far[2];
    weft_listener *listener;
    weft_event over; /* a byte was read from each stream, and a guest let in */
    int bytes;
    int guests;
};

static int attend_once(struct hall *hall)
{
    struct weft_stream *guest = NULL;
    weft_case cases[] = { weft_on_readable(hall->near[0]), weft_on_readable(hall->near[1]),
                          weft_on_accept(hall->listener, &guest), weft_on_event(&hall->over) };
    int chosen = weft_select(cases, 4);
    char byte;

    if (chosen < 0 || cases[chosen].result < 0)
        return chosen < 0 ? chosen : cases[chosen].result;
    if (chosen == 2) {
        hall->guests++;
        weft_stream_close(guest);
    } else if (chosen < 2 && weft_stream_unread(hall->near[chosen]) > 0) {
        hall->bytes += weft_stream_read(hall->near[chosen], &byte, 1);
    } /* else another has read it in the same turn */
    if (hall->bytes == 2 && hall->guests == 1)
        weft_event_set(&hall->over);
    return 0;
}

static int attend(void *arg)
{
    struct hall *hall = arg;
    int rc = 0;

    while (rc == 0 && !weft_event_is_set(&hall->over))
        rc = attend_once(hall);
    return rc;
}

/* One of those who attend is cancelled amid all that comes. */
static int fill_the_hall(struct hall *hall)
{
    struct weft_stream *client = NULL;
    weft_task *victim;
    int rc;

    WEFT_GROUP(group, 5000);
    rc = weft_spawn(&victim, attend, hall);
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = weft_group_go(group, attend, hall);
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = weft_stream_write(hall->far[i], "x", 1);
    if (rc == 0)
        rc = weft_tcp_connect("127.0.0.1", weft_listener_port(hall->listener), NULL, &client);
    if (rc < 0)
        return rc;
    weft_task_cancel(victim);
    rc = weft_task_join(victim, NULL);
    if (rc == 0)
        rc = weft_group_wait(group);
    weft_stream_close(client);
    return rc == 0 && (hall->bytes != 2 || hall->guests != 1) ? UV_EIO : rc;
}

static int hall_scenario(void *arg)
{
    struct hall hall = { .bytes = 0 };
    int rc = weft_tcp_listen("127.0.0.1", 0, NULL, &hall.listener);

    (void)arg;
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = weft_stream_pair(NULL, &hall.near[i], &hall.far[i]);
    if (rc == 0)
        rc = fill_the_hall(&hall);
    for (int i = 0; i < 2; i++) {
        if (weft_stream_close(hall.near[i]) < 0 || weft_stream_close(hall.far[i]) < 0)
            rc = UV_EBUSY;
    }
    return weft_listener_close(hall.listener) < 0 ? UV_EBUSY : rc;
}

WEFT_TEST(select_streams, lose_nothing_in_any_order)
{
    expect_in_any_order(hall_scenario, NULL);
}
