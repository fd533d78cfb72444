/*
 * pace.c - see pace.h.
 *
 * When a piece is due is reckoned from the start, not from the piece before: being late once
 * does not make all the rest late.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pace.h"

enum { BUFFER = 16 * 1024 };

int write_paced(weft_response *res, int64_t length, size_t chunk, uint64_t duration_ms,
                uint64_t offset, void (*fill)(uint64_t at, char *buffer, size_t length))
{
    uint64_t start = weft_now_ms(), due;
    char buffer[BUFFER];
    int64_t steps;
    int rc = 0;

    if (chunk > sizeof(buffer))
        chunk = sizeof(buffer);
    steps = (length - 1) / (int64_t)chunk; /* from the first piece to the last */
    for (int64_t sent = 0; rc >= 0 && sent < length; sent += (int64_t)chunk) {
        size_t piece = (int64_t)chunk < length - sent ? chunk : (size_t)(length - sent);

        due = start;
        if (steps > 0)
            due += duration_ms * (uint64_t)(sent / (int64_t)chunk) / (uint64_t)steps;
        if (due > weft_now_ms())
            rc = weft_sleep(due - weft_now_ms());
        if (rc < 0)
            break;
        fill(offset + (uint64_t)sent, buffer, piece);
        rc = weft_write(res, buffer, piece);
    }
    return rc < 0 ? rc : 0;
}
