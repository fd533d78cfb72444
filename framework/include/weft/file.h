/*
 * weft/file.h - files and directories, without blocking the loop.
 *
 * weft_file_* work on an open file, weft_dir_* on an open directory, weft_fs_* on paths.  Each
 * runs on a thread of weft_offload() while the calling task waits; asyncio leaves this to
 * asyncio.to_thread.  What is not here is a call of weft_offload() away.
 *
 * Cancelling.  An operation that no thread has begun is taken back: UV_ECANCELED or
 * UV_ETIMEDOUT, and nothing has happened.  One that has begun is waited for and its result
 * returned, so that buffers stay with the caller and nothing is half known; the cancel shows in
 * the next wait.  The functions on whole files look between pieces and give up in order.
 *
 * Every function marked WEFT_SUSPENDS can also return UV_EAGAIN (the queue for threads is
 * full), UV_ENOMEM, and WEFT_EMISUSE outside of a task, for a file that is not open, or for two
 * tasks at once in one directory.  Other codes are the system's, UV_ENOENT and its like.
 * Strings and buffers are borrowed until the function returns.
 *
 * The objects belong to one loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEFT_FILE_H
#define WEFT_FILE_H

#include <weft/export.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <weft/error.h>

WEFT_BEGIN_DECLS

/* --- Open files ----------------------------------------------------------------------------
 */

/* An open file; zero-initialised it is closed.  The fields are private. */
typedef struct weft_file {
    int fd;
    unsigned users; /* tasks that are in a call with it */
    bool open;
} weft_file;

/*
 * Open `path` as open(2) does, with its flags; O_CLOEXEC is added.  `mode` is that of a file
 * that O_CREAT makes, less the umask.  For regular files: opening a FIFO holds a thread until
 * the other side comes.
 *
 * 0: release it with weft_file_close().  WEFT_EMISUSE when `file` is open already.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_file_open(weft_file *file, const char *path,
                                                             int flags, mode_t mode);

/*
 * Close it, whatever the state of the task: neither a cancel nor a full queue keeps a file
 * open.  0, also when it is closed already; a code when what was written could not be kept, and
 * the file is closed all the same; UV_EBUSY, changing nothing, while tasks are in calls with
 * it.
 */
WEFT_EXPORT WEFT_SUSPENDS int weft_file_close(weft_file *file);

#ifndef __cplusplus
/* A weft_file variable that is closed with the block it stands in. */
#define WEFT_FILE(name) WEFT_CLEANUP(weft_file_close) weft_file name = { 0 }
#endif

/*
 * Read at most `size` bytes from where the file stands; how many, 0 at its end.  Tasks that
 * share the position take turns in no certain order: use weft_file_pread().
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS ssize_t weft_file_read(weft_file *file, void *buffer,
                                                                 size_t size);

/* The same from `offset`; where the file stands is not used and not moved. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS ssize_t weft_file_pread(weft_file *file, void *buffer,
                                                                  size_t size, int64_t offset);

/* Write all of `size` bytes where the file stands.  0; after a failure a part may have been
 * written. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_file_write(weft_file *file, const void *data,
                                                              size_t size);

/* The same at `offset`; where the file stands is not used and not moved. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int
weft_file_pwrite(weft_file *file, const void *data, size_t size, int64_t offset);

/* Move to `offset` bytes from `whence`, SEEK_SET and its like; the new position from the
 * beginning.  Does not suspend. */
WEFT_EXPORT int64_t weft_file_seek(weft_file *file, int64_t offset, int whence);

/* Have what was written reach the disk (fsync).  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_file_sync(weft_file *file);

/* Make it `length` bytes long (ftruncate).  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_file_truncate(weft_file *file,
                                                                 int64_t length);

/* What the system knows of it (fstat).  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_file_stat(weft_file *file,
                                                             struct stat *ret_stat);

/* --- Directories ---------------------------------------------------------------------------
 */

