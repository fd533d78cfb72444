/*
 * net/resolve.h - the address to bind to.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_NET_RESOLVE_H
#define WEFT_NET_RESOLVE_H

#include <weft/address.h>

/*
 * The first address of `host`; of all families together for NULL, where this machine has IPv6.
 * Suspends for a name only.  0, or a code of weft_resolve().
 */
WEFT_MUST_CHECK WEFT_SUSPENDS int weft__resolve_local(const char *host, int port,
                                                      weft_address *ret_address);

#endif
