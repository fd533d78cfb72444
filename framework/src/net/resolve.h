/*
 * net/resolve.h - the addresses to bind to.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_RESOLVE_H
#define WEFT_NET_RESOLVE_H

#include <weft/address.h>

/*
 * The addresses of `host`, the first `room` of them; for NULL the one that stands for all of
 * this machine, of both families where it has IPv6.  Suspends for a name only.  How many, or a
 * code of weft_resolve().
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__resolve_local(const char *host, int port,
                                                      weft_address *addresses, size_t room);

#endif