/* An open directory; zero-initialised it is closed.  The field is private. */
typedef struct weft_dir {
    struct weft__dir *inner;
} weft_dir;

typedef enum weft_dir_kind {
    WEFT_DIR_UNKNOWN, /* the file system does not say: ask weft_fs_lstat() */
    WEFT_DIR_FILE,
    WEFT_DIR_DIRECTORY,
    WEFT_DIR_LINK, /* symbolic */
    WEFT_DIR_OTHER,
} weft_dir_kind;

typedef struct weft_dir_entry {
    const char *name; /* borrowed, valid until the next call with the directory */
    weft_dir_kind kind;
} weft_dir_entry;

/* Open `path` to list it (os.scandir).  0: release it with weft_dir_close(). */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_dir_open(weft_dir *dir, const char *path);

/*
 * The next entry, "." and ".." left out, in the order of the file system.  Entries are fetched
 * some hundred at a time: memory is bounded, however large the directory is, and most calls do
 * not suspend.
 *
 * ret_entry  set when 1 is returned.
 *
 * 1; 0 after the last.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_dir_next(weft_dir *dir,
                                                            weft_dir_entry *ret_entry);

/* Close it, whatever the state of the task, as weft_file_close().  0; UV_EBUSY while a task is
 * in a call with it. */
WEFT_EXPORT WEFT_SUSPENDS int weft_dir_close(weft_dir *dir);

#ifndef __cplusplus
/* A weft_dir variable that is closed with the block it stands in. */
#define WEFT_DIR(name) WEFT_CLEANUP(weft_dir_close) weft_dir name = { 0 }
#endif

/* --- Paths ---------------------------------------------------------------------------------
 */

/* stat(2), and lstat(2), which does not follow a symbolic link.  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_stat(const char *path,
                                                           struct stat *ret_stat);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_lstat(const char *path,
                                                            struct stat *ret_stat);

/* rename(2): `to` is replaced at once, if it is there.  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_rename(const char *from, const char *to);

/* unlink(2), mkdir(2), rmdir(2).  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_unlink(const char *path);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_mkdir(const char *path, mode_t mode);
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_rmdir(const char *path);

/* --- Whole files ---------------------------------------------------------------------------
 */

/*
 * Read the file at `path` into memory.
 *
 * max_bytes    of it; a longer one is refused with WEFT_ELIMIT.
 * ret_data     set on success: owned by the caller, release with free().  A NUL that is not
 *              counted stands behind the content.
 * ret_length   of the content in bytes; may be NULL.
 *
 * 0; UV_EISDIR.  Cancelled between pieces of 1 MiB.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_read(const char *path, size_t max_bytes,
                                                           char **ret_data, size_t *ret_length);

/* How a whole file is written.  A field left zero takes its default. */
typedef struct weft_fs_options {
    mode_t mode;    /* default: that of the file replaced, or 0666 less the umask; a copy's is
                     * that of what it is copied from */
    bool exclusive; /* UV_EEXIST where the path exists; needs hard links */
    bool no_sync;   /* faster; the file may be empty or absent after a crash of the machine */
} weft_fs_options;

/*
 * Write a file as a whole: to a temporary one in the same directory, to the disk, and then in
 * place of `path` by one rename.  Whoever reads `path` meets the old content or the new, never
 * a part, also after a crash.  A symbolic link is itself replaced; owner and extended
 * attributes are not handed on.
 *
 * options  NULL for all defaults.
 *
 * 0; otherwise `path` is as it was and the temporary file gone.  Cancelled between pieces of 1
 * MiB, until the new file has taken its place.
 */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_write(const char *path, const void *data,
                                                            size_t length,
                                                            const weft_fs_options *options);

/* Copy the file `from` to `to`, which is written as by weft_fs_write() (shutil.copy).  0. */
WEFT_EXPORT WEFT_MUST_CHECK WEFT_SUSPENDS int weft_fs_copy(const char *from, const char *to,
                                                           const weft_fs_options *options);

WEFT_END_DECLS
#endif
