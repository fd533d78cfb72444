/*
 * task/left.c - what a program has left open when its loop ended.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "task/task.h"

/* Of weft__loop_hook.link; under the mutex.  From here a search for leaks finds them. */
static struct weft__list left = { &left, &left };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void weft__loop_leave_behind(struct weft__loop_hook *hook)
{
    weft__list_remove(&hook->link);
    pthread_mutex_lock(&mutex);
    weft__list_append(&left, &hook->link);
    pthread_mutex_unlock(&mutex);
}

void weft__loop_left_closed(struct weft__loop_hook *hook)
{
    pthread_mutex_lock(&mutex);
    weft__list_remove(&hook->link);
    pthread_mutex_unlock(&mutex);
}
