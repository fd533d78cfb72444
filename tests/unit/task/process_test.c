/*
 * Processes: how they start and end, their pipes, being killed on cancel, being left.
 */
#include <weft/process.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weft/test_task.h>

#include "failalloc.h"
#include "in_task.h"
#include "orders.h"
#include "task/os/pipe.h"

#define SHELL(script) .argv = WEFT_ARGS("sh", "-c", script)

#define same(a, b) cr_expect(eq(str, (char *)(a), (char *)(b)))

/* It ends by a signal.  No exec: valgrind loses signals that come just before one. */
#define FOREVER "while :; do sleep 1; done"

static bool gone(pid_t pid)
{
    return kill(pid, 0) < 0;
}

static weft_process_exit exit_of(const char *script)
{
    weft_process_exit end = { -1, -1 };

    WEFT_PROCESS(process);
    cr_assert(
        zero(int, weft_process_spawn(&process, &(weft_process_options){
                                                   .argv = WEFT_ARGS("sh", "-c", script) })));
    cr_expect(zero(int, weft_process_wait(&process, &end)));
    cr_expect(zero(int, weft_process_wait(&process, NULL)), "it stays ended");
    cr_expect(weft_process_exited(&process, NULL));
    cr_expect(eq(int, weft_process_kill(&process), UV_ESRCH));
    return end;
}

WEFT_TASK_TEST(process, tells_how_it_ended)
{
    weft_process_exit end = exit_of("exit 7");

    cr_expect(eq(int, end.status, 7));
    cr_expect(zero(int, end.signal));
    end = exit_of("kill -USR1 $$");
    cr_expect(zero(int, end.status));
    cr_expect(eq(int, end.signal, SIGUSR1));
}

WEFT_TASK_TEST(process, what_cannot_start_is_refused)
{
    weft_process process = { 0 };
    weft_process_exit end;

    cr_expect(eq(int, weft_process_spawn(&process, &(weft_process_options){ 0 }), UV_EINVAL));
    cr_expect(
        eq(int,
           weft_process_spawn(
               &process, &(weft_process_options){ .argv = WEFT_ARGS("no-such-program-at-all"),
                                                  .in = WEFT_STDIO_PIPE,
                                                  .out = WEFT_STDIO_PIPE }),
           UV_ENOENT));
    cr_expect(
        eq(int,
           weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("true"),
                                                                 .cwd = "/nowhere" }),
           UV_ENOENT));
    cr_expect(
        eq(int,
           weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("true"),
                                                                 .in = WEFT_STDIO_FD,
                                                                 .in_fd = -1 }),
           UV_EINVAL));
    cr_expect(
        eq(int,
           weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("true"),
                                                                 .out = WEFT_STDIO_OUT }),
           UV_EINVAL));
    cr_expect(eq(int, weft_process_wait(&process, &end), WEFT_EMISUSE));
    cr_expect(eq(int, weft_process_kill(&process), UV_ESRCH));
    cr_expect(eq(int, weft_process_pid(&process), 0));
    cr_expect(not(weft_process_exited(&process, NULL)));
    cr_expect(zero(int, weft_process_done(&process)));
}

/* --- Streams */

static char *output_of(const weft_process_options *options)
{
    static char text[256];
    weft_process_output output;

    cr_assert(zero(int, weft_process_run(options, NULL, 0, &output)));
    cr_assert(output.out != NULL);
    snprintf(text, sizeof(text), "%s", output.out);
    weft_process_output_done(&output);
    return text;
}

WEFT_TASK_TEST(process, arguments_environment_directory)
{
    same(output_of(&(weft_process_options){
             .argv = WEFT_ARGS("sh", "-c", "echo \"$0/$1\"", "a b", "$c"),
             .out = WEFT_STDIO_PIPE }),
         "a b/$c\n");
    same(output_of(&(weft_process_options){ SHELL("echo $NAME; pwd"), .file = "/bin/sh",
                                            .env = WEFT_ARGS("NAME=value"), .cwd = "/",
                                            .out = WEFT_STDIO_PIPE }),
         "value\n/\n");
}

