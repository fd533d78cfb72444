/*
 * bench/runtime/weft.c - what tasks cost: to switch, to spawn and join, to have asleep.
 *
 *     bench-runtime switch N | spawn N | sleep N
 *
 * Prints one line: what was done, how often, and nanoseconds (for `sleep`: bytes of resident
 * memory) for each.  asyncio_tasks.py and goroutines.go beside this file do the same.  After
 * `sleep` a second line tells by how many the process's mappings became more.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weft/task.h>

enum { YIELDERS = 100, SLEEP_MS = 3600 * 1000 };

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Resident memory of this process, in bytes; 0 where it cannot be read. */
static uint64_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    uint64_t pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*s %" SCNu64, &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* How many mappings this process has: each guard that is one of its own adds two. */
static uint64_t mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    uint64_t lines = 0;
    int c;

    if (file == NULL)
        return 0;
    while ((c = getc(file)) != EOF)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static void print(const char *what, uint64_t count, uint64_t total)
{
    printf("%s %" PRIu64 " %.1f\n", what, count, (double)total / (double)count);
}

/* --- Switching: a few tasks that let each other run ----------------------------------------
 */

static int yield_often(void *arg)
{
    const uint64_t *count = arg;

    for (uint64_t i = 0; i < *count; i++) {
        int rc = weft_yield();

        if (rc < 0)
            return rc;
    }
    return 0;
}

static int switches(uint64_t count)
{
    uint64_t each = count / YIELDERS;
    uint64_t begun = nanoseconds();
    WEFT_GROUP(group, 0);
    int rc;

    for (int i = 0; i < YIELDERS; i++) {
        rc = weft_group_go(group, yield_often, &each);
        if (rc < 0)
            return rc;
    }
    rc = weft_group_wait(group);
    print("switch", each * YIELDERS, nanoseconds() - begun);
    return rc;
}

/* --- Spawning and joining ------------------------------------------------------------------
 */

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int spawns(uint64_t count)
{
    uint64_t begun = nanoseconds();

    for (uint64_t i = 0; i < count; i++) {
        weft_task *task;
        int rc = weft_spawn(&task, nothing, NULL);

        if (rc == 0)
            rc = weft_task_join(task, NULL);
        if (rc < 0)
            return rc;
    }
    print("spawn", count, nanoseconds() - begun);
    return 0;
}

/* --- Sleeping ------------------------------------------------------------------------------
 */

static int sleep_long(void *arg)
{
    (void)arg;
    return weft_sleep(SLEEP_MS);
}

static int sleepers(uint64_t count)
{
    uint64_t mapped = mappings();
    uint64_t before = resident();
    WEFT_GROUP(group, 0);

    for (uint64_t i = 0; i < count; i++) {
        int rc = weft_group_go(group, sleep_long, NULL);

        if (rc < 0)
            return rc;
    }
    (void)weft_sleep(1); /* until all of them have begun */
    print("sleep", count, resident() - before);
    printf("mappings %" PRIu64 "\n", mappings() - mapped);
    return 0;
}

/* --- The program ---------------------------------------------------------------------------
 */

struct job {
    const char *what;
    uint64_t count;
};

static int run(void *arg)
{
    const struct job *job = arg;

    if (strcmp(job->what, "switch") == 0)
        return switches(job->count);
    if (strcmp(job->what, "spawn") == 0)
        return spawns(job->count);
    if (strcmp(job->what, "sleep") == 0)
        return sleepers(job->count);
    return UV_EINVAL;
}

int main(int argc, char **argv)
{
    struct job job = { 0 };
    int rc = UV_EINVAL;

    if (argc == 3 && sscanf(argv[2], "%" SCNu64, &job.count) == 1 && job.count > 0) {
        job.what = argv[1];
        rc = weft_run(run, &job);
    }
    if (rc == UV_EINVAL)
        fprintf(stderr, "usage: %s switch|spawn|sleep N\n", argv[0]);
    else if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], weft_strerror(rc));
    return rc < 0 ? 1 : 0;
}
