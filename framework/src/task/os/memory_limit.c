/*
 * task/os/memory_limit.c - see memory_limit.h.
 *
 * In a container the path in the list may be one of the host's, which is not to be seen here;
 * what is at the root then is the container's own.  So all folders on the way up are asked.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/memory_limit.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { PATH_ROOM = 1024, LINE_ROOM = 1024 };

/* The number in a file; UINT64_MAX when there is none, or "max". */
static uint64_t read_limit(const char *path)
{
    FILE *file = fopen(path, "re");
    uint64_t number = 0;
    int digits = 0;
    int c;

    if (file == NULL)
        return UINT64_MAX;
    while ((c = fgetc(file)) >= '0' && c <= '9' && digits++ < 19)
        number = number * 10 + (uint64_t)(c - '0');
    fclose(file);
    return digits > 0 ? number : UINT64_MAX;
}

/* The lowest limit from the group at `path` up to the root. */
static uint64_t walk_up(const char *root, const char *controller, char *path, const char *name)
{
    uint64_t lowest = UINT64_MAX;

    for (;;) {
        char file[PATH_ROOM];
        int length = snprintf(file, sizeof(file), "%s%s%s/%s", root, controller, path, name);
        char *slash = strrchr(path, '/');
        uint64_t limit;

        if (length > 0 && length < PATH_ROOM) {
            limit = read_limit(file);
            lowest = limit < lowest ? limit : lowest;
        }
        if (slash == NULL)
            return lowest;
        *slash = '\0';
    }
}

/* Whether a list such as "cpu,memory" has the controller. */
static int names_memory(const char *list, const char *end)
{
    static const char name[] = "memory";

    while (list < end) {
        size_t length = strcspn(list, ",:");

        if (length == sizeof(name) - 1 && memcmp(list, name, length) == 0)
            return 1;
        list += length + 1;
    }
    return 0;
}

/* One line: "0::/path" (version 2), or "4:memory:/path". */
static uint64_t limit_of_line(char *line, const char *root)
{
    char *controllers = strchr(line, ':');
    char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

    if (path == NULL)
        return UINT64_MAX;
    path[1 + strcspn(path + 1, "\n")] = '\0';
    if (path == controllers + 1)
        return walk_up(root, "", path + 1, "memory.max");
    if (names_memory(controllers + 1, path))
        return walk_up(root, "/memory", path + 1, "memory.limit_in_bytes");
    return UINT64_MAX;
}

uint64_t weft__memory_limit_of_groups(const char *list, const char *root)
{
    FILE *file = fopen(list, "re");
    uint64_t lowest = UINT64_MAX;
    char line[LINE_ROOM];

    if (file == NULL)
        return UINT64_MAX;
    while (fgets(line, sizeof(line), file) != NULL) {
        uint64_t limit = limit_of_line(line, root);

        lowest = limit < lowest ? limit : lowest;
    }
    fclose(file);
    return lowest;
}

uint64_t weft__memory_limit(void)
{
    uint64_t limit = weft__memory_limit_of_groups("/proc/self/cgroup", "/sys/fs/cgroup");
    uint64_t machine = uv_get_total_memory();

    return machine > 0 && machine < limit ? machine : limit;
}
