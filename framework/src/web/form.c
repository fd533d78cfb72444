/*
 * web/form.c - forms, read whole: application/x-www-form-urlencoded and multipart/form-data
 * (weft/request.h, weft/multipart.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <weft/request.h>
#include <weft/response.h>

#include "base/utf8.h"
#include "http/query.h"
#include "server/request.h"
#include "web/content_type.h"
#include "web/decompress.h"
#include "web/parts.h"
#include "web/upload.h"

static const weft_key uploads_key = { "uploads" };

/* What is being gathered.  `kept_bytes + file_bytes` never exceed max_memory_bytes. */
struct gathering {
    weft_form_options limits;
    struct weft__pairs *form;
    struct weft__spool *spool;
    weft_upload *first;
    weft_upload **end;
    weft_upload **in_memory; /* before this one all are on disk */
    size_t kept_bytes;       /* headers and fields, which stay in memory */
    size_t file_bytes;       /* of files in memory */
};

/* --- application/x-www-form-urlencoded ------------------------------------------------- */

static bool is_utf8(const weft_request *req)
{
    struct weft__media_type type;

    return weft__content_type(req, &type) == 0 && weft__media_type_is_utf8(&type);
}

static int too_much(weft_request *req, const struct gathering *g)
{
    return weft_fail(req, 413, "The form is longer than %zu bytes, files aside.",
                     g->limits.max_memory_bytes);
}

static int read_urlencoded(weft_request *req, struct gathering *g)
{
    const char *body = NULL;
    size_t length = 0;
    int rc = weft__refuse_encoded(req);

    if (rc == 0)
        rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    if (length > g->limits.max_memory_bytes)
        return too_much(req, g);
    rc = weft__query_parse(g->form, &req->arena, body, length, g->limits.max_fields,
                           WEFT__QUERY_REFUSE);
    if (rc == WEFT_EPROTO)
        return weft_fail(req, 400, "The form cannot be decoded.");
    if (rc == WEFT_ELIMIT)
        return weft_fail(req, 413, "The form has more than %u fields.", g->limits.max_fields);
    for (unsigned i = 0; rc == 0 && i < g->form->count; i++) {
        const struct weft__pair *pair = &g->form->items[i];

        if (pair->name_length > g->limits.max_name_bytes ||
            pair->value_length > g->limits.max_field_bytes)
            rc = weft_fail(req, 413, "A field is too long.");
    }
    return rc;
}

/* --- multipart/form-data --------------------------------------------------------------- */

/*
 * Keep `bytes` more in memory, for which the files that came first make room.  The limit is for
 * all together, and a form is the same form whether its files or its fields come first.
 */
static int keep(weft_request *req, struct gathering *g, size_t bytes)
{
    size_t max = g->limits.max_memory_bytes;

    if (bytes > max - g->kept_bytes)
        return too_much(req, g);
    while (bytes > max - g->kept_bytes - g->file_bytes) {
        weft_upload *upload = *g->in_memory;

        if (upload->spool == NULL && upload->size > 0) {
            int rc = weft__upload_to_disk(upload, g->spool);

            if (rc < 0)
                return rc;
            g->file_bytes -= (size_t)upload->size;
        }
        g->in_memory = &upload->next;
    }
    g->kept_bytes += bytes;
    return 0;
}

static int gather_field(weft_request *req, struct gathering *g, const weft_part *part)
{
    struct weft__pair pair = { .name = part->name, .name_length = strlen(part->name) };
    struct weft__media_type type;
    int rc = weft_part_read_all(req, g->limits.max_memory_bytes - g->kept_bytes, &pair.value,
                                &pair.value_length);

    if (rc == WEFT_ELIMIT && req->body_error == 0)
        return too_much(req, g);
    if (rc == 0)
        rc = keep(req, g, pair.value_length);
    if (rc < 0)
        return rc;
    if (memchr(pair.value, '\0', pair.value_length) != NULL ||
        !weft__utf8_valid(pair.value, pair.value_length) ||
        (part->type != NULL &&
         (weft__media_type_parse(&type, part->type, strlen(part->type)) < 0 ||
          !weft__media_type_is_utf8(&type))))
        return weft_fail(req, 400, "A field of the form is no text in UTF-8.");
    return weft__pairs_add(g->form, &req->arena, &pair);
}

