/*
 * base/thread.c - see thread.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/thread.h"

#include <signal.h>

int weft__thread_create(uv_thread_t *ret_thread, void (*fn)(void *arg), void *arg)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = uv_thread_create(ret_thread, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}
