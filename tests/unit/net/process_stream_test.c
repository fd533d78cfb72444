/*
 * The pipes of a process as streams: lines, exact reads, back-pressure, the end of its input.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/process.h>
#include <weft/stream.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failalloc.h"
#include "in_task.h"

static void spawn_shell(weft_process *process, const char *script)
{
    const weft_process_options options = { .argv = WEFT_ARGS("sh", "-c", script),
                                           .in = WEFT_STDIO_PIPE,
                                           .out = WEFT_STDIO_PIPE,
                                           .err = WEFT_STDIO_PIPE };

    cr_assert(zero(int, weft_process_spawn(process, &options)));
}

static struct weft_stream *stream_of(weft_process *process, int which)
{
    struct weft_stream *stream = NULL;

    cr_assert(zero(int, weft_process_stream(process, which, NULL, &stream)));
    return stream;
}

static int status_of(weft_process *process)
{
    weft_process_exit end = { -1, -1 };

    cr_assert(zero(int, weft_process_wait(process, &end)));
    return end.status;
}

WEFT_TASK_TEST(process_stream, talks_in_lines)
{
    struct weft_stream *in, *out;
    char line[64];

    WEFT_PROCESS(process);
    spawn_shell(&process, "while read -r name; do echo \"hello $name\"; done; exit 3");
    in = stream_of(&process, WEFT_STDIN);
    out = stream_of(&process, WEFT_STDOUT);
    for (int i = 0; i < 3; i++) {
        cr_assert(zero(int, weft_stream_printf(in, "%d\n", i)));
        cr_assert(eq(int, weft_stream_read_line(out, line, sizeof(line)), 8));
        cr_expect(eq(int, line[6], '0' + i));
    }
    cr_expect(zero(int, weft_stream_shut_write(in)), "the end of its input");
    cr_expect(eq(int, weft_stream_write(in, "x", 1), UV_EPIPE));
    cr_expect(zero(int, weft_stream_drain(in)));
    cr_expect(zero(int, weft_stream_read_line(out, line, sizeof(line))));
    cr_expect(eq(int, status_of(&process), 3));
    cr_expect(zero(int, weft_stream_close(in)));
    cr_expect(zero(int, weft_stream_close(out)));
}

/* The end of the input comes behind all that was written. */
static int feed(void *arg)
{
    static char much[1 << 20];
    int rc = weft_stream_write(arg, much, sizeof(much));

    return rc < 0 ? rc : weft_stream_shut_write(arg);
}

WEFT_TASK_TEST(process_stream, carries_more_than_a_pipe_holds)
{
    struct weft_stream *in, *out;
    size_t total = 0;
    char *piece = malloc(100000);
    int rc;

    WEFT_PROCESS(process);
    spawn_shell(&process, "exec cat");
    in = stream_of(&process, WEFT_STDIN);
    out = stream_of(&process, WEFT_STDOUT);
    cr_assert(zero(int, feed(in)));
    while ((rc = weft_stream_read(out, piece, 100000)) > 0)
        total += (size_t)rc;
    cr_expect(zero(int, rc));
    cr_expect(eq(sz, total, 1 << 20));
    cr_expect(zero(int, weft_stream_drain(in)));
    cr_expect(zero(int, status_of(&process)));
    weft_stream_close(in);
    weft_stream_close(out);
    free(piece);
}

WEFT_TASK_TEST(process_stream, outlives_the_process)
{
    struct weft_stream *out, *errors;
    char text[16] = "";

    WEFT_PROCESS(process);
    spawn_shell(&process, "printf 'abc,rest'; printf 'oops\\n' >&2");
    out = stream_of(&process, WEFT_STDOUT);
    errors = stream_of(&process, WEFT_STDERR);
    cr_expect(zero(int, status_of(&process)));
    cr_expect(zero(int, weft_process_done(&process)));
    cr_expect(eq(int, weft_stream_read_until(out, ",", text, sizeof(text)), 4));
    cr_expect(eq(int, weft_stream_read_until(out, ",", text, sizeof(text)), UV_EOF));
    cr_expect(zero(int, weft_stream_read_exactly(out, text, 4, NULL)));
    cr_expect(zero(int, memcmp(text, "rest", 4)));
    cr_expect(eq(int, weft_stream_read_line(errors, text, sizeof(text)), 5));
    weft_stream_close(out);
    weft_stream_close(errors);
}

/* A process that does not read: writers wait above the mark, and end with their time. */
WEFT_TASK_TEST(process_stream, holds_a_writer_back)
{
    static char much[1 << 20];
    struct weft_stream *in;

    WEFT_PROCESS(process);
    spawn_shell(&process, "while :; do sleep 1; done");
    in = stream_of(&process, WEFT_STDIN);
    cr_expect(zero(int, weft_stream_write(in, much, sizeof(much))));
    {
        WEFT_TIMEOUT(limit, 10);
        cr_expect(eq(int, weft_stream_write(in, "x", 1), UV_ETIMEDOUT));
        cr_expect(eq(int, weft_stream_drain(in), UV_ETIMEDOUT));
    }
    cr_expect(zero(int, weft_process_kill(&process)));
    cr_expect(eq(int, weft_stream_drain(in), UV_EPIPE), "its reader has gone");
    cr_expect(zero(int, weft_stream_close(in)));
}

WEFT_TASK_TEST(process_stream, is_taken_once)
{
    struct weft_stream *out, *other = NULL;
    weft_process none = { 0 };
    char text[4];

    WEFT_PROCESS(process);
    spawn_shell(&process, "cat");
    out = stream_of(&process, WEFT_STDOUT);
    cr_expect(eq(int, weft_process_stream(&process, WEFT_STDOUT, NULL, &other), WEFT_EMISUSE));
    cr_expect(eq(int, weft_process_stream(&process, 3, NULL, &other), WEFT_EMISUSE));
    cr_expect(eq(int, weft_process_stream(&none, WEFT_STDOUT, NULL, &other), WEFT_EMISUSE));
    cr_expect(eq(long, weft_process_read(&process, WEFT_STDOUT, text, 4), WEFT_EMISUSE));
    cr_expect(eq(ptr, other, NULL));
    weft_stream_close(out);
}

/* --- Failures --------------------------------------------------------------------- */

static int scenario(void *arg)
{
    struct weft_stream *out = NULL;
    char line[16];
    int rc;

    (void)arg;
    WEFT_PROCESS(process);
    rc = weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("echo", "x"),
                                                               .out = WEFT_STDIO_PIPE });
    if (rc == 0)
        rc = weft_process_stream(&process, WEFT_STDOUT, NULL, &out);
    if (rc == 0)
        rc = weft_stream_read_line(out, line, sizeof(line));
    weft_stream_close(out);
    return rc;
}

WEFT_TEST(process_stream, each_allocation_can_fail)
{
    for (unsigned long n = 1; n < 100; n++) {
        int rc;

        weft_test_fail_alloc(n);
        rc = weft_run_with(scenario, NULL, &weft_test_unwatched);
        if (!weft_test_fail_stop()) {
            cr_expect(eq(int, rc, 2));
            break;
        }
        cr_expect(eq(int, rc, UV_ENOMEM), "allocation %lu", n);
    }
}