WEFT_TASK_TEST(process, streams_go_where_they_are_told)
{
    FILE *file = tmpfile();
    char line[32] = { 0 };

    cr_assert(file != NULL);
    same(output_of(&(weft_process_options){ SHELL("cat; echo out; echo err >&2"),
                                            .in = WEFT_STDIO_NULL, .out = WEFT_STDIO_PIPE,
                                            .err = WEFT_STDIO_OUT }),
         "out\nerr\n");
    same(output_of(&(weft_process_options){ SHELL("echo out; echo err >&2"),
                                            .out = WEFT_STDIO_PIPE, .err = WEFT_STDIO_FD,
                                            .err_fd = fileno(file) }),
         "out\n");
    cr_expect(eq(i64, pread(fileno(file), line, sizeof(line) - 1, 0), 4));
    same(line, "err\n");
    fclose(file);
}

WEFT_TASK_TEST(process, talks_in_turns)
{
    char line[64];
    ssize_t n;

    WEFT_PROCESS(process);
    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("cat"),
                                                                   .in = WEFT_STDIO_PIPE,
                                                                   .out = WEFT_STDIO_PIPE })));
    for (int i = 0; i < 20; i++) {
        cr_assert(zero(int, weft_process_write(&process, "hello\n", 6)));
        n = weft_process_read(&process, WEFT_STDOUT, line, sizeof(line) - 1);
        cr_assert(eq(i64, n, 6));
    }
    cr_expect(zero(int, weft_process_close(&process, WEFT_STDIN)));
    cr_expect(zero(int, weft_process_close(&process, WEFT_STDIN)), "closing twice");
    cr_expect(eq(int, weft_process_write(&process, "x", 1), WEFT_EMISUSE));
    cr_expect(zero(i64, weft_process_read(&process, WEFT_STDOUT, line, sizeof(line))));
    cr_expect(eq(i64, weft_process_read(&process, WEFT_STDERR, line, 1), WEFT_EMISUSE));
    cr_expect(eq(i64, weft_process_read(&process, 9, line, 1), WEFT_EMISUSE));
    cr_expect(zero(int, weft_process_wait(&process, NULL)));
}

/* With SIGPIPE at its default, which would end the test. */
WEFT_TASK_TEST(process, writing_to_one_that_has_gone)
{
    int rc = 0;

    signal(SIGPIPE, SIG_DFL);
    WEFT_PROCESS(process);
    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("true"),
                                                                   .in = WEFT_STDIO_PIPE })));
    cr_expect(zero(int, weft_process_wait(&process, NULL)));
    for (int i = 0; i < 100 && rc == 0; i++)
        rc = weft_process_write(&process, "x", 1);
    cr_expect(eq(int, rc, UV_EPIPE));
}

struct call {
    weft_process *process;
    weft_process_output output;
    int rc;
    pid_t pid;
};

static int read_one(void *arg)
{
    struct call *call = arg;
    char byte;

    call->rc = (int)weft_process_read(call->process, WEFT_STDOUT, &byte, 1);
    return 0;
}

WEFT_TASK_TEST(process, a_cancelled_read_loses_nothing)
{
    weft_process process = { 0 };
    struct call call = { .process = &process };
    weft_task *task;
    char text[8] = { 0 };

    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("cat"),
                                                                   .in = WEFT_STDIO_PIPE,
                                                                   .out = WEFT_STDIO_PIPE })));
    cr_assert(zero(int, weft_spawn(&task, read_one, &call)));
    cr_assert(zero(int, weft_yield()));
    cr_expect(eq(i64, weft_process_read(&process, WEFT_STDOUT, text, 1), WEFT_EMISUSE),
              "one at a time");
    cr_expect(eq(int, weft_process_close(&process, WEFT_STDOUT), UV_EBUSY));
    cr_expect(eq(int, weft_process_take_pipe(&process, WEFT_STDOUT), UV_EBUSY));
    cr_expect(eq(int, weft_process_done(&process), UV_EBUSY));
    weft_task_cancel(task);
    cr_assert(zero(int, weft_process_write(&process, "ab", 2)));
    cr_expect(zero(int, weft_task_join(task, NULL)));
    cr_expect(eq(int, call.rc, UV_ECANCELED));
    cr_expect(eq(i64, weft_process_read(&process, WEFT_STDOUT, text, sizeof(text)), 2));
    {
        WEFT_TIMEOUT(scope, 2);
        cr_expect(eq(i64, weft_process_read(&process, WEFT_STDOUT, text, 1), UV_ETIMEDOUT));
    }
    cr_expect(zero(int, weft_process_done(&process)));
    cr_expect(zero(int, weft_process_done(&process)), "twice");
}

