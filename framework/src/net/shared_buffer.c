/*
 * net/shared_buffer.c - see shared_buffer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "net/shared_buffer.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { SHARED_BYTES = 65536 };

static _Thread_local uv_buf_t shared;
static _Thread_local size_t users;

const uv_buf_t *weft__shared_buffer_take(void)
{
    if (users == 0) {
        shared.base = weft__malloc(SHARED_BYTES);
        if (shared.base == NULL)
            return NULL;
        shared.len = SHARED_BYTES;
    }
    users++;
    return &shared;
}

void weft__shared_buffer_release(void)
{
    if (--users > 0)
        return;
    free(shared.base);
    shared.base = NULL;
}
