/*
 * web/file.c - files as responses: opening, answering, sending (weft/static.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <weft/file.h>
#include <weft/log.h>
#include <weft/task.h>

#include "base/buffer.h"
#include "http/disposition.h"
#include "http/mime.h"
#include "http/status.h"
#include "task/os/file_cache.h"
#include "task/os/fs.h"

static const weft_file_options defaults;

/* --- Opening and closing ----------------------------------------------------------------- */

/* Closing the last reference to a large file that was removed frees its blocks, which takes
 * time. */
enum { CLOSE_HERE_MAX = 1024 * 1024 };

struct kept {
    int fd;
    bool large;
};

static void close_now(void *arg)
{
    close(((const struct kept *)arg)->fd);
}

static void close_kept(void *arg)
{
    struct kept *kept = arg;

    if (kept->large)
        weft__fs_release(close_now, kept);
    else
        close_now(kept);
}

int weft__file_keep(weft_request *req, int fd, uint64_t size)
{
    struct kept *kept = weft__arena_alloc(&req->arena, sizeof(*kept));
    struct kept here = { fd, size > CLOSE_HERE_MAX };
    int rc = UV_ENOMEM;

    if (kept != NULL) {
        *kept = here;
        rc = weft__arena_own(&req->arena, close_kept, kept);
    }
    if (rc < 0)
        close_kept(&here);
    return rc;
}

struct open_call {
    const char *path; /* NULL: `fd` is open already */
    int fd;
    struct stat stat;
};

