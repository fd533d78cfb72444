/*
 * net/udp.c - datagrams.  See <weft/udp.h>.
 *
 * The socket is read whether a task waits or not: what comes goes to the first that waits, else
 * into the queue.  A report of the network (ICMP) takes its place among the datagrams.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/udp.h>

#include <stdlib.h>
#include <string.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "net/resolve.h"
#include "net/shared_buffer.h"
#include "task/task.h"

enum { DEFAULT_DATAGRAMS = 64, DEFAULT_BYTES = 262144 };

struct datagram {
    struct weft__list link;
    weft_address from;
    int error; /* 0 for a datagram */
    size_t length;
    char data[];
};

struct weft_udp {
    uv_udp_t handle;
    const uv_buf_t *shared;
    struct weft__list queue; /* struct datagram; empty while a task waits */
    size_t queued;
    size_t queued_bytes;
    size_t max_queued;
    size_t max_bytes;
    uint64_t dropped;
    struct weft__list receivers; /* struct receiver */
    unsigned users;              /* calls that have suspended and not come back */
    struct weft__loop_hook at_end;
    bool left; /* by its owner, when the loop ended */
};

struct receiver {
    struct weft__wait wait;
    void *buffer;
    size_t room;
    weft_address from;
};

/* --- Receiving -------------------------------------------------------------------- */

static void give_shared_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    weft_udp *udp = handle->data;

    (void)suggested;
    *ret_buffer = *udp->shared;
}

static void keep(weft_udp *udp, const char *data, int length, const weft_address *from)
{
    size_t size = length > 0 ? (size_t)length : 0;
    struct datagram *datagram = NULL;

    if (udp->queued < udp->max_queued && size <= udp->max_bytes - udp->queued_bytes)
        datagram = weft__malloc(sizeof(*datagram) + size);
    if (datagram == NULL) {
        udp->dropped++;
        return;
    }
    *datagram = (struct datagram){ .from = *from, .length = size };
    if (length < 0)
        datagram->error = length;
    else
        memcpy(datagram->data, data, size);
    weft__list_append(&udp->queue, &datagram->link);
    udp->queued++;
    udp->queued_bytes += size;
}

/* Give what came to the first task that waits and has room for it.  One that has too little is
 * told so, and the datagram goes on. */
static bool give(weft_udp *udp, const char *data, int length, const weft_address *from)
{
    struct weft__list *node;

    while ((node = weft__list_pop(&udp->receivers)) != NULL) {
        struct receiver *receiver = weft__list_entry(node, struct receiver, wait.link);
        bool fits = length < 0 || (size_t)length <= receiver->room;

        if (length > 0 && fits)
            memcpy(receiver->buffer, data, (size_t)length);
        receiver->from = *from;
        weft__wait_complete(&receiver->wait, fits ? length : WEFT_ELIMIT);
        if (fits)
            return true;
    }
    return false;
}

static void on_received(uv_udp_t *handle, ssize_t length, const uv_buf_t *buffer,
                        const struct sockaddr *from, unsigned flags)
{
    weft_udp *udp = handle->data;
    weft_address address = { 0 };

    (void)flags;
    if (length == 0 && from == NULL)
        return; /* there is nothing more for now */
    if (from != NULL)
        memcpy(&address.storage, from,
               from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                           : sizeof(struct sockaddr_in));
    if (!give(udp, buffer->base, (int)length, &address))
        keep(udp, buffer->base, (int)length, &address);
}

/* The first of the queue. */
static int take(weft_udp *udp, void *buffer, size_t room, weft_address *ret_from)
{
    struct datagram *datagram =
        weft__list_entry(weft__list_first(&udp->queue), struct datagram, link);
    int rc = datagram->error;

    if (datagram->length > room)
        return WEFT_ELIMIT;
    if (rc == 0) {
        memcpy(buffer, datagram->data, datagram->length);
        rc = (int)datagram->length;
        if (ret_from != NULL)
            *ret_from = datagram->from;
    }
    weft__list_remove(&datagram->link);
    udp->queued--;
    udp->queued_bytes -= datagram->length;
    free(datagram);
    return rc;
}

