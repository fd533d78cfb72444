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
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "task/runtime.h"

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

/* Linux reports a guard by the first; other systems by the second. */
static const int signals[] = { SIGSEGV, SIGBUS };
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

static struct sigaction previous[SIGNAL_COUNT];
static atomic_bool installed;
static const char *(*describe_task)(weft_task *task);
static const char *setting = "stack_bytes"; /* of weft_loop_options */

/* --- In the handler */

struct line {
    char text[512];
    size_t length;
};

static void say(struct line *line, const char *text)
{
    size_t length = strlen(text);
    size_t room = sizeof(line->text) - line->length;

    if (length > room)
        length = room;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void say_number(struct line *line, size_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(line, at);
}

static void report(weft_loop *loop, weft_task *task)
{
    const char *more = describe_task != NULL ? describe_task(task) : NULL;
    struct line line = { .length = 0 };
    ssize_t written;

    say(&line, "weft: task \"");
    say(&line, weft_task_name(task));
    say(&line, "\"");
    if (more != NULL) {
        say(&line, " (");
        say(&line, more);
        say(&line, ")");
    }
    say(&line, " has overflowed its stack of ");
    say_number(&line, loop->stacks.slot_bytes);
    say(&line, " bytes; raise the setting ");
    say(&line, setting);
    say(&line, "\n");
    written = write(STDERR_FILENO, line.text, line.length);
    (void)written; /* there is nowhere left to complain */
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

int weft__overflow_install(void)
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

void weft__overflow_set_hook(const char *(*describe)(weft_task *task))
{
    describe_task = describe;
}
