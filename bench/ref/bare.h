/*
 * ref/bare.h - what the two bare servers share: a socket, a count of heads, a fixed reply.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_BENCH_BARE_H
#define WEFT_BENCH_BARE_H

#include <stddef.h>
#include <sys/types.h>

/* How many replies bare_replies() has behind each other. */
enum { BARE_BATCH = 512, BARE_READ_BYTES = 64 * 1024 };

/*
 * A non-blocking socket that listens on 127.0.0.1 at the port of `--port N` (0, the default:
 * one that is free), after `listening on http://127.0.0.1:PORT` was printed on stderr.  Ends
 * the program when that fails.
 */
int bare_listen(int argc, char **argv);

/*
 * How many request heads end in these bytes.  `state` is 0 for a new connection, and carries
 * over how much of an empty line the bytes end with.
 */
size_t bare_count_heads(const char *data, size_t length, unsigned char *state);

/* BARE_BATCH replies; `ret_length` is the length of one. */
const char *bare_replies(size_t *ret_length);

#endif
