/*
 * task/os/whole.c - whole files: read, write, copy, each as one job on a thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <unistd.h>
#include <weft/file.h>
#include <weft/task.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "task/os/fs.h"
#include "task/os/replace.h"

static bool stopped(struct weft__fs_job *job)
{
    return atomic_load(&job->stopped);
}

static int open_to_read(const char *path)
{
    int fd;

    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? weft__fs_error() : fd;
}

static ssize_t read_piece(int fd, void *to, size_t size)
{
    ssize_t n;

    do
        n = read(fd, to, size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? weft__fs_error() : n;
}

/* --- Reading */

struct read_job {
    struct weft__fs_job job;
    const char *path;
    size_t max_bytes;
    struct weft__buffer content;
};

/* How much to make room for at once: what the file says that it holds, within the limit. */
static size_t expected(int fd, size_t max_bytes)
{
    struct stat stat;

    if (fstat(fd, &stat) < 0 || stat.st_size <= 0)
        return 0; /* as files in /proc say */
    return (uintmax_t)stat.st_size < max_bytes ? (size_t)stat.st_size : max_bytes;
}

/* One byte more than is allowed is asked for, to see whether it is there. */
static int read_into(struct read_job *job, int fd)
{
    struct weft__buffer *content = &job->content;
    size_t piece = expected(fd, job->max_bytes) + 1;

    while (!stopped(&job->job)) {
        char *to;
        ssize_t n;

        if (piece > WEFT__FS_PIECE)
            piece = WEFT__FS_PIECE;
        if (piece > content->max - content->length)
            piece = content->max - content->length;
        to = weft__buffer_reserve(content, piece);
        if (to == NULL)
            return content->failed;
        n = read_piece(fd, to, piece);
        if (n <= 0)
            return (int)n;
        weft__buffer_add(content, (size_t)n);
        if (content->length > job->max_bytes)
            return WEFT_ELIMIT;
        piece = WEFT__FS_PIECE;
    }
    return UV_ECANCELED;
}

static int do_read(void *arg)
{
    struct read_job *job = arg;
    int fd = open_to_read(job->path);
    int rc;

    if (fd < 0)
        return fd;
    rc = read_into(job, fd);
    close(fd);
    return rc;
}

int weft_fs_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_length)
{
    struct read_job job = { .path = path, .max_bytes = max_bytes };
    char *end;
    int rc;

    if (max_bytes > SIZE_MAX / 2)
        return UV_EINVAL;
    weft__buffer_init(&job.content, max_bytes + 1);
    rc = weft__fs_run(do_read, &job.job);
    end = rc == 0 ? weft__buffer_reserve(&job.content, 1) : NULL;
    if (end == NULL) {
        weft__buffer_done(&job.content);
        return rc < 0 ? rc : UV_ENOMEM;
    }
    *end = '\0';
    *ret_data = job.content.data;
    if (ret_length != NULL)
        *ret_length = job.content.length;
    return 0;
}

/* --- Writing */

static const weft_fs_options defaults;

struct write_job {
    struct weft__fs_job job;
    const char *path;
    const char *data;
    size_t length;
    const weft_fs_options *options;
};

static int write_pieces(struct write_job *job, int fd)
{
    size_t at = 0;

    while (at < job->length) {
        size_t left = job->length - at;
        size_t piece = left < WEFT__FS_PIECE ? left : WEFT__FS_PIECE;
        int rc;

        if (stopped(&job->job))
            return UV_ECANCELED;
        rc = weft__fs_write_all(fd, job->data + at, piece, -1);
        if (rc < 0)
            return rc;
        at += piece;
    }
    return stopped(&job->job) ? UV_ECANCELED : 0;
}

static int do_write(void *arg)
{
    struct write_job *job = arg;
    struct weft__replace file;
    int rc = weft__replace_begin(&file, job->path, job->options, 0);

    return rc < 0 ? rc : weft__replace_end(&file, write_pieces(job, file.fd));
}

int weft_fs_write(const char *path, const void *data, size_t length,
                  const weft_fs_options *options)
{
    struct write_job job = { .path = path,
                             .data = data,
                             .length = length,
                             .options = options != NULL ? options : &defaults };

    return weft__fs_run(do_write, &job.job);
}

