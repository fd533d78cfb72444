/*
 * task/diag/loops.c - see loops.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/loops.h"

#include <pthread.h>

#include "task/runtime.h"

/* Of weft_loop.in_loops; under the mutex. */
extern struct weft__list weft__loops;
struct weft__list weft__loops = { &weft__loops, &weft__loops };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void weft__loops_add(weft_loop *loop)
{
    pthread_mutex_lock(&mutex);
    weft__list_append(&weft__loops, &loop->in_loops);
    pthread_mutex_unlock(&mutex);
}

void weft__loops_remove(weft_loop *loop)
{
    pthread_mutex_lock(&mutex);
    weft__list_remove(&loop->in_loops);
    pthread_mutex_unlock(&mutex);
}
