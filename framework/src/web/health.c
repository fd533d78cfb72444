/*
 * web/health.c - asks a running server whether it is well.
 *
 * A client of one request: connect, write, read until the status line is there.  Everything
 * closes when the answer, a failure or the time has come.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/health.h"

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 2000, DEFAULT_PORT = 8080, STATUS_LINE = 12 /* "HTTP/1.1 200" */ };

struct probe {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    char request[512];
    char answer[64];
    size_t length; /* of `answer` */
    int result;
};

static void finish(struct probe *probe, int result)
{
    if (uv_is_closing(&probe->uv.handle))
        return;
    probe->result = result;
    uv_close(&probe->uv.handle, NULL);
    uv_close((uv_handle_t *)&probe->timer, NULL);
}

static void timed_out(uv_timer_t *timer)
{
    finish(timer->data, UV_ETIMEDOUT);
}

/* The status of an answer that begins as HTTP/1 does; WEFT_EPROTO for anything else. */
static int read_status(const char *answer)
{
    int status = 0;

    if (memcmp(answer, "HTTP/1.", 7) != 0 || answer[8] != ' ')
        return WEFT_EPROTO;
    for (int i = 9; i < STATUS_LINE; i++) {
        if (answer[i] < '0' || answer[i] > '9')
            return WEFT_EPROTO;
        status = status * 10 + (answer[i] - '0');
    }
    return status;
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct probe *probe = handle->data;

    (void)suggested;
    *ret = uv_buf_init(probe->answer + probe->length,
                       (unsigned)(sizeof(probe->answer) - probe->length));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct probe *probe = stream->data;

    (void)buffer;
    if (count < 0) {
        finish(probe, (int)count);
        return;
    }
    probe->length += (size_t)count;
    if (probe->length >= STATUS_LINE)
        finish(probe, read_status(probe->answer));
}

static void on_written(uv_write_t *write, int status)
{
    if (status < 0)
        finish(write->data, status);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct probe *probe = connect->data;
    uv_buf_t request = uv_buf_init(probe->request, (unsigned)strlen(probe->request));

    if (status == 0)
        status = uv_write(&probe->write, &probe->uv.stream, &request, 1, on_written);
    if (status == 0)
        status = uv_read_start(&probe->uv.stream, allocate, on_read);
    if (status < 0)
        finish(probe, status);
}

/* The address to ask, where the server listens on all of them as well. */
static const char *host_of(const weft_serve_options *options)
{
    const char *host = options->host != NULL ? options->host : "127.0.0.1";

    if (strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

static int connect_tcp(struct probe *probe, uv_loop_t *loop, const char *host, int port)
{
    struct sockaddr_storage address;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    uv_getaddrinfo_t resolve;
    char service[8];
    int rc;

    uv_tcp_init(loop, &probe->uv.tcp); /* opens nothing yet, so it cannot fail */
    snprintf(service, sizeof(service), "%d", port);
    rc = uv_getaddrinfo(loop, &resolve, NULL, host, service, &hints); /* without waiting */
    if (rc < 0)
        return rc;
    memcpy(&address, resolve.addrinfo->ai_addr, resolve.addrinfo->ai_addrlen);
    uv_freeaddrinfo(resolve.addrinfo);
    return uv_tcp_connect(&probe->connect, &probe->uv.tcp, (struct sockaddr *)&address,
                          on_connected);
}

static int begin(struct probe *probe, uv_loop_t *loop, const weft_serve_options *options)
{
    const char *host = host_of(options);
    int port = options->port == 0 ? DEFAULT_PORT : options->port;
    bool brackets = strchr(host, ':') != NULL;
    int rc = 0;

    probe->connect.data = probe;
    probe->write.data = probe;
    probe->timer.data = probe;
    uv_timer_init(loop, &probe->timer); /* cannot fail */
    uv_timer_start(&probe->timer, timed_out, TIMEOUT_MS, 0);
    snprintf(probe->request, sizeof(probe->request),
             "GET /healthz HTTP/1.1\r\nHost: %s%.300s%s\r\nConnection: close\r\n\r\n",
             brackets ? "[" : "", options->uds != NULL ? "localhost" : host,
             brackets ? "]" : "");
    if (options->uds != NULL) {
        uv_pipe_init(loop, &probe->uv.pipe, 0); /* likewise */
        uv_pipe_connect(&probe->connect, &probe->uv.pipe, options->uds, on_connected);
    } else {
        rc = connect_tcp(probe, loop, host, port);
    }
    probe->uv.handle.data = probe;
    return rc;
}

int weft__health_ask(const weft_serve_options *options)
{
    struct probe probe = { .result = UV_EINVAL };
    uv_loop_t loop;
    int rc = uv_loop_init(&loop);

    if (rc < 0)
        return rc;
    rc = begin(&probe, &loop, options);
    if (rc < 0)
        finish(&probe, rc);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return probe.result;
}
