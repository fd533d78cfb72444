/*
 * support/plain/plain.c - runs the tests of one program, see criterion/criterion.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <criterion/new/assert.h>

#include <sys/wait.h>
#include <unistd.h>

static struct plain_test *tests;
static bool failed;

void plain_register(struct plain_test *test)
{
    test->next = tests;
    tests = test;
}

void test_report(bool fatal, const char *file, unsigned line, const char *message)
{
    failed = true;
    fprintf(stderr, "%s:%u: %s\n", file, line, message);
    if (fatal)
        _exit(1); /* the test's stacks and threads are left as they stand */
}

static bool run(const struct plain_test *test)
{
    int status = 1;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(test->timeout);
        if (test->init != NULL)
            test->init();
        test->run();
        if (test->fini != NULL)
            test->fini();
        exit(failed ? 1 : 0);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(void)
{
    int count = 0, bad = 0;

    for (const struct plain_test *test = tests; test != NULL; test = test->next) {
        bool ok = run(test);

        bad += ok ? 0 : 1;
        printf("%s %d - %s::%s\n", ok ? "ok" : "not ok", ++count, test->suite, test->name);
    }
    printf("1..%d\n", count);
    return bad == 0 ? 0 : 1;
}
