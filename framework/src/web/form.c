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
#include "web/response.h"
#include "web/upload.h"

static const weft_key uploads_key = { "uploads" };
static const weft_key failure_key = { "form failure" };

#define CHARSETS(what) what " is taken in UTF-8, US-ASCII and ISO-8859-1"

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

static int too_much(weft_request *req, const struct gathering *g)
{
    return weft_fail(req, 413, "The form is longer than %zu bytes, files aside.",
                     g->limits.max_memory_bytes);
}

/* One text of a pair from ISO-8859-1 to UTF-8, for which *room is left. */
static int to_utf8(weft_request *req, struct gathering *g, const char **text, size_t *length,
                   size_t *room)
{
    size_t more = weft__latin1_utf8_length(*text, *length) - *length;

    if (more == 0)
        return 0;
    if (more > *room)
        return too_much(req, g);
    *room -= more;
    *text = weft__latin1_to_utf8(&req->arena, *text, *length, length);
    return *text == NULL ? UV_ENOMEM : 0;
}

/* What was parsed: limits, and the charset that it is in.  `room` is left for what it grows. */
static int finish_pairs(weft_request *req, struct gathering *g, enum weft__charset charset,
                        size_t room)
{
    for (unsigned i = 0; i < g->form->count; i++) {
        struct weft__pair *pair = &g->form->items[i];
        int rc = 0;

        if (pair->name_length > g->limits.max_name_bytes ||
            pair->value_length > g->limits.max_field_bytes)
            return weft_fail(req, 413, "A field is too long.");
        if (charset == WEFT__CHARSET_LATIN1)
            rc = to_utf8(req, g, &pair->name, &pair->name_length, &room);
        if (charset == WEFT__CHARSET_LATIN1 && rc == 0)
            rc = to_utf8(req, g, &pair->value, &pair->value_length, &room);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_urlencoded(weft_request *req, struct gathering *g,
                           const struct weft__media_type *type)
{
    enum weft__charset charset = weft__media_type_charset(type);
    const char *body = NULL;
    size_t length = 0;
    int rc = charset != WEFT__CHARSET_OTHER
                 ? weft__refuse_encoded(req)
                 : weft__refuse_charset(req, type, CHARSETS("A form"));

    if (rc == 0)
        rc = weft_read_body(req, &body, &length);
    if (rc < 0)
        return rc;
    if (length > g->limits.max_memory_bytes)
        return too_much(req, g);
    rc = weft__query_parse(g->form, &req->arena, body, length, g->limits.max_fields,
                           charset == WEFT__CHARSET_LATIN1 ? WEFT__QUERY_BYTES
                                                           : WEFT__QUERY_REFUSE);
    if (rc == WEFT_EPROTO)
        return weft_fail(req, 400, "The form cannot be decoded.");
    if (rc == WEFT_ELIMIT)
        return weft_fail(req, 413, "The form has more than %u fields.", g->limits.max_fields);
    return rc < 0 ? rc : finish_pairs(req, g, charset, g->limits.max_memory_bytes - length);
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

/* The charset that the part says it is in. */
static int charset_of(weft_request *req, const weft_part *part, enum weft__charset *ret)
{
    struct weft__media_type type;

    *ret = WEFT__CHARSET_UTF8;
    if (part->type == NULL)
        return 0;
    if (weft__media_type_parse(&type, part->type, strlen(part->type)) < 0)
        return weft_fail(req, 400, "The Content-Type of a field is malformed.");
    *ret = weft__media_type_charset(&type);
    if (*ret == WEFT__CHARSET_OTHER)
        return weft__refuse_charset(req, &type, CHARSETS("A field of a form"));
    return 0;
}

/* Text of a field as UTF-8, into the request's memory. */
static int take_text(weft_request *req, struct gathering *g, enum weft__charset charset,
                     const struct weft__buffer *all, struct weft__pair *pair)
{
    const char *text = all->length == 0 ? "" : all->data;
    bool latin1 = charset == WEFT__CHARSET_LATIN1;
    int rc = keep(req, g, latin1 ? weft__latin1_utf8_length(text, all->length) : all->length);

    if (rc < 0)
        return rc;
    if (memchr(text, '\0', all->length) != NULL)
        return weft_fail(req, 400, "A field of the form holds a NUL.");
    if (!latin1 && !weft__utf8_valid(text, all->length))
        return weft_fail(req, 400, "A field of the form is no text in UTF-8.");
    pair->value_length = all->length;
    pair->value =
        latin1 ? weft__latin1_to_utf8(&req->arena, text, all->length, &pair->value_length)
               : weft__arena_strndup(&req->arena, text, all->length);
    return pair->value == NULL ? UV_ENOMEM : 0;
}

static int gather_field(weft_request *req, struct gathering *g, const weft_part *part)
{
    struct weft__pair pair = { .name = part->name, .name_length = strlen(part->name) };
    enum weft__charset charset;
    struct weft__buffer all;
    int rc = charset_of(req, part, &charset);

    if (rc < 0)
        return rc;
    weft__buffer_init(&all, g->limits.max_memory_bytes - g->kept_bytes);
    rc = weft__part_gather(req, &all);
    if (rc == WEFT_ELIMIT && req->body_error == 0)
        rc = too_much(req, g);
    if (rc == 0)
        rc = take_text(req, g, charset, &all, &pair);
    weft__buffer_done(&all);
    return rc < 0 ? rc : weft__pairs_add(g->form, &req->arena, &pair);
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

static int read_either(weft_request *req, struct gathering *g)
{
    struct weft__media_type type;
    bool known = weft__content_type(req, &type) == 0;

    if (known && weft__media_type_is(&type, "multipart/form-data"))
        return read_multipart(req, g);
    if (known && weft__media_type_is(&type, "application/x-www-form-urlencoded"))
        return read_urlencoded(req, g, &type);
    return weft__refuse_type(req, "application/x-www-form-urlencoded or multipart/form-data");
}

/* Whatever has been read of the body is gone: the next call fails as this one does. */
static int fail(weft_request *req, int code)
{
    struct weft__failure *failure = weft__arena_alloc(&req->arena, sizeof(*failure));

    if (failure == NULL || weft_set_value(req, &failure_key, failure) < 0)
        return code;
    return weft__failure_note(req, failure, code);
}

int weft_read_form_with(weft_request *req, const weft_form_options *options)
{
    struct gathering g = { .limits = weft__form_limits(options) };
    const struct weft__failure *failure = weft_value(req, &failure_key);
    int rc;

    if (req->form != NULL)
        return 0;
    if (failure != NULL)
        return weft__failure_again(req, failure);
    g.end = &g.first;
    g.in_memory = &g.first;
    g.form = weft__arena_calloc(&req->arena, 1, sizeof(*g.form));
    if (g.form == NULL)
        return UV_ENOMEM;
    rc = read_either(req, &g);
    if (rc == 0 && g.first != NULL)
        rc = weft_set_value(req, &uploads_key, g.first);
    if (rc < 0)
        return fail(req, rc);
    req->form = g.form;
    return 0;
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
