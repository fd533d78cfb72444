/*
 * What AddressSanitizer and LeakSanitizer see of tasks; empty in other builds.
 */
#include <weft/task.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "in_task.h"
#include "task/task.h"

#ifdef WEFT_ASAN

static struct weft__wait held;

static int hold_memory(void *arg)
{
    char *memory = malloc(1000); /* nothing else points at it */
    int rc;

    (void)arg;
    weft__wait_init(&held, "test");
    rc = weft__wait(&held);
    free(memory);
    return rc;
}

WEFT_TEST(leaks, memory_of_a_suspended_task_is_none)
{
    weft_loop *loop;

    cr_assert(zero(int, weft__loop_new(&loop, NULL)));
    cr_assert(zero(int, weft__task_start(loop, NULL, hold_memory, NULL, NULL)));
    cr_expect(zero(int, weft_test_leaks()));
    weft__wait_complete(&held, 0);
    weft__loop_run(loop);
    weft__loop_free(loop);
}

static int look_for_leaks(void *arg)
{
    (void)arg;
    return weft_test_leaks();
}

static __attribute__((noinline)) int run_with_memory(void)
{
    char *volatile memory = malloc(1000); /* on the loop's stack, while a task looks */
    int rc = weft_run(look_for_leaks, NULL);

    free(memory);
    return rc;
}

WEFT_TEST(leaks, memory_of_the_loops_stack_is_none)
{
    cr_expect(zero(int, run_with_memory()));
}

/* --- Mistakes, in a child process that AddressSanitizer ends */

static int write_past_an_array(void *arg)
{
    char array[8];

    memset(array, 0, *(size_t *)arg);
    return array[0];
}

static int past_an_array(void *arg)
{
    size_t size = 9;

    (void)arg;
    if (weft_yield() < 0)
        return 1;
    return write_past_an_array(&size);
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int after_its_join(void *arg)
{
    weft_task *task;

    (void)arg;
    if (weft_spawn(&task, nothing, NULL) < 0 || weft_task_join(task, NULL) < 0)
        return 1;
    return weft_task_ended(task) ? 1 : 2;
}

static void expect_found(weft_task_fn mistake, const char *report)
{
    char said[16384];
    size_t length = 0;
    ssize_t got;
    int ends[2], status = 0;
    pid_t pid;

    cr_assert(zero(int, pipe(ends)));
    pid = fork();
    cr_assert(ge(int, pid, 0));
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        weft_run(mistake, NULL);
        _exit(0);
    }
    close(ends[1]);
    while (length < sizeof(said) - 1 &&
           (got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += (size_t)got;
    said[length] = '\0';
    close(ends[0]);
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_expect(ne(int, status, 0));
    cr_expect(ne(ptr, strstr(said, report), NULL), "%s", said);
}

WEFT_TEST(mistakes, writing_past_an_array_is_found)
{
    expect_found(past_an_array, "stack-buffer-overflow");
}

WEFT_TEST(mistakes, using_a_task_after_its_join_is_found)
{
    expect_found(after_its_join, "use-after-poison");
}

#else

WEFT_TEST(sanitizer, is_not_in_this_build)
{
}

#endif
