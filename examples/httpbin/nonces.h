/*
 * nonces.h - the nonces that Digest challenges have handed out, and how often each was used.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_NONCES_H
#define HTTPBIN_NONCES_H

#include <stdbool.h>
#include <stdint.h>
#include <weft.h>

struct nonces;

/* NULL when memory is out.  Released with free(). */
struct nonces *nonces_new(void);

/* A new nonce, valid until others take its place; NULL when the system has no random bytes. */
const char *nonces_issue(struct nonces *nonces);

/*
 * Use a nonce for the `count`th time by the client's reckoning, which must be higher than each
 * time before: the same request played again by somebody else is refused.
 *
 * True when it is ours, young enough, and has been used less than `max_uses` times.
 */
bool nonces_use(struct nonces *nonces, const char *nonce, uint64_t count, uint64_t max_uses);

#endif