int weft_udp_receive_from(weft_udp *udp, void *buffer, size_t room, weft_address *ret_from)
{
    struct receiver receiver = { .buffer = buffer, .room = room };
    int rc;

    if (udp->left)
        return weft__misuse("weft_udp_receive_from", "the loop of the endpoint has ended");
    if (!weft__list_empty(&udp->queue))
        return take(udp, buffer, room, ret_from);
    weft__wait_init(&receiver.wait, "datagram");
    if (receiver.wait.task == NULL)
        return weft__misuse("weft_udp_receive_from", "only a task can wait");
    weft__list_append(&udp->receivers, &receiver.wait.link);
    udp->users++;
    rc = weft__wait(&receiver.wait);
    udp->users--;
    if (rc >= 0 && ret_from != NULL)
        *ret_from = receiver.from;
    return rc;
}

/* --- Sending ---------------------------------------------------------------------- */

/* A datagram that the system did not take at once.  It cannot be taken back from libuv, so it
 * outlives a task that is cancelled. */
struct sending {
    uv_udp_send_t request;
    struct weft__wait wait;
    bool left; /* the task waits no more */
    char data[];
};

static void on_sent(uv_udp_send_t *request, int status)
{
    struct sending *sending = weft__list_entry(request, struct sending, request);

    if (sending->left)
        free(sending);
    else
        weft__wait_complete(&sending->wait, status);
}

static bool detach_sending(struct weft__wait *wait)
{
    weft__list_entry(wait, struct sending, wait)->left = true;
    return true;
}

static int send_later(weft_udp *udp, const void *data, size_t length, const struct sockaddr *to)
{
    struct sending *sending;
    uv_buf_t buffer;
    int rc = weft_check_cancelled();

    if (rc < 0)
        return rc;
    if (!weft__in_task())
        return weft__misuse("weft_udp_send_to", "only a task can wait");
    sending = weft__malloc(sizeof(*sending) + length); /* a datagram's length: it was tried */
    if (sending == NULL)
        return UV_ENOMEM;
    sending->left = false;
    memcpy(sending->data, data, length);
    weft__wait_init(&sending->wait, "send");
    sending->wait.detach = detach_sending;
    buffer = (uv_buf_t){ .base = sending->data, .len = length };
    rc = uv_udp_send(&sending->request, &udp->handle, &buffer, 1, to, on_sent);
    if (rc == 0) {
        udp->users++;
        rc = weft__wait(&sending->wait);
        udp->users--;
        if (sending->left)
            return rc;
    }
    free(sending);
    return rc;
}

int weft_udp_send_to(weft_udp *udp, const void *data, size_t length, const weft_address *to)
{
    const struct sockaddr *address = to != NULL ? (const struct sockaddr *)&to->storage : NULL;
    uv_buf_t buffer = { .base = (char *)data, .len = length };
    int rc;

    if (udp->left)
        return weft__misuse("weft_udp_send_to", "the loop of the endpoint has ended");
    if (length > UINT16_MAX)
        return UV_EMSGSIZE;
    rc = uv_udp_try_send(&udp->handle, &buffer, 1, address);
    if (rc == UV_EAGAIN)
        return send_later(udp, data, length, address);
    return rc < 0 ? rc : 0;
}

/* --- Making and closing ----------------------------------------------------------- */

static void strip(weft_udp *udp)
{
    struct weft__list *node;

    while ((node = weft__list_pop(&udp->queue)) != NULL)
        free(weft__list_entry(node, struct datagram, link));
    weft__shared_buffer_release();
}

static void free_udp(weft_udp *udp)
{
    strip(udp);
    weft__loop_remove_hook(&udp->at_end);
    free(udp);
}

static void on_closed(uv_handle_t *handle)
{
    weft_udp *udp = handle->data;

    if (udp->left) {
        strip(udp);
        weft__loop_leave_behind(&udp->at_end);
    } else {
        free_udp(udp);
    }
}

