/*
 * web/parts.c - a multipart body, part by part (weft/multipart.h).
 *
 * The reader is made at the first call and kept as a value of the request.  A failure is final.
 * What the header of a part says is kept until the next part, so that a body of any number of
 * parts takes no more memory than one; for a form that is gathered, as long as the request.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/parts.h"

#include <stdlib.h>
#include <string.h>
#include <weft/response.h>

#include "http/form_data.h"
#include "http/multipart.h"
#include "server/request.h"
#include "web/content_type.h"
#include "web/decompress.h"
#include "web/response.h"

struct reader {
    struct weft__multipart multipart;
    weft_form_options limits;
    const char *at; /* what is left of the last piece of the body */
    const char *end;
    size_t taken; /* of a body that has been read whole */
    weft_part part;
    struct weft__fields fields;
    struct weft__arena own;    /* of one part */
    struct weft__arena *arena; /* `own`, or the request's */
    uint64_t part_bytes;
    unsigned field_count;
    unsigned file_count;
    bool form_data; /* each part has a name */
    bool in_part;
    bool ended;
    struct weft__failure failure;
};

static const weft_key reader_key = { "multipart" };

/* --- Limits ---------------------------------------------------------------------------- */

weft_form_options weft__form_limits(const weft_form_options *options)
{
    weft_form_options limits = options == NULL ? (weft_form_options){ 0 } : *options;

    if (limits.max_fields == 0)
        limits.max_fields = 1000;
    if (limits.max_files == 0)
        limits.max_files = 1000;
    if (limits.max_field_bytes == 0)
        limits.max_field_bytes = 1024 * 1024;
    if (limits.max_file_bytes == 0)
        limits.max_file_bytes = UINT64_MAX;
    if (limits.max_name_bytes == 0)
        limits.max_name_bytes = 512;
    if (limits.max_header_bytes == 0)
        limits.max_header_bytes = 8 * 1024;
    if (limits.max_memory_bytes == 0)
        limits.max_memory_bytes = 4 * 1024 * 1024;
    if (limits.spool_bytes == 0)
        limits.spool_bytes = 1024 * 1024;
    return limits;
}

/* --- Beginning ------------------------------------------------------------------------- */

static void release(void *arg)
{
    struct reader *reader = arg;

    weft__multipart_done(&reader->multipart);
    weft__arena_done(&reader->own);
}

static int begin(weft_request *req, const weft_form_options *options, struct reader **ret)
{
    enum { HEADER_BYTES = 1024 }; /* that most parts do with */
    struct reader *reader;
    struct weft__media_type type;
    const char *boundary = NULL;
    size_t length = 0;
    int rc;

    if (weft__content_type(req, &type) < 0 || !weft__media_type_is(&type, "multipart/*"))
        return weft__refuse_type(req, "multipart/form-data, or another multipart type");
    rc = weft__refuse_encoded(req);
    if (rc == 0)
        rc = weft__media_type_parameter(&type, &req->arena, "boundary", &boundary, &length);
    if (rc < 0 && rc != WEFT_EPROTO)
        return rc;
    reader = weft__arena_calloc(&req->arena, 1, sizeof(*reader));
    if (reader == NULL)
        return UV_ENOMEM;
    reader->limits = weft__form_limits(options);
    reader->form_data = weft__media_type_is(&type, "multipart/form-data");
    if (rc != 1 || weft__multipart_init(&reader->multipart, boundary, length,
                                        reader->limits.max_header_bytes) < 0)
        return weft_fail(req, 400, "The multipart body has no well-formed boundary.");
    reader->multipart.fields.budget = &req->memory;
    weft__arena_init(&reader->own, HEADER_BYTES);
    reader->own.budget = &req->memory;
    reader->arena = &reader->own;
    rc = weft__arena_own(&req->arena, release, reader);
    if (rc == 0)
        rc = weft_set_value(req, &reader_key, reader);
    if (rc < 0)
        return rc;
    *ret = reader;
    return 0;
}

static int begin_once(weft_request *req, const weft_form_options *options, struct reader **ret)
{
    if (weft_value(req, &reader_key) != NULL || req->chunk != NULL)
        return WEFT_EMISUSE;
    return begin(req, options, ret);
}

int weft_begin_parts(weft_request *req, const weft_form_options *options)
{
    struct reader *reader;

    return begin_once(req, options, &reader);
}

int weft__begin_kept_parts(weft_request *req, const weft_form_options *options)
{
    struct reader *reader = NULL;
    int rc = begin_once(req, options, &reader);

    if (rc == 0 && reader != NULL)
        reader->arena = &req->arena;
    return rc;
}