static int write_more_than_is_read(void *arg)
{
    static const char much[1 << 20];

    return weft_process_write(arg, much, sizeof(much));
}

WEFT_TASK_TEST(process, a_write_that_is_not_read_can_be_left)
{
    weft_task *task;

    WEFT_PROCESS(process);
    cr_assert(zero(int, weft_process_spawn(
                            &process, &(weft_process_options){ .argv = WEFT_ARGS("sleep", "60"),
                                                               .in = WEFT_STDIO_PIPE })));
    {
        WEFT_TIMEOUT(scope, 5);
        cr_expect(eq(int, write_more_than_is_read(&process), UV_ETIMEDOUT));
    }
    task = weft_test_spawn(write_more_than_is_read, &process);
    cr_expect(eq(int, weft_process_close(&process, WEFT_STDIN), UV_EBUSY));
    cr_expect(eq(int, weft_process_done(&process), UV_EBUSY));
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
}

WEFT_TASK_TEST(process, pipes_can_be_taken)
{
    char byte = 0;
    int fd;

    WEFT_PROCESS(process);
    cr_assert(
        zero(int, weft_process_spawn(&process, &(weft_process_options){
                                                   SHELL("echo x"), .out = WEFT_STDIO_PIPE })));
    fd = weft_process_take_pipe(&process, WEFT_STDOUT);
    cr_assert(ge(int, fd, 0));
    cr_expect(eq(int, weft_process_take_pipe(&process, WEFT_STDOUT), WEFT_EMISUSE));
    cr_expect(zero(int, weft_process_wait(&process, NULL)));
    cr_expect(eq(i64, read(fd, &byte, 1), 1));
    cr_expect(eq(int, byte, 'x'));
    close(fd);
}

/* --- All at once */

/* More than the pipes hold, both ways: neither side may wait for the other for ever. */
WEFT_TASK_TEST(communicate, much_both_ways)
{
    enum { LENGTH = 700000 };
    char *input = malloc(LENGTH);
    weft_process_output output;

    cr_assert(input != NULL);
    for (size_t i = 0; i < LENGTH; i++)
        input[i] = (char)('a' + i % 26);
    cr_assert(zero(int, weft_process_run(&(weft_process_options){ SHELL("tee /dev/stderr"),
                                                                  .out = WEFT_STDIO_PIPE,
                                                                  .err = WEFT_STDIO_PIPE },
                                         input, LENGTH, &output)));
    cr_expect(eq(sz, output.out_length, LENGTH));
    cr_expect(eq(sz, output.err_length, LENGTH));
    cr_expect(zero(int, memcmp(output.out, input, LENGTH)));
    cr_expect(zero(int, memcmp(output.err, input, LENGTH)));
    cr_expect(zero(int, output.exit.status));
    weft_process_output_done(&output);
    free(input);
}

WEFT_TASK_TEST(communicate, input_that_is_not_read)
{
    static char input[200000];
    weft_process_output output;

    cr_assert(zero(int, weft_process_run(&(weft_process_options){ SHELL("exec <&-; exit 3"),
                                                                  .out = WEFT_STDIO_NULL },
                                         input, sizeof(input), &output)));
    cr_expect(eq(int, output.exit.status, 3));
    cr_expect(eq(ptr, output.out, NULL));
    weft_process_output_done(&output);
}

WEFT_TASK_TEST(communicate, output_has_its_limit)
{
    weft_process_options options = { .argv = WEFT_ARGS("printf", "12345"),
                                     .out = WEFT_STDIO_PIPE,
                                     .max_output = 5 };
    weft_process_output output;

    same(output_of(&options), "12345");
    options.max_output = 4;
    cr_expect(eq(int, weft_process_run(&options, NULL, 0, &output), WEFT_ELIMIT));
    options.argv = WEFT_ARGS("yes");
    cr_expect(eq(int, weft_process_run(&options, NULL, 0, &output), WEFT_ELIMIT), "endless");
}

