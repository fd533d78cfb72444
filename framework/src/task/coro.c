/*
 * task/coro.c - coroutines: what is not on the hot path, and the same for every switch.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/coro.h"

#include <string.h>

void weft__coro_init(struct weft__coro *coro, char *low, char *top, void (*entry)(void *arg),
                     void *arg)
{
    memset(coro, 0, sizeof(*coro));
    weft__coro_prepare(coro, low, top, entry, arg);
#ifdef WEFT_ASAN
    coro->low = low;
    coro->bytes = (size_t)(top - low);
#endif
#ifdef WEFT_TSAN
    coro->fiber = __tsan_create_fiber(0);
#endif
}

void weft__coro_done(struct weft__coro *coro)
{
#ifdef WEFT_TSAN
    __tsan_destroy_fiber(coro->fiber);
#endif
    memset(coro, 0, sizeof(*coro));
}

void weft__coro_init_here(struct weft__coro *coro)
{
    memset(coro, 0, sizeof(*coro));
#ifdef WEFT_TSAN
    coro->fiber = __tsan_get_current_fiber();
#endif
}
