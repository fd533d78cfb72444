/*
 * body.c - see body.h.
 *
 * Shows: bodies of every kind: forms (weft_read_form()), forms with files, part by part
 * (weft_next_part()), and whatever else as a whole (weft_read_body()).
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

#include "base64.h"
#include "describe.h"
#include "reply.h"
#include "utf8.h"

json_t *bytes_json(weft_request *req, const char *media_type, const char *data, size_t length)
{
    const char *encoded;

    if (is_utf8(data, length))
        return json_stringn(data, length);
    encoded = base64_encode(req, data, length);
    if (encoded != NULL)
        encoded = weft_printf(req, "data:%s;base64,%s", media_type, encoded);
    return encoded != NULL ? text_json(encoded) : NULL;
}

/* What the body says as JSON, whatever its media type; null when it is none. */
static int parse_json(weft_request *req, const char *data, size_t length, json_t **ret)
{
    int rc = weft_json_parse(req, data, length, ret);

    if (rc < 0 && rc != UV_ENOMEM) {
        *ret = json_null();
        rc = 0;
    }
    return rc;
}

/* --- Forms ------------------------------------------------------------------------------- */

/* Names and values, decoded. */
static int describe_pairs(weft_request *req, json_t *form)
{
    const char *name, *value;
    size_t at = 0;
    int rc = weft_read_form(req); /* waits until all of it has come */

    while (rc == 0 && weft_form_next(req, &at, &name, &value))
        rc = add_member(form, name, text_json(value));
    return rc;
}

/*
 * Fields and files, part by part.  weft_read_form() would do it, too, with large files on disk;
 * but here all of it is told back, and fields that are no text as well.
 */
static int describe_parts(weft_request *req, json_t *form, json_t *files)
{
    weft_part part;
    const char *data, *type;
    size_t length;
    int rc;

    while ((rc = weft_next_part(req, &part)) > 0) {
        rc = weft_part_read_all(req, SIZE_MAX, &data, &length); /* the route limits the body */
        if (rc < 0)
            return rc;
        type = part.type != NULL ? part.type : "application/octet-stream";
        rc = add_member(part.filename != NULL ? files : form, part.name,
                        bytes_json(req, type, data, length));
        if (rc < 0)
            return rc;
    }
    return rc;
}

/* --- The whole --------------------------------------------------------------------------- */

/* What is told of a body. */
struct body {
    json_t *data;
    json_t *files;
    json_t *form;
    json_t *json;
};

/*
 * Read the body.  One that calls itself a form and is none is data: for curl everything is one
 * that is sent by --data-binary.
 */
static int read_body(weft_request *req, struct body *body)
{
    const char *data = "";
    size_t length = 0;
    int rc = WEFT_EANSWERED;

    if (weft_content_is(req, "multipart/form-data")) {
        rc = describe_parts(req, body->form, body->files);
    } else {
        if (weft_content_is(req, "application/x-www-form-urlencoded"))
            rc = describe_pairs(req, body->form);
        if (rc == WEFT_EANSWERED)
            rc = weft_read_body(req, &data, &length);
    }
    if (rc == 0)
        rc = parse_json(req, data, length, &body->json);
    if (rc == 0) {
        body->data = bytes_json(req, "application/octet-stream", data, length);
        rc = body->data != NULL ? 0 : UV_ENOMEM;
    }
    return rc;
}

weft_response *tell_back(weft_request *req, const char *method)
{
    struct body body = { .files = json_object(), .form = json_object() };
    const char *url = request_url(req);
    json_t *told = method != NULL ? json_string(method) : NULL;
    int rc =
        url != NULL && (told != NULL || method == NULL) ? read_body(req, &body) : UV_ENOMEM;

    if (rc < 0) {
        json_decref(body.files);
        json_decref(body.form);
        json_decref(body.json);
        json_decref(told);
        return weft_error(req, rc); /* 413, 408, 400, 503, ... by the code */
    }
    return reply_json(req, 200,
                      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:s, s:o}", "args",
                                describe_args(req), "data", body.data, "files", body.files,
                                "form", body.form, "headers", describe_headers(req), "json",
                                body.json, "method", told, "origin", weft_remote(req), "url",
                                text_json(url)));
}