WEFT_TASK_TEST(communicate, misuse_ends_nothing)
{
    weft_process_output output;

    WEFT_PROCESS(process);
    cr_expect(eq(int, weft_process_communicate(&process, NULL, 0, &output), WEFT_EMISUSE));
    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("cat"),
                                                                   .in = WEFT_STDIO_PIPE,
                                                                   .out = WEFT_STDIO_NULL })));
    cr_expect(zero(int, weft_process_communicate(&process, "x", 1, &output)));
    cr_expect(eq(int, weft_process_communicate(&process, "x", 1, &output), WEFT_EMISUSE));
    cr_expect(zero(int, weft_process_communicate(&process, NULL, 0, &output)), "again");
}

/* --- Being ended */

static int run_forever(void *arg)
{
    struct call *call = arg;

    call->rc = weft_process_wait(call->process, NULL);
    return weft_check_cancelled();
}

WEFT_TASK_TEST(process, a_cancelled_wait_ends_it)
{
    weft_process process = { 0 };
    struct call call = { .process = &process };
    weft_process_exit end;
    weft_task *task;
    int result;

    cr_assert(
        zero(int, weft_process_spawn(&process, &(weft_process_options){ SHELL(FOREVER) })));
    cr_assert(zero(int, weft_spawn(&task, run_forever, &call)));
    cr_assert(zero(int, weft_yield()));
    weft_task_cancel(task);
    cr_expect(zero(int, weft_task_join(task, &result)));
    cr_expect(eq(int, call.rc, UV_ECANCELED));
    cr_expect(eq(int, result, UV_ECANCELED));
    cr_expect(zero(int, weft_process_wait(&process, &end)), "it tells how it ended");
    cr_expect(eq(int, end.signal, SIGTERM));
    cr_expect(zero(int, weft_process_done(&process)));
}

/* It takes no SIGTERM: after its time comes SIGKILL. */
WEFT_TASK_TEST(process, a_stubborn_one_is_killed)
{
    weft_process_exit end;
    char byte;

    WEFT_PROCESS(process);
    cr_assert(
        zero(int, weft_process_spawn(&process,
                                     &(weft_process_options){
                                         SHELL("trap '' TERM; echo; while :; do sleep 1; done"),
                                         .out = WEFT_STDIO_PIPE, .grace_ms = 20 })));
    cr_assert(eq(i64, weft_process_read(&process, WEFT_STDOUT, &byte, 1), 1));
    {
        WEFT_TIMEOUT(scope, 1);
        cr_expect(eq(int, weft_process_wait(&process, NULL), UV_ETIMEDOUT));
        cr_expect(weft_scope_expired(&scope));
    }
    cr_expect(weft_process_exited(&process, &end));
    cr_expect(eq(int, end.signal, SIGKILL));
}

WEFT_TASK_TEST(process, a_communication_out_of_time_ends_it)
{
    weft_process_output output;

    WEFT_TIMEOUT(scope, 5);
    cr_expect(
        eq(int,
           weft_process_run(&(weft_process_options){ SHELL(FOREVER), .out = WEFT_STDIO_PIPE },
                            "", 0, &output),
           UV_ETIMEDOUT));
}

WEFT_TASK_TEST(process, does_not_outlive_its_block)
{
    pid_t pid;

    {
        WEFT_PROCESS(process);
        cr_assert(
            zero(int, weft_process_spawn(&process, &(weft_process_options){ SHELL(FOREVER) })));
        pid = weft_process_pid(&process);
        cr_expect(not(gone(pid)));
        weft_task_cancel(weft_task_current()); /* which does not keep it from ending */
    }
    weft_task_uncancel();
    cr_expect(gone(pid), "reaped, too");
}

