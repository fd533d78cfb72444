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
#include "http/media_type.h"
#include "http/query.h"
#include "server/request.h"
#include "web/decompress.h"
#include "web/parts.h"
#include "web/upload.h"

static const weft_key uploads_key = { "uploads" };

/* What is being gathered. */
struct gathering {
    weft_form_options limits;
    struct weft__pairs *form;
    weft_upload *first;
    weft_upload **end;
    size_t memory_bytes; /* kept so far */
};

/* --- application/x-www-form-urlencoded ------------------------------------------------- */

static bool is_utf8(const weft_request *req)
{
    const char *text = weft_header(req, "Content-Type");
    struct weft__media_type type;

    return text != NULL && weft__media_type_parse(&type, text, strlen(text)) == 0 &&
           weft__media_type_is_utf8(&type);
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

static int too_much(weft_request *req, const struct gathering *g)
{
    return weft_fail(req, 413, "The fields of the form are longer than %zu bytes.",
                     g->limits.max_memory_bytes);
}

static int gather_field(weft_request *req, struct gathering *g, const weft_part *part)
{
    struct weft__pair pair = { .name = part->name, .name_length = strlen(part->name) };
    struct weft__media_type type;
    int rc = weft_part_read_all(req, g->limits.max_memory_bytes - g->memory_bytes, &pair.value,
                                &pair.value_length);

    if (rc == WEFT_ELIMIT && req->body_error == 0)
        return too_much(req, g);
    if (rc < 0)
        return rc;
    g->memory_bytes += pair.value_length;
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
    size_t left = g->limits.max_memory_bytes - g->memory_bytes;

    return left < g->limits.spool_bytes ? left : g->limits.spool_bytes;
}

static int gather_file(weft_request *req, struct gathering *g, const weft_part *part)
{
    weft_upload *upload;
    const char *piece;
    int rc = weft__upload_new(req, part, weft__part_fields(req), &upload);
    int length = 0;

    while (rc == 0 && (length = weft_part_read(req, &piece)) > 0)
        rc = weft__upload_append(upload, piece, (size_t)length, room_for_file(g),
                                 g->limits.directory);
    if (rc == 0)
        rc = length;
    if (rc == 0)
        rc = weft__upload_finish(upload);
    if (rc < 0)
        return rc;
    if (upload->fd < 0)
        g->memory_bytes += upload->size;
    if (upload->size > 0 || *upload->filename != '\0') { /* else no file was chosen */
        *g->end = upload;
        g->end = &upload->next;
    }
    return 0;
}

static int read_multipart(weft_request *req, struct gathering *g)
{
    weft_part part;
    int rc = weft_begin_parts(req, &g->limits);

    if (rc < 0)
        return rc;
    while ((rc = weft_next_part(req, &part)) > 0) {
        rc = part.filename == NULL ? gather_field(req, g, &part) : gather_file(req, g, &part);
        if (rc < 0)
            return rc;
    }
    return rc;
}

/* --- Both ------------------------------------------------------------------------------ */

int weft_read_form_with(weft_request *req, const weft_form_options *options)
{
    struct gathering g = { .limits = weft__form_limits(options) };
    bool multipart = weft__body_is(req, "multipart/form-data");
    int rc;

    if (req->form != NULL)
        return 0;
    if (!multipart &&
        !(weft__body_is(req, "application/x-www-form-urlencoded") && is_utf8(req)))
        return weft_fail(req, 415,
                         "Expected a body of type application/x-www-form-urlencoded or "
                         "multipart/form-data.");
    g.end = &g.first;
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
