/*
 * task/os/fs.c - see fs.h; and the functions on paths, which are system calls on a thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/fs.h"

#include <stdio.h>
#include <unistd.h>
#include <weft/file.h>
#include <weft/task.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

/* --- Running on a thread */

static void stop(void *arg)
{
    struct weft__fs_job *job = arg;

    atomic_store(&job->stopped, true);
}

int weft__fs_run(int (*fn)(void *arg), struct weft__fs_job *job)
{
    int rc = weft_offload_with(fn, job, &(weft_offload_options){ .interrupt = stop });

    if (rc == UV_ECANCELED) {
        int why = weft_check_cancelled();

        return why < 0 ? why : rc;
    }
    return rc;
}

struct release {
    void (*fn)(void *arg);
    void *arg;
    bool done;
};

static int release(void *arg)
{
    struct release *what = arg;

    what->fn(what->arg);
    what->done = true;
    return 0;
}

void weft__fs_release(void (*fn)(void *arg), void *arg)
{
    struct release what = { .fn = fn, .arg = arg };
    weft_scope shield;
    int rc;

    weft_scope_shield(&shield, 0);
    rc = weft_offload(release, &what);
    weft_scope_leave(&shield);
    (void)rc; /* `done` says the same, and more surely */
    if (!what.done)
        release(&what);
}

bool weft__fs_in_memory(int fd)
{
#ifdef __linux__
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
#else
    (void)fd;
    return false;
#endif
}

int weft__fs_write_all(int fd, const void *data, size_t size, int64_t offset)
{
    const char *from = data;

    while (size > 0) {
        ssize_t n = offset < 0 ? write(fd, from, size) : pwrite(fd, from, size, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return weft__fs_error();
        from += n;
        size -= (size_t)n;
        if (offset >= 0)
            offset += n;
    }
    return 0;
}

/* --- Paths */

struct path_call {
    const char *path;
    const char *to;
    mode_t mode;
    struct stat stat;
};

static int result_of(int rc)
{
    return rc < 0 ? weft__fs_error() : 0;
}

static int do_stat(void *arg)
{
    struct path_call *call = arg;

    return result_of(stat(call->path, &call->stat));
}

static int do_lstat(void *arg)
{
    struct path_call *call = arg;

    return result_of(lstat(call->path, &call->stat));
}

static int do_rename(void *arg)
{
    const struct path_call *call = arg;

    return result_of(rename(call->path, call->to));
}

static int do_unlink(void *arg)
{
    return result_of(unlink(((const struct path_call *)arg)->path));
}

static int do_mkdir(void *arg)
{
    const struct path_call *call = arg;

    return result_of(mkdir(call->path, call->mode));
}

static int do_rmdir(void *arg)
{
    return result_of(rmdir(((const struct path_call *)arg)->path));
}

int weft_fs_stat(const char *path, struct stat *ret_stat)
{
    struct path_call call = { .path = path };
    int rc = weft_offload(do_stat, &call);

    if (rc == 0)
        *ret_stat = call.stat;
    return rc;
}

int weft_fs_lstat(const char *path, struct stat *ret_stat)
{
    struct path_call call = { .path = path };
    int rc = weft_offload(do_lstat, &call);

    if (rc == 0)
        *ret_stat = call.stat;
    return rc;
}

int weft_fs_rename(const char *from, const char *to)
{
    return weft_offload(do_rename, &(struct path_call){ .path = from, .to = to });
}

int weft_fs_unlink(const char *path)
{
    return weft_offload(do_unlink, &(struct path_call){ .path = path });
}

int weft_fs_mkdir(const char *path, mode_t mode)
{
    return weft_offload(do_mkdir, &(struct path_call){ .path = path, .mode = mode });
}

int weft_fs_rmdir(const char *path)
{
    return weft_offload(do_rmdir, &(struct path_call){ .path = path });
}
