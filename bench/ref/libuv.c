/*
 * ref/libuv.c - the same as epoll.c on libuv: what the event loop itself costs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "bare.h"

struct connection {
    uv_tcp_t tcp; /* first, so that its address is the connection's */
    unsigned char state;
};

static const char *replies;
static size_t reply_length;
static char buffer[BARE_READ_BYTES];

static void check(int rc, const char *what)
{
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", what, uv_strerror(rc));
        exit(1);
    }
}

static void on_close(uv_handle_t *handle)
{
    free(handle);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(buffer, sizeof(buffer));
}

static int answer(uv_stream_t *stream, size_t count)
{
    while (count > 0) {
        size_t batch = count < BARE_BATCH ? count : BARE_BATCH;
        uv_buf_t buf = uv_buf_init((char *)replies, (unsigned)(batch * reply_length));

        if (uv_try_write(stream, &buf, 1) != (int)buf.len)
            return -1;
        count -= batch;
    }
    return 0;
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
    struct connection *connection = (struct connection *)stream;

    if (length >= 0) {
        size_t count = bare_count_heads(buf->base, (size_t)length, &connection->state);

        if (answer(stream, count) == 0)
            return;
    }
    uv_close((uv_handle_t *)stream, on_close);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (status < 0 || connection == NULL) {
        free(connection);
        return;
    }
    check(uv_tcp_init(listener->loop, &connection->tcp), "uv_tcp_init");
    if (uv_accept(listener, (uv_stream_t *)connection) < 0)
        uv_close((uv_handle_t *)connection, on_close);
    else
        check(uv_read_start((uv_stream_t *)connection, on_alloc, on_read), "uv_read_start");
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;

    replies = bare_replies(&reply_length);
    check(uv_tcp_init(loop, &listener), "uv_tcp_init");
    check(uv_tcp_open(&listener, bare_listen(argc, argv)), "uv_tcp_open");
    check(uv_listen((uv_stream_t *)&listener, 4096, on_connection), "uv_listen");
    return uv_run(loop, UV_RUN_DEFAULT);
}
