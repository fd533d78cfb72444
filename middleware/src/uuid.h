/*
 * uuid.h - time-ordered UUIDs (RFC 9562, 5.7).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_MIDDLEWARE_UUID_H
#define WEFT_MIDDLEWARE_UUID_H

enum { UUID_LENGTH = 36 };

/* Write a new UUID of version 7 and a NUL.  0, or UV_EIO when the system has no randomness. */
int weft__uuid7(char to[UUID_LENGTH + 1]);

#endif
