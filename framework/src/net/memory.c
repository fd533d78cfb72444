/*
 * net/memory.c - see memory.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <weft/error.h>

#include "base/alloc.h"

static struct weft__memory_client *of(const struct weft__transport *transport)
{
    return (struct weft__memory_client *)transport; /* `base` is the first member */
}

/* How much of `size` bytes fits into the window now. */
static size_t room(const struct weft__memory_client *client, size_t size)
{
    size_t held = client->received.length;

    if (held >= client->window)
        return 0;
    return size < client->window - held ? size : client->window - held;
}

static int op_try_write(struct weft__transport *transport, const uv_buf_t *buffers,
                        unsigned count)
{
    struct weft__memory_client *client = of(transport);
    size_t taken = 0;

    if (client->reset || client->finned)
        return UV_EPIPE;
    if (client->write != NULL)
        return UV_EAGAIN;
    for (unsigned i = 0; i < count; i++) {
        size_t part = room(client, buffers[i].len);

        if (weft__buffer_append(&client->received, buffers[i].base, part) < 0)
            return UV_ENOMEM;
        taken += part;
        if (part < buffers[i].len)
            break;
    }
    if (taken == 0)
        return UV_EAGAIN;
    client->writes++;
    return (int)taken;
}

static int op_write(struct weft__transport *transport, struct weft__transport_write *write)
{
    struct weft__memory_client *client = of(transport);

    if (client->reset)
        return UV_EPIPE;
    client->write = write;
    return 0;
}

static int op_read_start(struct weft__transport *transport)
{
    of(transport)->reading = true;
    return 0;
}

static void op_read_stop(struct weft__transport *transport)
{
    of(transport)->reading = false;
}

static void op_shutdown(struct weft__transport *transport)
{
    of(transport)->finned = true;
}

static void free_client(struct weft__memory_client *client)
{
    weft__buffer_done(&client->received);
    free(client);
}

static void written(struct weft__memory_client *client, int status)
{
    client->write = NULL;
    client->base.events->on_written(&client->base, status);
}

static void on_closed(uv_handle_t *handle)
{
    struct weft__memory_client *client = handle->data;

    if (client->write != NULL)
        written(client, UV_ECANCELED);
    client->base.events->on_closed(&client->base);
    client->closed = true; /* only now: the event may have let go of the far end */
    if (client->orphan)
        free_client(client);
}

static void op_close(struct weft__transport *transport, bool reset)
{
    struct weft__memory_client *client = of(transport);

    (void)reset;
    if (client->closing)
        return;
    client->closing = true;
    client->reading = false;
    uv_close((uv_handle_t *)&client->handle, on_closed);
}

static int op_peer(const struct weft__transport *transport,
                   struct sockaddr_storage *ret_address)
{
    return UV_EINVAL;
}

static size_t op_unsent(const struct weft__transport *transport)
{
    const struct weft__memory_client *client = of(transport);

    return client->write != NULL ? client->write->buffer.len : 0;
}

static int op_descriptor(const struct weft__transport *transport)
{
    return -1;
}

static const struct weft__transport_ops ops = {
    .try_write = op_try_write,
    .write = op_write,
    .read_start = op_read_start,
    .read_stop = op_read_stop,
    .shutdown = op_shutdown,
    .close = op_close,
    .peer = op_peer,
    .unsent = op_unsent,
    .descriptor = op_descriptor,
};

int weft__memory_new(uv_loop_t *loop, struct weft__memory_client **ret_client)
{
    struct weft__memory_client *client = weft__calloc(1, sizeof(*client));

    if (client == NULL)
        return UV_ENOMEM;
    uv_idle_init(loop, &client->handle); /* cannot fail */
    client->handle.data = client;
    client->base.ops = &ops;
    client->window = SIZE_MAX;
    weft__buffer_init(&client->received, SIZE_MAX / 2);
    *ret_client = client;
    return 0;
}

size_t weft__memory_send(struct weft__memory_client *client, const char *data, size_t length)
{
    const uv_buf_t *shared = client->base.shared;
    size_t sent = 0;

    while (sent < length && client->reading && !client->ended) {
        size_t part = length - sent < shared->len ? length - sent : shared->len;

        memcpy(shared->base, data + sent, part);
        sent += part;
        client->base.events->on_read(&client->base, shared->base, part);
    }
    return sent;
}

/* Let waiting writes go on as far as the window allows. */
static void take_waiting(struct weft__memory_client *client)
{
    while (client->write != NULL && !client->closing && !client->reset) {
        struct weft__transport_write *write = client->write;
        size_t part = room(client, write->buffer.len);
        int status = weft__buffer_append(&client->received, write->buffer.base, part);

        if (status < 0) {
            written(client, status);
            return;
        }
        write->buffer.base += part;
        write->buffer.len -= part;
        if (write->buffer.len > 0)
            return;
        client->writes++;
        written(client, 0); /* which may begin the next one */
    }
}

void weft__memory_end(struct weft__memory_client *client, bool reset)
{
    if (client->closing || client->reset || (client->ended && !reset))
        return;
    client->ended = true;
    client->reset = reset;
    client->base.events->on_end(&client->base, reset ? UV_ECONNRESET : UV_EOF);
    if (reset && client->write != NULL && !client->closing)
        written(client, UV_ECONNRESET);
}

const char *weft__memory_received(const struct weft__memory_client *client, size_t *ret_length)
{
    *ret_length = client->received.length;
    return client->received.data;
}

void weft__memory_consume(struct weft__memory_client *client, size_t length)
{
    weft__buffer_consume(&client->received, length);
    take_waiting(client);
}

void weft__memory_set_window(struct weft__memory_client *client, size_t bytes)
{
    client->window = bytes;
    take_waiting(client);
}

bool weft__memory_closed(const struct weft__memory_client *client)
{
    return client->finned || client->closing;
}

void weft__memory_free(struct weft__memory_client *client)
{
    if (client->closed) {
        free_client(client);
        return;
    }
    weft__memory_end(client, true);
    client->orphan = true;
}
