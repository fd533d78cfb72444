/*
 * task/os/dir.c - directories, fetched in batches.
 *
 * A batch is a run of records: one byte for the kind, then the name and its NUL.  The thread
 * fills it while room for the longest name is left, so no entry is read that does not fit.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <weft/file.h>
#include <weft/log.h>
#include <weft/task.h>

#include "base/alloc.h"
#include "task/os/fs.h"
#include "task/task.h"

enum { BATCH_BYTES = 8192, RECORD_MAX = 1 + NAME_MAX + 1 };

struct weft__dir {
    DIR *stream;
    const char *path; /* while it is being opened */
    bool busy;        /* a task is in a call with it */
    bool ended;       /* the thread has seen the last entry */
    int error;        /* that the thread met behind the entries of the batch */
    size_t length;    /* of the batch */
    size_t taken;     /* of these, by weft_dir_next() */
    char batch[BATCH_BYTES];
};

static int do_open(void *arg)
{
    struct weft__dir *dir = arg;

    dir->stream = opendir(dir->path);
    return dir->stream == NULL ? weft__fs_error() : 0;
}

int weft_dir_open(weft_dir *dir, const char *path)
{
    struct weft__dir *inner;
    int rc;

    if (dir->inner != NULL)
        return weft__misuse("weft_dir_open", "the object lists a directory already");
    inner = weft__calloc(1, sizeof(*inner));
    if (inner == NULL)
        return UV_ENOMEM;
    inner->path = path;
    inner->busy = true;
    dir->inner = inner; /* so that nobody else opens it meanwhile */
    rc = weft_offload(do_open, inner);
    inner->busy = false;
    if (rc < 0) {
        dir->inner = NULL;
        free(inner);
    }
    return rc;
}

static void do_close(void *arg)
{
    struct weft__dir *dir = arg;

    closedir(dir->stream);
}

int weft_dir_close(weft_dir *dir)
{
    struct weft__dir *inner = dir->inner;

    if (inner == NULL)
        return 0;
    if (inner->busy) {
        weft_log(WEFT_LOG_ERROR, "a directory is closed while a task lists it");
        return UV_EBUSY;
    }
    dir->inner = NULL;
    weft__fs_release(do_close, inner);
    free(inner);
    return 0;
}

static weft_dir_kind kind_of(unsigned char type)
{
    switch (type) {
    case DT_UNKNOWN:
        return WEFT_DIR_UNKNOWN;
    case DT_REG:
        return WEFT_DIR_FILE;
    case DT_DIR:
        return WEFT_DIR_DIRECTORY;
    case DT_LNK:
        return WEFT_DIR_LINK;
    default:
        return WEFT_DIR_OTHER;
    }
}

static void add(struct weft__dir *dir, const struct dirent *entry)
{
    size_t size = strlen(entry->d_name) + 1;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    if (size > RECORD_MAX - 1) { /* longer than the system says that names can be */
        dir->error = UV_ENAMETOOLONG;
        return;
    }
    dir->batch[dir->length] = (char)kind_of(entry->d_type);
    memcpy(dir->batch + dir->length + 1, entry->d_name, size);
    dir->length += 1 + size;
}

static int do_fetch(void *arg)
{
    struct weft__dir *dir = arg;

    dir->length = 0;
    dir->taken = 0;
    while (dir->error == 0 && BATCH_BYTES - dir->length >= RECORD_MAX) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(dir->stream);
        if (entry == NULL) {
            dir->error = errno != 0 ? weft__fs_error() : 0;
            dir->ended = true;
            break;
        }
        add(dir, entry);
    }
    return 0;
}

/* The next record of the batch. */
static void take(struct weft__dir *dir, weft_dir_entry *ret_entry)
{
    const char *record = dir->batch + dir->taken;

    ret_entry->kind = (weft_dir_kind)record[0];
    ret_entry->name = record + 1;
    dir->taken += 1 + strlen(record + 1) + 1;
}

int weft_dir_next(weft_dir *dir, weft_dir_entry *ret_entry)
{
    struct weft__dir *inner = dir->inner;

    if (inner == NULL)
        return weft__misuse("weft_dir_next", "the directory is not open");
    if (inner->busy)
        return weft__misuse("weft_dir_next", "another task lists the directory");
    if (inner->taken == inner->length && !inner->ended && inner->error == 0) {
        int rc;

        inner->busy = true;
        rc = weft_offload(do_fetch, inner);
        inner->busy = false;
        if (rc < 0)
            return rc;
    }
    if (inner->taken == inner->length)
        return inner->error;
    take(inner, ret_entry);
    return 1;
}
