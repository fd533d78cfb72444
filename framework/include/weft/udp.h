/*
 * weft/udp.h - datagrams (UDP, RFC 768) for tasks.
 *
 * An endpoint receives into a bounded queue; what comes while that is full is dropped and
 * counted, as the network may drop anything at any time.  One that is open still when its loop
 * ends is closed and released with it, and a warning is logged.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_UDP_H
#define WEFT_UDP_H

#include <weft/export.h>

#include <stddef.h>
#include <stdint.h>
#include <weft/address.h>
#include <weft/error.h>
#include <weft/fwd.h>

WEFT_BEGIN_DECLS

/* How an endpoint behaves.  A field left zero takes its default. */
typedef struct weft_udp_options {
    size_t max_datagrams;    /* received and not read; default 64 */
    size_t max_queued_bytes; /* of these together; default 256 KiB */
} weft_udp_options;

/*
 * An endpoint bound to `host`, a literal or a name, or NULL for all addresses of this machine
 * (loop.create_datagram_endpoint with local_addr).
 *
 * port     0 takes one that is free.
 * options  NULL for all defaults.
 * ret_udp  owned by the caller, released by weft_udp_close().
 *
 * 0; UV_EADDRINUSE; UV_EADDRNOTAVAIL; UV_EACCES; a code of weft_resolve(); UV_ENOMEM;
 * WEFT_EMISUSE where no loop runs.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_udp_bind(const char *host, int port, const weft_udp_options *options, weft_udp **ret_udp);

/* An endpoint on a free port that talks to one peer only (create_datagram_endpoint with
 * remote_addr).  0 or a code as above. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_udp_connect(const char *host, int port,
                                                               const weft_udp_options *options,
                                                               weft_udp **ret_udp);

/*
 * Send a datagram; waits while the system takes none (transport.sendto).
 *
 * to  NULL for the peer of a connected endpoint.
 *
 * 0, when the system has taken it; UV_EMSGSIZE when it is too long; UV_ECANCELED or
 * UV_ETIMEDOUT, and it may leave all the same; UV_ECONNREFUSED and others of the network;
 * UV_EDESTADDRREQ and UV_EISCONN when `to` does not fit the endpoint; UV_ENOMEM.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_udp_send_to(weft_udp *udp, const void *data, size_t length, const weft_address *to);

/*
 * Wait for a datagram (DatagramProtocol.datagram_received).  Tasks that wait get them in turn.
 *
 * ret_from  its sender; may be NULL.
 *
 * Its length, which may be 0; or
 *   WEFT_ELIMIT                 it is longer than `room`, and is still the next one;
 *   UV_ECONNREFUSED, ...        what the network told of a datagram sent before;
 *   UV_ECANCELED, UV_ETIMEDOUT  no datagram is lost;
 *   WEFT_EMISUSE                it would wait, outside of a task.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_udp_receive_from(weft_udp *udp, void *buffer, size_t room, weft_address *ret_from);

/* How many datagrams were dropped, for want of room or memory. */
WEFT_EXPORT uint64_t weft_udp_dropped(const weft_udp *udp);

/* Where the endpoint is.  0 or the system's code. */
WEFT_EXPORT int weft_udp_local(const weft_udp *udp, weft_address *ret_address);

/* Close and release it (DatagramTransport.close).  0, also for NULL; UV_EBUSY, and nothing
 * happens, while a task waits in it. */
WEFT_EXPORT int weft_udp_close(weft_udp *udp);

WEFT_END_DECLS
#endif
