/*
 * web/upload.c - see upload.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weft/request.h>
#include <weft/task.h>

#include "task/os/fs.h"
#include "task/os/replace.h"

/* --- Its life -------------------------------------------------------------------------- */

static void close_fd(void *arg)
{
    close(((const weft_upload *)arg)->fd);
}

/* Closing gives the blocks of the file free, which can take its time. */
static void release(void *arg)
{
    weft_upload *upload = arg;

    weft__buffer_done(&upload->memory);
    weft__file_out_done(&upload->out);
    if (upload->fd >= 0)
        weft__fs_release(close_fd, upload);
    upload->fd = -1;
}

int weft__upload_new(weft_request *req, const weft_part *part,
                     const struct weft__fields *fields, weft_upload **ret)
{
    weft_upload *upload = weft_alloc(req, sizeof(*upload));
    int rc;

    if (upload == NULL)
        return UV_ENOMEM;
    *upload = (weft_upload){
        .name = part->name,
        .filename = part->filename,
        .type = part->type == NULL ? "application/octet-stream" : part->type,
        .fields = *fields,
        .fd = -1,
    };
    weft__buffer_init(&upload->memory, SIZE_MAX / 2);
    weft__file_out_init(&upload->out, -1);
    rc = weft_defer(req, release, upload);
    if (rc == 0)
        *ret = upload;
    return rc;
}

/* --- The temporary file ---------------------------------------------------------------- */

struct spool {
    const char *directory;
    const struct weft__buffer *content;
    int fd;
};

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

static int do_spool(void *arg)
{
    struct spool *spool = arg;
    int rc;

    spool->fd = open_unnamed(spool->directory);
    if (spool->fd < 0)
        return spool->fd;
    rc = weft__fs_write_all(spool->fd, spool->content->data, spool->content->length, -1);
    if (rc < 0)
        close(spool->fd);
    return rc;
}

static const char *spool_directory(const char *chosen)
{
    static const char *const names[] = { "WEFT_TMPDIR", "TMPDIR" };

    for (size_t i = 0; chosen == NULL && i < sizeof(names) / sizeof(*names); i++) {
        chosen = getenv(names[i]);
        if (chosen != NULL && *chosen == '\0')
            chosen = NULL;
    }
    return chosen == NULL ? "/tmp" : chosen;
}

/* Move what is in memory to disk. */
static int go_to_disk(weft_upload *upload, const char *directory)
{
    struct spool spool = {
        .directory = spool_directory(directory),
        .content = &upload->memory,
    };
    int rc = weft_offload(do_spool, &spool);

    if (rc < 0)
        return rc;
    upload->fd = spool.fd;
    upload->out.fd = spool.fd;
    weft__buffer_done(&upload->memory);
    return 0;
}

/* --- Filling --------------------------------------------------------------------------- */

int weft__upload_append(weft_upload *upload, const char *data, size_t length, size_t max_memory,
                        const char *directory)
{
    int rc = 0;

    upload->size += length;
    if (upload->fd < 0) {
        if (upload->memory.length + length <= max_memory)
            return weft__buffer_append(&upload->memory, data, length);
        rc = go_to_disk(upload, directory);
    }
    return rc < 0 ? rc : weft__file_out_put(&upload->out, data, length);
}

int weft__upload_finish(weft_upload *upload)
{
    int rc;

    if (upload->fd < 0) {
        rc = weft__buffer_append(&upload->memory, "", 1);
        return rc;
    }
    rc = weft__file_out_flush(&upload->out);
    weft__file_out_done(&upload->out);
    return rc;
}

/* --- What a handler asks --------------------------------------------------------------- */

const char *weft_upload_name(const weft_upload *upload)
{
    return upload->name;
}

const char *weft_upload_filename(const weft_upload *upload)
{
    return upload->filename;
}

const char *weft_upload_type(const weft_upload *upload)
{
    return upload->type;
}

const char *weft_upload_header(const weft_upload *upload, const char *name)
{
    const struct weft__field *field =
        name == NULL ? NULL : weft__fields_get(&upload->fields, name, strlen(name));

    return field == NULL ? NULL : field->value;
}

int64_t weft_upload_size(const weft_upload *upload)
{
    return (int64_t)upload->size;
}

const char *weft_upload_data(const weft_upload *upload)
{
    return upload->fd < 0 ? upload->memory.data : NULL;
}

int weft_upload_seek(weft_upload *upload, int64_t offset)
{
    if (offset < 0 || (uint64_t)offset > upload->size)
        return UV_EINVAL;
    upload->at = (uint64_t)offset;
    return 0;
}

ssize_t weft_upload_read(weft_upload *upload, void *buffer, size_t size)
{
    weft_file file = { .fd = upload->fd, .open = true };
    ssize_t count;

    if (upload->fd >= 0) {
        count = weft_file_pread(&file, buffer, size, (int64_t)upload->at);
    } else {
        size_t left = (size_t)(upload->size - upload->at);

        count = (ssize_t)(size < left ? size : left);
        memcpy(buffer, upload->memory.data + upload->at, (size_t)count);
    }
    if (count > 0)
        upload->at += (uint64_t)count;
    return count;
}

/* --- Saving ---------------------------------------------------------------------------- */

struct save_job {
    struct weft__fs_job job;
    const weft_upload *upload;
    const char *path;
    const weft_fs_options *options;
};

static int copy(struct save_job *job, int to)
{
    const weft_upload *upload = job->upload;

    if (upload->fd < 0)
        return weft__fs_write_all(to, upload->memory.data, upload->size, -1);
    if (lseek(upload->fd, 0, SEEK_SET) < 0) /* reading has a position of its own */
        return weft__fs_error();
    return weft__fs_copy_content(&job->job, upload->fd, to);
}

static int do_save(void *arg)
{
    struct save_job *job = arg;
    struct weft__replace file;
    int rc = weft__replace_begin(&file, job->path, job->options, 0);

    return rc < 0 ? rc : weft__replace_end(&file, copy(job, file.fd));
}

int weft_upload_save(weft_upload *upload, const char *path, const weft_fs_options *options)
{
    static const weft_fs_options defaults;
    struct save_job job = { .upload = upload,
                            .path = path,
                            .options = options == NULL ? &defaults : options };

    return weft__fs_run(do_save, &job.job);
}

/* --- Names ----------------------------------------------------------------------------- */

const char *weft_safe_filename(weft_request *req, const char *name)
{
    enum { NAME_BYTES = 255 };
    const char *from = name == NULL ? "" : name;
    size_t length;
    char *safe;

    for (const char *at = from; *at != '\0'; at++)
        if (*at == '/' || *at == '\\')
            from = at + 1;
    while (*from == '.' || *from == ' ')
        from++;
    length = strlen(from);
    if (length > NAME_BYTES) { /* at the beginning of a character */
        length = NAME_BYTES;
        while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
            length--;
    }
    if (length == 0)
        return weft_strdup(req, "file");
    safe = weft_strndup(req, from, length);
    for (char *at = safe; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == ':')
            *at = '_';
    return safe;
}
