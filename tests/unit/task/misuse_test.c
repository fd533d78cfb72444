/*
 * WEFT_EMISUSE: the log says which rule the call breaks.
 */
#include <weft/diagnostics.h>
#include <weft/fd.h>
#include <weft/file.h>
#include <weft/future.h>
#include <weft/log.h>
#include <weft/process.h>
#include <weft/signal.h>

#include <string.h>

#include "in_task.h"

static struct {
    int lines;
    char text[512]; /* the last one */
} told;

static void keep(weft_log_level level, const char *line, void *arg)
{
    (void)arg;
    cr_expect(eq(int, (int)level, (int)WEFT_LOG_ERROR));
    told.lines++;
    snprintf(told.text, sizeof(told.text), "%s", line);
}

/* The call was refused with one line, which names it. */
static void expect_told(int rc, const char *call)
{
    cr_expect(eq(int, rc, WEFT_EMISUSE), "%s: %d", call, rc);
    cr_expect(told.lines == 1 && strstr(told.text, call) != NULL, "%s: %d lines, \"%s\"", call,
              told.lines, told.text);
    told.lines = 0;
    told.text[0] = '\0';
}

#define EXPECT_TOLD(function, ...) expect_told((int)(function(__VA_ARGS__)), #function "()")

WEFT_TASK_TEST(misuse, of_futures_is_told)
{
    weft_future *future;

    weft_log_set_sink(keep, NULL);
    cr_assert(zero(int, weft_future_new(&future)));
    cr_expect(zero(int, weft_future_set(future, 0, NULL)));
    EXPECT_TOLD(weft_future_set, future, 0, NULL);
    weft_future_unref(future);
    weft_log_set_sink(NULL, NULL);
}

static int end_at_once(void *arg)
{
    (void)arg;
    return 0;
}

WEFT_TASK_TEST(misuse, of_tasks_is_told)
{
    int rc;

    weft_log_set_sink(keep, NULL);
    EXPECT_TOLD(weft_task_join, weft_task_current(), NULL);
    EXPECT_TOLD(weft_task_join, NULL, NULL);
    EXPECT_TOLD(weft_loop_await, weft_loop_current(), end_at_once, NULL, &rc);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TASK_TEST(misuse, of_files_is_told)
{
    weft_file file = { 0 };
    weft_dir dir = { 0 };
    weft_dir_entry entry;
    struct stat stat;
    char byte = 0;

    weft_log_set_sink(keep, NULL);
    EXPECT_TOLD(weft_file_read, &file, &byte, 1);
    EXPECT_TOLD(weft_file_pread, &file, &byte, 1, 0);
    EXPECT_TOLD(weft_file_write, &file, &byte, 1);
    EXPECT_TOLD(weft_file_pwrite, &file, &byte, 1, 0);
    EXPECT_TOLD(weft_file_seek, &file, 0, SEEK_SET);
    EXPECT_TOLD(weft_file_sync, &file);
    EXPECT_TOLD(weft_file_truncate, &file, 0);
    EXPECT_TOLD(weft_file_stat, &file, &stat);
    EXPECT_TOLD(weft_dir_next, &dir, &entry);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TASK_TEST(misuse, of_processes_and_signals_is_told)
{
    weft_process process = { 0 };
    weft_process_output output;
    weft_signal signals = { 0 };
    char byte = 0;

    weft_log_set_sink(keep, NULL);
    EXPECT_TOLD(weft_process_wait, &process, NULL);
    EXPECT_TOLD(weft_process_read, &process, WEFT_STDOUT, &byte, 1);
    EXPECT_TOLD(weft_process_write, &process, &byte, 1);
    EXPECT_TOLD(weft_process_take_pipe, &process, WEFT_STDOUT);
    EXPECT_TOLD(weft_process_close, &process, 3);
    EXPECT_TOLD(weft_process_communicate, &process, NULL, 0, &output);
    EXPECT_TOLD(weft_signal_wait, &signals);
    weft_log_set_sink(NULL, NULL);
}

WEFT_TEST(misuse, outside_of_loops_is_told)
{
    static const char *const argv[] = { "true", NULL };
    const weft_process_options options = { .argv = argv };
    const int number = SIGHUP;
    weft_process process = { 0 };
    weft_signal signals = { 0 };
    weft_future *future;
    weft_task *task;
    weft_group group;
    weft_fd *fd;

    weft_log_set_sink(keep, NULL);
    EXPECT_TOLD(weft_future_new, &future);
    EXPECT_TOLD(weft_sleep, 1);
    EXPECT_TOLD(weft_yield);
    EXPECT_TOLD(weft_spawn, &task, end_at_once, NULL);
    EXPECT_TOLD(weft_task_join, NULL, NULL);
    EXPECT_TOLD(weft_group_go, weft_group_init(&group, 0), end_at_once, NULL);
    EXPECT_TOLD(weft_group_wait, &group);
    EXPECT_TOLD(weft_dump_tasks, 2);
    EXPECT_TOLD(weft_fd_open, 0, &fd);
    EXPECT_TOLD(weft_process_spawn, &process, &options);
    EXPECT_TOLD(weft_signal_open, &signals, &number, 1);
    weft_log_set_sink(NULL, NULL);
}
