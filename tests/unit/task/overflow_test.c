/*
 * The report of a stack overflow, in a child process that dies of it.
 */
#include "task/overflow.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weft/diagnostics.h>

#include "failalloc.h"
#include "in_task.h"
#include "task/coro.h"
#include "task/diag/dump.h"
#include "task/task.h"

enum { MADV_GUARD = 102 };

static volatile int depth;

static __attribute__((noinline)) int recurse(volatile char *above)
{
    volatile char frame[1024];

    frame[0] = above != NULL ? above[0] : 'x';
    depth++;
    if (depth > 0)
        depth += recurse(frame); /* for ever */
    return frame[0];
}

static int overflow(void *arg)
{
    static char request[] = "GET /deep";

    (void)arg;
    weft_task_set_name(weft_task_current(), "greedy");
    weft__task_set_context(weft_task_current(), request);
    return recurse(NULL);
}

static int fault(void *arg)
{
    char *volatile nowhere = (char *)16;

    while (arg == NULL) /* valgrind may go on behind it when the handler has returned */
        *nowhere = 'x';
    return 0;
}

static void describe(void *context, struct weft__say *say)
{
    weft__say(say, context);
}

static void say_previous(int signal)
{
    static const char text[] = "previous handler\n";

    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(2);
    _exit(signal == SIGSEGV ? 42 : 3);
}

static void be_the_child(int output, int (*fn)(void *arg), bool chained)
{
    weft_loop_options options = { .stack_bytes = 128 * 1024 };

    dup2(output, STDERR_FILENO);
    if (chained) {
        struct sigaction action = { .sa_handler = say_previous, .sa_flags = SA_ONSTACK };

        sigaction(SIGSEGV, &action, NULL);
    } else {
        signal(SIGSEGV, SIG_DFL);
    }
    weft__dump_set_hook(chained ? describe : NULL);
    if (chained)
        weft__overflow_set_setting("--stack-size");
    if (weft_report_overflows() < 0 || weft_report_overflows() < 0)
        _exit(4);
    _exit(weft_run_with(fn, NULL, &options) == 0 ? 0 : 5);
}

/* How the child ended, and what it said. */
static int run_child(int (*fn)(void *arg), bool chained, char *said, size_t size)
{
    int ends[2], status = 0;
    size_t length = 0;
    ssize_t got;
    pid_t pid;

    cr_assert(zero(int, pipe(ends)));
    pid = fork();
    cr_assert(ge(int, pid, 0));
    if (pid == 0)
        be_the_child(ends[1], fn, chained);
    close(ends[1]);
    while (length < size - 1 && (got = read(ends[0], said + length, size - 1 - length)) > 0)
        length += (size_t)got;
    said[length] = '\0';
    close(ends[0]);
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    return status;
}

static bool died_of_it(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static bool previous_ended_it(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

static void expect_report(void)
{
    char said[4096];
    int status = run_child(overflow, false, said, sizeof(said));

    cr_expect(died_of_it(status), "%x", status);
    cr_expect(
        ne(ptr, strstr(said, "task \"greedy\" has overflowed its stack of 131072 bytes"), NULL),
        "%s", said);
    cr_expect(ne(ptr, strstr(said, "; raise the setting stack_bytes\n"), NULL), "%s", said);
}

WEFT_TEST(overflow, is_reported)
{
    expect_report();
}

WEFT_TEST(overflow, is_reported_on_older_kernels)
{
    weft_test_refuse_advice(MADV_GUARD);
    expect_report();
    weft_test_refuse_advice(-1);
}

WEFT_TEST(overflow, goes_on_to_the_previous_handler)
{
    char said[4096];
    int status = run_child(overflow, true, said, sizeof(said));

    cr_expect(previous_ended_it(status), "%x", status);
    cr_expect(ne(ptr, strstr(said, "task \"greedy\" (GET /deep) has"), NULL), "%s", said);
    cr_expect(ne(ptr, strstr(said, "; raise the setting --stack-size\n"), NULL), "%s", said);
    cr_expect(ne(ptr, strstr(said, "previous handler"), NULL));
}

WEFT_TEST(overflow, other_faults_are_not_taken_for_it)
{
    char said[4096];
    int status = run_child(fault, true, said, sizeof(said));

    cr_expect(previous_ended_it(status), "%x", status);
    cr_expect(eq(ptr, strstr(said, "overflow"), NULL), "%s", said);
}

static int send_signal(void *arg)
{
    (void)arg;
    return raise(SIGSEGV);
}

WEFT_TEST(overflow, a_signal_sent_is_passed_on)
{
    char said[4096];
    int status = run_child(send_signal, false, said, sizeof(said));

    cr_expect(died_of_it(status), "%x", status);
    cr_expect(eq(ptr, strstr(said, "weft:"), NULL), "%s", said);
}
