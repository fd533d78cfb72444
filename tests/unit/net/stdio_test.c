/*
 * Streams over descriptors: pipes, files, terminals, the program's own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/stream.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "in_task.h"

static struct weft_stream *stream_of(int fd)
{
    struct weft_stream *stream = NULL;

    cr_assert(zero(int, weft_stream_from_fd(fd, NULL, &stream)), "%d", fd);
    return stream;
}

WEFT_TASK_TEST(fd_stream, is_a_pipe)
{
    struct weft_stream *reader, *writer;
    weft_address address;
    char text[8] = "";
    int fds[2];

    cr_assert(zero(int, pipe2(fds, O_CLOEXEC)));
    reader = stream_of(fds[0]);
    writer = stream_of(fds[1]);
    cr_expect(zero(int, weft_stream_write(writer, "hello", 5)));
    cr_expect(eq(int, weft_stream_read(reader, text, 8), 5));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(eq(int, weft_stream_write(reader, "x", 1), UV_EBADF));
    cr_expect(eq(int, weft_stream_read(writer, text, 8), UV_EBADF));
    cr_expect(eq(int, weft_stream_peer(reader, &address), UV_ENOTSOCK));
    cr_expect(zero(int, weft_stream_close(writer)));
    cr_expect(zero(int, weft_stream_read(reader, text, 8)));
    cr_expect(zero(int, weft_stream_close(reader)));
}

WEFT_TASK_TEST(fd_stream, breaks_when_the_reader_of_a_pipe_goes)
{
    struct weft_stream *writer;
    int fds[2];

    cr_assert(zero(int, pipe2(fds, O_CLOEXEC)));
    writer = stream_of(fds[1]);
    close(fds[0]);
    cr_expect(eq(int, weft_stream_write(writer, "x", 1), UV_EPIPE));
    cr_expect(zero(int, weft_stream_close(writer)));
}

/* --- Files ------------------------------------------------------------------------ */

static char name[] = "/tmp/weft-stdio-XXXXXX";

WEFT_TASK_TEST(fd_stream, is_a_file)
{
    int fd = mkostemp(name, O_CLOEXEC);
    struct weft_stream *writer = stream_of(fd), *reader;
    char line[64];
    int count = 0, rc;

    for (int i = 0; i < 20000; i++) /* more than is read ahead */
        cr_assert(zero(int, weft_stream_printf(writer, "line %d\n", i)));
    cr_expect(zero(int, weft_stream_drain(writer)));
    cr_expect(zero(int, weft_stream_shut_write(writer)));
    cr_expect(zero(int, weft_stream_close(writer)));

    reader = stream_of(open(name, O_RDONLY | O_CLOEXEC));
    while ((rc = weft_stream_read_line(reader, line, sizeof(line))) > 0)
        cr_assert(eq(int, (int)strtol(line + 5, NULL, 10), count++));
    cr_expect(zero(int, rc));
    cr_expect(eq(int, count, 20000));
    cr_expect(weft_stream_at_eof(reader));
    cr_expect(eq(int, weft_stream_write(reader, "x", 1), UV_EBADF));
    cr_expect(zero(int, weft_stream_close(reader)));
    unlink(name);
}

/* A thread may still be at work when a file is closed, and when the loop ends. */
WEFT_TASK_TEST(fd_stream, is_closed_while_a_thread_works)
{
    struct weft_stream *zero = stream_of(open("/dev/zero", O_RDWR | O_CLOEXEC));

    cr_expect(zero(int, weft_stream_write(zero, "x", 1)));
    cr_expect(zero(int, weft_stream_close(zero)));
}

WEFT_TASK_TEST(fd_stream, tells_of_a_full_device)
{
    struct weft_stream *full = stream_of(open("/dev/full", O_WRONLY | O_CLOEXEC));

    cr_expect(zero(int, weft_stream_write(full, "x", 1)));
    cr_expect(eq(int, weft_stream_drain(full), UV_ENOSPC));
    cr_expect(eq(int, weft_stream_write(full, "x", 1), UV_ENOSPC));
    cr_expect(zero(int, weft_stream_close(full)));
}

/* --- Terminals -------------------------------------------------------------------- */

WEFT_TASK_TEST(fd_stream, is_a_terminal)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct weft_stream *terminal;
    char text[16] = "";

    cr_assert(zero(int, grantpt(master)));
    cr_assert(zero(int, unlockpt(master)));
    terminal = stream_of(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
    cr_assert(eq(long, write(master, "typed\n", 6), 6));
    cr_expect(eq(int, weft_stream_read_line(terminal, text, sizeof(text)), 6));
    cr_expect(eq(str, text, (char *)"typed\n"));
    cr_expect(zero(int, weft_stream_write(terminal, "shown", 5)));
    cr_expect(zero(int, weft_stream_drain(terminal)));
    cr_expect(zero(int, weft_stream_close(terminal)));
    close(master);
}

