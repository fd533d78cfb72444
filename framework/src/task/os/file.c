/*
 * task/os/file.c - open files.
 *
 * `users` counts the tasks that are in a call, so that the descriptor is never closed, and its
 * number given to another file, under a thread that works on it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/file.h>

#include <unistd.h>
#include <weft/log.h>
#include <weft/task.h>

#include "task/os/fs.h"
#include "task/task.h"

/* --- Opening and closing */

struct open_call {
    const char *path;
    int flags;
    mode_t mode;
    int fd;
};

static int do_open(void *arg)
{
    struct open_call *call = arg;

    do
        call->fd = open(call->path, call->flags | O_CLOEXEC, call->mode);
    while (call->fd < 0 && errno == EINTR);
    return call->fd < 0 ? weft__fs_error() : 0;
}

int weft_file_open(weft_file *file, const char *path, int flags, mode_t mode)
{
    struct open_call call = { .path = path, .flags = flags, .mode = mode };
    int rc;

    if (file->open || file->users > 0)
        return weft__misuse("weft_file_open", "the object has a file already");
    file->users++;
    rc = weft_offload(do_open, &call);
    file->users--;
    if (rc < 0)
        return rc;
    file->fd = call.fd;
    file->open = true;
    return 0;
}

struct close_call {
    int fd;
    int rc;
};

/* Whatever it says, Linux has closed the descriptor: a second try could hit another file. */
static void do_close(void *arg)
{
    struct close_call *call = arg;

    call->rc = close(call->fd) < 0 && errno != EINTR ? weft__fs_error() : 0;
}

int weft_file_close(weft_file *file)
{
    struct close_call call = { .fd = file->fd };

    if (file->users > 0) {
        weft_log(WEFT_LOG_ERROR, "a file is closed while a task uses it");
        return UV_EBUSY;
    }
    if (!file->open)
        return 0;
    file->open = false;
    file->users++;
    weft__fs_release(do_close, &call);
    file->users--;
    return call.rc;
}

/* --- Calls on an open file */

struct file_call {
    int fd;
    void *buffer;
    const void *data;
    size_t size;
    int64_t offset; /* negative: where the file stands */
    ssize_t count;
    struct stat stat;
};

static int not_open(const char *call)
{
    return weft__misuse(call, "the file is not open");
}

/* One call, `name`, of a file that stays open meanwhile. */
static int run(const char *name, weft_file *file, int (*fn)(void *arg), struct file_call *call)
{
    int rc;

    if (!file->open)
        return not_open(name);
    call->fd = file->fd;
    file->users++;
    rc = weft_offload(fn, call);
    file->users--;
    return rc;
}

static int do_read(void *arg)
{
    struct file_call *call = arg;

    do
        call->count = call->offset < 0
                          ? read(call->fd, call->buffer, call->size)
                          : pread(call->fd, call->buffer, call->size, call->offset);
    while (call->count < 0 && errno == EINTR);
    return call->count < 0 ? weft__fs_error() : 0;
}

static ssize_t read_at(const char *name, weft_file *file, void *buffer, size_t size,
                       int64_t offset)
{
    struct file_call call = { .buffer = buffer, .size = size, .offset = offset };
    int rc = run(name, file, do_read, &call);

    return rc < 0 ? rc : call.count;
}

ssize_t weft_file_read(weft_file *file, void *buffer, size_t size)
{
    return read_at("weft_file_read", file, buffer, size, -1);
}

ssize_t weft_file_pread(weft_file *file, void *buffer, size_t size, int64_t offset)
{
    return offset < 0 ? UV_EINVAL : read_at("weft_file_pread", file, buffer, size, offset);
}

static int do_write(void *arg)
{
    const struct file_call *call = arg;

    return weft__fs_write_all(call->fd, call->data, call->size, call->offset);
}

int weft_file_write(weft_file *file, const void *data, size_t size)
{
    struct file_call call = { .data = data, .size = size, .offset = -1 };

    return run("weft_file_write", file, do_write, &call);
}

int weft_file_pwrite(weft_file *file, const void *data, size_t size, int64_t offset)
{
    struct file_call call = { .data = data, .size = size, .offset = offset };

    return offset < 0 ? UV_EINVAL : run("weft_file_pwrite", file, do_write, &call);
}

int64_t weft_file_seek(weft_file *file, int64_t offset, int whence)
{
    off_t now;

    if (!file->open)
        return not_open("weft_file_seek");
    now = lseek(file->fd, offset, whence);
    return now < 0 ? weft__fs_error() : now;
}

static int do_sync(void *arg)
{
    return fsync(((const struct file_call *)arg)->fd) < 0 ? weft__fs_error() : 0;
}

int weft_file_sync(weft_file *file)
{
    return run("weft_file_sync", file, do_sync, &(struct file_call){ 0 });
}

static int do_truncate(void *arg)
{
    const struct file_call *call = arg;
    int rc;

    do
        rc = ftruncate(call->fd, call->offset);
    while (rc < 0 && errno == EINTR);
    return rc < 0 ? weft__fs_error() : 0;
}

int weft_file_truncate(weft_file *file, int64_t length)
{
    return run("weft_file_truncate", file, do_truncate,
               &(struct file_call){ .offset = length });
}

static int do_stat(void *arg)
{
    struct file_call *call = arg;

    return fstat(call->fd, &call->stat) < 0 ? weft__fs_error() : 0;
}

int weft_file_stat(weft_file *file, struct stat *ret_stat)
{
    struct file_call call = { 0 };
    int rc = run("weft_file_stat", file, do_stat, &call);

    if (rc == 0)
        *ret_stat = call.stat;
    return rc;
}
