/*
 * task/diag/signal.c - a dump when a signal comes.
 *
 * It is written in the handler itself, so that it comes also while a task holds the loop: that
 * is when it is wanted.  Only when the signal meets the lists of stacks while they are being
 * changed (`stacks.changing`) it is left to the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "task/diag/dump.h"
#include "task/overflow.h"
#include "task/runtime.h"

static pthread_t dumped_thread;
static atomic_bool dumped_thread_set;

void weft__dump_late(weft_loop *loop)
{
    loop->dump_asked = false;
    (void)weft__dump_loop(loop, STDERR_FILENO, NULL);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    weft_loop *loop = weft__loop_here;
    int error = errno;

    (void)info;
    if (!atomic_load(&dumped_thread_set))
        return;
    if (!pthread_equal(pthread_self(), dumped_thread)) {
        pthread_kill(dumped_thread, number);
    } else if (loop != NULL && loop->stacks.changing) {
        loop->dump_asked = true;
        uv_async_send(&loop->async);
    } else if (loop != NULL) {
        (void)weft__dump_loop(loop, STDERR_FILENO, context);
    }
    errno = error;
}

int weft_dump_on_signal(int number)
{
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    int rc = weft__overflow_give_stack();

    if (rc < 0)
        return rc;
    weft__trace_warm_up();
    atomic_store(&dumped_thread_set, false);
    dumped_thread = pthread_self();
    atomic_store(&dumped_thread_set, true);
    sigfillset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0 ? 0 : uv_translate_sys_error(errno);
}
