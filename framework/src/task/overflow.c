/*
 * task/overflow.c - see overflow.h.
 *
 * Everything here that runs in the handler is async-signal-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/overflow.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#include <weft/diagnostics.h>

#include "task/diag/dump.h"
#include "task/runtime.h"

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

/* Linux reports a guard by the first; other systems by the second. */
static const int signals[] = { SIGSEGV, SIGBUS };
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction previous[SIGNAL_COUNT];
static atomic_bool installed;
static const char *setting = "stack_bytes"; /* of weft_loop_options */

/* --- In the handler */

static void report(weft_loop *loop, weft_task *task)
{
    struct weft__say say;

    weft__say_init(&say, STDERR_FILENO);
    weft__say(&say, "weft: task ");
    weft__dump_say_name(&say, task);
    weft__say(&say, " has overflowed its stack of ");
    weft__say_number(&say, loop->stacks.slot_bytes);
    weft__say(&say, " bytes; raise the setting ");
    weft__say(&say, setting);
    weft__say(&say, "\n");
    (void)weft__say_flush(&say); /* there is nowhere left to complain */
}

static void pass_on(int signal, const siginfo_t *info)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i] == signal)
            sigaction(signal, &previous[i], NULL);
    }
    /* A fault comes again when the handler returns; a signal that was sent does not. */
    if (info->si_code <= 0)
        raise(signal);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    weft_loop *loop = weft__loop_here;
    weft_task *task = loop != NULL ? loop->current : NULL;

    (void)context;
    if (task != NULL && info->si_code > 0 &&
        weft__stack_guards(&loop->stacks, &task->stack, info->si_addr))
        report(loop, task);
    pass_on(signal, info);
}

/* --- Installing */

int weft__overflow_give_stack(void)
{
    stack_t now;
    stack_t own = { .ss_size = ALTERNATE_STACK_BYTES };

    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) == 0)
        return 0;
    own.ss_sp = mmap(NULL, own.ss_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (own.ss_sp == MAP_FAILED)
        return UV_ENOMEM;
    if (sigaltstack(&own, NULL) != 0) {
        munmap(own.ss_sp, own.ss_size);
        return UV_ENOMEM;
    }
    return 0;
}

int weft_report_overflows(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    int rc = weft__overflow_give_stack();

    if (rc < 0 || atomic_exchange(&installed, true))
        return rc;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i], &action, &previous[i]);
    return 0;
}

void weft__overflow_set_setting(const char *name)
{
    setting = name;
}
