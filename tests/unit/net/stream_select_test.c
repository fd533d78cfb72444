/*
 * Streams and listeners in a select.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/log.h>
#include <weft/stream.h>

#include "in_task.h"

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