WEFT_TASK_TEST(process, signals_reach_the_whole_session)
{
    char line[32] = { 0 };
    weft_process_exit end;

    WEFT_PROCESS(process);
    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){
                                              SHELL("exec 3<&0; (echo; read line <&3) & wait"),
                                              .in = WEFT_STDIO_PIPE, .out = WEFT_STDIO_PIPE,
                                              .new_session = true })));
    cr_assert(eq(i64, weft_process_read(&process, WEFT_STDOUT, line, sizeof(line)), 1));
    cr_expect(zero(int, weft_process_terminate(&process)));
    cr_expect(zero(int, weft_process_wait(&process, &end)));
    cr_expect(eq(int, end.signal, SIGTERM));
    cr_expect(zero(i64, weft_process_read(&process, WEFT_STDOUT, line, sizeof(line))),
              "the one in the background held the pipe open as long as it lived");
}

WEFT_TASK_TEST(process, several_wait)
{
    weft_process process = { 0 };
    struct call calls[3];
    weft_task *tasks[3];

    cr_assert(
        zero(int, weft_process_spawn(&process, &(weft_process_options){ SHELL(FOREVER) })));
    for (int i = 0; i < 3; i++) {
        calls[i] = (struct call){ .process = &process, .rc = 1 };
        cr_assert(zero(int, weft_spawn(&tasks[i], run_forever, &calls[i])));
    }
    cr_assert(zero(int, weft_yield()));
    cr_expect(eq(int, weft_process_done(&process), UV_EBUSY));
    cr_expect(zero(int, weft_process_kill(&process)));
    for (int i = 0; i < 3; i++) {
        cr_expect(zero(int, weft_task_join(tasks[i], NULL)));
        cr_expect(zero(int, calls[i].rc));
    }
    cr_expect(zero(int, weft_process_done(&process)));
}

/* --- In a select */

static int await_in_select(void *arg)
{
    weft_case cases[] = { weft_on_exit(arg), { 0 } };
    int rc = weft_select(cases, 2);

    return rc < 0 ? rc : cases[rc].result;
}

WEFT_TASK_TEST(process, ends_in_a_select)
{
    weft_process_exit end;
    weft_task *task;

    WEFT_PROCESS(process);
    cr_expect(eq(int, await_in_select(&process), WEFT_EMISUSE));
    cr_assert(zero(
        int, weft_process_spawn(&process, &(weft_process_options){ SHELL("read x; exit 4"),
                                                                   .in = WEFT_STDIO_PIPE })));
    task = weft_test_spawn(await_in_select, &process);
    weft_task_cancel(task);
    cr_expect(eq(int, weft_test_join(task), UV_ECANCELED));
    cr_expect(not(weft_process_exited(&process, NULL)), "a select does not end it");
    task = weft_test_spawn(await_in_select, &process);
    cr_expect(eq(int, weft_process_done(&process), UV_EBUSY));
    cr_expect(zero(int, weft_process_close(&process, WEFT_STDIN)));
    cr_expect(zero(int, weft_test_join(task)));
    cr_expect(zero(int, await_in_select(&process)), "it has ended");
    cr_expect(zero(int, weft_process_wait(&process, &end)));
    cr_expect(eq(int, end.status, 4));
}

/* --- Being left */

WEFT_TASK_TEST(process, is_left_when_told_to)
{
    weft_process process = { 0 };
    pid_t pid;

    cr_assert(
        zero(int, weft_process_spawn(&process, &(weft_process_options){
                                                   SHELL(FOREVER), .leave_running = true })));
    pid = weft_process_pid(&process);
    {
        WEFT_TIMEOUT(scope, 2);
        cr_expect(eq(int, weft_process_wait(&process, NULL), UV_ETIMEDOUT));
    }
    cr_expect(zero(int, weft_process_done(&process)));
    cr_expect(not(gone(pid)));
    kill(pid, SIGKILL);
    while (!gone(pid)) /* the loop reaps it all the same */
        cr_assert(zero(int, weft_sleep(1)));
}

static int leave_one(void *arg)
{
    struct call *call = arg;
    int rc = weft_process_spawn(
        call->process, &(weft_process_options){ SHELL(FOREVER), .leave_running = true });

    call->pid = weft_process_pid(call->process);
    return rc < 0 || call->rc == 1 ? rc : weft_process_done(call->process);
}