/* On a thread.  A FIFO that is opened so does not wait for its other side. */
static int do_open(void *arg)
{
    struct open_call *call = arg;

    while (call->path != NULL && call->fd < 0) {
        call->fd = open(call->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (call->fd < 0 && errno != EINTR)
            return weft__fs_error();
    }
    if (fstat(call->fd, &call->stat) < 0)
        return weft__fs_error();
    return S_ISREG(call->stat.st_mode) ? 0 : UV_ENOENT;
}

weft_response *weft__file_error(weft_request *req, int code)
{
    switch (code) {
    case UV_ENOENT:
    case UV_ENOTDIR:
    case UV_EISDIR:
    case UV_ELOOP:
    case UV_EXDEV:
    case UV_ENAMETOOLONG:
    case UV_ENXIO: /* a socket */
        return weft_problem(req, 404, "there is nothing at this path");
    case UV_EACCES:
    case UV_EPERM:
        return weft_problem(req, 403, "access is denied");
    default:
        return weft_error(req, code);
    }
}

static weft_response *respond(weft_request *req, struct open_call *call, const char *name,
                              const weft_file_options *options)
{
    struct weft__found_file found = { .name = name };
    int rc = weft_offload(do_open, call);

    if (call->fd < 0)
        return weft__file_error(req, rc);
    if (rc < 0) {
        close(call->fd);
        return weft__file_error(req, rc);
    }
    found.fd = call->fd;
    found.stat = call->stat;
    rc = weft__file_keep(req, found.fd, (uint64_t)found.stat.st_size);
    if (rc < 0)
        return weft_error(req, rc);
    return weft__file_respond(req, &found, options != NULL ? options : &defaults);
}

weft_response *weft_send_file(weft_request *req, const char *path,
                              const weft_file_options *options)
{
    struct open_call call = { .path = path, .fd = -1 };

    return path == NULL ? weft_error(req, UV_EINVAL) : respond(req, &call, path, options);
}

weft_response *weft_send_fd(weft_request *req, int fd, const char *name,
                            const weft_file_options *options)
{
    struct open_call call = { .fd = fd };

    return fd < 0 ? weft_error(req, UV_EBADF) : respond(req, &call, name, options);
}

const char *weft_media_type_of(const char *name)
{
    return weft__mime_of(name == NULL ? "" : name);
}

/* --- Answering --------------------------------------------------------------------------- */

int weft_set_attachment(weft_response *res, const char *name)
{
    struct weft__buffer value;
    int rc = weft__response_changeable(res);

    if (rc < 0)
        return rc;
    weft__buffer_init(&value, SIZE_MAX / 2);
    rc = weft__disposition_write(&value, "attachment", name == NULL ? "" : name,
                                 name == NULL ? 0 : strlen(name));
    if (rc == 0)
        rc = weft__buffer_append(&value, "", 1);
    if (rc == 0)
        rc = weft_set_header(res, "Content-Disposition", value.data);
    weft__buffer_done(&value);
    return rc;
}

/* A response whose body is all of the file. */
static weft_response *whole(weft_request *req, const struct weft__found_file *found, int status)
{
    weft_response *res = weft_stream(req, status, NULL);
    struct weft__file_body *body = weft__arena_alloc(&req->arena, sizeof(*body));
    struct weft__file_part *part = weft__arena_calloc(&req->arena, 1, sizeof(*part));

    if (res->req == NULL || body == NULL || part == NULL)
        return weft__response_stand_in(req);
    part->length = (uint64_t)found->stat.st_size;
    *body = (struct weft__file_body){
        .fd = found->fd, .count = 1, .length = part->length, .parts = part
    };
    res->file = body;
    return res;
}

/* The fields that tell of the content. */
static int describe(weft_response *res, const char *type, const struct weft__found_file *found,
                    const weft_file_options *options)
{
    int rc = 0;

    if (type != NULL)
        rc = weft_set_header(res, "Content-Type", type);
    if (rc == 0 && found->coding != NULL)
        rc = weft_set_header(res, "Content-Encoding", found->coding);
    if (rc == 0 && options->attachment != NULL)
        rc = weft_set_attachment(res, options->attachment);
    if (rc == 0 && !options->no_ranges && options->status == 0)
        rc = weft_set_header(res, "Accept-Ranges", "bytes");
    return rc;
}

/* What the conditions come to, instead of the file. */
static weft_response *unsent(weft_request *req, int status,
                             const struct weft__file_validators *validators,
                             const struct weft__found_file *found,
                             const weft_file_options *options)
{
    weft_response *res = status == 304 ? weft_empty(req, 304)
                                       : weft_problem(req, 412, "the file is another one now");
    weft_file_options told = *options;
    int rc;

    if (status != 304)
        told.cache_control = NULL; /* how long the file is fresh, which this is not */
    rc = weft__file_tell(res, validators, found, &told);
    return rc < 0 ? weft_error(req, rc) : res;
}

static weft_response *unsatisfiable(weft_request *req, uint64_t size)
{
    weft_response *res =
        weft_problem(req, 416, "the file has %llu bytes", (unsigned long long)size);
    char value[WEFT__CONTENT_RANGE_ROOM];

    weft__content_range(value, NULL, size);
    weft_set_header(res, "Content-Range", value);
    weft_set_header(res, "Accept-Ranges", "bytes");
    return res;
}

weft_response *weft__file_respond(weft_request *req, const struct weft__found_file *found,
                                  const weft_file_options *options)
{
    const char *type = options->media_type;
    uint64_t size = (uint64_t)found->stat.st_size;
    bool conditional = options->status == 0 && (req->head.method == WEFT__METHOD_GET ||
                                                req->head.method == WEFT__METHOD_HEAD);
    struct weft__range ranges[WEFT__RANGES_MAX];
    struct weft__file_validators validators;
    weft_response *res;
    int verdict = 0;
    int rc;

    if (type == NULL && found->name != NULL)
        type = weft__mime_of(found->name);
    weft__file_validate(&validators, found, options);
    if (conditional)
        verdict = weft__conditions_check(&req->head, &validators.known, validators.now);
    if (verdict != 0)
        return unsent(req, verdict, &validators, found, options);
    if (conditional && !options->no_ranges)
        verdict = weft__file_ranges(req, &validators.known, validators.now, size, ranges);
    if (verdict == -416)
        return unsatisfiable(req, size);
    res = whole(req, found, options->status != 0 ? options->status : 200);
    rc = weft__file_tell(res, &validators, found, options);
    if (rc == 0)
        rc = describe(res, type, found, options);
    if (rc == 0 && verdict > 0)
        rc = weft__file_set_ranges(res, type, size, ranges, (unsigned)verdict);
    return rc < 0 ? weft_error(req, rc) : res;
}

/* --- Sending ----------------------------------------------------------------------------- */

enum { FILTERED_PIECE = 32 * 1024 };

/* Let the filters have the bytes of a part. */
static int filter_part(weft_request *req, int fd, const struct weft__file_part *part,
                       char *scratch)
{
    uint64_t offset = part->offset;
    uint64_t left = part->length;
    int rc = 0;

    if (part->text_length > 0)
        rc = weft__filters_run(req, NULL, part->text, part->text_length, false);
    while (rc == 0 && left > 0) {
        size_t size = left < FILTERED_PIECE ? (size_t)left : FILTERED_PIECE;
        ssize_t count = weft__file_read_at(fd, scratch, size, (int64_t)offset);

        if (count <= 0)
            return count < 0 ? (int)count : UV_EIO; /* it was cut meanwhile */
        offset += (uint64_t)count;
        left -= (uint64_t)count;
        rc = weft__filters_run(req, NULL, scratch, (size_t)count, false);
    }
    return rc;
}

/* As for what is sent without filters, the client's reading sets the pace. */
static int write_filtered(weft_request *req, const struct weft__file_body *body)
{
    weft_scope shield;
    int rc = 0;

    weft_scope_shield(&shield, UINT32_MAX);
    for (unsigned i = 0; rc == 0 && i < body->count; i++)
        rc = filter_part(req, body->fd, &body->parts[i], body->scratch);
    weft_scope_leave(&shield);
    return rc;
}

int weft__file_prepare(weft_response *res)
{
    struct weft__file_body *body = res->file;

    if (res->req->filters == NULL || body->length == 0)
        return 0;
    body->scratch = weft__arena_alloc(&res->req->arena, FILTERED_PIECE);
    return body->scratch == NULL ? UV_ENOMEM : 0;
}

int weft__file_write(weft_response *res)
{
    weft_request *req = res->req;
    const struct weft__file_body *body = res->file;
    int rc = 0;

    if (req->filters != NULL)
        return write_filtered(req, body);
    for (unsigned i = 0; rc == 0 && i < body->count; i++) {
        const struct weft__file_part *part = &body->parts[i];

        if (part->text_length > 0)
            rc = weft__request_write(req, part->text, part->text_length);
        if (rc == 0 && part->length > 0)
            rc = weft__request_write_file(req, body->fd, part->offset, part->length);
    }
    return rc;
}

int weft_check_file_preconditions(weft_request *req, const char *path)
{
    struct weft__file_validators validators = { .now = time(NULL) };
    struct weft__found_file found = { .name = path };
    int rc = weft_fs_stat(path, &found.stat);

    if (rc < 0 && rc != UV_ENOENT && rc != UV_ENOTDIR)
        return rc;
    if (rc == 0 && S_ISREG(found.stat.st_mode))
        weft__file_validate(&validators, &found, &defaults);
    return weft__conditions_check(&req->head, &validators.known, validators.now);
}
