/*
 * task/os/fs.h - what the file functions share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_TASK_OS_FS_H
#define WEFT_TASK_OS_FS_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <weft/export.h>

/* Reading and writing of whole files looks for a cancel after this much. */
#define WEFT__FS_PIECE ((size_t)1024 * 1024)

/* The code of the system call that has just failed on this thread. */
static inline int weft__fs_error(void)
{
    return uv_translate_sys_error(errno);
}

/* A long job for a thread, which its caller may cut short; the first member of its argument. */
struct weft__fs_job {
    atomic_bool stopped; /* to be looked at between pieces; give up with UV_ECANCELED */
};

/* weft_offload() that sets `stopped` when the task is cancelled or out of time; a job that has
 * given up returns which of the two it was. */
WEFT_SUSPENDS int weft__fs_run(int (*fn)(void *arg), struct weft__fs_job *job);

/*
 * Have fn(arg) run to release something, whatever happens: shielded on a thread, or here where
 * no thread can take it.  fn returns nothing that counts.
 */
WEFT_SUSPENDS void weft__fs_release(void (*fn)(void *arg), void *arg);

/* Whether the file lies in a file system that is memory itself: tmpfs, ramfs. */
bool weft__fs_in_memory(int fd);

/* All of it, past short writes and interruptions; at `offset`, or where the file stands for a
 * negative one.  0 or a code.  For threads. */
int weft__fs_write_all(int fd, const void *data, size_t size, int64_t offset);

/* What is left of one file to another, from where both stand.  0; UV_ECANCELED when the job was
 * stopped; or a code.  For threads. */
int weft__fs_copy_content(struct weft__fs_job *job, int from, int to);

/* `length` bytes from `offset` on, wherever `from` stands, which is not moved: several threads
 * may do it at once.  As above; UV_EOF when there are less. */
int weft__fs_copy_range(struct weft__fs_job *job, int from, uint64_t offset, uint64_t length,
                        int to);

#endif