/* --- Events ---------------------------------------------------------------------------- */

static int malformed(weft_request *req)
{
    return weft_fail(req, 400, "The multipart body is malformed.");
}

/* The next piece of the body: its length, 0 at the end, or a code. */
static int next_piece(weft_request *req, struct reader *reader)
{
    int length = req->whole_read ? weft__request_give_again(req, &reader->taken, &reader->at)
                                 : weft_read_chunk(req, &reader->at);

    if (length >= 0)
        reader->end = reader->at + length;
    return length;
}

static int too_long_a_header(weft_request *req, const struct reader *reader)
{
    if (reader->multipart.field_count > WEFT__PART_FIELDS_MAX)
        return weft_fail(req, 413, "The header of a part has more than %d lines.",
                         WEFT__PART_FIELDS_MAX);
    return weft_fail(req, 413, "The header of a part is longer than %zu bytes.",
                     reader->limits.max_header_bytes);
}

/* The next event, for which the body is read on; WEFT__MULTIPART_MORE at the body's end.  One
 * that ends before the last delimiter is malformed. */
static int next_event(weft_request *req, struct reader *reader, const char **ret_data,
                      size_t *ret_length)
{
    for (;;) {
        int rc = weft__multipart_next(&reader->multipart, &reader->at, reader->end, ret_data,
                                      ret_length);

        if (rc == WEFT_EPROTO)
            return malformed(req);
        if (rc == WEFT_ELIMIT)
            return too_long_a_header(req, reader);
        if (rc != WEFT__MULTIPART_MORE)
            return rc;
        rc = next_piece(req, reader);
        if (rc < 0)
            return rc;
        if (rc == 0)
            return weft__multipart_ended(&reader->multipart) ? WEFT__MULTIPART_MORE
                                                             : malformed(req);
    }
}

/* The header of a part has come: what it says, and whether the limits allow another. */
static int read_header(weft_request *req, struct reader *reader)
{
    struct weft__form_data form = { 0 };
    const struct weft__field *field;
    int rc;

    reader->fields = (struct weft__fields){ 0 };
    reader->part = (weft_part){ 0 };
    weft__arena_reset(&reader->own);
    rc = weft__part_fields_parse(&reader->fields, reader->arena, reader->multipart.fields.data,
                                 reader->multipart.fields.length);
    field = weft__fields_get(&reader->fields, "Content-Disposition", 19);
    if (rc == 0 && field != NULL)
        rc = weft__form_data_parse(&form, reader->arena, field->value, field->value_length);
    if (rc == WEFT_EPROTO || (rc == 0 && reader->form_data && form.name == NULL))
        return weft_fail(req, 400, "The header of a part is malformed.");
    if (rc < 0)
        return rc;
    field = weft__fields_get(&reader->fields, "Content-Type", 12);
    reader->part = (weft_part){
        .name = form.name,
        .filename = form.filename,
        .type = field == NULL ? NULL : field->value,
    };
    reader->part_bytes = 0;
    reader->in_part = true;
    if (form.name_length > reader->limits.max_name_bytes ||
        form.filename_length > reader->limits.max_name_bytes)
        return weft_fail(req, 413, "A name is longer than %zu bytes.",
                         reader->limits.max_name_bytes);
    return 0;
}

/* Content of form-data is as it is; encodings are of electronic mail (RFC 7578, 4.7). */
static bool is_encoded(const struct reader *reader)
{
    const struct weft__field *field =
        weft__fields_get(&reader->fields, "Content-Transfer-Encoding", 25);
    static const char *const plain[] = { "7bit", "8bit", "binary" };

    for (size_t i = 0; field != NULL && i < sizeof(plain) / sizeof(*plain); i++)
        if (weft__field_name_equal(field->value, field->value_length, plain[i],
                                   strlen(plain[i])))
            return false;
    return field != NULL && reader->form_data;
}

static int count_part(weft_request *req, struct reader *reader)
{
    if (is_encoded(reader))
        return weft_fail(req, 400, "A part has a Content-Transfer-Encoding.");
    if (reader->part.filename != NULL && reader->file_count++ == reader->limits.max_files)
        return weft_fail(req, 413, "The form has more than %u files.",
                         reader->limits.max_files);
    if (reader->part.filename == NULL && reader->field_count++ == reader->limits.max_fields)
        return weft_fail(req, 413, "The form has more than %u fields.",
                         reader->limits.max_fields);
    return 0;
}