/* The loop ends with a process that was left, or that was forgotten. */
WEFT_TEST(process, outlives_its_loop)
{
    for (int forget = 0; forget < 2; forget++) {
        weft_process process = { 0 };
        struct call call = { .process = &process, .rc = forget };

        cr_assert(zero(int, weft_run(leave_one, &call)));
        cr_expect(not(gone(call.pid)));
        kill(call.pid, SIGKILL);
        cr_expect(eq(int, waitpid(call.pid, NULL, 0), call.pid));
    }
}

static int look_at_it(void *arg)
{
    weft_process *process = arg;
    weft_process_output output;
    char byte;

    cr_expect(eq(int, weft_process_wait(process, NULL), WEFT_EMISUSE));
    cr_expect(eq(long, (long)weft_process_read(process, WEFT_STDOUT, &byte, 1), WEFT_EMISUSE));
    cr_expect(eq(int, weft_process_communicate(process, NULL, 0, &output), WEFT_EMISUSE));
    cr_expect(not(weft_process_exited(process, NULL)));
    cr_expect(eq(int, weft_process_kill(process), UV_ESRCH), "its id may be another's");
    return weft_process_done(process);
}

/* Its loop has gone, and with it who would know of the process; the object is released. */
WEFT_TEST(process, is_done_after_its_loop)
{
    for (int in_loop = 0; in_loop < 2; in_loop++) {
        weft_process process = { 0 };
        struct call call = { .process = &process, .rc = 1 };

        cr_assert(zero(int, weft_run(leave_one, &call)));
        if (in_loop)
            cr_expect(zero(int, weft_run(look_at_it, &process)));
        else
            cr_expect(zero(int, weft_process_done(&process)));
        cr_expect(zero(int, weft_process_pid(&process)));
        kill(call.pid, SIGKILL);
        cr_expect(eq(int, waitpid(call.pid, NULL, 0), call.pid));
    }
}

/* --- Everything that can be refused is told */

static int say_something(void *arg)
{
    weft_process_output output;
    int rc;

    (void)arg;
    rc = weft_process_run(&(weft_process_options){ SHELL("cat; echo err >&2"),
                                                   .out = WEFT_STDIO_PIPE,
                                                   .err = WEFT_STDIO_PIPE },
                          "text", 4, &output);
    if (rc == 0)
        weft_process_output_done(&output);
    return rc;
}

