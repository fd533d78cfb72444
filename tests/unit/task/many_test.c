/*
 * A hundred thousand tasks asleep on one loop: what they hold, and that all of their stacks are
 * guarded.
 */
#include <weft/task.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "task/runtime.h"
#include "test.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum {
    MADV_GUARD = 102,
/* Sanitizers keep memory of their own for each stack, so figures would mean nothing. */
#if defined(WEFT_ASAN) || defined(WEFT_TSAN) || defined(WEFT_CORO_UCONTEXT)
    SANITIZED = 1,
    SLEEPERS = 1000,
#else
    SANITIZED = 0,
    SLEEPERS = 100 * 1000,
#endif
    SLEEP_MS = 3600 * 1000,
    MOST_BYTES = 5 * 1024,
    CHILDREN = 4, /* that run into a guard */
};

/* Whether the kernel has guards that are no mappings (Linux 6.13). */
static bool has_guards(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *low = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool has;

    cr_assert(ne(ptr, low, MAP_FAILED));
    has = madvise(low, page, MADV_GUARD) == 0 && madvise(low, page, MADV_POPULATE_READ) != 0;
    munmap(low, page);
    return has;
}

static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    cr_assert(ne(ptr, file, NULL));
    cr_assert(eq(int, fscanf(file, "%*s %lu", &pages), 1));
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* --- Guards */

struct guards {
    int pipe[2];
    size_t seen, missing;
    const char *low[CHILDREN]; /* some of the stacks */
};

/* The kernel answers, instead of ending the process. */
static bool readable(struct guards *guards, const char *at)
{
    char byte;

    return write(guards->pipe[1], at, 1) == 1 && read(guards->pipe[0], &byte, 1) == 1;
}

static void look_at(void *arg, const weft_task *task)
{
    struct guards *guards = arg;
    const char *low = task->stack.low;

    if (readable(guards, low - 1) || readable(guards, low - task->loop->stacks.guard_bytes))
        guards->missing++;
    if (guards->seen % (SLEEPERS / CHILDREN) == 0 && guards->seen < SLEEPERS)
        guards->low[guards->seen / (SLEEPERS / CHILDREN)] = low;
    guards->seen++;
}

/* How a process ends that writes there. */
static int fate_of_writing(const char *at)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)at = 'x';
        _exit(0);
    }
    cr_assert(gt(int, pid, 0));
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void expect_guards(void)
{
    struct guards guards = { .seen = 0 };

    cr_assert(zero(int, pipe(guards.pipe)));
    weft__pool_each(weft_loop_current(), look_at, &guards);
    close(guards.pipe[0]);
    close(guards.pipe[1]);
    cr_expect(eq(sz, guards.seen, SLEEPERS + 1), "with the one that looks");
    cr_expect(zero(sz, guards.missing));
    for (size_t i = 0; i < CHILDREN; i++) {
        cr_expect(eq(int, fate_of_writing(guards.low[i] - 1), SIGSEGV));
        cr_expect(eq(int, fate_of_writing(guards.low[i]), 0));
    }
}

/* --- The test */

static unsigned asleep;

static int sleep_long(void *arg)
{
    (void)arg;
    asleep++;
    return weft_sleep(SLEEP_MS);
}

static int sleep_all(void *arg)
{
    size_t before = resident(), bytes;
    WEFT_GROUP(group, 0);

    (void)arg;
    for (unsigned i = 0; i < SLEEPERS; i++)
        cr_assert(zero(int, weft_group_go(group, sleep_long, NULL)));
    cr_assert(zero(int, weft_yield()));
    cr_assert(eq(u32, asleep, SLEEPERS));
    bytes = (resident() - before) / SLEEPERS;
    fprintf(stderr, "%u tasks asleep: %zu bytes resident each\n", (unsigned)SLEEPERS, bytes);
    if (!SANITIZED)
        cr_expect(le(sz, bytes, MOST_BYTES));
    expect_guards();
    return 0;
}

WEFT_TEST(many, are_asleep_at_once)
{
    if (!has_guards() && !SANITIZED) {
        fprintf(stderr, "not tried: this kernel has no MADV_GUARD_INSTALL\n");
        return;
    }
    cr_assert(zero(int, weft_run(sleep_all, NULL)));
}