/* How much of a file may lie in memory. */
static size_t room_for_file(const struct gathering *g)
{
    size_t left = g->limits.max_memory_bytes - g->kept_bytes - g->file_bytes;

    return left < g->limits.spool_bytes ? left : g->limits.spool_bytes;
}

static int gather_file(weft_request *req, struct gathering *g, const weft_part *part,
                       const struct weft__fields *fields)
{
    weft_upload *upload;
    const char *piece;
    int rc = weft__upload_new(req, part, fields, &upload);
    int length = 0;

    while (rc == 0 && (length = weft_part_read(req, &piece)) > 0)
        rc = weft__upload_append(upload, piece, (size_t)length, room_for_file(g), g->spool);
    if (rc == 0)
        rc = length;
    if (rc == 0)
        rc = weft__upload_finish(upload);
    if (rc < 0)
        return rc;
    if (upload->spool == NULL)
        g->file_bytes += (size_t)upload->size;
    if (upload->size > 0 || *upload->filename != '\0') { /* else no file was chosen */
        *g->end = upload;
        g->end = &upload->next;
    }
    return 0;
}

static int gather_part(weft_request *req, struct gathering *g, const weft_part *part)
{
    size_t header_bytes = 0;
    const struct weft__fields *fields = weft__part_fields(req, &header_bytes);
    int rc = keep(req, g, header_bytes);

    if (rc < 0)
        return rc;
    return part->filename == NULL ? gather_field(req, g, part)
                                  : gather_file(req, g, part, fields);
}

static int read_multipart(weft_request *req, struct gathering *g)
{
    weft_part part;
    int rc = weft__begin_kept_parts(req, &g->limits);

    if (rc < 0)
        return rc;
    g->spool = weft__spool_new(req, g->limits.directory);
    if (g->spool == NULL)
        return UV_ENOMEM;
    while ((rc = weft_next_part(req, &part)) > 0) {
        rc = gather_part(req, g, &part);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? rc : weft__spool_finish(g->spool);
}

/* --- Both ------------------------------------------------------------------------------ */

int weft_read_form_with(weft_request *req, const weft_form_options *options)
{
    struct gathering g = { .limits = weft__form_limits(options) };
    bool multipart = weft_content_is(req, "multipart/form-data");
    int rc;

    if (req->form != NULL)
        return 0;
    if (!multipart &&
        !(weft_content_is(req, "application/x-www-form-urlencoded") && is_utf8(req)))
        return weft_fail(req, 415,
                         "Expected a body of type application/x-www-form-urlencoded or "
                         "multipart/form-data.");
    g.end = &g.first;
    g.in_memory = &g.first;
    g.form = weft__arena_calloc(&req->arena, 1, sizeof(*g.form));
    if (g.form == NULL)
        return UV_ENOMEM;
    rc = multipart ? read_multipart(req, &g) : read_urlencoded(req, &g);
    if (rc == 0 && g.first != NULL)
        rc = weft_set_value(req, &uploads_key, g.first);
    if (rc == 0)
        req->form = g.form;
    return rc;
}

int weft_read_form(weft_request *req)
{
    return weft_read_form_with(req, NULL);
}

/* --- What came ------------------------------------------------------------------------- */

const char *weft_form_at(weft_request *req, const char *name, size_t index)
{
    const struct weft__pair *pair;

    if (req->form == NULL || name == NULL)
        return NULL;
    pair = weft__pairs_find(req->form, name, strlen(name));
    for (; pair != NULL && index > 0; index--)
        pair = weft__pairs_find_next(req->form, pair);
    return pair == NULL ? NULL : pair->value;
}

const char *weft_form(weft_request *req, const char *name)
{
    return weft_form_at(req, name, 0);
}

bool weft_form_next(weft_request *req, size_t *at, const char **ret_name,
                    const char **ret_value)
{
    return weft__pairs_next(req->form, at, ret_name, ret_value);
}

bool weft_form_file_next(weft_request *req, weft_upload **at)
{
    weft_upload *next = *at == NULL ? weft_value(req, &uploads_key) : (*at)->next;

    if (next == NULL)
        return false;
    *at = next;
    return true;
}

weft_upload *weft_form_file_at(weft_request *req, const char *name, size_t index)
{
    weft_upload *upload = NULL;

    while (name != NULL && weft_form_file_next(req, &upload))
        if (strcmp(upload->name, name) == 0 && index-- == 0)
            return upload;
    return NULL;
}

weft_upload *weft_form_file(weft_request *req, const char *name)
{
    return weft_form_file_at(req, name, 0);
}
