/*
 * task/os/file_cache.c - see file_cache.h.
 *
 * preadv2(RWF_NOWAIT) says whether a byte is cached.  A range is asked for at some places only:
 * the kernel reads ahead, so that what lies between is rarely missing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/os/file_cache.h"

#include <stdbool.h>
#include <sys/uio.h>
#include <unistd.h>
#include <weft/task.h>

#include "task/os/fs.h"

enum {
    STRIDE = 64 * 1024, /* between the bytes that are asked for */
    SCRATCH = 32 * 1024,
};

/* What of it is cached; UV_EAGAIN: nothing, or nobody can tell. */
static ssize_t read_cached(int fd, void *to, size_t size, int64_t offset)
{
#ifdef RWF_NOWAIT
    struct iovec piece = { .iov_base = to, .iov_len = size };
    ssize_t count = preadv2(fd, &piece, 1, offset, RWF_NOWAIT);

    if (count >= 0)
        return count;
#endif
    return UV_EAGAIN;
}

struct read_call {
    int fd;
    void *to;
    size_t size;
    int64_t offset;
    ssize_t count;
};

static int do_read(void *arg)
{
    struct read_call *call = arg;

    do
        call->count = pread(call->fd, call->to, call->size, call->offset);
    while (call->count < 0 && errno == EINTR);
    return call->count < 0 ? weft__fs_error() : 0;
}

ssize_t weft__file_read_at(int fd, void *to, size_t size, int64_t offset)
{
    struct read_call call = { .fd = fd, .to = to, .size = size, .offset = offset };
    ssize_t count = read_cached(fd, to, size, offset);
    int rc;

    if (count >= 0)
        return count;
    rc = weft_offload(do_read, &call);
    return rc < 0 ? rc : call.count;
}

static bool is_cached(int fd, int64_t offset, size_t length)
{
    char byte;

    for (size_t at = 0; at < length; at += STRIDE)
        if (read_cached(fd, &byte, 1, offset + (int64_t)at) < 0)
            return false;
    return length == 0 || read_cached(fd, &byte, 1, offset + (int64_t)length - 1) >= 0;
}

/* Reading is what fills the cache on every file system. */
static int do_warm(void *arg)
{
    struct read_call call = *(struct read_call *)arg;
    char scratch[SCRATCH];
    int rc = 0;

    while (rc == 0 && call.size > 0) {
        struct read_call piece = call;

        piece.to = scratch;
        piece.size = call.size < sizeof(scratch) ? call.size : sizeof(scratch);
        rc = do_read(&piece);
        if (rc < 0 || piece.count == 0) /* a file that was cut meanwhile */
            break;
        call.offset += piece.count;
        call.size -= (size_t)piece.count;
    }
    return rc;
}

int weft__file_warm(int fd, int64_t offset, size_t length)
{
    struct read_call call = { .fd = fd, .size = length, .offset = offset };

    return is_cached(fd, offset, length) ? 0 : weft_offload(do_warm, &call);
}
