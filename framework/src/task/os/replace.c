/*
 * task/os/replace.c - see replace.h.
 *
 * The order is what makes it safe: content, fsync, rename, fsync of the directory.  A rename
 * that reached the disk before the content would leave an empty file after a crash.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/replace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "task/os/fs.h"

enum { NAME_ROOM = sizeof(".weft-0123456789abcdef"), MAX_TRIES = 16 };

/* How much of `path` names its directory, the last slash included. */
static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static int make_file(struct weft__replace *file, mode_t mode)
{
    size_t length = directory_length(file->path);
    int rc = UV_EEXIST;

    for (int i = 0; i < MAX_TRIES && rc == UV_EEXIST; i++) {
        uint64_t number;

        rc = uv_random(NULL, NULL, &number, sizeof(number), 0, NULL);
        if (rc < 0)
            return rc;
        snprintf(file->temporary + length, NAME_ROOM, ".weft-%016" PRIx64, number);
        file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        rc = file->fd < 0 ? weft__fs_error() : 0;
    }
    return rc;
}

/* The mode that the file shall have whatever the umask is; 0 where the umask counts. */
static mode_t wanted_mode(const struct weft__replace *file, mode_t mode)
{
    struct stat old;

    if (file->options->mode != 0)
        return file->options->mode & 07777;
    if (mode != 0)
        return mode & 0777;
    if (stat(file->path, &old) == 0)
        return old.st_mode & 0777;
    return 0;
}

int weft__replace_begin(struct weft__replace *file, const char *path,
                        const weft_fs_options *options, mode_t mode)
{
    size_t length = directory_length(path);
    int rc;

    *file = (struct weft__replace){ .path = path, .options = options, .fd = -1 };
    /* No overflow: below the length of `path`. */
    file->temporary = weft__malloc(length + NAME_ROOM);
    if (file->temporary == NULL)
        return UV_ENOMEM;
    memcpy(file->temporary, path, length);
    mode = wanted_mode(file, mode);
    rc = make_file(file, mode != 0 ? 0600 : 0666);
    if (rc < 0) {
        free(file->temporary);
        return rc;
    }
    if (mode != 0 && fchmod(file->fd, mode) < 0)
        return weft__replace_end(file, weft__fs_error());
    return 0;
}

static int put_in_place(const struct weft__replace *file)
{
    if (!file->options->exclusive)
        return rename(file->temporary, file->path) < 0 ? weft__fs_error() : 0;
    if (link(file->temporary, file->path) < 0)
        return weft__fs_error();
    unlink(file->temporary);
    return 0;
}

/* Where directories cannot be synced, that is not the caller's failure. */
static void sync_directory(struct weft__replace *file)
{
    size_t length = directory_length(file->path);
    int fd;

    file->temporary[length] = '\0';
    fd = open(length > 0 ? file->temporary : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int weft__replace_end(struct weft__replace *file, int rc)
{
    bool sync = !file->options->no_sync;

    if (rc == 0 && sync && fsync(file->fd) < 0)
        rc = weft__fs_error();
    if (close(file->fd) < 0 && rc == 0 && errno != EINTR)
        rc = weft__fs_error();
    if (rc == 0)
        rc = put_in_place(file);
    if (rc < 0)
        unlink(file->temporary);
    else if (sync)
        sync_directory(file);
    free(file->temporary);
    return rc;
}
