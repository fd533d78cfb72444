/*
 * random.h - random bytes: true ones from the system, and repeatable ones from a seed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTPBIN_RANDOM_H
#define HTTPBIN_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <weft.h>

/* `length` bytes that nobody can guess.  0 or a negative code. */
int random_bytes(void *buffer, size_t length);

/* `length` bytes from `offset` on of the endless sequence that `seed` stands for: the same ones
 * whatever pieces they are asked for in.  Not for secrets. */
void seeded_bytes(uint64_t seed, uint64_t offset, void *buffer, size_t length);

/* The seed that the request's query names, else one that nobody can guess.  0, WEFT_EANSWERED
 * (400), or a code of random_bytes(). */
int request_seed(weft_request *req, uint64_t *ret_seed);

#endif
