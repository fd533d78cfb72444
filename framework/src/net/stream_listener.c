/*
 * net/stream_listener.c - listeners for tasks: opening, accepting, closing.
 *
 * libuv accepts one connection ahead.  Until that is taken it polls the socket no more: the
 * rest waits in the system's backlog.
 *
 * Invariant: while a task waits to accept, no place is ready.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/stream_listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <weft/log.h>

#include "base/alloc.h"
#include "net/resolve.h"
#include "net/stream.h"

enum { DEFAULT_BACKLOG = 511, MAX_ADDRESSES = 16, MAX_TRIES = 16 };

/* --- Accepting -------------------------------------------------------------------- */

/* Take the connection that libuv holds. */
static int take_connection(weft_listener *listener, struct weft__place *place,
                           struct weft_stream **ret_stream)
{
    struct weft_stream *s;
    bool opened = false;
    int rc = weft__stream_new(&listener->options.stream, &s);

    if (rc < 0)
        return rc;
    rc = weft__uv_transport_accept(&s->of.uv, &place->base.uv.stream, &opened);
    if (opened)
        place->ready = false;
    if (rc == 0)
        rc = weft__stream_open(s, &listener->options.stream);
    if (rc == 0)
        *ret_stream = s;
    else if (opened)
        weft__stream_discard(s, true);
    else
        weft__stream_free(s);
    return rc;
}

/* For the task that has waited longest.  Where there is no memory for it, all are told. */
static void on_connection(struct weft__listener *base)
{
    struct weft__place *place = weft__list_entry(base, struct weft__place, base);
    weft_listener *listener = base->user;
    const weft_case *acceptor;

    place->ready = true;
    while (place->ready &&
           (acceptor = weft__waiters_first_case(&listener->acceptors)) != NULL) {
        int rc = take_connection(listener, place, acceptor->value);

        weft__waiters_wake(&listener->acceptors, rc);
    }
}

/* The places take turns, so that none is starved by another. */
static int attempt_accept(const weft_case *c)
{
    weft_listener *listener = c->object;

    if (listener->left)
        return weft__misuse("weft_accept", "the loop of the listener has ended");
    for (size_t k = 0; k < listener->count; k++) {
        struct weft__place *place = &listener->places[listener->next];

        listener->next = (listener->next + 1) % listener->count;
        if (place->ready)
            return take_connection(listener, place, c->value);
    }
    return UV_EAGAIN;
}

static void enlist_accept(struct weft__case_waiter *waiter)
{
    weft_listener *listener = waiter->of->object;

    weft__waiters_join(&listener->acceptors, &waiter->waiter, "accept");
}

static const struct weft__case_kind accept_kind = { "weft_accept", attempt_accept,
                                                    enlist_accept };

weft_case weft_on_accept(weft_listener *listener, struct weft_stream **ret_stream)
{
    return (weft_case){ .kind = &accept_kind, .object = listener, .value = (void *)ret_stream };
}

int weft_accept(weft_listener *listener, struct weft_stream **ret_stream)
{
    const weft_case accept = weft_on_accept(listener, ret_stream);
    int rc = weft_check_cancelled();

    return rc < 0 ? rc : weft__case_wait(&accept);
}

/* --- Closing ---------------------------------------------------------------------- */

static void free_when_closed(weft_listener *listener)
{
    if (!listener->closing || listener->open > 0)
        return;
    if (listener->left) {
        weft__loop_leave_behind(&listener->at_end);
        return;
    }
    weft__loop_remove_hook(&listener->at_end);
    free(listener);
}

static void on_closed(struct weft__listener *base)
{
    weft_listener *listener = base->user;

    listener->open--;
    free_when_closed(listener);
}

static void close_place(struct weft__place *place)
{
    place->listening = false;
    weft__listener_close(&place->base);
}

static void close_all(weft_listener *listener)
{
    listener->closing = true;
    for (size_t i = 0; i < listener->count; i++) {
        if (listener->places[i].listening)
            close_place(&listener->places[i]);
    }
    free_when_closed(listener);
}

static void on_loop_end(struct weft__loop_hook *hook)
{
    weft_listener *listener = weft__list_entry(hook, weft_listener, at_end);

    if (listener->closing)
        return;
    weft_log(WEFT_LOG_WARNING, "a listener is open still when its loop ends");
    listener->left = true;
    close_all(listener);
}

int weft_listener_close(weft_listener *listener)
{
    if (listener == NULL)
        return 0;
    if (listener->left) {
        weft__loop_left_closed(&listener->at_end);
        free(listener);
        return 0;
    }
    if (listener->users > 0 || listener->acceptors.count > 0) {
        weft_log(WEFT_LOG_ERROR, "weft_listener_close: a task accepts from the listener");
        return UV_EBUSY;
    }
    close_all(listener);
    return 0;
}

/* --- Making ----------------------------------------------------------------------- */

static int new_listener(size_t count, const weft_listen_options *options,
                        weft_listener **ret_listener)
{
    weft_listener *listener;

    if (weft_loop_current() == NULL)
        return weft__misuse("weft_listener", "no loop runs on this thread");
    listener = weft__calloc(1, sizeof(*listener) + count * sizeof(listener->places[0]));
    if (listener == NULL)
        return UV_ENOMEM;
    if (options != NULL)
        listener->options = *options;
    if (listener->options.backlog <= 0)
        listener->options.backlog = DEFAULT_BACKLOG;
    listener->count = count;
    listener->at_end.fn = on_loop_end;
    weft__loop_add_end_hook(weft_loop_current(), &listener->at_end);
    *ret_listener = listener;
    return 0;
}

