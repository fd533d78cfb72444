/*
 * What tasks have from outside of the loop, threads, descriptors, files, processes, signals,
 * while each allocation fails once.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/fd.h>
#include <weft/file.h>
#include <weft/future.h>
#include <weft/process.h>
#include <weft/signal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fail_each.h"

/* --- Threads */

static int seven(void *arg)
{
    (void)arg;
    return 7;
}

static int offload_three(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        int rc = weft_offload(seven, NULL);

        if (rc < 0)
            return rc;
        cr_expect(eq(int, rc, 7));
    }
    return 0;
}

struct answer {
    weft_future *future;
    weft_loop *loop;
};

static void set_future(void *arg)
{
    struct answer *answer = arg;

    (void)weft_future_set(answer->future, 7, NULL);
}

static int call_back(void *arg)
{
    struct answer *answer = arg;

    return weft_loop_call(answer->loop, set_future, answer);
}

static int await_future(void *arg)
{
    struct answer answer = { .loop = weft_loop_current() };
    int result = 0;
    int rc = weft_future_new(&answer.future);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = weft_offload(call_back, &answer);
    if (rc == 0)
        rc = weft_future_wait(answer.future, &result, NULL);
    cr_expect(eq(int, result, rc == 0 ? 7 : 0));
    weft_future_unref(answer.future);
    return rc;
}

static int eight(void *arg)
{
    (void)arg;
    return weft_yield() < 0 ? UV_ECANCELED : 8;
}

static int await_on_loop(void *arg)
{
    int result = 8;
    int rc = weft_loop_await(arg, eight, NULL, &result);

    cr_expect(eq(int, result, 8));
    return rc;
}

static int let_a_thread_await(void *arg)
{
    (void)arg;
    return weft_offload(await_on_loop, weft_loop_current());
}

WEFT_TEST(alloc_outside, threads)
{
    weft_test_fail_each(offload_three, 1, 0);
    weft_test_fail_each(await_future, 3, 0);
    weft_test_fail_each(let_a_thread_await, 1, 0);
}

/* --- Descriptors and signals */

static int wait_writable(void *arg)
{
    int ends[2];
    weft_fd *fd;
    int rc;

    (void)arg;
    cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
    rc = weft_fd_open(ends[0], &fd);
    if (rc == 0) {
        rc = weft_fd_wait(fd, WEFT_WRITABLE);
        cr_expect(zero(int, weft_fd_close(fd)));
    }
    close(ends[0]);
    close(ends[1]);
    return rc < 0 ? rc : 0;
}

static int catch_signal(void *arg)
{
    const int numbers[] = { SIGUSR1, SIGUSR2 };
    weft_signal signals = { 0 };
    int rc = weft_signal_open(&signals, numbers, 2);

    (void)arg;
    if (rc < 0)
        return rc;
    raise(SIGUSR2);
    rc = weft_signal_wait(&signals);
    cr_expect(zero(int, weft_signal_close(&signals)));
    return rc == SIGUSR2 ? 0 : rc;
}

WEFT_TEST(alloc_outside, descriptors_and_signals)
{
    weft_test_fail_each(wait_writable, 1, 0);
    weft_test_fail_each(catch_signal, 1, 0);
}

/* --- Files */

static char root[64];

static const char *at(const char *name, char *path)
{
    snprintf(path, 96, "%s/%s", root, name);
    return path;
}

static int list_root(void)
{
    weft_dir_entry entry;
    WEFT_DIR(dir);
    int rc = weft_dir_open(&dir, root);

    while (rc == 0 && (rc = weft_dir_next(&dir, &entry)) > 0)
        rc = 0;
    return rc;
}

static int use_files(const char *a, const char *b)
{
    char *data = NULL;
    struct stat status;
    int rc = weft_fs_write(a, "text", 4, NULL);

    if (rc == 0)
        rc = weft_fs_copy(a, b, NULL);
    if (rc == 0)
        rc = weft_fs_read(b, 100, &data, NULL);
    if (rc == 0) {
        cr_expect(eq(str, data, (char *)"text"));
        free(data);
        rc = weft_fs_stat(b, &status);
    }
    return rc < 0 ? rc : list_root();
}

static int open_file(const char *path)
{
    char text[8];
    WEFT_FILE(file);
    int rc = weft_file_open(&file, path, O_CREAT | O_RDWR, 0600);

    if (rc == 0)
        rc = weft_file_write(&file, "text", 4);
    if (rc == 0)
        rc = (int)weft_file_pread(&file, text, sizeof(text), 0);
    return rc < 0 ? rc : weft_file_sync(&file);
}

static int use_root(void *arg)
{
    char a[96], b[96], c[96];
    int rc = use_files(at("a", a), at("b", b));

    (void)arg;
    if (rc == 0)
        rc = open_file(at("c", c));
    unlink(at("a", a));
    unlink(at("b", b));
    unlink(at("c", c));
    return rc;
}

WEFT_TEST(alloc_outside, files)
{
    snprintf(root, sizeof(root), "%s", P_tmpdir "/weft-alloc-XXXXXX");
    cr_assert(mkdtemp(root) != NULL);
    weft_test_fail_each(use_root, 4, 2);
    cr_expect(zero(int, rmdir(root)), "a file is left");
}

/* --- Processes */

#ifndef __SANITIZE_THREAD__ /* see meson.build: the end of a process would be told late */

static int run_shell(void *arg)
{
    const weft_process_options options = { .argv = WEFT_ARGS("sh", "-c", "cat; echo err >&2"),
                                           .out = WEFT_STDIO_PIPE,
                                           .err = WEFT_STDIO_PIPE };
    weft_process_output output;
    int rc = weft_process_run(&options, "text", 4, &output);

    (void)arg;
    if (rc < 0)
        return rc;
    cr_expect(eq(str, output.out, (char *)"text"));
    weft_process_output_done(&output);
    return 0;
}

static int read_from_process(void *arg)
{
    char text[8] = "";
    WEFT_PROCESS(process);
    int rc =
        weft_process_spawn(&process, &(weft_process_options){ .argv = WEFT_ARGS("echo", "hi"),
                                                              .out = WEFT_STDIO_PIPE });

    (void)arg;
    if (rc == 0)
        rc = (int)weft_process_read(&process, WEFT_STDOUT, text, sizeof(text) - 1);
    if (rc < 0)
        return rc;
    cr_expect(eq(str, text, (char *)"hi\n"));
    return weft_process_wait(&process, NULL);
}

WEFT_TEST(alloc_outside, processes)
{
    weft_test_fail_each(run_shell, 3, 0);
    weft_test_fail_each(read_from_process, 1, 0);
}
#endif
