/*
 * weft/address.h - where a peer is: addresses of sockets, and the names behind them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_ADDRESS_H
#define WEFT_ADDRESS_H

#include <weft/export.h>

#include <stddef.h>
#include <sys/socket.h>
#include <weft/error.h>

WEFT_BEGIN_DECLS

/* An IPv4, IPv6 or Unix address; a value, copied freely.  All zero: none. */
typedef struct weft_address {
    struct sockaddr_storage storage;
} weft_address;

/* Room that suffices for weft_address_format(), whatever the address. */
#define WEFT_ADDRESS_ROOM 128

/*
 * The address that the literal `host` ("127.0.0.1", "::1") and `port` name; no name is looked
 * up.  0, or UV_EINVAL when `host` is no literal or the port not within 0 to 65,535.
 */
WEFT_EXPORT WEFT_MUST_CHECK int weft_address_parse(const char *host, int port,
                                                   weft_address *ret_address);

/*
 * Write "127.0.0.1:80", "[::1]:80", the path of a Unix socket, or "unix" for one without, as a
 * string.  Its length; UV_ENOBUFS when `room` is too small; UV_EINVAL for no address.
 */
WEFT_EXPORT int weft_address_format(const weft_address *address, char *buffer, size_t room);

/* Its port; UV_EINVAL when it has none. */
WEFT_EXPORT int weft_address_port(const weft_address *address);

/* Give it another port.  0; UV_EINVAL when it has none, or for one that is not within 0 to
 * 65,535. */
WEFT_EXPORT WEFT_MUST_CHECK int weft_address_set_port(weft_address *address, int port);

/*
 * Look the addresses of `host` up, a name or a literal (loop.getaddrinfo).  The look-up runs on
 * a thread of libuv's; a literal needs none.
 *
 * family     AF_INET, AF_INET6, or 0 for both.
 * addresses  the first `room` of those found, in the order in which they should be tried.
 *
 * How many were written, at least one; or
 *   UV_EAI_NONAME, UV_EAI_NODATA  there is no such name, or it has no address;
 *   UV_EAI_AGAIN                  the name server did not answer; other UV_EAI_* codes;
 *   UV_EINVAL                     port, family or room make no sense;
 *   UV_ECANCELED, UV_ETIMEDOUT    at once; a look-up that has begun ends unseen;
 *   UV_ENOMEM; WEFT_EMISUSE outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_resolve(const char *host, int port, int family, weft_address *addresses, size_t room);

/*
 * The name of the host at `address`, or its literal where it has none (loop.getnameinfo).
 *
 * host  a string; 256 bytes suffice for any name.
 *
 * 0; UV_ENOBUFS when `room` is too small; UV_EINVAL when it is no IP address; else as
 * weft_resolve().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_resolve_name(const weft_address *address,
                                                                char *host, size_t room);

WEFT_END_DECLS
#endif
