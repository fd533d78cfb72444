/*
 * web/save.c - bodies and parts that go to disk as they come (weft/multipart.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <weft/multipart.h>
#include <weft/request.h>

#include "task/os/fs.h"
#include "task/os/replace.h"
#include "web/file_out.h"

/* weft_read_chunk() or weft_part_read(). */
typedef int next_piece(weft_request *req, const char **ret);

/* All pieces to `fd`; how many bytes, or a code. */
static int64_t pump(weft_request *req, next_piece *next, int fd)
{
    struct weft__file_out out;
    const char *piece;
    int64_t total = 0;
    int rc;

    weft__file_out_init(&out, fd);
    while ((rc = next(req, &piece)) > 0) {
        total += rc;
        rc = weft__file_out_put(&out, piece, (size_t)rc);
        if (rc < 0)
            break;
    }
    if (rc == 0)
        rc = weft__file_out_flush(&out);
    weft__file_out_done(&out);
    return rc < 0 ? rc : total;
}

struct replacement {
    struct weft__replace file;
    const char *path;
    const weft_fs_options *options;
    int rc;
};

static int begin(void *arg)
{
    struct replacement *r = arg;

    return weft__replace_begin(&r->file, r->path, r->options, 0);
}

static void end(void *arg)
{
    struct replacement *r = arg;

    r->rc = weft__replace_end(&r->file, r->rc);
}

static int64_t save(weft_request *req, next_piece *next, const char *path,
                    const weft_fs_options *options)
{
    static const weft_fs_options defaults;
    struct replacement r = { .path = path, .options = options == NULL ? &defaults : options };
    int64_t total;
    int rc = weft_offload(begin, &r);

    if (rc < 0)
        return rc;
    total = pump(req, next, r.file.fd);
    r.rc = total < 0 ? (int)total : 0;
    weft__fs_release(end, &r); /* whatever the state of the task */
    return r.rc < 0 ? r.rc : total;
}

int64_t weft_save_body(weft_request *req, const char *path, const weft_fs_options *options)
{
    return save(req, weft_read_chunk, path, options);
}

int64_t weft_part_save(weft_request *req, const char *path, const weft_fs_options *options)
{
    return save(req, weft_part_read, path, options);
}

int64_t weft_save_body_to(weft_request *req, weft_file *file)
{
    int64_t total;

    if (!file->open)
        return WEFT_EMISUSE;
    file->users++;
    total = pump(req, weft_read_chunk, file->fd);
    file->users--;
    return total;
}