/* --- The program's own ------------------------------------------------------------ */

static int copy(void *arg)
{
    struct weft_stream *in = NULL, *out = NULL;
    char line[64];
    int rc;

    (void)arg;
    rc = weft_stdin(&in);
    if (rc == 0)
        rc = weft_stdout(&out);
    while (rc == 0 && (rc = weft_stream_read_line(in, line, sizeof(line))) > 0)
        rc = weft_stream_printf(out, "> %s", line);
    if (rc == 0)
        rc = weft_stream_drain(out);
    weft_stream_close(in);
    weft_stream_close(out);
    return rc;
}

/* Copy with these as stdin and stdout; below 0: closed. */
static int copy_between(int in, int out)
{
    int saved[] = { fcntl(0, F_DUPFD_CLOEXEC, 10), fcntl(1, F_DUPFD_CLOEXEC, 10) };
    int rc;

    fflush(stdout);
    close(0);
    close(1);
    if (in >= 0)
        dup2(in, 0);
    if (out >= 0)
        dup2(out, 1);
    rc = weft_run(copy, NULL);
    for (int fd = 0; fd < 2; fd++) {
        dup2(saved[fd], fd);
        close(saved[fd]);
    }
    return rc;
}

WEFT_TEST(stdio, is_pipes)
{
    char text[64] = "";
    int in[2], out[2];

    cr_assert(zero(int, pipe2(in, O_CLOEXEC)));
    cr_assert(zero(int, pipe2(out, O_CLOEXEC)));
    cr_assert(eq(long, write(in[1], "a\nb\n", 4), 4));
    close(in[1]);
    cr_expect(zero(int, copy_between(in[0], out[1])));
    cr_expect(eq(long, read(out[0], text, sizeof(text)), 8));
    cr_expect(eq(str, text, (char *)"> a\n> b\n"));
    close(in[0]);
    close(out[0]);
    close(out[1]);
}

WEFT_TEST(stdio, is_files)
{
    FILE *in = tmpfile(), *out = tmpfile();
    char text[64] = "";

    cr_assert(in != NULL && out != NULL);
    cr_assert(eq(long, write(fileno(in), "a\nlast", 6), 6));
    cr_assert(zero(long, lseek(fileno(in), 0, SEEK_SET)));
    cr_expect(zero(int, copy_between(fileno(in), fileno(out))));
    cr_expect(eq(long, pread(fileno(out), text, sizeof(text), 0), 10));
    cr_expect(eq(str, text, (char *)"> a\n> last"));
    fclose(in);
    fclose(out);
}

/* Both are the same, as in a shell; ^D ends the input. */
WEFT_TEST(stdio, is_a_terminal)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
    char text[64] = "";
    ssize_t count = 0;

    cr_assert(zero(int, grantpt(master)));
    cr_assert(zero(int, unlockpt(master)));
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert(eq(long, write(master, "a\n\x04", 3), 3));
    cr_expect(zero(int, copy_between(slave, slave)));
    while (strstr(text, "> a") == NULL && count < (ssize_t)sizeof(text) - 1) {
        ssize_t n = read(master, text + count, sizeof(text) - 1 - (size_t)count);

        cr_assert(gt(long, n, 0));
        count += n;
    }
    close(slave);
    close(master);
}

WEFT_TEST(stdio, is_nothing)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    cr_expect(zero(int, copy_between(null, null)));
    close(null);
}

static int take_twice(void *arg)
{
    struct weft_stream *first, *second = NULL;
    int rc;

    (void)arg;
    if (weft_stdin(&first) < 0)
        return UV_EIO;
    rc = weft_stdin(&second);
    weft_stream_close(first);
    weft_stream_close(second);
    return rc;
}

WEFT_TEST(stdio, a_pipe_is_taken_once)
{
    int saved = fcntl(0, F_DUPFD_CLOEXEC, 10), fds[2];

    cr_assert(zero(int, pipe2(fds, O_CLOEXEC)));
    dup2(fds[0], 0);
    cr_expect(eq(int, weft_run(take_twice, NULL), UV_EEXIST));
    dup2(saved, 0);
    close(saved);
    close(fds[0]);
    close(fds[1]);
}

WEFT_TASK_TEST(fd_stream, refuses_what_is_none)
{
    struct weft_stream *stream = NULL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    cr_expect(eq(int, weft_stream_from_fd(-1, NULL, &stream), UV_EBADF));
    cr_expect(eq(int, weft_stream_from_fd(900, NULL, &stream), UV_EBADF));
    cr_expect(eq(int, weft_stream_from_fd(fd, NULL, &stream), UV_ENOTCONN));
    cr_expect(eq(int, weft_stream_from_fd(epoll, NULL, &stream), UV_EINVAL));
    cr_expect(zero(int, close(fd)), "what is refused stays the caller's");
    cr_expect(zero(int, close(epoll)));
}
