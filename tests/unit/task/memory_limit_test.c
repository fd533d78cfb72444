/*
 * How much memory there is, as control groups say.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/memory_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "test.h"

static char root[] = "/tmp/weft-groups-XXXXXX";

/* A file below the folder, with all folders above it. */
static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    file = fopen(path, "we");
    cr_assert(ne(ptr, file, NULL));
    fputs(text, file);
    fclose(file);
}

static uint64_t limit(void)
{
    char list[256];

    snprintf(list, sizeof(list), "%s/list", root);
    return weft__memory_limit_of_groups(list, root);
}

WEFT_TEST(memory_limit, is_the_lowest_of_all_groups_around)
{
    char command[64];

    cr_assert(ne(ptr, mkdtemp(root), NULL));
    cr_expect(eq(u64, limit(), UINT64_MAX), "no list");
    put("/list", "3:cpu,cpuacct:/b\n0::/a/b\n");
    cr_expect(eq(u64, limit(), UINT64_MAX), "no limits");
    put("/a/b/memory.max", "max\n");
    put("/a/memory.max", "1048576\n");
    cr_expect(eq(u64, limit(), 1048576));
    put("/a/b/memory.max", "65536\n");
    cr_expect(eq(u64, limit(), 65536));
    put("/list", "0::/of/the/host\n");
    put("/memory.max", "4096\n");
    cr_expect(eq(u64, limit(), 4096), "the container's own");
    put("/list", "12:memory,x:/docker/1\n1:name=systemd:/\n");
    put("/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_expect(eq(u64, limit(), 9223372036854771712U));
    put("/memory/docker/1/memory.limit_in_bytes", "8192\n");
    cr_expect(eq(u64, limit(), 8192));
    put("/list", "nonsense\n:\n::\n1:memory\n");
    cr_expect(eq(u64, limit(), 4096));
    snprintf(command, sizeof(command), "rm -r %s", root);
    cr_expect(zero(int, system(command)));
}

WEFT_TEST(memory_limit, is_never_more_than_the_machine_has)
{
    cr_expect(gt(u64, weft__memory_limit(), 0));
    cr_expect(le(u64, weft__memory_limit(), uv_get_total_memory()));
}
