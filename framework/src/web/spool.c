/*
 * web/spool.c - see spool.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <weft/request.h>
#include <weft/task.h>

#include "server/request.h"
#include "task/os/fs.h"

/* --- Its life -------------------------------------------------------------------------- */

static void close_file(void *arg)
{
    close(((const struct weft__spool *)arg)->out.fd);
}

/* Closing gives the blocks of the file free, which can take its time. */
static void release(void *arg)
{
    struct weft__spool *spool = arg;

    weft__file_out_done(&spool->out);
    if (spool->out.fd >= 0)
        weft__fs_release(close_file, spool);
    spool->out.fd = -1;
    if (spool->in_memory)
        weft__server_give_file_bytes(spool->server, (size_t)spool->length);
}

static const char *directory_or_default(const char *chosen)
{
    static const char *const names[] = { "WEFT_TMPDIR", "TMPDIR" };

    for (size_t i = 0; chosen == NULL && i < sizeof(names) / sizeof(*names); i++) {
        chosen = getenv(names[i]);
        if (chosen != NULL && *chosen == '\0')
            chosen = NULL;
    }
    return chosen == NULL ? "/tmp" : chosen;
}

struct weft__spool *weft__spool_new(weft_request *req, const char *directory)
{
    struct weft__spool *spool = weft_alloc(req, sizeof(*spool));

    if (spool == NULL)
        return NULL;
    *spool = (struct weft__spool){ .directory = directory_or_default(directory),
                                   .server = req->server };
    weft__file_out_init(&spool->out, -1);
    spool->out.pending.budget = &req->memory;
    return weft__arena_own(&req->arena, release, spool) < 0 ? NULL : spool;
}

/* --- Filling --------------------------------------------------------------------------- */

/* A file without a name; where the file system has none, one whose name goes at once. */
static int open_unnamed(const char *directory)
{
    char path[4096];
    int fd;
    int length;

#ifdef O_TMPFILE
    fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
#endif
    length = snprintf(path, sizeof(path), "%s/weft-XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof(path))
        return UV_ENAMETOOLONG;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return weft__fs_error();
    unlink(path);
    return fd;
}

static int make_file(void *arg)
{
    struct weft__spool *spool = arg;
    int fd = open_unnamed(spool->directory);

    if (fd < 0)
        return fd;
    spool->out.fd = fd;
    spool->in_memory = weft__fs_in_memory(fd);
    return 0;
}

int weft__spool_put(struct weft__spool *spool, const char *data, size_t length)
{
    int rc = spool->out.fd < 0 ? weft_offload(make_file, spool) : 0;

    if (rc == 0 && spool->in_memory)
        rc = weft__server_take_file_bytes(spool->server, length);
    if (rc < 0)
        return rc;
    spool->length += length;
    return weft__file_out_put(&spool->out, data, length);
}

int weft__spool_finish(struct weft__spool *spool)
{
    int rc = weft__file_out_flush(&spool->out);

    weft__file_out_done(&spool->out);
    return rc;
}
