/*
 * task/os/beneath.c - see beneath.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/beneath.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "task/os/fs.h"

#if defined(__linux__) && defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#define HAVE_OPENAT2 1
#endif

enum { FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* --- A step at a time */

/* The next segment of *path, which is moved behind it; its length, 0 at the end. */
static size_t next_segment(const char **path, const char **ret_segment)
{
    size_t length;

    while (**path == '/')
        (*path)++;
    *ret_segment = *path;
    length = strcspn(*path, "/");
    *path += length;
    return length;
}

static bool is_dots(const char *segment, size_t length)
{
    return (length == 1 && segment[0] == '.') ||
           (length == 2 && segment[0] == '.' && segment[1] == '.');
}

/* Open one segment below `at`. */
static int step(int at, const char *segment, size_t length, bool last)
{
    char name[NAME_MAX + 1];
    int fd;

    if (length > NAME_MAX)
        return UV_ENAMETOOLONG;
    if (is_dots(segment, length))
        return UV_EXDEV;
    memcpy(name, segment, length);
    name[length] = '\0';
    do
        fd = openat(at, name, FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY));
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? weft__fs_error() : fd;
}

int weft__open_beneath_by_steps(int root, const char *path)
{
    const char *segment;
    size_t length = next_segment(&path, &segment);
    int fd;

    if (length == 0) {
        fd = openat(root, ".", FLAGS | O_DIRECTORY);
        return fd < 0 ? weft__fs_error() : fd;
    }
    fd = step(root, segment, length, *path == '\0');
    while (fd >= 0 && (length = next_segment(&path, &segment)) > 0) {
        int next = step(fd, segment, length, *path == '\0');

        close(fd);
        fd = next;
    }
    return fd;
}

/* --- At once */

#ifdef HAVE_OPENAT2
static int open_at_once(int root, const char *path, bool no_links)
{
    struct open_how how = { .flags = FLAGS };
    long fd;

    how.resolve =
        RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (no_links ? RESOLVE_NO_SYMLINKS : 0);
    do /* EAGAIN: something was renamed meanwhile, so that the kernel cannot be sure */
        fd = syscall(SYS_openat2, root, *path == '\0' ? "." : path, &how, sizeof(how));
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? weft__fs_error() : (int)fd;
}

int weft__open_beneath(int root, const char *path, bool no_links)
{
    enum { TRIES = 8 };
    int fd = UV_EAGAIN;

    for (int i = 0; i < TRIES && fd == UV_EAGAIN; i++)
        fd = open_at_once(root, path, no_links);
    if (fd == UV_ENOSYS || fd == UV_EPERM) /* of a filter for system calls */
        return weft__open_beneath_by_steps(root, path);
    return fd;
}
#else
int weft__open_beneath(int root, const char *path, bool no_links)
{
    (void)no_links;
    return weft__open_beneath_by_steps(root, path);
}
#endif
