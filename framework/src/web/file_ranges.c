/*
 * web/file_ranges.c - parts of files: 206 and multipart/byteranges (RFC 9110, 14).
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/head.h"
#include "web/file.h"

int weft__file_ranges(const weft_request *req, const struct weft__validators *validators,
                      int64_t now, uint64_t size, struct weft__range *ranges)
{
    const struct weft__field *field;

    if (req->head.method != WEFT__METHOD_GET) /* RFC 9110, 14.2 */
        return 0;
    field = weft__head_find(&req->head, "Range", sizeof("Range") - 1);
    if (field == NULL || weft__head_find_next(&req->head, field) != NULL)
        return 0;
    if (!weft__conditions_allow_range(&req->head, validators, now))
        return 0;
    return weft__ranges_parse(ranges, field->value, field->value_length, size);
}

/* Content that holds this by chance is as likely as a guessed key. */
static int make_boundary(char *to, size_t room)
{
    uint64_t random[2];
    int rc = uv_random(NULL, NULL, random, sizeof(random), 0, NULL);

    if (rc == 0)
        snprintf(to, room, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    return rc;
}

static int set_one(weft_response *res, uint64_t size, const struct weft__range *range)
{
    struct weft__file_part *part = res->file->parts;
    char value[WEFT__CONTENT_RANGE_ROOM];

    part->offset = range->first;
    part->length = weft__range_length(range);
    res->file->length = part->length;
    weft__content_range(value, range, size);
    return weft_set_header(res, "Content-Range", value);
}

/* The head of a part of several (RFC 9110, 14.6), or with range NULL what ends them. */
static int set_text(weft_response *res, struct weft__file_part *part, const char *boundary,
                    const char *type, uint64_t size, const struct weft__range *range)
{
    const char *before = part == res->file->parts ? "" : "\r\n";
    char value[WEFT__CONTENT_RANGE_ROOM];

    *part = (struct weft__file_part){ 0 };
    if (range != NULL) {
        weft__content_range(value, range, size);
        part->text = weft_printf(res->req, "%s--%s\r\n%s%s%sContent-Range: %s\r\n\r\n", before,
                                 boundary, type != NULL ? "Content-Type: " : "",
                                 type != NULL ? type : "", type != NULL ? "\r\n" : "", value);
        part->offset = range->first;
        part->length = weft__range_length(range);
    } else {
        part->text = weft_printf(res->req, "%s--%s--\r\n", before, boundary);
    }
    if (part->text == NULL)
        return UV_ENOMEM;
    part->text_length = strlen(part->text);
    res->file->length += part->text_length + part->length;
    return 0;
}

/* Merged ranges add up to no more than the file, so the sum does not overflow. */
static int set_several(weft_response *res, const char *type, uint64_t size,
                       const struct weft__range *ranges, unsigned count)
{
    struct weft__file_body *body = res->file;
    struct weft__arena *arena = &res->req->arena;
    char boundary[40];
    const char *multipart;
    int rc = make_boundary(boundary, sizeof(boundary));

    if (rc < 0)
        return rc;
    body->parts = weft__arena_calloc(arena, count + 1, sizeof(*body->parts));
    if (body->parts == NULL)
        return UV_ENOMEM;
    body->count = count + 1;
    body->length = 0;
    for (unsigned i = 0; rc == 0 && i <= count; i++)
        rc =
            set_text(res, &body->parts[i], boundary, type, size, i < count ? &ranges[i] : NULL);
    if (rc < 0)
        return rc;
    multipart = weft_printf(res->req, "multipart/byteranges; boundary=%s", boundary);
    return multipart == NULL ? UV_ENOMEM : weft_set_header(res, "Content-Type", multipart);
}

int weft__file_set_ranges(weft_response *res, const char *type, uint64_t size,
                          const struct weft__range *ranges, unsigned count)
{
    res->status = 206;
    if (count == 1)
        return set_one(res, size, ranges);
    return set_several(res, type, size, ranges, count);
}
