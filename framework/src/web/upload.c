/*
 * web/upload.c - see upload.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/upload.h"

#include <string.h>
#include <weft/request.h>

#include "server/request.h"
#include "task/os/fs.h"
#include "task/os/replace.h"

/* --- Its life -------------------------------------------------------------------------- */

static void release(void *arg)
{
    weft__buffer_done(&((weft_upload *)arg)->memory);
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
    };
    weft__buffer_init(&upload->memory, SIZE_MAX / 2);
    upload->memory.budget = weft__request_body_budget(req);
    rc = weft__arena_own(&req->arena, release, upload);
    if (rc == 0)
        *ret = upload;
    return rc;
}

/* --- Filling --------------------------------------------------------------------------- */

int weft__upload_to_disk(weft_upload *upload, struct weft__spool *spool)
{
    uint64_t offset = spool->length;
    int rc = weft__spool_put(spool, upload->memory.data, (size_t)upload->size);

    if (rc < 0)
        return rc;
    upload->spool = spool;
    upload->offset = offset;
    weft__buffer_done(&upload->memory);
    return 0;
}

int weft__upload_append(weft_upload *upload, const char *data, size_t length, size_t max_memory,
                        struct weft__spool *spool)
{
    int rc = 0;

    if (upload->spool == NULL) {
        if (upload->size + length <= max_memory) {
            rc = weft__buffer_append(&upload->memory, data, length);
            upload->size += rc == 0 ? length : 0;
            return rc;
        }
        rc = weft__upload_to_disk(upload, spool);
    }
    if (rc == 0)
        rc = weft__spool_put(spool, data, length);
    if (rc == 0)
        upload->size += length;
    return rc;
}

int weft__upload_finish(weft_upload *upload)
{
    return upload->spool == NULL ? weft__buffer_append(&upload->memory, "", 1) : 0;
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
    return upload->spool == NULL ? upload->memory.data : NULL;
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
    uint64_t left = upload->size - upload->at; /* what is behind it belongs to others */
    size_t take = size < left ? size : (size_t)left;
    ssize_t count = (ssize_t)take;

    if (upload->spool == NULL) {
        memcpy(buffer, upload->memory.data + upload->at, take);
    } else if (take > 0) {
        weft_file file = { .fd = upload->spool->out.fd, .open = true };

        count = weft_file_pread(&file, buffer, take, (int64_t)(upload->offset + upload->at));
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

    if (upload->spool == NULL)
        return weft__fs_write_all(to, upload->memory.data, upload->size, -1);
    return weft__fs_copy_range(&job->job, upload->spool->out.fd, upload->offset, upload->size,
                               to);
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