static void on_loop_end(struct weft__loop_hook *hook)
{
    weft_udp *udp = weft__list_entry(hook, weft_udp, at_end);

    if (uv_is_closing((uv_handle_t *)&udp->handle))
        return;
    weft_log(WEFT_LOG_WARNING, "a UDP endpoint is open still when its loop ends");
    udp->left = true;
    uv_close((uv_handle_t *)&udp->handle, on_closed);
}

static int new_udp(const weft_udp_options *options, weft_udp **ret_udp)
{
    weft_udp *udp;
    int rc;

    if (weft_loop_current() == NULL)
        return weft__misuse("weft_udp", "no loop runs on this thread");
    udp = weft__calloc(1, sizeof(*udp));
    if (udp == NULL)
        return UV_ENOMEM;
    udp->shared = weft__shared_buffer_take();
    if (udp->shared == NULL) {
        free(udp);
        return UV_ENOMEM;
    }
    weft__list_init(&udp->queue);
    weft__list_init(&udp->receivers);
    udp->max_queued = options != NULL ? options->max_datagrams : 0;
    udp->max_bytes = options != NULL ? options->max_queued_bytes : 0;
    if (udp->max_queued == 0)
        udp->max_queued = DEFAULT_DATAGRAMS;
    if (udp->max_bytes == 0)
        udp->max_bytes = DEFAULT_BYTES;
    rc = uv_udp_init(weft_loop_uv(weft_loop_current()), &udp->handle);
    if (rc < 0) {
        free_udp(udp);
        return rc;
    }
    udp->handle.data = udp;
    udp->at_end.fn = on_loop_end;
    weft__loop_add_end_hook(weft_loop_current(), &udp->at_end);
    *ret_udp = udp;
    return 0;
}

/* Open an endpoint with `join`, uv_udp_bind() or uv_udp_connect(), at or to the address. */
static int open_udp(const weft_address *address,
                    int (*join)(uv_udp_t *handle, const struct sockaddr *address),
                    const weft_udp_options *options, weft_udp **ret_udp)
{
    weft_udp *udp;
    int rc = new_udp(options, &udp);

    if (rc < 0)
        return rc;
    rc = join(&udp->handle, (const struct sockaddr *)&address->storage);
    if (rc == 0)
        rc = uv_udp_recv_start(&udp->handle, give_shared_buffer, on_received);
    if (rc < 0)
        uv_close((uv_handle_t *)&udp->handle, on_closed);
    else
        *ret_udp = udp;
    return rc;
}

static int bind_to(uv_udp_t *handle, const struct sockaddr *address)
{
    return uv_udp_bind(handle, address, 0);
}

int weft_udp_bind(const char *host, int port, const weft_udp_options *options,
                  weft_udp **ret_udp)
{
    weft_address address;
    int rc = weft__resolve_local(host, port, &address, 1);

    return rc < 0 ? rc : open_udp(&address, bind_to, options, ret_udp);
}

int weft_udp_connect(const char *host, int port, const weft_udp_options *options,
                     weft_udp **ret_udp)
{
    weft_address address;
    int rc = weft_resolve(host, port, 0, &address, 1);

    return rc < 0 ? rc : open_udp(&address, uv_udp_connect, options, ret_udp);
}

int weft_udp_close(weft_udp *udp)
{
    if (udp == NULL)
        return 0;
    if (udp->left) {
        weft__loop_left_closed(&udp->at_end);
        free(udp);
        return 0;
    }
    if (udp->users > 0) {
        weft_log(WEFT_LOG_ERROR, "weft_udp_close: a task waits in the endpoint");
        return UV_EBUSY;
    }
    uv_close((uv_handle_t *)&udp->handle, on_closed);
    return 0;
}

/* --- What it tells ---------------------------------------------------------------- */

uint64_t weft_udp_dropped(const weft_udp *udp)
{
    return udp->dropped;
}

int weft_udp_local(const weft_udp *udp, weft_address *ret_address)
{
    weft_address address = { 0 };
    int length = sizeof(address.storage);
    int rc = uv_udp_getsockname(&udp->handle, (struct sockaddr *)&address.storage, &length);

    if (rc == 0)
        *ret_address = address;
    return rc;
}
