/*
 * base/alloc.c - see alloc.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/alloc.h"

#include <errno.h>

_Atomic uint64_t weft__alloc_left;
static atomic_bool failed;

void weft__alloc_fail(uint64_t n)
{
    atomic_store(&failed, false);
    atomic_store(&weft__alloc_left, n);
}

bool weft__alloc_fail_stop(void)
{
    atomic_store(&weft__alloc_left, 0);
    return atomic_load(&failed);
}

/* Several threads may count at once, and one of them meets the last. */
bool weft__alloc_count(void)
{
    uint64_t left = atomic_load(&weft__alloc_left);

    do {
        if (left == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&weft__alloc_left, &left, left - 1));
    if (left > 1)
        return false;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}