/* --- Copying */

/* Through memory: any file to any file, from where both stand. */
static int copy_by_hand(struct weft__fs_job *job, int from, int to)
{
    char *piece = weft__malloc(WEFT__FS_PIECE);
    ssize_t n = 0;

    if (piece == NULL)
        return UV_ENOMEM;
    do {
        int rc;

        n = stopped(job) ? UV_ECANCELED : read_piece(from, piece, WEFT__FS_PIECE);
        rc = n > 0 ? weft__fs_write_all(to, piece, (size_t)n, -1) : 0;
        if (rc < 0)
            n = rc;
    } while (n > 0);
    free(piece);
    return (int)n;
}

/*
 * In the kernel, which may share the blocks instead of copying them.  It cannot between all
 * file systems, and says 0 for files without a length (/proc): what is left is done by hand,
 * which finds the end where this has found it.
 */
int weft__fs_copy_content(struct weft__fs_job *job, int from, int to)
{
#ifdef __linux__
    ssize_t n;

    do {
        if (stopped(job))
            return UV_ECANCELED;
        n = copy_file_range(from, NULL, to, NULL, 16 * WEFT__FS_PIECE, 0);
    } while (n > 0 || (n < 0 && errno == EINTR));
#endif
    return copy_by_hand(job, from, to);
}

/* What is left of a range; in the kernel as far as that can. */
struct range {
    int from;
    off_t at;
    uint64_t left;
};

/* How much was copied, 0 when the kernel cannot, or a code. */
static ssize_t copy_in_kernel(struct range *range, int to)
{
#ifdef __linux__
    uint64_t most = 16 * WEFT__FS_PIECE;
    ssize_t n;

    do
        n = copy_file_range(range->from, &range->at, to, NULL,
                            (size_t)(range->left < most ? range->left : most), 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? 0 : n;
#else
    (void)range;
    (void)to;
    return 0;
#endif
}

static ssize_t copy_piece(struct range *range, char *piece, int to)
{
    size_t size = range->left < WEFT__FS_PIECE ? (size_t)range->left : WEFT__FS_PIECE;
    ssize_t n;
    int rc;

    do
        n = pread(range->from, piece, size, range->at);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 ? weft__fs_error() : UV_EOF;
    rc = weft__fs_write_all(to, piece, (size_t)n, -1);
    if (rc < 0)
        return rc;
    range->at += n;
    return n;
}

int weft__fs_copy_range(struct weft__fs_job *job, int from, uint64_t offset, uint64_t length,
                        int to)
{
    struct range range = { .from = from, .at = (off_t)offset, .left = length };
    char *piece = NULL;
    ssize_t n = 1;

    while (range.left > 0 && n > 0) {
        n = stopped(job) ? UV_ECANCELED : piece == NULL ? copy_in_kernel(&range, to) : 0;
        if (n == 0 && piece == NULL)
            piece = weft__malloc(WEFT__FS_PIECE);
        if (n == 0)
            n = piece == NULL ? UV_ENOMEM : copy_piece(&range, piece, to);
        if (n > 0)
            range.left -= (uint64_t)n;
    }
    free(piece);
    return n < 0 ? (int)n : 0;
}

struct copy_job {
    struct weft__fs_job job;
    const char *from;
    const char *to;
    const weft_fs_options *options;
};

static int do_copy(void *arg)
{
    struct copy_job *job = arg;
    struct weft__replace file;
    struct stat stat;
    int fd = open_to_read(job->from);
    int rc;

    if (fd < 0)
        return fd;
    rc = fstat(fd, &stat) < 0 ? weft__fs_error() : 0;
    if (rc == 0 && S_ISDIR(stat.st_mode))
        rc = UV_EISDIR;
    if (rc == 0)
        rc = weft__replace_begin(&file, job->to, job->options, stat.st_mode);
    if (rc == 0)
        rc = weft__replace_end(&file, weft__fs_copy_content(&job->job, fd, file.fd));
    close(fd);
    return rc;
}

int weft_fs_copy(const char *from, const char *to, const weft_fs_options *options)
{
    struct copy_job job = { .from = from,
                            .to = to,
                            .options = options != NULL ? options : &defaults };

    return weft__fs_run(do_copy, &job.job);
}
