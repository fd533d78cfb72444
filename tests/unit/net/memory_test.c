/*
 * The memory transport: as a socket would do, without one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/memory.h"

#include <string.h>
#include <weft/error.h>

#include "test.h"

static uv_loop_t loop;
static char shared_bytes[16];
static uv_buf_t shared;
static struct weft__memory_client *client;
static struct weft__transport *near;
static struct weft__transport_write write_request;

/* What the near end was told. */
static char read_bytes[100];
static size_t read_calls;
static int end_code;
static unsigned ends;
static int written_status;
static unsigned writes_done;
static unsigned closes;
static bool free_when_closed;

static void on_read(struct weft__transport *transport, char *data, size_t length)
{
    cr_expect(eq(ptr, transport, near));
    strncat(read_bytes, data, length);
    read_calls++;
}

static void on_end(struct weft__transport *transport, int code)
{
    (void)transport;
    end_code = code;
    ends++;
}

static void on_written(struct weft__transport *transport, int status)
{
    (void)transport;
    written_status = status;
    writes_done++;
}

static void on_closed(struct weft__transport *transport)
{
    (void)transport;
    closes++;
    if (free_when_closed)
        weft__memory_free(client);
}

static const struct weft__transport_events events = { on_read, on_end, on_written, on_closed };

static void start(void)
{
    cr_assert(zero(int, uv_loop_init(&loop)));
    cr_assert(zero(int, weft__memory_new(&loop, &client)));
    shared = uv_buf_init(shared_bytes, sizeof(shared_bytes));
    near = &client->base;
    near->events = &events;
    near->shared = &shared;
    near->user = NULL;
    cr_expect(zero(int, near->ops->read_start(near)));
}

/* Close the near end if that has not been done, and the loop. */
static void finish(void)
{
    near->ops->close(near, false);
    near->ops->close(near, false);
    if (!free_when_closed)
        weft__memory_free(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(uint, closes, 1));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

static int try_write(const char *text)
{
    uv_buf_t buffer = uv_buf_init((char *)text, (unsigned)strlen(text));

    return near->ops->try_write(near, &buffer, 1);
}

static int begin_write(const char *text)
{
    write_request.buffer = uv_buf_init((char *)text, (unsigned)strlen(text));
    return near->ops->write(near, &write_request);
}

/* Consume what has come; it is `text`. */
static void expect_received(const char *text)
{
    size_t length;
    const char *data = weft__memory_received(client, &length);

    cr_expect(eq(sz, length, strlen(text)), "%s", text);
    cr_expect(length == 0 || memcmp(data, text, length) == 0, "%s", text);
    weft__memory_consume(client, length);
}

WEFT_TEST(memory, reads_go_through_the_shared_buffer)
{
    start();
    cr_expect(eq(sz, weft__memory_send(client, "0123456789abcdefghij", 20), 20));
    cr_expect(eq(str, read_bytes, (char *)"0123456789abcdefghij"));
    cr_expect(eq(sz, read_calls, 2));
    near->ops->read_stop(near);
    cr_expect(zero(sz, weft__memory_send(client, "x", 1)));
    cr_expect(zero(int, near->ops->read_start(near)));
    cr_expect(eq(sz, weft__memory_send(client, "x", 1), 1));
    finish();
}

WEFT_TEST(memory, writes_are_kept_up_to_the_window)
{
    uv_buf_t two[2] = { uv_buf_init((char *)"ab", 2), uv_buf_init((char *)"cdef", 4) };

    start();
    weft__memory_set_window(client, 5);
    cr_expect(eq(int, near->ops->try_write(near, two, 2), 5));
    cr_expect(eq(int, try_write("x"), UV_EAGAIN));
    cr_expect(eq(sz, client->writes, 1));
    expect_received("abcde");
    cr_expect(eq(int, try_write("f"), 1));
    expect_received("f");
    finish();
}

WEFT_TEST(memory, a_queued_write_ends_when_it_was_taken)
{
    start();
    weft__memory_set_window(client, 3);
    cr_expect(eq(int, try_write("abcd"), 3));
    cr_expect(zero(int, begin_write("defghi")));
    cr_expect(eq(int, try_write("x"), UV_EAGAIN), "order holds");
    expect_received("abc");
    cr_expect(zero(uint, writes_done));
    cr_expect(eq(uint, (unsigned)write_request.buffer.len, 3));
    expect_received("def");
    cr_expect(eq(uint, writes_done, 1));
    cr_expect(zero(int, written_status));
    expect_received("ghi");
    finish();
}

WEFT_TEST(memory, tells_the_near_end_of_fin_and_rst)
{
    start();
    weft__memory_end(client, false);
    cr_expect(eq(int, end_code, UV_EOF));
    cr_expect(zero(sz, weft__memory_send(client, "x", 1)));
    weft__memory_end(client, false);
    cr_expect(eq(uint, ends, 1));
    cr_expect(eq(int, try_write("still"), 5), "the other way is open");
    weft__memory_end(client, true);
    cr_expect(eq(int, end_code, UV_ECONNRESET));
    weft__memory_end(client, true);
    cr_expect(eq(uint, ends, 2));
    cr_expect(eq(int, try_write("x"), UV_EPIPE));
    cr_expect(eq(int, begin_write("x"), UV_EPIPE));
    finish();
}

WEFT_TEST(memory, a_reset_ends_a_queued_write)
{
    start();
    weft__memory_set_window(client, 0);
    cr_expect(zero(int, begin_write("abc")));
    weft__memory_end(client, true);
    cr_expect(eq(uint, writes_done, 1));
    cr_expect(eq(int, written_status, UV_ECONNRESET));
    finish();
}

WEFT_TEST(memory, closing_ends_a_queued_write)
{
    start();
    weft__memory_set_window(client, 0);
    cr_expect(zero(int, begin_write("abc")));
    near->ops->close(near, true);
    cr_expect(zero(uint, writes_done), "not from inside the operation");
    cr_expect(weft__memory_closed(client));
    uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect(eq(uint, writes_done, 1));
    cr_expect(eq(int, written_status, UV_ECANCELED));
    finish();
}

WEFT_TEST(memory, a_shutdown_is_seen)
{
    start();
    cr_expect(not(weft__memory_closed(client)));
    near->ops->shutdown(near);
    cr_expect(weft__memory_closed(client));
    cr_expect(eq(int, try_write("x"), UV_EPIPE));
    cr_expect(eq(sz, weft__memory_send(client, "x", 1), 1), "the other way is open");
    finish();
}

WEFT_TEST(memory, letting_go_resets)
{
    start();
    weft__memory_free(client);
    cr_expect(eq(int, end_code, UV_ECONNRESET));
    near->ops->close(near, true);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(uint, closes, 1));
    cr_expect(zero(int, uv_loop_close(&loop)));
}

WEFT_TEST(memory, may_be_let_go_when_it_closes)
{
    free_when_closed = true;
    start();
    finish();
}

WEFT_TEST(memory, may_be_let_go_after_it_has_closed)
{
    start();
    near->ops->close(near, false);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(uint, closes, 1));
    weft__memory_free(client);
    cr_expect(zero(int, uv_loop_close(&loop)));
}

WEFT_TEST(memory, has_no_address)
{
    struct sockaddr_storage address;

    start();
    cr_expect(eq(int, near->ops->peer(near, &address), UV_EINVAL));
    cr_expect(eq(int, near->ops->descriptor(near), -1));
    finish();
}
