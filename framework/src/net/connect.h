/*
 * net/connect.h - a connection to one of several addresses.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_CONNECT_H
#define WEFT_NET_CONNECT_H

#include <weft/stream.h>

/* Order addresses in turns of the families, the first one's first; each family's own order
 * stays (RFC 8305, 4). */
void weft__interleave(weft_address *addresses, size_t count);

/* Connect to whichever of `addresses`, in their order, answers first; what
 * weft_tcp_connect() does once it knows them. */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__connect_any(const weft_address *addresses, size_t count,
                                                    const weft_stream_options *options,
                                                    struct weft_stream **ret_stream);

#endif