static int count_bytes(weft_request *req, struct reader *reader, size_t length)
{
    bool file = reader->part.filename != NULL;
    uint64_t max = file ? reader->limits.max_file_bytes : reader->limits.max_field_bytes;

    reader->part_bytes += length;
    if (reader->part_bytes > max)
        return weft_fail(req, 413, "A %s is longer than %llu bytes.", file ? "file" : "field",
                         (unsigned long long)max);
    return 0;
}

/* --- Parts ----------------------------------------------------------------------------- */

/* A part begins. */
static int enter_part(weft_request *req, struct reader *reader, weft_part *ret)
{
    int rc = read_header(req, reader);

    if (rc == 0)
        rc = count_part(req, reader);
    if (rc < 0)
        return rc;
    *ret = reader->part;
    return 1;
}

static int next_part(weft_request *req, struct reader *reader, weft_part *ret)
{
    const char *data;
    size_t length;
    int rc = 0;

    while (!reader->ended && rc == 0) {
        int event = next_event(req, reader, &data, &length);

        switch (event) {
        case WEFT__MULTIPART_PART:
            return enter_part(req, reader, ret);
        case WEFT__MULTIPART_DATA: /* is skipped */
            rc = count_bytes(req, reader, length);
            break;
        case WEFT__MULTIPART_PART_END:
            reader->in_part = false;
            break;
        case WEFT__MULTIPART_MORE:
            reader->ended = true;
            break;
        default: /* the last delimiter, or a code */
            rc = event < 0 ? event : 0;
            break;
        }
    }
    return rc;
}

int weft_next_part(weft_request *req, weft_part *ret)
{
    struct reader *reader = weft_value(req, &reader_key);
    int rc;

    if (reader == NULL) {
        rc = begin_once(req, NULL, &reader);
        if (rc < 0 || reader == NULL)
            return rc;
    }
    rc = weft__failure_again(req, &reader->failure);
    if (rc == 0)
        rc = next_part(req, reader, ret);
    return rc < 0 ? weft__failure_note(req, &reader->failure, rc) : rc;
}

int weft_part_read(weft_request *req, const char **ret)
{
    struct reader *reader = weft_value(req, &reader_key);
    size_t length;
    int rc;

    *ret = "";
    if (reader == NULL)
        return WEFT_EMISUSE;
    rc = weft__failure_again(req, &reader->failure);
    if (rc < 0)
        return rc;
    if (!reader->in_part)
        return reader->field_count + reader->file_count == 0 ? WEFT_EMISUSE : 0;
    rc = next_event(req, reader, ret, &length);
    if (rc == WEFT__MULTIPART_DATA) {
        rc = count_bytes(req, reader, length);
        if (rc == 0)
            return (int)length;
    }
    if (rc == WEFT__MULTIPART_PART_END) {
        reader->in_part = false;
        return 0;
    }
    return weft__failure_note(req, &reader->failure, rc);
}

int weft__part_gather(weft_request *req, struct weft__buffer *all)
{
    const char *piece;
    int rc;

    all->budget = &req->memory;
    while ((rc = weft_part_read(req, &piece)) > 0) {
        rc = weft__buffer_append(all, piece, (size_t)rc);
        if (rc < 0)
            break;
    }
    return rc;
}

int weft_part_read_all(weft_request *req, size_t max_bytes, const char **ret,
                       size_t *ret_length)
{
    struct weft__buffer all;
    int rc;

    weft__buffer_init(&all, max_bytes < SIZE_MAX / 2 ? max_bytes : SIZE_MAX / 2);
    rc = weft__part_gather(req, &all);
    if (rc == WEFT_ELIMIT)
        req->too_much = true;
    if (rc == 0) {
        *ret = weft__arena_strndup(&req->arena, all.length == 0 ? "" : all.data, all.length);
        rc = *ret == NULL ? UV_ENOMEM : 0;
        if (ret_length != NULL)
            *ret_length = all.length;
    }
    weft__buffer_done(&all);
    return rc;
}

const struct weft__fields *weft__part_fields(const weft_request *req, size_t *ret_bytes)
{
    const struct reader *reader = weft_value(req, &reader_key);

    if (reader == NULL)
        return NULL;
    *ret_bytes = reader->multipart.fields.length;
    return &reader->fields;
}

const char *weft_part_header(const weft_request *req, const char *name)
{
    size_t bytes;
    const struct weft__fields *fields = weft__part_fields(req, &bytes);
    const struct weft__field *field =
        fields == NULL || name == NULL ? NULL : weft__fields_get(fields, name, strlen(name));

    return field == NULL ? NULL : field->value;
}