WEFT_TEST(process, every_refusal_is_told)
{
    unsigned long n;

    for (n = 1; n < 100; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(say_something, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(zero(int, rc));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
    cr_expect(gt(u64, n, 8));
}

/* Whichever wait is the one that fails, the process has ended and nothing is left of it. */
WEFT_TEST(process, every_wait_may_fail)
{
    uint64_t runs;

    cr_expect(zero(int, weft_test_fail_waits(say_something, NULL, &runs)));
    cr_expect(ge(u64, runs, 4));
    cr_expect(eq(int, waitpid(-1, NULL, WNOHANG), -1), "a process is left");
}

/* --- In any order */

struct race {
    weft_process process;
    struct weft__pipe from, to;
    int read, waited;
};

static int read_to_the_end(void *arg)
{
    struct race *race = arg;
    char bytes[4];
    ssize_t n;

    while ((n = weft_process_read(&race->process, WEFT_STDOUT, bytes, sizeof(bytes))) > 0)
        race->read += (int)n;
    return (int)n;
}

static int wait_for_it(void *arg)
{
    struct race *race = arg;

    return race->waited++ == 0 ? weft_process_wait(&race->process, NULL)
                               : await_in_select(&race->process);
}

static int close_input(void *arg)
{
    struct race *race = arg;
    int rc = weft_process_write(&race->process, "0123456789", 10);

    weft_process_close(&race->process, WEFT_STDIN);
    return rc;
}

static int use_at_once(void *arg)
{
    struct race race = { 0 };
    int rc =
        weft_process_spawn(&race.process, &(weft_process_options){ .argv = WEFT_ARGS("cat"),
                                                                   .in = WEFT_STDIO_PIPE,
                                                                   .out = WEFT_STDIO_PIPE });

    (void)arg;
    if (rc == 0) {
        WEFT_GROUP(group, 0);
        rc = weft_group_go(group, read_to_the_end, &race);
        if (rc == 0)
            rc = weft_group_go(group, wait_for_it, &race);
        if (rc == 0)
            rc = weft_group_go(group, wait_for_it, &race);
        if (rc == 0)
            rc = weft_group_go(group, close_input, &race);
        if (rc == 0)
            rc = weft_group_wait(group);
    }
    weft_process_done(&race.process);
    return rc == 0 && (race.read != 10 || race.waited != 2) ? UV_EIO : rc;
}

static void closed(uv_handle_t *handle)
{
    (*(int *)handle->data)--;
}

static int pipe_out(void *arg)
{
    struct race *race = arg;
    int rc = 0;

    for (int i = 0; i < 5 && rc == 0; i++)
        rc = weft__pipe_write(&race->to, "ab", 2);
    return rc;
}

static int pipe_in(void *arg)
{
    struct race *race = arg;
    char bytes[3];
    ssize_t n = 1;

    while (race->read < 10 && n > 0) {
        n = weft__pipe_read(&race->from, bytes, sizeof(bytes));
        if (n > 0)
            race->read += (int)n;
    }
    return n < 0 ? (int)n : 0;
}

/* What a cancelled reader has not read, the next one gets. */
static int pass_through_a_pipe(struct race *race)
{
    weft_task *reader;
    int rc;

    WEFT_GROUP(group, 0);
    rc = weft_spawn(&reader, pipe_in, race);
    if (rc == 0)
        rc = weft_group_go(group, pipe_out, race);
    if (rc == 0)
        rc = weft_yield();
    if (rc == 0) {
        weft_task_cancel(reader);
        rc = weft_task_join(reader, NULL);
    }
    if (rc == 0)
        rc = pipe_in(race);
    if (rc == 0)
        rc = weft_group_wait(group);
    return rc == 0 && race->read != 10 ? UV_EIO : rc;
}

static int use_pipes(void *arg)
{
    struct race race = { 0 };
    weft_loop *loop = weft_loop_current();
    int open = 2;
    int ends[2];
    int rc;

    (void)arg;
    cr_assert(zero(int, pipe2(ends, O_NONBLOCK | O_CLOEXEC)));
    cr_assert(zero(int, weft__pipe_open(&race.from, loop, ends[0])));
    cr_assert(zero(int, weft__pipe_open(&race.to, loop, ends[1])));
    race.from.handle.data = &open;
    race.to.handle.data = &open;
    rc = pass_through_a_pipe(&race);
    close(weft__pipe_release(&race.from, closed));
    close(weft__pipe_release(&race.to, closed));
    while (open > 0)
        cr_assert(zero(int, weft_yield()));
    return rc;
}

WEFT_TEST(process, pipes_in_any_order)
{
    expect_in_any_order(use_pipes, NULL);
}

WEFT_TEST(process, in_any_order)
{
    expect_in_any_order(use_at_once, NULL);
}

/* --- Without file descriptors */

static void run_short_of_files(void)
{
    weft_process_output output;
    int fds[512], count = 0, refused = 0;

    for (int spare = 0; spare < 10; spare++) {
        int rc;

        while (count < 512 && (fds[count] = dup(0)) >= 0)
            count++;
        cr_assert(lt(int, count, 512), "the limit is too high for this test");
        for (int i = 0; i < spare; i++)
            close(fds[--count]);
        rc = weft_process_run(&(weft_process_options){ .argv = WEFT_ARGS("true"),
                                                       .out = WEFT_STDIO_PIPE,
                                                       .err = WEFT_STDIO_PIPE },
                              "", 0, &output);
        cr_expect(rc == 0 || rc == UV_EMFILE, "with %d: %d", spare, rc);
        refused += rc == UV_EMFILE;
        if (rc == 0)
            weft_process_output_done(&output);
    }
    cr_expect(refused > 0 && refused < 10, "%d refused", refused);
    while (count > 0)
        close(fds[--count]);
}

WEFT_TASK_TEST(process, without_file_descriptors)
{
    struct rlimit before, few;

    cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &before)));
    few = before;
    few.rlim_cur = 100;
    cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &few)));
    run_short_of_files();
    setrlimit(RLIMIT_NOFILE, &before);
}