static int open_place(weft_listener *listener, struct weft__place *place, int family)
{
    int rc;

    place->base.on_connection = on_connection;
    place->base.on_closed = on_closed;
    place->base.user = listener;
    rc = weft__listener_init(&place->base, weft_loop_uv(weft_loop_current()), family);
    if (rc < 0)
        return rc;
    listener->open++;
    place->listening = true;
    return 0;
}

/* Hand the listener over, or close it where it does not listen. */
static int finish_listen(weft_listener *listener, int rc, weft_listener **ret_listener)
{
    if (rc < 0)
        close_all(listener);
    else
        *ret_listener = listener;
    return rc;
}

/* --- TCP -------------------------------------------------------------------------- */

static int listen_at(weft_listener *listener, struct weft__place *place,
                     const weft_address *address)
{
    /* Beside others an IPv6 address does not stand for those of IPv4 as well. */
    bool alone = listener->count == 1 || address->storage.ss_family != AF_INET6;
    int rc = open_place(listener, place, AF_INET);

    if (rc < 0)
        return rc;
    rc = weft__listener_at(&place->base, (const struct sockaddr *)&address->storage,
                           alone ? 0 : UV_TCP_IPV6ONLY, listener->options.backlog);
    if (rc < 0)
        close_place(place);
    return rc;
}

/* An address of a name need not be one of this machine's; localhost often has ::1 where IPv6 is
 * turned off. */
static bool is_elsewhere(int code)
{
    return code == UV_EADDRNOTAVAIL || code == UV_EAFNOSUPPORT;
}

/* Listen on each, all with the port that the first one gets. */
static int listen_on_each(weft_listener *listener, const weft_address *addresses)
{
    int port = weft_address_port(&addresses[0]);
    int elsewhere = 0;
    bool any = false;

    for (size_t i = 0; i < listener->count; i++) {
        weft_address address = addresses[i];
        int rc = weft_address_set_port(&address, port);

        if (rc == 0)
            rc = listen_at(listener, &listener->places[i], &address);
        if (is_elsewhere(rc)) {
            elsewhere = rc;
            continue;
        }
        if (rc < 0)
            return rc;
        any = true;
        if (port == 0)
            port = weft_listener_port(listener);
        if (port < 0)
            return port;
    }
    return any ? 0 : elsewhere;
}

int weft__listen_all(const weft_address *addresses, size_t count,
                     const weft_listen_options *options, weft_listener **ret_listener)
{
    /* A port that is free on the first address may be taken on another: then another one. */
    unsigned tries = weft_address_port(&addresses[0]) == 0 && count > 1 ? MAX_TRIES : 1;
    int rc;

    do {
        weft_listener *listener;

        rc = new_listener(count, options, &listener);
        if (rc < 0)
            return rc;
        rc = finish_listen(listener, listen_on_each(listener, addresses), ret_listener);
    } while (rc == UV_EADDRINUSE && --tries > 0);
    return rc;
}

/* A file of hosts may name an address twice. */
static size_t without_doubles(weft_address *addresses, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (k < kept && memcmp(&addresses[k], &addresses[i], sizeof(addresses[0])) != 0)
            k++;
        if (k == kept)
            addresses[kept++] = addresses[i];
    }
    return kept;
}

int weft_tcp_listen(const char *host, int port, const weft_listen_options *options,
                    weft_listener **ret_listener)
{
    weft_address addresses[MAX_ADDRESSES];
    int count = weft__resolve_local(host, port, addresses, MAX_ADDRESSES);

    if (count < 0)
        return count;
    return weft__listen_all(addresses, without_doubles(addresses, (size_t)count), options,
                            ret_listener);
}

/* --- Unix sockets ----------------------------------------------------------------- */

int weft_unix_listen(const char *path, const weft_listen_options *options,
                     weft_listener **ret_listener)
{
    weft_listener *listener;
    int rc = path == NULL ? UV_EINVAL : new_listener(1, options, &listener);

    if (rc < 0)
        return rc;
    rc = open_place(listener, &listener->places[0], AF_UNIX);
    if (rc == 0)
        rc = weft__listener_unix(&listener->places[0].base, path, listener->options.backlog);
    return finish_listen(listener, rc, ret_listener);
}

/* --- Where it listens ------------------------------------------------------------- */

static int address_of(const struct weft__place *place, weft_address *ret_address)
{
    weft_address address = { 0 };
    socklen_t length = sizeof(address.storage);
    uv_os_fd_t fd;
    int rc = uv_fileno(&place->base.uv.handle, &fd);

    if (rc < 0)
        return rc;
    if (getsockname(fd, (struct sockaddr *)&address.storage, &length) < 0)
        return uv_translate_sys_error(errno);
    *ret_address = address;
    return 0;
}

int weft_listener_addresses(const weft_listener *listener, weft_address *addresses, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < listener->count && count < room; i++) {
        int rc;

        if (!listener->places[i].listening)
            continue;
        rc = address_of(&listener->places[i], &addresses[count]);
        if (rc < 0)
            return rc;
        count++;
    }
    return (int)count;
}

int weft_listener_address(const weft_listener *listener, weft_address *ret_address)
{
    int rc = weft_listener_addresses(listener, ret_address, 1);

    if (rc == 0) /* its loop has ended */
        return UV_ENOTCONN;
    return rc < 0 ? rc : 0;
}

int weft_listener_port(const weft_listener *listener)
{
    weft_address address;
    int rc = weft_listener_address(listener, &address);

    return rc < 0 ? rc : weft_address_port(&address);
}
